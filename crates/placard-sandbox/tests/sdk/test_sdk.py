#!/usr/bin/env python3
"""Points Meta's own Python SDK at the sandbox and uses it as a caller would.

    cargo build -p placard-sandbox --example serve
    python3 -m venv /tmp/sdk && /tmp/sdk/bin/pip install facebook-business==26.0.3
    /tmp/sdk/bin/python crates/placard-sandbox/tests/sdk/test_sdk.py [path of the serve example]

Every field of every answer must be in the SDK's own field list of the object. Exits with 1 when a check fails.
"""

import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import urllib.request
import zlib

from facebook_business.adobjects.ad import Ad
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adcreative import AdCreative
from facebook_business.adobjects.adimage import AdImage
from facebook_business.adobjects.adlabel import AdLabel
from facebook_business.adobjects.adreportrun import AdReportRun
from facebook_business.adobjects.adset import AdSet
from facebook_business.adobjects.adsinsights import AdsInsights
from facebook_business.adobjects.adspixel import AdsPixel
from facebook_business.adobjects.advideo import AdVideo
from facebook_business.adobjects.campaign import Campaign
from facebook_business.adobjects.lead import Lead
from facebook_business.adobjects.leadgenform import LeadgenForm
from facebook_business.adobjects.minimumbudget import MinimumBudget
from facebook_business.adobjects.page import Page
from facebook_business.adobjects.targeting import Targeting
from facebook_business.adobjects.targetingsearch import TargetingSearch
from facebook_business.adobjects.user import User
from facebook_business.adobjects.videothumbnail import VideoThumbnail
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

APP_ID = "1000000000000001"
APP_SECRET = "sandbox-app-secret"
ACCOUNT = "act_1001"
HIKING = "6003397425735"
# Documented by Meta, missing from this release of the SDK.
DOCUMENTED_ONLY = {(Page, "tasks")}
ROOT = pathlib.Path(__file__).resolve().parents[4]


class Checks:
    def __init__(self):
        self.passed = 0
        self.failed = []

    def that(self, condition, message):
        if condition:
            self.passed += 1
        else:
            self.failed.append(message)
            print(f"FAILED: {message}", file=sys.stderr)

    def equal(self, actual, wanted, message):
        self.that(actual == wanted, f"{message}: {actual!r} is not {wanted!r}")

    def fields(self, node, kind=None):
        """Every field of a read object must be one the SDK knows for its kind."""
        kind = kind or type(node)
        known = {value for name, value in vars(kind.Field).items() if not name.startswith("_")}
        if kind is AdsInsights:
            known |= {value for name, value in vars(AdsInsights.Breakdowns).items() if not name.startswith("_")}
        data = node.export_all_data() if hasattr(node, "export_all_data") else dict(node)
        for name in data:
            self.that(name in known or (kind, name) in DOCUMENTED_ONLY, f"{kind.__name__} has no field {name}")

    def refused(self, action, code, subcode, message):
        try:
            action()
        except FacebookRequestError as error:
            got = (error.api_error_code(), error.api_error_subcode())
            self.equal(got, (code, subcode), message)
        else:
            self.that(False, f"{message}: not refused")


