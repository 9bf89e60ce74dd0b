#!/usr/bin/env python3
"""Checks requests of the Microsoft adapter against Microsoft's official SDK.

The SDK holds every call with the model of its body (Microsoft, `platforms/microsoft.md` §15). The models pass over what
they do not know, so what they make of a body is compared with the body.

    pip install -r requirements.txt
    PLACARD_MICROSOFT_REQUEST_LOG=requests.jsonl cargo nextest run -p placard-platforms microsoft
    python check_microsoft.py requests.jsonl

Ends with 1 if something is unknown or of a wrong type, if anything is made that could spend at once, or if something
that the adapter does was never seen.
"""

import datetime
import importlib
import json
import re
import sys
from collections import Counter
from pathlib import Path

import openapi_client
from openapi_client.api_client import ApiClient

SDK = Path(openapi_client.__file__).parent

# The logins are not among the SDK's services.
OUTSIDE = {"common/oauth2/v2.0/token"}

# What the adapter must have been seen to do, or the log is not worth checking.
CAMPAIGN = "CampaignManagement/v13"
EXPECTED = {
    *(f"POST {CAMPAIGN}/{name}" for name in ("Campaigns", "AdGroups", "Ads", "Keywords", "CampaignCriterions")),
    *(f"PUT {CAMPAIGN}/{name}" for name in ("Campaigns", "AdGroups", "Ads")),
    *(f"DELETE {CAMPAIGN}/{name}" for name in ("Campaigns", "AdGroups", "Ads", "Keywords", "CampaignCriterions")),
    *(f"{verb} {CAMPAIGN}/EntityNegativeKeywords" for verb in ("POST", "DELETE")),
    f"POST {CAMPAIGN}/NegativeKeywords/QueryByEntityIds",
    f"POST {CAMPAIGN}/OfflineConversions/Apply", f"POST {CAMPAIGN}/ConversionGoals/QueryByIds",
    f"POST {CAMPAIGN}/Campaigns/QueryByAccountId", f"POST {CAMPAIGN}/Campaigns/QueryByIds",
    "POST Reporting/v13/GenerateReport/Submit", "POST Reporting/v13/GenerateReport/Poll",
    "POST CustomerManagement/v13/User/Query", "POST CustomerManagement/v13/Accounts/Search",
    "POST CustomerManagement/v13/Account/Query",
}

# Lists whose objects must wait when they are made.
WAITING = ("Campaigns", "AdGroups", "Ads")


def calls():
    """The model of the body of every call in the SDK, by method and path."""
    found = {}
    for module in (SDK / "api").glob("*_api.py"):
        source = module.read_text()
        for part in re.split(r"\n    def (?=_\w+_serialize\()", source)[1:]:
            place = re.search(r"method='(\w+)',\s*resource_path='/([^']+)'", part)
            body = re.search(r"^_(\w+)_serialize\(\s*self,\s*(\w+),", part)
            if place and body:
                found[f"{place.group(1)} {place.group(2)}"] = (module.stem, body.group(2))
    return found


def model(service, name):
    """The class of a body, such as `add_campaigns_request`."""
    folder = service.removesuffix("_service_api").removesuffix("_management")
    module = importlib.import_module(f"openapi_client.models.{folder}.{name}")
    wanted = name.replace("_", "")
    return next(one for key, one in vars(module).items() if key.lower() == wanted)


def words(value):
    """A value as text; of flags the words, to which the SDK adds that there are none."""
    return set(str(value).split(", ")) - {"None"}


def moment(value):
    """A point in time, however it is written; anything else as it is."""
    try:
        return datetime.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return value


def differences(sent, known, path=""):
    """Where the SDK does not hold what was sent; nulls say nothing."""
    if isinstance(sent, dict):
        if not isinstance(known, dict):
            yield f"{path} is no object"
            return
        for name, value in sent.items():
            if value is None:
                continue
            if known.get(name) is None:
                yield f"{path}.{name} is unknown"
            else:
                yield from differences(value, known[name], f"{path}.{name}")
    elif isinstance(sent, list):
        if not isinstance(known, list) or len(known) != len(sent):
            yield f"{path} is another list"
            return
        for one, other in zip(sent, known):
            yield from differences(one, other, path)
    elif sent != known and words(sent) != words(known) and moment(sent) != moment(known):
        yield f"{path}: {sent!r} is read as {known!r}"


def singles(body):
    """A body for each campaign type in it: the SDK reads several of this flag from a word that its enum lacks."""
    kinds = body.get("CampaignType")
    return [body | {"CampaignType": kind} for kind in kinds.split(", ")] if isinstance(kinds, str) else [body]


class Checker:
    """Checks requests one by one and remembers what is wrong."""

    def __init__(self):
        self.calls = calls()
        self.client = ApiClient()
        self.problems = Counter()
        self.seen = Counter()

    def problem(self, where, text):
        self.problems[f"{where}: {text}"] += 1

    def request(self, line):
        request = json.loads(line)
        if request["path"] in OUTSIDE:
            return
        where, body = f"{request['method']} {request['path']}", request["params"]
        self.seen[where] += 1
        if where not in self.calls:
            self.problem(where, "there is no such call")
            return
        for single in singles(body):
            self.body(where, single)
        if request["method"] == "POST":
            for name in WAITING:
                for made in body.get(name) or []:
                    if made.get("Status") != "Paused":
                        self.problem(where, f"{name} are made as {made.get('Status')}")

    def body(self, where, body):
        try:
            known = self.client.sanitize_for_serialization(model(*self.calls[where]).from_dict(body))
        except Exception as error:  # the SDK refuses in many ways
            self.problem(where, str(error).replace("\n", " ")[:300])
            return
        for difference in differences(body, known):
            self.problem(where, difference)


def main(path):
    checker = Checker()
    with open(path, encoding="utf-8") as log:
        for line in log:
            checker.request(line)
    for missing in sorted(EXPECTED - set(checker.seen)):
        checker.problem(missing, "was never sent")
    for problem, count in sorted(checker.problems.items()):
        print(f"{count:6} {problem}")
    print(f"{sum(checker.seen.values())} requests, {len(checker.problems)} problems")
    return 1 if checker.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
