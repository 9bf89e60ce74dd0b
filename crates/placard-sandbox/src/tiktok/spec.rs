//! The fields that can be written, with their types and words (TikTok, `platforms/tiktok.md` §7, §8 and §12).

use serde_json::{Map, Value, json};

use super::error::{Refusal, TikTokResult};
use super::money;
use super::read::{self, Params};
use super::store::{Advertiser, Level};

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ty {
    Text,
    Flag,
    Int,
    Number,
    Money,
    Time,
    Word(&'static [&'static str]),
    Words(&'static [&'static str]),
    List,
    Objects,
}

use Ty::{Flag, Int, List, Money, Number, Objects, Text, Time, Word, Words};

type Field = (&'static str, Ty);

pub(crate) const BUDGET_MODES: &[&str] =
    &["BUDGET_MODE_INFINITE", "BUDGET_MODE_DAY", "BUDGET_MODE_TOTAL", "BUDGET_MODE_DYNAMIC_DAILY_BUDGET"];

const CAMPAIGN: &[Field] = &[
    ("campaign_name", Text),
    (
        "objective_type",
        Word(&[
            "REACH",
            "TRAFFIC",
            "VIDEO_VIEWS",
            "ENGAGEMENT",
            "APP_PROMOTION",
            "LEAD_GENERATION",
            "WEB_CONVERSIONS",
            "PRODUCT_SALES",
            "RF_REACH",
            "BRAND_CONSIDERATION",
        ]),
    ),
    ("virtual_objective_type", Word(&["SALES"])),
    ("sales_destination", Word(&["TIKTOK_SHOP", "WEBSITE", "APP", "WEB_AND_APP"])),
    ("budget_mode", Word(BUDGET_MODES)),
    ("budget", Money),
    ("budget_optimize_on", Flag),
    ("app_promotion_type", Word(&["APP_INSTALL", "APP_RETARGETING", "APP_PREREGISTRATION"])),
    ("campaign_type", Word(&["REGULAR_CAMPAIGN", "IOS14_CAMPAIGN"])),
    ("app_id", Text),
    ("special_industries", Words(&["HOUSING", "EMPLOYMENT", "CREDIT"])),
    ("campaign_product_source", Word(&["CATALOG", "STORE"])),
    ("is_search_campaign", Flag),
    ("catalog_enabled", Flag),
    ("rf_campaign_type", Text),
    ("po_number", Text),
    ("rta_id", Text),
    ("rta_bid_enabled", Flag),
    (
        "postback_window_mode",
        Word(&["POSTBACK_WINDOW_MODE1", "POSTBACK_WINDOW_MODE2", "POSTBACK_WINDOW_MODE3"]),
    ),
    ("disable_skan_campaign", Flag),
    ("is_advanced_dedicated_campaign", Flag),
    ("bid_type", Text),
    ("deep_bid_type", Text),
    ("roas_bid", Number),
    ("optimization_goal", Text),
];

const AD_GROUP: &[Field] = &[
    ("adgroup_name", Text),
    (
        "promotion_type",
        Word(&[
            "WEBSITE",
            "APP_ANDROID",
            "APP_IOS",
            "LEAD_GENERATION",
            "LEAD_GEN_CLICK_TO_TT_DIRECT_MESSAGE",
            "LEAD_GEN_CLICK_TO_SOCIAL_MEDIA_APP_MESSAGE",
            "LEAD_GEN_CLICK_TO_CALL",
            "WEBSITE_OR_DISPLAY",
            "TIKTOK_SHOP",
            "VIDEO_SHOPPING",
            "LIVE_SHOPPING",
            "PSA_PRODUCT",
            "EXTERNAL_OR_DISPLAY",
        ]),
    ),
    ("promotion_target_type", Word(&["INSTANT_PAGE", "EXTERNAL_WEBSITE"])),
    ("placement_type", Word(&["PLACEMENT_TYPE_AUTOMATIC", "PLACEMENT_TYPE_NORMAL"])),
    ("placements", Words(&["PLACEMENT_TIKTOK", "PLACEMENT_PANGLE", "PLACEMENT_GLOBAL_APP_BUNDLE"])),
    ("tiktok_subplacements", Words(&["IN_FEED", "SEARCH_FEED", "TIKTOK_LITE", "LEMON8"])),
    ("search_result_enabled", Flag),
    ("location_ids", List),
    ("zipcode_ids", List),
    ("optimization_goal", Text),
    ("billing_event", Word(&["CPC", "CPM", "CPV", "OCPM", "GD"])),
    ("optimization_event", Text),
    ("pixel_id", Text),
    ("app_id", Text),
    (
        "budget_mode",
        Word(&[
            "BUDGET_MODE_DAY",
            "BUDGET_MODE_TOTAL",
            "BUDGET_MODE_DYNAMIC_DAILY_BUDGET",
            "BUDGET_MODE_INFINITE",
        ]),
    ),
    ("budget", Money),
    ("schedule_type", Word(&["SCHEDULE_FROM_NOW", "SCHEDULE_START_END"])),
    ("schedule_start_time", Time),
    ("schedule_end_time", Time),
    ("bid_type", Word(&["BID_TYPE_NO_BID", "BID_TYPE_CUSTOM"])),
    ("bid_price", Money),
    ("conversion_bid_price", Money),
    ("deep_bid_type", Word(&["DEFAULT", "MIN", "PACING", "VO_MIN_ROAS", "VO_HIGHEST_VALUE", "AEO"])),
    ("roas_bid", Number),
    ("pacing", Word(&["PACING_MODE_SMOOTH", "PACING_MODE_FAST"])),
    ("age_groups", Words(&["AGE_13_17", "AGE_18_24", "AGE_25_34", "AGE_35_44", "AGE_45_54", "AGE_55_100"])),
    ("gender", Word(&["GENDER_UNLIMITED", "GENDER_MALE", "GENDER_FEMALE"])),
    ("languages", List),
    ("interest_category_ids", List),
    ("interest_keyword_ids", List),
    ("purchase_intention_keyword_ids", List),
    ("actions", Objects),
    ("audience_ids", List),
    ("excluded_audience_ids", List),
    ("saved_audience_id", Text),
    ("operating_systems", List),
    ("min_android_version", Text),
    ("min_ios_version", Text),
    ("ios14_targeting", Text),
    ("device_model_ids", List),
    ("network_types", Words(&["WIFI", "2G", "3G", "4G", "5G"])),
    ("carrier_ids", List),
    ("isp_ids", List),
    ("spending_power", Word(&["ALL", "HIGH"])),
    ("household_income", Words(&["TOP5", "TOP10", "TOP10_25", "TOP25_50"])),
    ("smart_audience_enabled", Flag),
    ("smart_interest_behavior_enabled", Flag),
    ("auto_targeting_enabled", Flag),
    ("dayparting", Text),
    ("frequency", Int),
    ("frequency_schedule", Int),
    (
        "click_attribution_window",
        Word(&["OFF", "ONE_DAY", "SEVEN_DAYS", "FOURTEEN_DAYS", "TWENTY_EIGHT_DAYS"]),
    ),
    ("view_attribution_window", Word(&["OFF", "ONE_DAY", "SEVEN_DAYS"])),
    ("engaged_view_attribution_window", Word(&["ONE_DAY", "SEVEN_DAYS"])),
    ("attribution_event_count", Word(&["UNSET", "EVERY", "ONCE"])),
    (
        "brand_safety_type",
        Word(&[
            "NO_BRAND_SAFETY",
            "EXPANDED_INVENTORY",
            "STANDARD_INVENTORY",
            "LIMITED_INVENTORY",
            "THIRD_PARTY",
        ]),
    ),
    ("comment_disabled", Flag),
    ("share_disabled", Flag),
    ("video_download_disabled", Flag),
    ("creative_material_mode", Word(&["CUSTOM", "SMART_CREATIVE", "DYNAMIC"])),
    ("skip_learning_phase", Flag),
    ("device_price_ranges", List),
    ("bid_display_mode", Word(&["CPMV", "CPV"])),
    ("cpv_video_duration", Word(&["SIX_SECONDS", "TWO_SECONDS"])),
    ("identity_id", Text),
    ("identity_type", Text),
    ("messaging_app_type", Word(&["MESSENGER", "WHATSAPP", "ZALO", "LINE", "IM_URL"])),
    ("messaging_app_account_id", Text),
    ("message_event_set_id", Text),
    ("phone_region_code", Text),
    ("phone_region_calling_code", Text),
    ("phone_number", Text),
    ("is_hfss", Flag),
    ("is_lhf_compliance", Flag),
    ("search_keywords", Objects),
    ("vertical_sensitivity_id", Text),
    ("category_exclusion_ids", List),
    ("contextual_tag_ids", List),
];

const CTAS: &[&str] = &[
    "APPLY_NOW",
    "BOOK_NOW",
    "CALL_NOW",
    "CONTACT_US",
    "DOWNLOAD_NOW",
    "EXPERIENCE_NOW",
    "GET_QUOTE",
    "GET_SHOWTIMES",
    "GET_TICKETS_NOW",
    "INSTALL_NOW",
    "INTERESTED",
    "LEARN_MORE",
    "LISTEN_NOW",
    "ORDER_NOW",
    "PLAY_GAME",
    "PREORDER_NOW",
    "READ_MORE",
    "SEND_MESSAGE",
    "SHOP_NOW",
    "SIGN_UP",
    "SUBSCRIBE",
    "VIEW_NOW",
    "VIEW_PROFILE",
    "VISIT_STORE",
    "WATCH_LIVE",
    "WATCH_NOW",
    "JOIN_THIS_HASHTAG",
    "SHOOT_WITH_THIS_EFFECT",
    "VIEW_VIDEO_WITH_THIS_EFFECT",
];

const AD: &[Field] = &[
    ("ad_name", Text),
    (
        "ad_format",
        Word(&["SINGLE_VIDEO", "SINGLE_IMAGE", "CAROUSEL_ADS", "CATALOG_CAROUSEL", "LIVE_CONTENT"]),
    ),
    ("identity_type", Word(&["CUSTOMIZED_USER", "AUTH_CODE", "TT_USER", "BC_AUTH_TT"])),
    ("identity_id", Text),
    ("identity_authorized_bc_id", Text),
    ("video_id", Text),
    ("image_ids", List),
    ("music_id", Text),
    ("ad_text", Text),
    ("call_to_action", Word(CTAS)),
    ("call_to_action_id", Text),
    ("landing_page_url", Text),
    ("page_id", Text),
    ("deeplink", Text),
    ("deeplink_type", Word(&["NORMAL", "DEFERRED_DEEPLINK"])),
    ("utm_params", Objects),
    ("tiktok_item_id", Text),
    ("dark_post_status", Text),
    ("tracking_pixel_id", Text),
    ("tracking_app_id", Text),
    ("impression_tracking_url", Text),
    ("click_tracking_url", Text),
    ("tracking_offline_event_set_ids", List),
    ("display_name", Text),
    ("avatar_icon_web_uri", Text),
    ("app_name", Text),
    ("phone_region_code", Text),
    ("phone_region_calling_code", Text),
    ("phone_number", Text),
    ("auto_message_id", Text),
    ("aigc_disclosure_type", Text),
    ("disclaimer_type", Text),
    ("promotional_music_disabled", Flag),
    ("item_duet_status", Text),
    ("item_stitch_status", Text),
    ("card_id", Text),
    ("creative_authorized", Flag),
    ("playable_url", Text),
    ("cpp_url", Text),
];

pub(crate) fn fields(level: Level) -> &'static [Field] {
    match level {
        Level::Campaign => CAMPAIGN,
        Level::AdGroup => AD_GROUP,
        Level::Ad => AD,
    }
}