def png(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * (width + 1) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def control(base, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{base}/_sandbox/{path}", data=data, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


CAMPAIGN = [
    "id", "account_id", "name", "objective", "status", "configured_status", "effective_status", "buying_type",
    "bid_strategy", "daily_budget", "budget_remaining", "spend_cap", "special_ad_categories",
    "special_ad_category_country", "is_adset_budget_sharing_enabled", "advantage_state_info", "issues_info",
    "start_time", "stop_time", "created_time", "updated_time", "adlabels",
]
AD_SET = [
    "id", "account_id", "name", "campaign_id", "campaign", "targeting", "optimization_goal", "billing_event",
    "daily_budget", "budget_remaining", "bid_strategy", "bid_amount", "start_time", "end_time", "promoted_object",
    "destination_type", "attribution_spec", "dsa_beneficiary", "dsa_payor", "status", "configured_status",
    "effective_status", "issues_info", "learning_stage_info", "created_time", "updated_time",
]
AD = [
    "id", "name", "account_id", "campaign_id", "adset_id", "adset", "campaign", "creative", "status",
    "configured_status", "effective_status", "issues_info", "ad_review_feedback", "tracking_specs",
    "conversion_domain", "preview_shareable_link", "created_time", "updated_time",
]
CREATIVE = [
    "id", "account_id", "name", "status", "object_story_spec", "effective_object_story_id", "object_type",
    "thumbnail_url", "image_hash", "call_to_action_type", "url_tags", "degrees_of_freedom_spec", "body", "title",
    "contextual_multi_ads", "actor_id", "instagram_user_id", "link_url",
]
IMAGE = ["id", "account_id", "hash", "name", "url", "url_128", "permalink_url", "width", "height", "original_width",
         "original_height", "status", "created_time", "updated_time"]
VIDEO = ["id", "title", "status", "length", "picture", "permalink_url", "published", "created_time", "updated_time"]
FORM = ["id", "name", "status", "locale", "questions", "privacy_policy_url", "legal_content", "page", "page_id",
        "created_time", "leads_count", "thank_you_page", "context_card", "tracking_parameters"]
ACCOUNT_FIELDS = [
    "id", "account_id", "name", "currency", "timezone_name", "timezone_id", "timezone_offset_hours_utc",
    "account_status", "disable_reason", "funding_source", "funding_source_details", "balance", "amount_spent",
    "spend_cap", "min_daily_budget", "min_campaign_group_spend_cap", "business", "owner", "tos_accepted",
    "user_tasks", "default_dsa_beneficiary", "default_dsa_payor", "created_time", "age", "is_personal",
    "business_country_code", "capabilities", "end_advertiser_name",
]
INSIGHTS = [
    "account_id", "account_name", "account_currency", "campaign_id", "campaign_name", "adset_id", "adset_name", "ad_id",
    "ad_name", "objective", "optimization_goal", "buying_type", "attribution_setting", "impressions", "reach",
    "frequency", "clicks", "unique_clicks", "inline_link_clicks", "outbound_clicks", "ctr", "inline_link_click_ctr",
    "cpc", "cpm", "cpp", "spend", "actions", "action_values", "cost_per_action_type", "purchase_roas",
    "website_purchase_roas", "results", "cost_per_result", "quality_ranking", "date_start", "date_stop",
]


def discovery(check, account):
    me = User("me").api_get(fields=["id", "name"])
    check.equal(me["name"], "Ada Sandbox", "who I am")
    accounts = list(User("me").get_ad_accounts(fields=ACCOUNT_FIELDS))
    check.equal([one["id"] for one in accounts], [f"act_{n}" for n in range(1001, 1006)], "my accounts")
    for one in accounts:
        check.fields(one)
    check.fields(account.api_get(fields=ACCOUNT_FIELDS))
    pages = list(User("me").get_accounts(fields=["id", "name", "category", "access_token", "tasks"]))
    for page in pages:
        check.fields(page)
    check.equal(len(list(account.get_promote_pages(fields=["id", "name", "category"]))), 2, "pages to promote")
    pixels = list(account.get_ads_pixels(fields=["id", "name", "last_fired_time"]))
    check.fields(pixels[0], AdsPixel)
    for row in account.get_minimum_budgets():
        check.fields(row, MinimumBudget)
    estimate = account.get_delivery_estimate(
        params={"targeting_spec": {"geo_locations": {"countries": ["DE"]}}, "optimization_goal": "REACH"}
    )[0]
    check.that(estimate["estimate_ready"], "an audience estimate")
    check.fields(estimate)
    found = TargetingSearch.search(params={"type": TargetingSearch.TargetingSearchTypes.interest, "q": "hik"})
    check.equal(found[0]["id"], HIKING, "an interest")
    return pages[0]


def publish(check, account, page):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "boots.png")
        pathlib.Path(path).write_bytes(png(1080, 1080))
        image = AdImage(parent_id=ACCOUNT)
        image[AdImage.Field.filename] = path
        image.remote_create()
    check.equal(len(image[AdImage.Field.hash]), 32, "an image hash")
    listed = list(account.get_ad_images(fields=IMAGE))
    check.equal(len(listed), 1, "one image")
    check.fields(listed[0])

    label = account.create_ad_label(params={"name": "job-1"})
    check.that(label["id"], "a label")
    campaign = account.create_campaign(params={
        "name": "SDK", "objective": "OUTCOME_SALES", "status": "PAUSED", "special_ad_categories": [],
        "is_adset_budget_sharing_enabled": False, "adlabels": [{"name": "job-1"}],
    })
    targeting = {
        Targeting.Field.geo_locations: {"countries": ["DE", "FR"]},
        Targeting.Field.age_min: 25,
        Targeting.Field.flexible_spec: [{"interests": [{"id": HIKING, "name": "Hiking"}]}],
        "targeting_automation": {"advantage_audience": 0},
    }
    ad_set = account.create_ad_set(params={
        "name": "SDK set", "campaign_id": campaign["id"], "status": "PAUSED", "daily_budget": 20000,
        "optimization_goal": "OFFSITE_CONVERSIONS", "billing_event": "IMPRESSIONS",
        "bid_strategy": "LOWEST_COST_WITHOUT_CAP", "destination_type": "WEBSITE", "targeting": targeting,
        "promoted_object": {"pixel_id": "3001", "custom_event_type": "PURCHASE"},
        "dsa_payor": "Placard Outdoor GmbH", "dsa_beneficiary": "Placard Outdoor GmbH",
    })
    creative = account.create_ad_creative(params={
        "name": "SDK creative", "url_tags": "utm_source=meta",
        "degrees_of_freedom_spec": {"creative_features_spec": {"image_touchups": {"enroll_status": "OPT_OUT"}}},
        "contextual_multi_ads": {"enroll_status": "OPT_OUT"},
        "object_story_spec": {"page_id": page["id"], "instagram_user_id": "4001", "link_data": {
            "link": "https://example.com/boots", "message": "Walk further.", "name": "Good boots",
            "image_hash": image[AdImage.Field.hash], "call_to_action": {"type": "SHOP_NOW"},
        }},
    })
    ad = account.create_ad(params={
        "name": "SDK ad", "adset_id": ad_set["id"], "creative": {"creative_id": creative["id"]}, "status": "PAUSED",
    })
    return Campaign(campaign["id"]), AdSet(ad_set["id"]), AdCreative(creative["id"]), Ad(ad["id"])


def videos(check, api, base, account, page):
    """The SDK's own uploader, which sends videos in parts to a host of their own."""
    call = api.call

    def redirected(*arguments, url_override=None, **more):
        return call(*arguments, url_override=url_override and base, **more)

    api.call = redirected
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "walk.mp4")
        pathlib.Path(path).write_bytes(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + os.urandom(2_500_000))
        video = AdVideo(parent_id=ACCOUNT, api=api)
        video[AdVideo.Field.filepath] = path
        video.remote_create()
    api.call = call
    video.waitUntilEncodingReady(interval=1, timeout=10)
    read = AdVideo(video["id"], api=api).api_get(fields=VIDEO)
    check.equal((read["title"], read["status"]["video_status"]), ("walk.mp4", "ready"), "an uploaded video")
    check.fields(read)
    listed = list(account.get_ad_videos(fields=["id", "title"], params={"title": "walk.mp4"}))
    check.equal([one["id"] for one in listed], [video["id"]], "the video by its title")
    thumbnails = list(AdVideo(video["id"], api=api).get_thumbnails())
    check.equal(len(thumbnails), 3, "thumbnails")
    for one in thumbnails:
        check.fields(one, VideoThumbnail)
    creative = account.create_ad_creative(params={"name": "SDK video", "object_story_spec": {
        "page_id": page["id"], "video_data": {
            "video_id": video["id"], "image_url": thumbnails[0]["uri"], "title": "Good boots", "message": "Walk further.",
            "call_to_action": {"type": "SHOP_NOW", "value": {"link": "https://example.com/boots"}},
        },
    }})
    read = AdCreative(creative["id"]).api_get(fields=CREATIVE + ["video_id", "image_url"])
    check.fields(read)
    check.equal((read["video_id"], read["object_type"]), (video["id"], "VIDEO"), "a creative with a video")
    AdCreative(creative["id"]).api_delete()


