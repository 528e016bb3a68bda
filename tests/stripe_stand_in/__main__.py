"""`python -m tests.stripe_stand_in --port 9911 --webhook-url http://.../stripe/webhook`."""

import argparse
import os
from pathlib import Path

import uvicorn

from tests.stripe_stand_in.app import StandIn

parser = argparse.ArgumentParser(description="A stand-in for Stripe. No money moves.")
parser.add_argument("--host", default="127.0.0.1")
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--url", help="how browsers reach it, if not by host and port")
parser.add_argument("--webhook-url", default="", help="where signed webhooks go")
parser.add_argument("--webhook-secret", default=os.environ.get("STRIPE_WEBHOOK_SECRET", ""))
parser.add_argument("--state", type=Path, help="a file that keeps sessions over a restart")
asked = parser.parse_args()
uvicorn.run(
    StandIn(
        asked.url or f"http://{asked.host}:{asked.port}",
        asked.webhook_url,
        asked.webhook_secret or "whsec_test",
        asked.state,
    ),
    host=asked.host,
    port=asked.port,
    log_level="warning",
)
