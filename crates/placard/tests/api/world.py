"""What stands when a round begins: an admin who is signed in, a campaign, a plan of it and its deployment."""

import dataclasses
import http.client
import json
import time
import urllib.parse

# The example of an address in the document, so that schemathesis signs in with it as well.
ADMIN = "ada@example.com"
CAMPAIGN = "spring-sale"


def call(address, method, path, body=None, token=None, kind="application/json"):
    """Sends a request from an address of its own, so that nobody else's wrong passwords make it wait."""
    host = urllib.parse.urlsplit(address)
    connection = http.client.HTTPConnection(host.hostname, host.port, timeout=60, source_address=("127.0.0.2", 0))
    headers = {"authorization": f"Bearer {token}"} if token else {}
    if body is not None:
        headers["content-type"] = kind
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.request(method, f"/api/v1{path}", body, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    if answer.status >= 300:
        raise RuntimeError(f"{method} {path}: {answer.status} {content.decode()}")
    return json.loads(content) if content else None


def sign_in(address, password):
    """An access token."""
    return call(address, "POST", "/auth/login", {"email": ADMIN, "password": password})["access_token"]


@dataclasses.dataclass
class World:
    address: str
    password: str
    token: str
    tenant: str
    plan: str
    deployment: str

    @staticmethod
    def make(address, password, examples):
        """Puts the campaign of the examples and publishes it, as far as that is not done."""
        token = sign_in(address, password)

        def api(method, path, body=None, kind="application/json"):
            return call(address, method, path, body, token, kind)

        api("POST", "/kill-switches/lift", {})
        for image in sorted((examples / "images").iterdir()):
            query = urllib.parse.urlencode({"path": f"images/{image.name}"})
            api("PUT", f"/campaigns/{CAMPAIGN}/files?{query}", image.read_bytes(), "application/octet-stream")
        spec = (examples / "spring-sale.yaml").read_bytes()
        api("PUT", f"/campaigns/{CAMPAIGN}", spec, "application/yaml")
        plan = api("POST", f"/campaigns/{CAMPAIGN}/plans", {})
        deployments = api("GET", f"/campaigns/{CAMPAIGN}/deployments")["items"]
        if not deployments:
            begun = api("POST", f"/plans/{plan['id']}/apply", {})
            deadline = time.monotonic() + 60
            while api("GET", f"/deployments/{begun['deployment_id']}")["status"] in ("pending", "running"):
                if time.monotonic() > deadline:
                    raise RuntimeError("the deployment does not end")
                time.sleep(0.1)
            deployments = [api("GET", f"/deployments/{begun['deployment_id']}")]
        tenant = api("GET", "/tenant")["slug"]
        return World(address, password, token, tenant, plan["id"], deployments[-1]["id"])
