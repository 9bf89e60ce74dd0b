//! What a person can do about Google's errors (Google, `platforms/google.md` §4, §7).

/// A sentence that names the way out of the error `code`; `None` where Google's own words must do.
pub(super) fn advice(code: &str) -> Option<&'static str> {
    ADVICE.iter().find(|(codes, _)| codes.contains(&code)).map(|(_, words)| *words)
}

/// Codes with what helps against them.
const ADVICE: &[(&[&str], &str)] = &[
    (
        &[
            "authenticationError.OAUTH_TOKEN_EXPIRED",
            "authenticationError.OAUTH_TOKEN_REVOKED",
            "authenticationError.OAUTH_TOKEN_INVALID",
        ],
        "Google no longer accepts this connection. Connect the account again.",
    ),
    (
        &["authenticationError.NOT_ADS_USER"],
        "This Google account has no access to Google Ads. Connect with one that has.",
    ),
    (
        &["authenticationError.TWO_STEP_VERIFICATION_NOT_ENROLLED"],
        "Google wants two-step verification. Switch it on in the Google account and connect again.",
    ),
    (
        &["authenticationError.CUSTOMER_NOT_FOUND"],
        "There is no ad account with this number. Check the ten digits of the customer id.",
    ),
    (
        &["authorizationError.USER_PERMISSION_DENIED"],
        "The connected person may not use this ad account. Ask its administrator for standard access, \
         or connect through its manager account.",
    ),
    (
        &["authorizationError.CUSTOMER_NOT_ENABLED"],
        "The ad account is closed or not yet active. Open it in Google Ads and complete its setup.",
    ),
    (
        &["authorizationError.INVALID_LOGIN_CUSTOMER_ID_SERVING_CUSTOMER_ID_COMBINATION"],
        "The manager account no longer manages this ad account. Connect again to find the way to it.",
    ),
    (
        &["authorizationError.ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT"],
        "Google suspended the ad account. Open it in Google Ads and follow the notice there.",
    ),
    (
        &[
            "authorizationError.CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION",
            "authorizationError.DEVELOPER_TOKEN_NOT_APPROVED",
        ],
        "Placard's Google Cloud project may use test accounts only. Apply for basic access to the \
         Google Ads API.",
    ),
    (
        &["authorizationError.MISSING_TOS", "authorizationError.INCOMPLETE_SIGNUP"],
        "The ad account is not completely set up. Open it in Google Ads and accept what it asks.",
    ),
    (
        &["quotaError.RESOURCE_EXHAUSTED"],
        "The day's quota of the Google Ads API is used up. It goes on by itself; basic or standard \
         access has more.",
    ),
    (&["quotaError.RESOURCE_TEMPORARILY_EXHAUSTED"], "Google asks for a pause. It goes on by itself."),
    (
        &["databaseError.CONCURRENT_MODIFICATION"],
        "Somebody else changed the account at the same moment. Publish again.",
    ),
    (
        &["databaseError.REQUEST_TOO_LARGE"],
        "Google takes less at once. Publish with fewer ad groups or keywords.",
    ),
    (
        &["requestError.UNSUPPORTED_VERSION"],
        "Google has switched this version of its API off. Update Placard.",
    ),
    (
        &["requestError.CANNOT_BE_EXECUTED_BY_MANAGER_ACCOUNT"],
        "A manager account cannot hold campaigns. Choose one of its ad accounts.",
    ),
    (
        &["mutateError.EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED"],
        "Campaigns of this account do not say whether they hold political advertising for the \
         European Union. Declare it for each in Google Ads.",
    ),
    (
        &["mutateError.ID_EXISTS_IN_MULTIPLE_MUTATES"],
        "Something is to be removed and made anew at once. Take it out of the spec, publish, and add \
         it again.",
    ),
    (
        &[
            "campaignError.DUPLICATE_CAMPAIGN_NAME",
            "adGroupError.DUPLICATE_ADGROUP_NAME",
            "campaignBudgetError.DUPLICATE_NAME",
        ],
        "The name is in use in this account. Rename the other one, or this one.",
    ),
    (
        &[
            "campaignError.CANNOT_MODIFY_START_DATE_IF_ALREADY_STARTED",
            "dateRangeError.CANNOT_MODIFY_START_DATE_IF_ALREADY_STARTED",
        ],
        "The campaign has begun, so its start can no longer be moved. Leave `schedule.start` as it \
         was.",
    ),
    (
        &["campaignError.END_DATE_TIME_REQUIRED_FOR_TOTAL_BUDGET"],
        "A lifetime budget needs an end. Add `schedule.end`.",
    ),
    (
        &["campaignError.DURATION_TOO_LONG_FOR_TOTAL_BUDGET"],
        "The flight is too long for a lifetime budget. End it earlier, or give a daily budget.",
    ),
    (
        &["dateRangeError.CANNOT_SET_DATE_TO_PAST", "campaignError.CANNOT_SET_DATE_TO_PAST"],
        "The start or end lies in the past by the account's clock. Choose a later day.",
    ),
    (
        &[
            "campaignBudgetError.BUDGET_BELOW_PER_DAY_MINIMUM",
            "campaignBudgetError.MONEY_AMOUNT_LESS_THAN_CURRENCY_MINIMUM_CPC",
        ],
        "The budget is below Google's minimum. Raise it.",
    ),
    (&["campaignBudgetError.MONEY_AMOUNT_TOO_LARGE"], "The budget is above what Google takes. Lower it."),
    (
        &["campaignBudgetError.NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT"],
        "Google counts this currency in larger steps. Write a rounder amount.",
    ),
    (
        &["campaignBudgetError.CAMPAIGN_BUDGET_IN_USE"],
        "Another campaign uses this budget. Give that campaign its own in Google Ads.",
    ),
    (&["biddingError.BID_TOO_SMALL"], "The bid is below Google's minimum. Raise `bid.amount`."),
    (
        &["biddingError.BID_TOO_BIG"],
        "The bid is above what Google takes, or above the budget. Lower `bid.amount`.",
    ),
    (
        &[
            "biddingError.CANNOT_CREATE_CAMPAIGN_WITH_BIDDING_STRATEGY",
            "biddingError.INVALID_BIDDING_STRATEGY_TYPE",
        ],
        "The account cannot bid like this yet, often because it counts no conversions. Set up \
         conversion tracking in Google Ads, or use `goal: traffic`.",
    ),
    (
        &["adError.LINE_TOO_WIDE"],
        "A line of the ad is too long. Headlines have 30 characters, descriptions 90, wide letters \
         count double.",
    ),
    (
        &["adError.CANNOT_SET_PATH2_WITHOUT_PATH1"],
        "The second word behind the address needs a first. Complete `platforms.google.paths`.",
    ),
    (
        &["assetError.DUPLICATE_ASSET"],
        "The same line stands twice in the ad. Make each headline and description different.",
    ),
    (
        &["assetError.DUPLICATE_ASSET_NAME", "assetError.NAME_CONFLICT_FOR_ASSET_TYPE"],
        "Another picture in the account has this name. Rename that one in Google Ads.",
    ),
    (
        &["collectionSizeError.TOO_FEW"],
        "The ad has too few lines. Give at least 3 headlines and 2 descriptions.",
    ),
    (
        &["collectionSizeError.TOO_MANY"],
        "There are more entries than Google takes. Search ads have up to 15 headlines and 4 \
         descriptions.",
    ),
    (
        &["criterionError.KEYWORD_TEXT_TOO_LONG", "criterionError.KEYWORD_HAS_TOO_MANY_WORDS"],
        "A keyword has up to 80 characters and 10 words. Shorten it.",
    ),
    (
        &["criterionError.KEYWORD_HAS_INVALID_CHARS"],
        "The keyword has a character that Google does not take. Use letters, digits and spaces.",
    ),
    (
        &["adGroupCriterionError.CANT_UPDATE_NEGATIVE"],
        "The keyword exists already with the opposite meaning. Remove it first, then add it.",
    ),
    (
        &["campaignCriterionError.CANNOT_TARGET_AND_EXCLUDE"],
        "A place is both included and excluded. Keep one of the two.",
    ),
    (
        &[
            "criterionError.CANNOT_TARGET_OBSOLETE_CRITERION",
            "criterionError.INVALID_CRITERION_ID",
            "criterionError.CANNOT_TARGET_CRITERION",
        ],
        "Google does not know this place any more, or cannot be aimed at it. Look its key up again.",
    ),
    (
        &[
            "criterionError.MISSING_EU_POLITICAL_ADVERTISING_SELF_DECLARATION",
            "adGroupError.MISSING_EU_POLITICAL_ADVERTISING_SELF_DECLARATION",
        ],
        "The campaign does not say whether it holds political advertising for the European Union. \
         Declare it in Google Ads, or publish it anew.",
    ),
    (
        &[
            "urlFieldError.INVALID_FINAL_URL",
            "urlFieldError.MALFORMED_FINAL_URL",
            "urlFieldError.MISSING_PROTOCOL_IN_FINAL_URL",
        ],
        "Google does not accept the address. Open it in a browser and copy it from there.",
    ),
    (
        &["imageError.ASPECT_RATIO_NOT_ALLOWED", "imageError.IMAGE_TOO_SMALL"],
        "Google takes wide pictures of 1.91:1 from 600 × 314 and square ones from 300 × 300. Replace \
         the picture.",
    ),
    (&["imageError.FILE_TOO_LARGE"], "Google takes pictures of up to 5 MB. Save a smaller file."),
    (&["imageError.ANIMATED_NOT_ALLOWED"], "The picture moves. Use one that does not."),
    (
        &["policyFindingError.POLICY_FINDING", "policyViolationError.POLICY_ERROR"],
        "Google's policies object to this. Change the words or the page it leads to.",
    ),
    (
        &[
            "resourceCountLimitExceededError.RESOURCE_LIMIT",
            "resourceCountLimitExceededError.ACCOUNT_LIMIT",
            "resourceCountLimitExceededError.CAMPAIGN_LIMIT",
            "resourceCountLimitExceededError.ADGROUP_LIMIT",
            "resourceCountLimitExceededError.AD_GROUP_AD_LIMIT",
            "resourceCountLimitExceededError.AD_GROUP_CRITERION_LIMIT",
        ],
        "Google's limit for this account, campaign or ad group is reached. Remove what is no longer \
         used.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_advised_on_once_and_in_whole_sentences() {
        let codes: Vec<&str> = ADVICE.iter().flat_map(|(codes, _)| codes.iter().copied()).collect();
        for (index, code) in codes.iter().enumerate() {
            let (family, name) = code.split_once('.').unwrap();
            assert!(
                family.ends_with("Error")
                    && name.bytes().all(|byte| byte.is_ascii_uppercase()
                        || byte == b'_'
                        || byte == b'2'
                        || byte == b'1'),
                "{code}"
            );
            assert!(!codes[..index].contains(code), "{code}");
        }
        for (codes, words) in ADVICE {
            assert!(words.ends_with('.') && !words.contains("  "), "{codes:?}");
        }
        assert!(codes.len() >= 25);
        assert!(advice("adError.LINE_TOO_WIDE").is_some() && advice("adError.NEVER_HEARD_OF").is_none());
    }
}
