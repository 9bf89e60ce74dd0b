#!/usr/bin/env python3
"""Sends thousands of requests, fitting and unfitting ones, that schemathesis makes from the served OpenAPI document.

    cargo build -p placard
    python3 -m venv target/api-venv && target/api-venv/bin/pip install -r crates/placard/tests/api/requirements.txt
    target/api-venv/bin/python crates/placard/tests/api/check_api.py [--requests 20000] [--seed 1]

Every check of schemathesis is on, for every operation, with the access token of an admin: no 5xx, no answer that the
document does not tell of, nothing refused that fits it, nothing taken that does not. Rounds with other seeds follow
each other until there were as many requests as wanted. Exits with 1 when something was found.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

from world import ADMIN, World

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[3]
# What Meta signs and messages as mail servers pass them on are beyond it; `tests/it/api` tries those.
UNFIT = "^/api/v1/(webhooks/meta|outreach/intake)"
# So many of the others may stay without a success, or the run has not seen much of the API.
MOST_UNSEEN = 22


def connect(command):
    """Connects the sandbox's accounts, which a round may have disconnected."""
    for platform in ("meta", "microsoft"):
        subprocess.run([*command, "connect", platform, "--sandbox", "--yes"], check=True, stdout=subprocess.DEVNULL)


def serve(command, log):
    """Sets an installation up and starts its server. Gives the process, its address and the admin's password."""
    made = subprocess.run([*command, "--json", "setup", "--email", ADMIN], check=True, capture_output=True)
    many = "1000000000"
    limits = ["--limit-caller", many, "--limit-stranger", many, "--limit-costly", many]
    server = subprocess.Popen(
        [*command, "serve", "--bind", "127.0.0.1:0", *limits],
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        env={**os.environ, "PLACARD_LOG": "error"},
    )
    for line in server.stdout:
        found = re.search(r"http://[0-9.:]+", line)
        if found:
            return server, found.group(0), json.loads(made.stdout)["password"]
    raise SystemExit("the server did not start")


def run_round(address, world, counts_path, seed, examples):
    """One run of schemathesis. Gives its exit code."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(HERE),
        "SCHEMATHESIS_HOOKS": "hooks",
        "PLACARD_CHECK_WORLD": json.dumps(vars(world)),
        "PLACARD_CHECK_COUNTS": str(counts_path),
        "COLUMNS": "120",
    }
    command = [
        str(pathlib.Path(sys.executable).with_name("schemathesis")),
        "--config-file",
        str(HERE / "schemathesis.toml"),
        "run",
        f"{address}/api/openapi.json",
        "--seed",
        str(seed),
        "--max-examples",
        str(examples),
        # A busy machine is slow, which is no finding.
        "--request-timeout",
        "60",
        "--no-color",
        "--exclude-path-regex",
        UNFIT,
    ]
    # What it remembers between runs would make them differ, so it goes with the folder.
    return subprocess.run(command, env=environment, cwd=counts_path.parent).returncode


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=2000, help="how many requests at least")
    parser.add_argument("--seed", type=int, default=1, help="replays a run")
    parser.add_argument("--examples", type=int, default=10, help="how many of each kind for an operation and round")
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "target/debug/placard")
    args = parser.parse_args()

    total = collections.Counter()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="placard-api-") as folder:
        folder = pathlib.Path(folder)
        # PostgreSQL runs as somebody without rights, who has to come through.
        folder.chmod(0o755)
        with open(folder / "server.log", "w+") as log:
            command = [str(args.binary), "--data-dir", str(folder / "data")]
            server, address, password = serve(command, log)
            try:
                seed = args.seed
                while sum(total.values()) < args.requests and not failed:
                    connect(command)
                    world = World.make(address, password, ROOT / "examples")
                    counts_path = folder / f"counts-{seed}.json"
                    failed = run_round(address, world, counts_path, seed, args.examples)
                    round_counts = json.loads(counts_path.read_text())
                    password = round_counts["password"]
                    total.update({(name, status): count for name, status, count in round_counts["answers"]})
                    print(f"seed {seed}: {sum(total.values())} requests so far", flush=True)
                    seed += 1
            finally:
                server.send_signal(signal.SIGINT)
                stopped = server.wait(timeout=60)
                log.seek(0)
                print(log.read()[-5000:], file=sys.stderr, end="")

    operations = {name for name, _ in total}
    unseen = sorted(operations - {name for name, status in total if status < 300})
    statuses = collections.Counter()
    for (_, status), count in total.items():
        statuses[status] += count
    print(f"{len(operations)} operations, {sum(total.values())} requests, findings: {'yes' if failed else 'none'}")
    print("answers: " + ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items())))
    print(f"never with success: {', '.join(unseen) or 'none'}")
    if len(unseen) > MOST_UNSEEN:
        print(f"more than {MOST_UNSEEN} operations never succeeded: the run did not get far", file=sys.stderr)
        failed = 1
    sys.exit(1 if failed or stopped else 0)


if __name__ == "__main__":
    main()
