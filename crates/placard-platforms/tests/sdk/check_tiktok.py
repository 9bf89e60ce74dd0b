#!/usr/bin/env python3
"""Checks requests of the TikTok adapter against TikTok's official SDK.

The SDK holds every call with its parameters and the fields of every body (TikTok, `platforms/tiktok.md` §24). Names,
types and what must be there are taken from it.

    pip install -r requirements.txt
    PLACARD_TIKTOK_REQUEST_LOG=requests.jsonl cargo nextest run -p placard-platforms tiktok
    python check_tiktok.py requests.jsonl

Ends with 1 if something is unknown, of a wrong type or missing, if anything is made that could spend at once, or if
something that the adapter does was never seen.
"""

import ast
import json
import re
import sys
from collections import Counter
from pathlib import Path

from business_api_client import models

# The SDK's calls, by path.
API = Path(models.__file__).parents[1] / "api"

# The bodies of calls that write (§24).
BODIES = {
    "campaign/create/": models.CampaignCreateBody,
    "campaign/update/": models.CampaignUpdateBody,
    "campaign/status/update/": models.CampaignStatusUpdateBody,
    "adgroup/create/": models.AdgroupCreateBody,
    "adgroup/update/": models.AdgroupUpdateBody,
    "adgroup/status/update/": models.AdgroupStatusUpdateBody,
    "ad/create/": models.AdCreateBody,
    "ad/update/": models.AdUpdateBody,
    "ad/status/update/": models.AdStatusUpdateBody,
}

FILTERS = {
    "campaign/get/": models.FilteringCampaignGet,
    "adgroup/get/": models.FilteringAdgroupGet,
    "ad/get/": models.FilteringAdGet,
}

# What the SDK wants and TikTok does not read: under a campaign's own budget an ad group has none (§8, §11).
OPTIONAL = {"adgroup/create/": {"budget", "budget_mode"}}

# Calls that the SDK lacks, with their documented parameters (§3, §12, §16).
OUTSIDE = {
    "user/info/": set(),
    "ad/review_info/": {"advertiser_id", "ad_ids"},
    "oauth2/access_token/": {"app_id", "return_advertiser_ids"},
    "oauth2/advertiser/get/": {"app_id"},
    "subscription/subscribe/": {"app_id", "secret", "subscribe_entity", "callback_url", "subscription_detail"},
    "subscription/unsubscribe/": {"app_id", "secret", "subscription_id"},
}

# What the adapter must have been seen to do, or the log is not worth checking.
EXPECTED = {
    *BODIES, *FILTERS, "file/image/ad/upload/", "file/image/ad/info/", "advertiser/info/", "identity/get/",
    "report/integrated/get/", "user/info/", "oauth2/access_token/", "oauth2/advertiser/get/",
}

# Fields that were sent at least once.
EXPECTED_FIELDS = {
    "budget", "bid_price", "conversion_bid_price", "roas_bid", "deep_bid_type", "frequency", "frequency_schedule",
    "pixel_id", "optimization_event", "click_attribution_window", "view_attribution_window", "schedule_end_time",
    "languages", "page_id", "utm_params", "landing_page_url", "patch_update",
}

VALUE = re.compile(r"Invalid value for `(\w+)`, must not be `None`")


def calls():
    """Method and parameters of every call in the SDK."""
    found = {}
    for module in API.glob("*_api.py"):
        source = module.read_text()
        parts = re.split(r"\n    def (?=\w+_with_http_info)", source)[1:]
        for part in parts:
            names = ast.literal_eval(re.search(r"all_params = (\[.*?\])", part, re.S).group(1))
            path, method = re.search(r"'/open_api/v1\.3/([^']+)', '(\w+)'", part).groups()
            found[path] = (method, set(names) - {"access_token", "body"})
    return found


def required(kind):
    """Fields without which the SDK builds no body."""
    return set(VALUE.findall(Path(sys.modules[kind.__module__].__file__).read_text()))


class Checker:
    """Checks requests one by one and remembers what is wrong."""

    def __init__(self):
        self.calls = calls()
        self.problems = Counter()
        self.seen = Counter()
        self.fields = Counter()

    def problem(self, where, text):
        self.problems[f"{where}: {text}"] += 1

    def request(self, line):
        request = json.loads(line)
        path, method, params = request["path"], request["method"], request["params"]
        self.seen[path] += 1
        if path in OUTSIDE:
            for name in set(params) - OUTSIDE[path]:
                self.problem(path, f"`{name}` is not among the documented parameters")
            return
        if path not in self.calls:
            return self.problem(path, "there is no such call")
        known_method, known = self.calls[path]
        if method != known_method:
            self.problem(path, f"the method is {known_method}, not {method}")
        if path in BODIES:
            self.body(path, BODIES[path], params)
            for name in required(BODIES[path]) - OPTIONAL.get(path, set()) - set(params):
                self.problem(path, f"`{name}` is missing")
            return self.waits(path, params)
        for name in set(params) - known:
            self.problem(path, f"there is no parameter `{name}`")
        if path in FILTERS:
            self.body(path, FILTERS[path], params.get("filtering", {}))

    def body(self, where, kind, params):
        """Every field exists and has its type, at every depth."""
        self.fields.update(params.keys())
        for name, value in params.items():
            if name not in kind.swagger_types:
                self.problem(where, f"there is no field `{name}`")
            elif not self.fits(where, kind.swagger_types[name], value):
                self.problem(where, f"`{name}` is {kind.swagger_types[name]}, not {json.dumps(value)[:60]}")

    def fits(self, where, kind, value):
        inner = re.fullmatch(r"list\[(.+)\]", kind)
        if inner:
            return isinstance(value, list) and all(self.fits(where, inner.group(1), item) for item in value)
        if kind in ("int", "float"):
            number = isinstance(value, int) or (kind == "float" and isinstance(value, float))
            # The SDK types some ids as integers; they are text of digits (§2).
            digits = kind == "int" and isinstance(value, str) and value.isdigit()
            return (number and not isinstance(value, bool)) or digits
        if kind in ("str", "bool"):
            return isinstance(value, {"str": str, "bool": bool}[kind])
        if kind in ("object", "dict(str, object)"):
            return isinstance(value, dict)
        if not isinstance(value, dict):
            return False
        self.body(where, getattr(models, kind), value)
        return True

    def waits(self, path, params):
        """Whatever is made waits: left out, it would run at once (§2)."""
        made = {"campaign/create/": [params], "adgroup/create/": [params], "ad/create/": params.get("creatives", [])}
        for one in made.get(path, []):
            if one.get("operation_status") != "DISABLE":
                self.problem(path, f"it is made {one.get('operation_status')}, not waiting")


def main(path):
    checker = Checker()
    lines = Path(path).read_text().splitlines()
    for line in lines:
        checker.request(line)
    for problem, count in sorted(checker.problems.items()):
        print(f"wrong ({count} times): {problem}")
    missing = sorted((EXPECTED - set(checker.seen)) | (EXPECTED_FIELDS - set(checker.fields)))
    for what in missing:
        print(f"never seen: {what}")
    fields = sum(checker.fields.values())
    print(
        f"checked {len(lines)} requests of {len(checker.seen)} kinds with {fields} fields against v1.3; "
        f"{len(checker.problems)} problems"
    )
    return 1 if checker.problems or missing or not lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
