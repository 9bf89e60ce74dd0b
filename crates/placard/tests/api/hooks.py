"""What schemathesis cannot know: who signs in, which ids exist, and what was sent and answered."""

import atexit
import collections
import json
import os
import uuid

import schemathesis

from samples import Samples
from world import ADMIN, CAMPAIGN, World, sign_in

WORLD = World(**json.loads(os.environ["PLACARD_CHECK_WORLD"]))
ANSWERS = collections.Counter()
TURNS = collections.Counter()
# Where my own password is asked for, by the field's name.
PROOFS = {"/me/password": "current", "/me/totp": "password", "/me/totp/remove": "password"}
SAMPLES = Samples(WORLD)


@schemathesis.auth(refresh_interval=None)
class Admin:
    """Sends the access token of the admin, a new one after the session has ended."""

    def get(self, case, context):
        if not WORLD.token:
            WORLD.token = sign_in(WORLD.address, WORLD.password)
        return WORLD.token

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"


def path_of(case):
    return case.operation.path.removeprefix("/api/v1")


def every_other(name):
    TURNS[name] += 1
    return TURNS[name] % 2 == 0


@schemathesis.hook
def before_call(context, case, kwargs):
    """Names what is there, every other time, and proves who we are: guesses would only meet 404, 401 and 429."""
    path, body = path_of(case), case.body
    if isinstance(body, dict):
        proof = PROOFS.get(path)
        if proof and is_text(body.get(proof)):
            body[proof] = WORLD.password
        if path == "/auth/switch" and is_text(body.get("tenant")) and every_other(path):
            body["tenant"] = WORLD.tenant
        if path == "/connections" and is_text(body.get("redirect_uri")) and every_other(path):
            body["redirect_uri"] = "http://127.0.0.1:9/back"
            if is_fitting(case):
                body.update(platform="google" if every_other("platform") else "meta", sandbox=True)
        if path == "/auth/login" and body.get("email") == ADMIN and is_text(body.get("password")):
            body["password"] = WORLD.password
    name_anew(case)
    known = {"key": CAMPAIGN}
    if path.startswith("/plans/"):
        known["id"] = WORLD.plan
    if path.startswith("/deployments/"):
        known["id"] = WORLD.deployment
    for name, value in (case.path_parameters or {}).items():
        fits = is_uuid(value) if name == "id" else is_text(value)
        if name in known and fits and every_other(f"{case.method} {path}"):
            case.path_parameters[name] = known[name]
    if is_fitting(case) and every_other(f"sample of {case.method} {path}"):
        put(SAMPLES.find(case.method.upper(), path, case.media_type), case)


def put(sample, case):
    if sample is None:
        return
    if sample.body is not None:
        case.body = sample.body
    if sample.path:
        case.path_parameters.update(sample.path)
    if sample.headers:
        case.headers.update(sample.headers)
    if sample.query:
        case.query = {**(case.query or {}), **sample.query}


def name_anew(case):
    """A request has a name of its own, as the document asks, and seldom that of another; a state that must still stand
    is seldom guessed."""
    TURNS["name"] += 1
    if "Idempotency-Key" in case.headers and (TURNS["name"] % 8 or not is_fitting(case)):
        case.headers["Idempotency-Key"] = f"check-{TURNS['name']}"
    if "If-Match" in case.headers and every_other("state"):
        del case.headers["If-Match"]


@schemathesis.hook
def after_call(context, case, response):
    # Another method than the document's is part of testing it, and no operation of its own.
    ANSWERS[(f"{case.operation.method.upper()} {path_of(case)}", response.status_code)] += 1
    if response.status_code == 401:
        WORLD.token = None
    if path_of(case) == "/me/password" and response.status_code == 204:
        WORLD.password = case.body["password"]


@schemathesis.check
def fitting_requests_are_understood(context, response, case):
    """A request that is as the document has it may ask for what cannot be, but is never malformed."""
    if not is_fitting(case) or response.status_code != 422:
        return
    problem = response.json()
    if problem["type"] != "urn:placard:problem:unfit":
        raise AssertionError(f"the document allows this request, and it was called {problem['type']}")


def is_fitting(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


def is_text(value):
    return isinstance(value, str) and value.strip() == value and 0 < len(value) <= 120


def is_uuid(value):
    try:
        return str(uuid.UUID(value)) == value.lower()
    except (AttributeError, ValueError, TypeError):
        return False


@atexit.register
def write_counts():
    answers = [[name, status, count] for (name, status), count in sorted(ANSWERS.items())]
    with open(os.environ["PLACARD_CHECK_COUNTS"], "w") as file:
        json.dump({"password": WORLD.password, "answers": answers}, file)
