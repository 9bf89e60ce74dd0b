#!/usr/bin/env python3
"""Checks requests of the Google adapter against the messages in Google's official SDK.

The SDK holds the messages of every call (Google, `platforms/google.md` §15). Bodies are parsed as those messages,
without tolerance for unknown names, and fields of queries are looked up in the messages of rows.

    pip install -r requirements.txt
    PLACARD_GOOGLE_REQUEST_LOG=requests.jsonl cargo nextest run -p placard-platforms google
    python check_google.py requests.jsonl

The error codes that the adapter knows are looked up as well.

Ends with 1 if something is unknown, of a wrong type or for output only, if a mask names what its object does not have,
or if something that the adapter does was never seen.
"""

import json
import re
import sys
from collections import Counter
from pathlib import Path

from google.ads.googleads.v26.errors.types import errors
from google.ads.googleads.v26.services.types import google_ads_service as service
from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor

VERSION = "v26"

# The adapter.
SOURCE = Path(__file__).parents[2] / "src" / "google"

# Calls behind `customers/{id}/` and the messages that they take.
MESSAGES = {
    "googleAds:mutate": service.MutateGoogleAdsRequest,
    "googleAds:search": service.SearchGoogleAdsRequest,
    "googleAds:searchStream": service.SearchGoogleAdsStreamRequest,
}

# Calls without a message of Google Ads.
OUTSIDE = {
    "customers:listAccessibleCustomers": set(),
    "token": {"client_id", "grant_type", "redirect_uri"},
}

# What the adapter must have been seen to do, or the log is not worth checking.
EXPECTED = {
    "campaign_budget_operation create", "campaign_budget_operation update", "campaign_budget_operation remove",
    "campaign_operation create", "campaign_operation update", "campaign_operation remove",
    "campaign_criterion_operation create", "campaign_criterion_operation remove",
    "ad_group_operation create", "ad_group_operation update", "ad_group_operation remove",
    "ad_group_criterion_operation create", "ad_group_criterion_operation remove",
    "ad_group_ad_operation create", "ad_group_ad_operation update", "ad_group_ad_operation remove",
    "ad_operation update", "asset_operation create",
    "from campaign", "from ad_group", "from ad_group_ad", "from ad_group_criterion", "from campaign_criterion",
    "from customer", "from customer_client", "from asset", "from age_range_view", "from gender_view",
    "from geographic_view", "customers:listAccessibleCustomers", "token",
}

# What Google only tells (Google, `platforms/google.md` §4); the SDK's messages do not say.
OUTPUT_ONLY = {
    "Campaign": {
        "id", "serving_status", "primary_status", "primary_status_reasons", "bidding_strategy_system_status",
        "bidding_strategy_type", "labels", "optimization_score", "missing_eu_political_advertising_declaration",
        "experiment_type",
    },
    "CampaignBudget": {
        "id", "status", "reference_count", "type", "has_recommended_budget", "recommended_budget_amount_micros",
    },
    "AdGroup": {"id", "effective_cpc_bid_micros", "primary_status", "primary_status_reasons", "labels"},
    "AdGroupAd": {"policy_summary", "ad_strength", "primary_status", "primary_status_reasons", "action_items"},
    "AdGroupCriterion": {
        "criterion_id", "approval_status", "disapproval_reasons", "system_serving_status", "quality_info",
        "effective_cpc_bid_micros", "primary_status",
    },
}

# What is fixed once an object is made (§4).
FIXED = {
    "Campaign": {"advertising_channel_type", "advertising_channel_sub_type", "brand_guidelines_enabled"},
    "CampaignBudget": {"period"},
    "AdGroup": {"campaign", "type"},
    "AdGroupAd": {"ad_group", "ad"},
    "AdGroupCriterion": {"ad_group", "negative", "keyword.text", "keyword.match_type"},
}

QUERY = re.compile(r"SELECT (?P<fields>.+?) FROM (?P<resource>\w+)(?: WHERE (?P<where>.+?))?(?: LIMIT \d+)?$")


