#!/usr/bin/env python3
"""Checks requests of the Meta adapter against the definitions in Meta's official SDK.

The SDK holds, for every method of an edge, the names and types of its parameters and the values of its enums
(Meta, `platforms/meta.md` §26). They are read from its source without running it.

    pip install -r requirements.txt
    PLACARD_REQUEST_LOG=requests.jsonl cargo nextest run -p placard-platforms
    python check_requests.py requests.jsonl

Every parameter must be known for its edge, every value of an enum listed, every member of a nested object a field of its
class, every field asked for a field of what is read. Ends with 1 if one is not, or if an edge that the adapter writes
to was never called.
"""

import ast
import importlib.util
import json
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

# Parameters of every read (Meta, `platforms/meta.md` §1, §17); the SDK adds them by other means than its tables.
EVERY_READ = {"fields", "limit", "after", "filtering"}

# Values that Meta documents and the SDK does not list.
DOCUMENTED = {
    ("destination_type", "PHONE_CALL"): "call ads; in the documents' tables, not in the SDK's enum (§9, §13)",
}

# Members that Meta documents and the SDK's classes do not list.
DOCUMENTED_MEMBERS = {
    ("AdCreative", "creative_id"): "an ad names its creative by id; the SDK's own samples do so (§12)",
}

# Parameters of endpoints that the SDK has no method for.
OUTSIDE = {
    "oauth/access_token": {"client_id", "redirect_uri", "grant_type"},
    "debug_token": set(),
}

# Nodes by the last words of what a request is for.
NODES = {
    "campaign": "Campaign",
    "ad set": "AdSet",
    "ad group": "AdSet",
    "ad": "Ad",
    "creative": "AdCreative",
    "video": "AdVideo",
    "instant form": "LeadgenForm",
    "lead form": "LeadgenForm",
    "ad account": "AdAccount",
    "insights": "AdReportRun",
    "page": "Page",
    "lead": "Lead",
}

# Nodes with a number, by their edge; the app's own number is one as well.
EDGES = {
    "leadgen_forms": "Page",
    "subscribed_apps": "Page",
    "subscriptions": "Application",
    "adsets": "Campaign",
    "ads": "Campaign",
    "insights": "AdReportRun",
}

# Classes of objects that the SDK's tables only call an object or a map.
SHAPES = {
    "promoted_object": "AdPromotedObject",
    "object_story_spec": "AdCreativeObjectStorySpec",
    "degrees_of_freedom_spec": "AdCreativeDegreesOfFreedomSpec",
    "contextual_multi_ads": "AdCreativeContextualMultiAds",
    "bid_constraints": "AdCampaignBidConstraint",
    "attribution_spec": "AttributionSpec",
    "targeting": "Targeting",
}

# What the adapter must have been seen to do, or the log is not worth checking.
EXPECTED = [
    ("POST", "/adimages"), ("POST", "/campaigns"), ("POST", "/adsets"), ("POST", "/adcreatives"), ("POST", "/ads"),
    ("POST", "/leadgen_forms"), ("POST", "Campaign"), ("POST", "AdSet"), ("POST", "Ad"), ("DELETE", "Campaign"),
    ("DELETE", "AdSet"), ("DELETE", "Ad"), ("DELETE", "AdCreative"), ("POST", "LeadgenForm"), ("GET", "/adimages"),
    ("POST", "/advideos"), ("GET", "/advideos"), ("GET", "AdVideo"),
    ("GET", "/campaigns"), ("GET", "Campaign"), ("GET", "/adaccounts"), ("GET", "/accounts"), ("GET", "/insights"),
    ("POST", "/insights"), ("GET", "AdReportRun"),
]


@dataclass
class Method:
    """One method of the SDK: its parameters and what it gives."""

    params: dict
    enums: dict
    target: str


@dataclass
class Sdk:
    """All classes of the SDK."""

    methods: dict = field(default_factory=dict)  # (class, HTTP method, endpoint) -> Method
    fields: dict = field(default_factory=dict)  # class -> names of fields
    types: dict = field(default_factory=dict)  # class -> field -> type
    enums: dict = field(default_factory=dict)  # (class, enum) -> values
    unreadable: list = field(default_factory=list)  # names of modules

    @classmethod
    def read(cls):
        spec = importlib.util.find_spec("facebook_business")
        if spec is None:
            sys.exit("facebook-business is not installed; see requirements.txt")
        sdk = cls()
        for path in sorted((Path(spec.origin).parent / "adobjects").glob("*.py")):
            try:
                tree = ast.parse(path.read_text())
            except SyntaxError:
                # A field called `or` makes one module of the SDK unreadable even to Python.
                sdk.unreadable.append(path.name)
                continue
            for node in tree.body:
                if isinstance(node, ast.ClassDef):
                    sdk.add_class(node)
        return sdk

    def add_class(self, node):
        for inner in node.body:
            if isinstance(inner, ast.ClassDef):
                values = {a.value.value for a in inner.body if isinstance(a, ast.Assign) and isinstance(a.value, ast.Constant)}
                if inner.name == "Field":
                    self.fields[node.name] = values
                self.enums[node.name, inner.name] = values
            elif isinstance(inner, ast.FunctionDef):
                self.add_method(node.name, inner)
            elif isinstance(inner, ast.Assign) and getattr(inner.targets[0], "id", "") == "_field_types":
                self.types[node.name] = ast.literal_eval(inner.value)

    def add_method(self, owner, function):
        params, enums, call = {}, {}, None
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id
                if name == "param_types":
                    params = ast.literal_eval(node.value)
                elif name == "enums" and isinstance(node.value, ast.Dict):
                    enums = {key.value: enum_of(value) for key, value in zip(node.value.keys, node.value.values)}
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "FacebookRequest":
                call = {keyword.arg: keyword.value for keyword in node.keywords}
        if call and isinstance(call["endpoint"], ast.Constant):
            target = getattr(call.get("target_class"), "id", owner)
            endpoint = call["endpoint"].value
            self.methods[owner, call["method"].value, endpoint] = Method(params, enums, target)


