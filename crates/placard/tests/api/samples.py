"""Requests that nobody guesses: bodies that fit together, and ids of what is there."""

import datetime
import itertools
import os
import pathlib

import yaml

from world import CAMPAIGN, call, sign_in

EXAMPLES = pathlib.Path(__file__).resolve().parents[4] / "examples"
SPEC = yaml.safe_load((EXAMPLES / "spring-sale.yaml").read_text())
NUMBERS = itertools.count(int.from_bytes(os.urandom(6)))
JSON = "application/json"
# Nobody listens there, which an audit says in no time.
PAGE = "http://127.0.0.1:9/"
# An account of the sandbox's Microsoft, and a goal that it has.
GOAL = {"account": "5001001", "goal": "Won deal"}


class Sample:
    """What is put into a request in place of a guess: a body, ids of its path, parameters of its query."""

    def __init__(self, body=None, path=None, query=None, headers=None):
        self.body, self.path, self.query, self.headers = body, path or {}, query or {}, headers or {}


class Samples:
    """Makes what a request needs, a new one for each."""

    def __init__(self, world):
        self.world = world
        self.makers = {
            ("PUT", "/campaigns/{key}", JSON): lambda: Sample(SPEC, {"key": CAMPAIGN}),
            ("PUT", "/campaigns/{key}", "application/yaml"): lambda: Sample(SPEC, {"key": CAMPAIGN}),
            ("PUT", "/campaigns/{key}/files", "application/octet-stream"): lambda: Sample(
                (EXAMPLES / "images/forest.png").read_bytes(), {"key": CAMPAIGN}
            ),
            ("POST", "/imports", "text/csv"): lambda: Sample(
                (EXAMPLES / "data/kag_conversion_data.csv").read_text(), query={"currency": "USD"}
            ),
            ("POST", "/accounts/import", JSON): lambda: Sample(
                {"platform": "meta", "account": str(SPEC["platforms"]["meta"]["account"]), "dry_run": True}
            ),
            ("DELETE", "/invitations/{id}", None): lambda: self.of(self.invitation()),
            ("POST", "/leads", JSON): lambda: Sample(self.new_lead()),
            ("POST", "/leads/find", JSON): lambda: Sample({"identifier": self.lead()["contact"]["email"]}),
            ("POST", "/leads/erase", JSON): lambda: Sample({"identifier": self.lead()["contact"]["email"]}),
            ("POST", "/leads/import", "text/csv"): lambda: Sample(f"email,name\n{self.address()},Grace Hopper\n"),
            ("GET", "/leads/{id}", None): lambda: self.of(self.lead()),
            ("PATCH", "/leads/{id}", JSON): self.changed_lead,
            ("GET", "/leads/{id}/merges", None): lambda: self.of(self.lead()),
            ("POST", "/leads/{id}/merges", JSON): lambda: self.of(self.lead(), {"lead": self.lead()["id"]}),
            ("POST", "/lead-merges/{id}/undo", None): lambda: self.of(self.merge()),
            ("GET", "/leads/{id}/activities", None): lambda: self.of(self.lead()),
            ("POST", "/leads/{id}/activities", JSON): lambda: self.of(self.lead(), {"kind": "note", "text": "Called"}),
            ("POST", "/activities/{id}/finish", None): lambda: self.of(self.task()),
            ("POST", "/pipelines", JSON): lambda: Sample(self.new_pipeline()),
            ("POST", "/deals", JSON): lambda: Sample(self.new_deal()),
            ("GET", "/deals/{id}", None): lambda: self.of(self.deal()),
            ("PATCH", "/deals/{id}", JSON): self.changed_deal,
            ("PUT", "/conversion-goals", JSON): lambda: Sample(GOAL),
            ("DELETE", "/conversion-goals/{id}", None): lambda: self.of(self.goal()),
            ("GET", "/conversions/due", None): lambda: Sample(query={"account": self.goal()["account"]}),
            ("POST", "/conversions/send", JSON): lambda: Sample({"account": self.goal()["account"]}),
            **self.of_assets(),
            **self.of_automation(),
            **self.of_documents(),
            **self.of_outreach(),
        }

    def of_assets(self):
        # What an address gives is beyond it: only public ones are fetched from. `tests/it/assets` tries those.
        return {
            (method, f"/assets/{{id}}{rest}", None): lambda: self.of(self.asset())
            for method, rest in (
                ("GET", ""), ("DELETE", ""), ("POST", "/restore"), ("GET", "/thumbnail"), ("GET", "/url"),
            )
        }

    def of_automation(self):
        at = "/automation-sessions/{id}"
        return {
            ("POST", "/automation-sessions", JSON): lambda: Sample(self.new_login()),
            ("GET", at, None): lambda: self.of(self.login()),
            ("DELETE", at, None): lambda: self.of(self.login()),
            ("POST", f"{at}/validations", JSON): lambda: self.of(self.login(), {"outcome": "works"}),
            ("POST", f"{at}/uses", None): lambda: self.of(self.validated_login()),
            ("PUT", f"{at}/cookies", JSON): self.rotated_login,
        }

    def of_documents(self):
        makers = {
            ("POST", "/analytics", JSON): lambda: Sample({"documents": [self.event()]}),
            ("POST", "/website-audits", JSON): lambda: Sample({"url": PAGE, "pages": 0, "links": 0}),
            ("GET", "/website-audit-runs/{id}", None): lambda: self.of(self.audit()),
            ("POST", "/copies", JSON): lambda: Sample(self.brief()),
            ("GET", "/copies/{id}", None): lambda: self.of(self.written()),
            ("POST", "/copies/{id}/uses", JSON): lambda: self.of(self.written(), {"campaign": CAMPAIGN}),
            ("GET", "/website-audits/{id}", None): lambda: self.of(self.audited()),
            ("PUT", "/boosts/{session}", JSON): lambda: Sample({"boost": self.boost()}, {"session": f"s-{next(NUMBERS)}"}),
            ("GET", "/boosts/{session}", None): self.boosted,
            ("DELETE", "/boosts/{session}", None): self.boosted,
            ("POST", "/boosts/{session}/campaign", None): lambda: self.boosted(self.whole_boost()),
            ("GET", "/lineage", None): lambda: Sample(query={"campaign": CAMPAIGN}),
        }
        for path, make in (("/profiles", self.profile), ("/content-assets", self.content_asset)):
            makers |= {
                ("POST", f"{path}/import", JSON): lambda make=make: Sample({"documents": [make()]}),
                ("GET", f"{path}/{{id}}", None): lambda path=path, make=make: self.of(self.document(path, make)),
                ("PUT", f"{path}/{{id}}", JSON): lambda path=path, make=make: self.replaced(path, make),
                ("DELETE", f"{path}/{{id}}", None): lambda path=path, make=make: self.of(self.document(path, make)),
            }
        return makers

    def of_outreach(self):
        at = "/outreach/campaigns/{id}"
        return {
            ("POST", "/outreach/campaigns", JSON): lambda: Sample(self.new_outreach()),
            ("GET", at, None): lambda: self.of(self.outreach()),
            ("PUT", at, JSON): lambda: self.of(self.outreach(), {"version": 1, "campaign": self.new_outreach()}),
            ("GET", f"{at}/stats", None): lambda: self.of(self.outreach()),
            ("GET", f"{at}/people", None): lambda: self.of(self.outreach()),
            ("POST", f"{at}/people", JSON): lambda: self.of(self.outreach(), {"people": [{"address": self.address()}]}),
            ("POST", f"{at}/people/import", "text/csv"): lambda: self.of(
                self.outreach(), f"address,first_name\n{self.address()},Grace\n"
            ),
            ("POST", f"{at}/decisions", JSON): lambda: self.of(self.outreach(), {"decision": "approve", "people": None}),
            ("GET", f"{at}/deliveries", None): lambda: self.of(self.outreach()),
            ("POST", "/outreach/suppressions/lift", JSON): lambda: Sample({"address": self.suppressed()}),
        }

    def find(self, method, path, media_type):
        """What fits a request of this kind; nothing if guesses do."""
        make = self.makers.get((method, path, media_type))
        return make() if make else None

    @staticmethod
    def of(made, body=None):
        return Sample(body, {"id": made["id"]})

    def api(self, method, path, body=None, kind=JSON):
        if not self.world.token:
            self.world.token = sign_in(self.world.address, self.world.password)
        return call(self.world.address, method, path, body, self.world.token, kind)

    def asset(self):
        """A picture; the same each time, which comes back if a round has put it aside."""
        head = b'--b\r\ncontent-disposition: form-data; name="file"; filename="lake.png"\r\n\r\n'
        form = head + (EXAMPLES / "images/lake.png").read_bytes() + b"\r\n--b--\r\n"
        return self.api("POST", "/assets", form, "multipart/form-data; boundary=b")["asset"]

    @staticmethod
    def address():
        return f"lead-{next(NUMBERS)}@example.com"

    def invitation(self):
        return self.api("POST", "/invitations", {"email": self.address(), "role": "viewer"})

    def new_lead(self):
        return {"contact": {"email": self.address(), "full_name": "Grace Hopper"}}

    def lead(self):
        return self.api("POST", "/leads", self.new_lead())

    def changed_lead(self):
        lead = self.lead()
        return self.of(lead, {"version": lead["version"], "event": "contact", "contact": {"company": "Navy"}})

    def merge(self):
        winner = self.lead()["id"]
        return self.api("POST", f"/leads/{winner}/merges", {"lead": self.lead()["id"]})["items"][0]

    def task(self):
        return self.api("POST", f"/leads/{self.lead()['id']}/activities", {"kind": "task", "text": "Call back"})

    @staticmethod
    def new_pipeline():
        stages = [("Offer", "open", 40), ("Won", "won", 100), ("Lost", "lost", 0)]
        stages = [{"name": name, "kind": kind, "probability": probability} for name, kind, probability in stages]
        return {"name": f"Pipeline {next(NUMBERS)}", "stages": stages}

    def new_deal(self):
        return {"lead": self.lead()["id"], "title": "Twelve bikes", "minor": 1_200_000, "currency": "EUR"}

    def deal(self):
        return self.api("POST", "/deals", self.new_deal())

    def changed_deal(self):
        deal = self.deal()
        worth = {"title": "Ten bikes", "minor": 1_000_000, "currency": "EUR"}
        return self.of(deal, {"version": deal["version"], "worth": worth})

    def goal(self):
        return self.api("PUT", "/conversion-goals", GOAL)

    def document(self, path, make):
        """A document of its own, found by being the newest."""
        self.api("POST", f"{path}/import", {"documents": [make()]})
        return self.api("GET", path)["items"][0]

    def replaced(self, path, make):
        made = self.document(path, make)
        return Sample({"document": make()}, {"id": made["id"]}, headers={"If-Match": f'"{made["version"]}"'})

    def new_login(self):
        return {
            "session_id": f"login-{next(NUMBERS)}", "platform": "instagram", "account": "acme", "own_account": True,
            **self.cookies(),
        }

    @staticmethod
    def cookies():
        end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=30)
        cookie = {"name": "sid", "value": "x", "domain": ".example.com"}
        return {"cookies": [cookie], "expires_at": end.isoformat()}

    def login(self):
        return self.api("POST", "/automation-sessions", self.new_login())

    def validated_login(self):
        made = self.login()
        return self.api("POST", f"/automation-sessions/{made['id']}/validations", {"outcome": "works"})

    def rotated_login(self):
        made = self.login()
        return Sample(self.cookies(), {"id": made["id"]}, headers={"If-Match": f'"{made["version"]}"'})

    def audited(self):
        self.audit()
        return self.api("GET", "/website-audits")["items"][0]

    @staticmethod
    def profile():
        return {"platform": "instagram", "username": f"grace{next(NUMBERS)}", "status": "pending"}

    @staticmethod
    def content_asset():
        url = f"https://example.com/{next(NUMBERS)}.png"
        return {"project": "spring", "type": "image", "url": url, "status": "draft"}

    @staticmethod
    def event():
        at = "2026-01-01T10:00:00Z"
        return {
            "key": f"event-{next(NUMBERS)}", "kind": "event", "name": "click", "bucket": "minute", "time_bucket": at,
            "dimensions": {"platform": "meta"}, "metrics": {"value": "1.5"},
        }

    def audit(self):
        return self.api("POST", "/website-audits", {"url": PAGE, "pages": 0, "links": 0})

    @staticmethod
    def brief():
        return {"product": "Trail bikes", "audience": "Weekend riders", "platforms": ["meta"], "count": 2}

    @staticmethod
    def boost():
        return {"name": "Trail bikes", "budget": {"minor": 14_000, "currency": "EUR", "days": 7}}

    def whole_boost(self):
        """One that nothing is missing from."""
        return {
            **self.boost(),
            "name": f"Trail bikes {next(NUMBERS)}",
            "asset_id": self.asset()["id"],
            "copy": {"primary_text": "Ride further.", "headline": "Trail bikes"},
            "targeting": {"locations": {"include": [{"country": "DE"}]}},
            "destination": {"website": {"url": "https://outdoor.example.com/bikes"}},
            "platforms": {"meta": SPEC["platforms"]["meta"]},
        }

    def boosted(self, boost=None):
        session = f"s-{next(NUMBERS)}"
        self.api("PUT", f"/boosts/{session}", {"boost": boost or self.boost()})
        return Sample(path={"session": session})

    def written(self):
        return self.api("POST", "/copies", self.brief())["copies"][0]

    @staticmethod
    def new_outreach():
        template = {"subject": "Hello", "body": "Come and ride. {unsubscribe}"}
        return {"name": f"Spring {next(NUMBERS)}", "sequence": [{"channel": "sandbox", "template": template}]}

    def outreach(self):
        return self.api("POST", "/outreach/campaigns", self.new_outreach())

    def suppressed(self):
        address = self.address()
        self.api("POST", "/outreach/suppressions", {"addresses": [address]})
        return address