class Checker:
    """Checks requests one by one and remembers what is wrong."""

    def __init__(self):
        self.problems = Counter()
        self.seen = Counter()
        self.fields = 0

    def problem(self, where, text):
        self.problems[f"{where}: {text}"] += 1

    def request(self, line):
        request = json.loads(line)
        path, params = request["path"], request["params"]
        if path in OUTSIDE:
            self.seen[path] += 1
            for name in set(params) - OUTSIDE[path]:
                self.problem(path, f"`{name}` is not among the documented parameters")
            return
        match = re.fullmatch(r"customers/(\d{10})/(\S+)", path)
        if not match or match.group(2) not in MESSAGES:
            return self.problem(path, "there is no such call")
        customer, call = match.groups()
        if request["method"] != "POST":
            self.problem(call, f"the method is POST, not {request['method']}")
        kind = MESSAGES[call]
        message = kind.pb(kind())
        try:
            json_format.ParseDict({**params, "customerId": customer}, message, ignore_unknown_fields=False)
        except json_format.ParseError as error:
            return self.problem(call, str(error))
        if call == "googleAds:mutate":
            self.mutate(message)
        else:
            self.query(message.query)

    def mutate(self, message):
        if not message.mutate_operations:
            self.problem("googleAds:mutate", "no operation is in it")
        for operation in message.mutate_operations:
            which = operation.WhichOneof("operation")
            inner = getattr(operation, which)
            verb = inner.WhichOneof("operation")
            where = f"{which} {verb}"
            self.seen[where] += 1
            if verb is None:
                self.problem(which, "neither creates, updates nor removes")
                continue
            if verb == "remove":
                continue
            body = getattr(inner, verb)
            self.outputs(where, body)
            if verb == "update":
                self.mask(where, body, inner.update_mask)
            elif verb == "create" and "status" in body.DESCRIPTOR.fields_by_name and which in PAUSED:
                status = body.DESCRIPTOR.fields_by_name["status"].enum_type.values_by_number[body.status].name
                if status != "PAUSED":
                    self.problem(where, f"it is made {status}, not paused")

    def outputs(self, where, message):
        """Nothing may be sent that Google only tells."""
        for field, value in message.ListFields():
            self.fields += 1
            if field.name.rstrip("_") in OUTPUT_ONLY.get(message.DESCRIPTOR.name, set()):
                self.problem(where, f"`{field.name}` is for output only")
            if field.type == FieldDescriptor.TYPE_MESSAGE:
                for inner in value if field.is_repeated else [value]:
                    self.outputs(where, inner)

    def mask(self, where, body, mask):
        """A mask names leaves of the object, and no field that is fixed at creation."""
        if not mask.paths:
            self.problem(where, "the mask is empty")
        for path in mask.paths:
            self.fields += 1
            field = find(body.DESCRIPTOR, path)
            if field is None:
                self.problem(where, f"the mask names `{path}`, which does not exist")
                continue
            if path in FIXED.get(body.DESCRIPTOR.name, set()) | OUTPUT_ONLY.get(body.DESCRIPTOR.name, set()):
                self.problem(where, f"the mask names `{path}`, which cannot be changed")
            if field.type == FieldDescriptor.TYPE_MESSAGE and not field.is_repeated and field.message_type.fields:
                self.problem(where, f"the mask names `{path}`, which has fields of its own")

    def query(self, query):
        match = QUERY.fullmatch(query)
        if not match:
            return self.problem("query", f"it cannot be read: {query}")
        resource = match.group("resource")
        self.seen[f"from {resource}"] += 1
        row = service.GoogleAdsRow.pb(service.GoogleAdsRow()).DESCRIPTOR
        if resource not in row.fields_by_name:
            self.problem("query", f"there is no resource `{resource}`")
        conditions = re.split(r" AND (?!')", match.group("where") or "")
        filtered = [condition.split(" ", 1)[0] for condition in conditions if re.match(r"[a-z_]+\.", condition)]
        for name in match.group("fields").split(", ") + filtered:
            self.fields += 1
            if find(row, name) is None:
                self.problem("query", f"there is no field `{name}`")


# What may run and is made paused.
PAUSED = {"campaign_operation", "ad_group_operation", "ad_group_ad_operation"}


def find(descriptor, path):
    """The field at a dotted path of a message."""
    field = None
    for name in path.split("."):
        if descriptor is None:
            return None
        field = descriptor.fields_by_name.get(name) or descriptor.fields_by_name.get(f"{name}_")
        if field is None:
            return None
        descriptor = field.message_type
    return field


def unknown_codes():
    """Error codes in the adapter's source that the SDK does not know."""
    families = {}
    for field in errors.ErrorCode.pb(errors.ErrorCode()).DESCRIPTOR.fields:
        family = re.sub("_(.)", lambda match: match.group(1).upper(), field.name)
        families[family] = set(field.enum_type.values_by_name)
    source = (SOURCE / "advice.rs").read_text().split("#[cfg(test)]")[0]
    codes = re.findall(r'"(\w+Error)\.(\w+)"', source)
    if not codes:
        sys.exit("no error codes were found in the adapter's source")
    return [f"{family}.{name}" for family, name in codes if name not in families.get(family, ())]


def main(path):
    checker = Checker()
    for code in unknown_codes():
        checker.problem("errors", f"there is no `{code}`")
    lines = Path(path).read_text().splitlines()
    for line in lines:
        checker.request(line)
    for problem, count in sorted(checker.problems.items()):
        print(f"wrong ({count} times): {problem}")
    missing = sorted(EXPECTED - set(checker.seen))
    for what in missing:
        print(f"never seen: {what}")
    print(
        f"checked {len(lines)} requests of {len(checker.seen)} kinds with {checker.fields} fields against {VERSION}; "
        f"{len(checker.problems)} problems"
    )
    if not lines or not checker.fields:
        print("nothing was checked")
    return 1 if checker.problems or missing or not lines or not checker.fields else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