/// The fields of a body that a level knows, typed; all others are ignored silently (§1).
pub(crate) fn typed(
    level: Level,
    body: &Params,
    advertiser: &Advertiser,
) -> TikTokResult<Map<String, Value>> {
    let mut out = Map::new();
    for (name, ty) in fields(level) {
        if let Some(value) = read::member(body, name) {
            out.insert((*name).to_owned(), checked(name, *ty, value, body, advertiser)?);
        }
    }
    Ok(out)
}

fn checked(name: &str, ty: Ty, value: &Value, body: &Params, advertiser: &Advertiser) -> TikTokResult<Value> {
    Ok(match ty {
        Text => json!(read::text(body, name)?),
        Flag => json!(read::flag(body, name)?),
        Int => json!(read::int(body, name)?),
        Number if value.is_number() => value.clone(),
        Number => return Err(Refusal::field(name, "Not a valid number.")),
        Money => {
            money::micros(name, value, &advertiser.currency)?;
            value.clone()
        }
        Time => {
            let text = read::text(body, name)?.unwrap_or_default();
            json!(read::told(read::time(name, &text)?))
        }
        Word(words) => {
            let text = read::text(body, name)?.unwrap_or_default();
            read::word(name, &text, words)?;
            json!(text)
        }
        Words(words) => {
            let found = read::texts(body, name)?.unwrap_or_default();
            found.iter().try_for_each(|word| read::word(name, word, words))?;
            json!(found)
        }
        List => json!(read::texts(body, name)?),
        Objects if value.as_array().is_some_and(|items| items.iter().all(Value::is_object)) => value.clone(),
        Objects => return Err(Refusal::field(name, "Not a valid list of objects.")),
    })
}

/// A name: 1 to 512 characters, East Asian ones counting double, no emoji (§2).
pub(crate) fn name(field: &str, text: &str) -> TikTokResult<()> {
    if text.trim().is_empty() {
        return Err(Refusal::missing(field));
    }
    no_emoji(field, text)?;
    let wide = |character: char| matches!(character as u32, 0x1100..=0x115f | 0x2e80..=0xd7a3 | 0xf900..=0xfaff | 0xff00..=0xff60);
    let width: usize = text.chars().map(|character| if wide(character) { 2 } else { 1 }).sum();
    match width > 512 {
        true => Err(Refusal::field(field, "Longer than 512 characters.")),
        false => Ok(()),
    }
}

pub(crate) fn no_emoji(field: &str, text: &str) -> TikTokResult<()> {
    let emoji = |character: char| matches!(character as u32, 0x1f000..=0x1faff | 0x2600..=0x27bf | 0xfe0f);
    match text.chars().any(emoji) {
        true => Err(Refusal::field(field, "Emoji are not allowed.")),
        false => Ok(()),
    }
}
