//! What a person can do about TikTok's errors (TikTok, `platforms/tiktok.md` §20).

/// What `code` means and what helps, where that is known.
pub(super) fn advice(code: i64) -> Option<&'static str> {
    Some(match code {
        40_001 => {
            "The token may not use this ad account. Ask its owner for the role of an operator, then connect again: \
             `placard connect tiktok`."
        }
        40_002 | 40_700 => {
            "TikTok refuses a field, which its message names. Change it in the spec and plan again."
        }
        40_003 => "TikTok forbids this call to your app. Ask for the permission in the developer portal.",
        40_006 | 40_051 | 41_001 | 41_002 => {
            "TikTok has retired what Placard uses here. Look for a newer Placard."
        }
        40_007 => "It is not there any more. Plan again; the plan shows what is missing.",
        40_008 | 40_009 | 40_013 | 40_014 => {
            "TikTok's own sandbox does not know this call. Use a real ad account, or `--sandbox` for Placard's."
        }
        40_010 => "The address is not among those that your app allows. Add it in the developer portal.",
        40_016 | 40_100 | 40_132 | 40_133 | 61_000 => {
            "Too many calls. Wait and go on with `placard resume`; nothing was lost."
        }
        40_050 => "TikTok has seen this request before. Placard looks whether it was carried out.",
        40_052 | 40_053 | 40_904 | 40_912 => "TikTok does not take this picture. Use another file.",
        40_065 => "TikTok does not aim at people from 13 to 17 there. Set `audience.age_min: 18`.",
        40_101 => "App id and secret do not belong together. Check PLACARD_TIKTOK_APP_ID and its secret.",
        40_102 | 40_104 | 40_105 => {
            "The token does not work any more. Connect again: `placard connect tiktok`."
        }
        40_110 => {
            "The consent's code is used up or older than an hour. Connect again: `placard connect tiktok`."
        }
        40_106 | 40_112 | 40_120 | 40_131 => {
            "The person who agreed has to log in to TikTok again. Then connect again: `placard connect tiktok`."
        }
        40_113 => "TikTok has blocked your app. Write to TikTok's support from the developer portal.",
        40_114 => "The ad account is closed or logged out. Look at it in TikTok Ads Manager.",
        40_117 | 40_118 | 40_124 | 40_125 => {
            "Your app has not been granted this yet. Ask for it in the developer portal."
        }
        40_130 => {
            "A permission is missing. Add ads management and reporting to your app, then connect again: `placard \
             connect tiktok`."
        }
        40_202 => "Something else is changing the same object. Placard tries again.",
        40_300 | 40_301 | 40_302 | 40_309 => {
            "TikTok does not let this login use the ad account. Look at its roles in TikTok Ads Manager."
        }
        40_502 => "The ad account holds as many ads as TikTok permits. Delete old ones.",
        40_900 => "The picture was damaged on its way. Publish again.",
        40_907 => "The picture is too large. Use a smaller file.",
        40_908 | 40_909 => "TikTok does not take this kind of file. Use a JPG or PNG.",
        40_911 => "TikTok has many files of this name already. Delete old copies in its creative library.",
        41_000 => {
            "TikTok's risk control has stopped the account. Write to TikTok's support; no setting helps."
        }
        60_001 => "TikTok is being maintained. Go on later with `placard resume`.",
        _ => return None,
    })
}

/// What `status` of an account means for a person who wants to publish (§4), with what helps.
pub(super) fn account_status(status: &str) -> (&'static str, &'static str) {
    const SETTLE: &str = "Open the account in TikTok Ads Manager and settle it there.";
    const WAIT: &str = "Wait until TikTok has looked at it.";
    match status {
        "STATUS_ENABLE" => ("active", ""),
        "STATUS_DISABLE" => ("disabled", SETTLE),
        "STATUS_LIMIT" => ("punished and may not advertise", "Appeal in TikTok Ads Manager."),
        "STATUS_PENDING_CONFIRM" | "STATUS_PENDING_CONFIRM_MODIFY" | "STATUS_PENDING_VERIFIED" => {
            ("waiting for TikTok's review", WAIT)
        }
        "STATUS_WAIT_FOR_BPM_AUDIT" | "STATUS_WAIT_FOR_PUBLIC_AUTH" | "STATUS_SELF_SERVICE_UNAUDITED" => {
            ("waiting for its verification", WAIT)
        }
        "STATUS_CONFIRM_FAIL" | "STATUS_CONFIRM_FAIL_END" | "STATUS_CONFIRM_MODIFY_FAIL" => {
            ("refused by TikTok's review", SETTLE)
        }
        "STATUS_CONTRACT_PENDING" => ("without a signed contract", "Sign it in TikTok Ads Manager."),
        _ => ("in a state unknown to Placard", SETTLE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_least_twenty_five_errors_are_explained() {
        let known = (40_000..62_000).filter(|code| advice(*code).is_some()).count();
        assert!(known >= 25, "{known}");
    }

    #[test]
    fn every_documented_account_status_has_words_and_a_way_out() {
        for status in [
            "DISABLE",
            "LIMIT",
            "PENDING_CONFIRM",
            "PENDING_VERIFIED",
            "CONFIRM_FAIL",
            "CONFIRM_FAIL_END",
            "PENDING_CONFIRM_MODIFY",
            "CONFIRM_MODIFY_FAIL",
            "WAIT_FOR_BPM_AUDIT",
            "WAIT_FOR_PUBLIC_AUTH",
            "SELF_SERVICE_UNAUDITED",
            "CONTRACT_PENDING",
        ] {
            let (words, fix) = account_status(&format!("STATUS_{status}"));
            assert!(words != "in a state unknown to Placard" && fix.ends_with('.'), "{status}");
        }
    }
}