def read_and_change(check, account, campaign, ad_set, creative, ad):
    for node, fields in [(campaign, CAMPAIGN), (ad_set, AD_SET), (creative, CREATIVE), (ad, AD)]:
        read = type(node)(node["id"]).api_get(fields=fields)
        check.fields(read)
        check.equal(read["name"].split()[0], "SDK", "the name reads back")
    spec = AdSet(ad_set["id"]).api_get(fields=["targeting"])["targeting"]
    check.fields(spec, Targeting)
    # The SDK's objects cannot hold nested edges, its transport can.
    nested = FacebookAdsApi.get_default_api().call(
        "GET", (campaign["id"],), params={"fields": "name,adsets.limit(5){id,name,ads{id}}"}
    ).json()
    check.equal(nested["adsets"]["data"][0]["ads"]["data"][0]["id"], ad["id"], "nested fields")
    found = account.get_campaigns(
        fields=["name"], params={"filtering": [{"field": "name", "operator": "CONTAIN", "value": "SDK"}]}
    )
    check.equal([one["id"] for one in found], [campaign["id"]], "a filter by name")
    AdSet(ad_set["id"]).api_update(params={"daily_budget": 30000})
    check.equal(AdSet(ad_set["id"]).api_get(fields=["daily_budget"])["daily_budget"], "30000", "a changed budget")
    for node in [ad, ad_set, campaign]:
        type(node)(node["id"]).api_update(params={"status": "ACTIVE"})
    check.refused(
        lambda: account.create_campaign(params={
            "name": "x", "objective": "OUTCOME_SALES", "status": "PAUSED", "special_ad_categories": [],
        }),
        100, 4834011, "a campaign without the sharing flag",
    )
    check.refused(lambda: Campaign("42").api_get(), 100, 33, "an object that does not exist")