def enum_of(node):
    """`AdSet.BillingEvent.__dict__.values()` or a list of texts."""
    if isinstance(node, ast.List):
        return {element.value for element in node.elts}
    chain = node.func.value.value  # AdSet.BillingEvent
    return (chain.value.id, chain.attr)


class Checker:
    """Checks requests one by one and remembers what is wrong."""

    def __init__(self, sdk):
        self.sdk = sdk
        self.problems = Counter()
        self.allowed = Counter()
        self.edges = Counter()
        self.params = 0
        self.values = 0

    def problem(self, where, text):
        self.problems[f"{where}: {text}"] += 1

    def request(self, line):
        request = json.loads(line)
        verb, path, params = request["method"], request["path"], request["params"]
        if path in OUTSIDE:
            self.edges[verb, path] += 1
            for name in set(params) - OUTSIDE[path]:
                self.problem(path, f"`{name}` is not among the documented parameters")
            return
        owner, endpoint = self.locate(path, request["operation"])
        method = self.sdk.methods.get((owner, verb, endpoint))
        where = f"{verb} {owner}{endpoint}"
        self.edges[verb, owner if endpoint == "/" else endpoint] += 1
        if method is None:
            return self.problem(where, "the SDK has no such method")
        for name, value in params.items():
            self.param(where, verb, method, name, value)

    def locate(self, path, operation):
        """Class and endpoint of a path."""
        node, _, edge = path.partition("/")
        if not edge:
            if node == "me":
                return "Page", "/"
            for words in sorted(NODES, key=len, reverse=True):
                if operation.endswith((words, f"{words}s")):
                    return NODES[words], "/"
            return operation, "/"
        if node.startswith("act_"):
            return "AdAccount", f"/{edge}"
        if node == "me":
            return "User", f"/{edge}"
        return EDGES.get(edge, operation), f"/{edge}"

    def param(self, where, verb, method, name, value):
        self.params += 1
        if name == "fields" and verb == "GET" or name == "fields" and method.target in ("AdsInsights", "AdReportRun"):
            return self.asked(where, method.target if method.target != "AdReportRun" or verb == "GET" else "AdsInsights", value)
        if verb == "GET" and name in EVERY_READ and name not in method.params:
            return
        kind = method.params.get(name)
        if kind is None:
            return self.problem(where, f"`{name}` is not a parameter")
        base = inner(kind)
        if base in method.enums:
            enum = method.enums[base]
            listed = enum if isinstance(enum, set) else self.sdk.enums.get(enum, set())
            for item in value if isinstance(value, list) else [value]:
                self.enum(where, name, item, listed)
        else:
            shape = base if base in self.sdk.types else SHAPES.get(name)
            self.nested(where, name, value, shape)

    def enum(self, where, name, value, listed):
        self.values += 1
        if str(value) in listed:
            return
        if (name, value) in DOCUMENTED:
            self.allowed[name, value] += 1
            return
        self.problem(where, f"`{name}` cannot be `{value}`")

    def nested(self, where, name, value, shape):
        """Members of an object must be fields of its class, at every depth."""
        if isinstance(value, list):
            for item in value:
                self.nested(where, name, item, shape)
        if not isinstance(value, dict) or shape not in self.sdk.fields:
            return
        types = self.sdk.types.get(shape, {})
        for member, inside in value.items():
            path = f"{name}.{member}"
            self.params += 1
            if (shape, member) in DOCUMENTED_MEMBERS:
                self.allowed[shape, member] += 1
                continue
            if member not in self.sdk.fields[shape]:
                self.problem(where, f"`{path}` is not a field of {shape}")
                continue
            base = inner(types.get(member, ""))
            if (shape, base) in self.sdk.enums:
                for item in inside if isinstance(inside, list) else [inside]:
                    self.enum(where, path, item, self.sdk.enums[shape, base])
            else:
                self.nested(where, path, inside, base if base in self.sdk.fields else None)

    def asked(self, where, target, text):
        known = self.sdk.fields.get(target, set())
        for name in re.sub(r"\{[^}]*\}", "", text).split(","):
            self.params += 1
            if name not in known:
                self.problem(where, f"`{name}` is not a field of {target}")


def inner(kind):
    """The type inside a list: `list<objective_enum>` is `objective_enum`."""
    while match := re.fullmatch(r"list<(.*)>", kind):
        kind = match.group(1)
    return kind


def main(path):
    checker = Checker(Sdk.read())
    lines = Path(path).read_text().splitlines()
    for line in lines:
        checker.request(line)
    for problem, count in sorted(checker.problems.items()):
        print(f"wrong ({count} times): {problem}")
    for key, count in sorted(checker.allowed.items()):
        print(f"allowed ({count} times): {' '.join(key)}: {(DOCUMENTED | DOCUMENTED_MEMBERS)[key]}")
    missing = [edge for edge in EXPECTED if edge not in checker.edges]
    for verb, edge in missing:
        print(f"never called: {verb} {edge}")
    print(
        f"checked {len(lines)} requests to {len(checker.edges)} edges: {checker.params} parameters and fields, "
        f"{checker.values} enum values; {len(checker.problems)} problems"
    )
    if not lines or not checker.values:
        print("nothing was checked")
    return 1 if checker.problems or missing or not lines or not checker.values else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
