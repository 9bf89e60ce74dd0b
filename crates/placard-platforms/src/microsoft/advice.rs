//! What a person can do about Microsoft's errors (Microsoft, `platforms/microsoft.md` §8).

/// What `code` means and what helps, where that is known.
pub(super) fn advice(code: i64) -> Option<&'static str> {
    Some(match code {
        0 | 202 => {
            "Microsoft failed on its side. Placard looks whether it happened; go on with `placard resume`."
        }
        105 => {
            "Microsoft knows neither this login nor this developer token here. Check PLACARD_MICROSOFT_DEVELOPER_TOKEN, \
             then connect again: `placard connect microsoft`."
        }
        106 | 1001 => {
            "The login may not use this ad account. Ask its owner for a role that may change campaigns, then connect \
             again: `placard connect microsoft`."
        }
        109 => "The login has expired. Connect again: `placard connect microsoft`.",
        113 => "Microsoft takes no such date. Look at `schedule` in the spec.",
        116 | 1030 => "A header is missing. Connect again, so that Placard knows the manager account.",
        117 => "Too many calls within a minute. Wait and go on with `placard resume`; nothing was lost.",
        120 | 122..=126 => {
            "Microsoft wants another kind of login for this account. Connect again with the one it is linked to."
        }
        207 => "Too many reports are being made. Placard asks again when some are done.",
        208 | 1102 => "Microsoft knows no such ad account. Look at `platforms.microsoft.account`.",
        210 | 1044 | 1100 | 1308 | 1394 => {
            "It is not there any more. Plan again; the plan shows what is missing."
        }
        303 => "Microsoft has retired what Placard speaks. Look for a newer Placard.",
        1010 => "Microsoft is being maintained and takes no changes. Go on later with `placard resume`.",
        1042 | 1376..=1380 => {
            "Microsoft's editors object to these words. Change them in the spec and plan again."
        }
        1043 | 1115 | 1129 | 1214 => {
            "Something of this name is there already. Placard looks whether it is yours; if not, choose another name."
        }
        1045 | 1117 | 1213 | 1312 => {
            "The account holds as many of these as Microsoft permits. Delete old ones."
        }
        1101 => "Microsoft takes no such campaign name. Choose a shorter one without special signs.",
        1106 | 1121 => "Microsoft takes no such daily budget. Raise it.",
        1123 => {
            "The campaign has spent more than this today. Choose a larger budget, or wait until tomorrow."
        }
        1155 => "The kind of a campaign is fixed. Give it another `key`, so that a new one is made.",
        1159 => "The budget is shared with other campaigns. Give the campaign its own at Microsoft.",
        1202 => "Microsoft takes no such ad group name. Choose a shorter one.",
        1313 => "The ad group has this ad already. Change its words.",
        1515 => "The bid is below the least that Microsoft takes. Raise `bid.amount`.",
        1516 => "The bid is above the most that Microsoft takes. Lower `bid.amount`.",
        1517 | 1542 => "The ad group has this keyword already. Remove one of the two.",
        1538 => "Microsoft takes no such bid. Look at `bid.amount`.",
        2004 | 2005 => "The numbers of these days are not complete yet. Ask again later.",
        2100 | 2101 => "The report is gone. Ask again; Placard orders a new one.",
        4204 => "Microsoft wants a pause of up to fifteen minutes. Go on later.",
        5603 | 5604 => {
            "MicrosoftClickId: Microsoft knows no such click. Look at the lead's `msclkid`; it is the mark from the \
             address of the page that the ad led to, whole and unchanged."
        }
        5605 | 5606 => {
            "ConversionName: the account has no offline conversion goal of this name. Choose one that it has: \
             `placard deals conversions goals`, then `placard deals conversions use`."
        }
        5607 | 5608 | 5614 => {
            "ConversionTime: Microsoft takes no such moment. Look at when the deal was won, and at this machine's clock."
        }
        5609 | 5617 => {
            "ConversionTime: the deal was won later after the click than the goal counts. Lengthen the goal's window at \
             Microsoft for those to come."
        }
        5610 => "ConversionValue: Microsoft takes no such value. Look at what the deal is worth.",
        5611 => "ConversionCurrencyCode: Microsoft does not count in this currency. Give the deal another.",
        5612 => "Microsoft could not pass it on within its house. Placard says the same again.",
        5613 => "Microsoft has not opened offline conversions for this customer. Ask its support.",
        5615 => {
            "ConversionName: the goal is younger than two hours, and Microsoft takes nothing for it yet. Placard waits."
        }
        5616 => {
            "ConversionTime: the click came after the deal was won. Look at the lead's `msclkid` and at the deal's date."
        }
        6202 | 6203 => "Headlines and descriptions must differ from each other.",
        6208 | 6209 => "A headline or description is too long. Shorten it.",
        6210..=6213 => "An ad needs 3 to 15 headlines and 2 to 4 descriptions.",
        6217 | 6218 => "A word of `platforms.microsoft.paths` is too long. Shorten it to 15 characters.",
        6226 => "Three ads of an ad group can run at once. Set `status: paused` on some.",
        _ => return None,
    })
}

/// What a person sees of an account's life cycle (§3, account status), and what helps.
pub(super) fn account_status(status: &str) -> (&'static str, &'static str) {
    match status {
        "Active" => ("active", "Nothing is to be done."),
        "Draft" => ("a draft", "Finish setting it up in Microsoft Advertising."),
        "Inactive" => ("inactive", "Open it again in Microsoft Advertising."),
        "Pause" => ("paused", "Let it run again in Microsoft Advertising."),
        "Pending" => ("waiting for approval", "Wait until Microsoft has looked at it."),
        "Suspended" => ("suspended", "Ask Microsoft's support what is wrong."),
        _ => ("in a state unknown to Placard", "Look at it in Microsoft Advertising."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_advice_is_a_sentence_and_many_codes_have_one() {
        let known: Vec<&str> = (0..7_000).filter_map(advice).collect();
        assert!(known.len() >= 25);
        assert!(known.iter().all(|text| text.ends_with('.')), "{known:#?}");
        assert_eq!(advice(999_999), None);
    }
}