def paging(check, account):
    made = {
        account.create_campaign(params={
            "name": f"Page {n}", "objective": "OUTCOME_TRAFFIC", "status": "PAUSED", "special_ad_categories": [],
            "is_adset_budget_sharing_enabled": False,
        })["id"]
        for n in range(12)
    }
    cursor = account.get_campaigns(fields=["id"], params={
        "limit": 5, "filtering": [{"field": "name", "operator": "STARTS_WITH", "value": "Page"}], "summary": "true",
    })
    listed = [one["id"] for one in cursor]
    check.equal(len(listed), len(made), "each object once")
    check.equal(set(listed), made, "all objects of all pages")
    check.equal(cursor.total(), len(made), "the total in the summary")
    return made


def batches(check, api, made):
    batch = api.new_batch()
    names, failures = [], []
    for one in sorted(made):
        Campaign(one).api_get(fields=["name"], batch=batch, success=lambda r: names.append(r.json()["name"]),
                              failure=lambda r: failures.append(r.json()))
    Campaign("42").api_get(batch=batch, success=lambda r: names.append("?"),
                           failure=lambda r: failures.append(r.error().api_error_code()))
    batch.execute()
    check.equal((len(names), failures), (len(made), [100]), "a batch of reads with one failure")
    batch = api.new_batch()
    for one in made:
        Campaign(one).api_delete(batch=batch)
    batch.execute()
    gone = {Campaign(one).api_get(fields=["status"])["status"] for one in made}
    check.equal(gone, {"DELETED"}, "a batch of deletions")


