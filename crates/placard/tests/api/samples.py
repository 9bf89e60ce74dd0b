"""Requests that nobody guesses: bodies that fit together, and ids of what is there."""

import itertools
import os
import pathlib

import yaml

from world import CAMPAIGN, call, sign_in

EXAMPLES = pathlib.Path(__file__).resolve().parents[4] / "examples"
SPEC = yaml.safe_load((EXAMPLES / "spring-sale.yaml").read_text())
NUMBERS = itertools.count(int.from_bytes(os.urandom(6)))
JSON = "application/json"


class Sample:
    """What is put into a request in place of a guess: a body, ids of its path, parameters of its query."""

    def __init__(self, body=None, path=None, query=None):
        self.body, self.path, self.query = body, path or {}, query or {}


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
        }

    def find(self, method, path, media_type):
        """What fits a request of this kind; nothing if guesses do."""
        make = self.makers.get((method, path, media_type))
        return make() if make else None

    @staticmethod
    def of(made, body=None):
        return Sample(body, {"id": made["id"]})

    def api(self, method, path, body=None):
        if not self.world.token:
            self.world.token = sign_in(self.world.address, self.world.password)
        return call(self.world.address, method, path, body, self.world.token)

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