def insights(check, base, account, campaign):
    control(base, "advance", {"days": 8})
    params = {"level": "ad", "time_increment": 1, "date_preset": "this_month"}
    rows = list(account.get_insights(fields=INSIGHTS, params=params))
    check.that(len(rows) >= 7, "a row for each day")
    for row in rows:
        check.fields(row, AdsInsights)
    for breakdowns in [["age", "gender"], ["publisher_platform", "platform_position"], ["country"],
                       ["hourly_stats_aggregated_by_advertiser_time_zone"]]:
        cut = list(Campaign(campaign["id"]).get_insights(
            fields=["impressions", "spend"], params={"breakdowns": breakdowns, "date_preset": "this_month", "limit": 20}
        ))
        total = sum(int(row["impressions"]) for row in cut)
        check.equal(total, sum(int(row["impressions"]) for row in rows), f"the sum by {breakdowns}")
        for row in cut:
            check.fields(row, AdsInsights)
    run = account.get_insights_async(fields=INSIGHTS, params=params)
    for _ in range(20):
        run = AdReportRun(run["id"]).api_get()
        check.fields(run)
        if run[AdReportRun.Field.async_status] == "Job Completed":
            break
    check.equal(run[AdReportRun.Field.async_percent_completion], 100, "a finished report")
    later = list(AdReportRun(run["id"]).get_insights(params={"limit": 3}))
    check.equal([dict(row) for row in later], [dict(row) for row in rows], "the report's rows are the direct ones")
    check.fields(AdSet(first_set(campaign)).api_get(fields=AD_SET))


def first_set(campaign):
    return Campaign(campaign["id"]).get_ad_sets()[0]["id"]


def lead_form(check, base, account, page):
    own = FacebookAdsApi.init(APP_ID, APP_SECRET, page["access_token"], api_version="v26.0")
    form = Page(page["id"], api=own).create_lead_gen_form(params={
        "name": "SDK form", "locale": "DE_DE", "questions": [{"type": "EMAIL"}, {"type": "FULL_NAME"}],
        "privacy_policy": {"url": "https://example.com/privacy"},
        "thank_you_page": {"title": "Thanks", "body": "See you", "button_type": "NONE"},
    })
    read = LeadgenForm(form["id"], api=own).api_get(fields=FORM)
    check.fields(read)
    forms = list(Page(page["id"], api=own).get_lead_gen_forms(fields=["id", "name"]))
    check.equal([one["id"] for one in forms], [form["id"]], "the page's forms")
    for lead in LeadgenForm(form["id"], api=own).get_leads():
        check.fields(lead, Lead)
    LeadgenForm(form["id"], api=own).api_update(params={"status": "ARCHIVED"})
    check.equal(LeadgenForm(form["id"], api=own).api_get(fields=["status"])["status"], "ARCHIVED", "a closed form")


def deletion(check, account, campaign, ad_set, creative, ad):
    for node in [ad, creative, ad_set, campaign]:
        type(node)(node["id"]).api_delete()
    for node in [ad, ad_set, campaign]:
        read = type(node)(node["id"]).api_get(fields=["status"])
        check.equal(read["status"], "DELETED", "a deleted object")
    check.equal(len(list(account.get_ads())), 0, "edges hide what is deleted")


def main():
    default = ROOT / "target" / "debug" / "examples" / "serve"
    binary = sys.argv[1] if len(sys.argv) > 1 else str(default)
    server = subprocess.Popen([binary, "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        base = server.stdout.readline().strip()
        FacebookSession.GRAPH = base
        token = control(base, "tokens/mint", {})["access_token"]
        api = FacebookAdsApi.init(APP_ID, APP_SECRET, token, api_version="v26.0")
        check = Checks()
        account = AdAccount(ACCOUNT, api=api)
        page = discovery(check, account)
        nodes = publish(check, account, page)
        videos(check, api, base, account, page)
        read_and_change(check, account, *nodes)
        made = paging(check, account)
        batches(check, api, made)
        insights(check, base, account, nodes[0])
        for label in account.get_ad_labels(fields=["id", "name"]):
            check.fields(label, AdLabel)
        deletion(check, account, *nodes)
        lead_form(check, base, account, page)
    finally:
        server.terminate()
        server.wait()
    print(f"{check.passed} checks passed, {len(check.failed)} failed")
    return 1 if check.failed or check.passed < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
