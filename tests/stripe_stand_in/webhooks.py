"""Signed webhooks, and all the ways in which they can fail to arrive as hoped."""

import asyncio
import hashlib
import hmac
import json
import random
import time
from typing import Any

import httpx

RETRY_AFTER = (0.2, 1, 5, 30, 120)


def sign(body: str, secret: str, at: int | None = None) -> str:
    """The `Stripe-Signature` header of `body`: HMAC-SHA256 of "time.body" in scheme v1."""
    at = int(time.time()) if at is None else at
    mac = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


class Postman:
    """Delivers events to one address; `plan` says how badly."""

    def __init__(self, url: str, secret: str) -> None:
        self.url, self.secret = url, secret
        self.log: list[dict[str, Any]] = []
        self.waiting: list[dict[str, Any]] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.set_plan({})

    def set_plan(self, plan: dict[str, Any]) -> None:
        """`mode` send, hold or drop; `delay` seconds; `repeat` deliveries of each, all at once."""
        self.mode = plan.get("mode", "send")
        self.delay = float(plan.get("delay", 0))
        self.repeat = int(plan.get("repeat", 1))

    def take(self, events: list[dict[str, Any]]) -> None:
        """Send, hold or drop `events`, and empty the list."""
        for event in events:
            if self.mode == "hold":
                self.waiting.append(event)
            elif self.mode == "drop" or not self.url:
                self.log.append({"event": event["id"], "type": event["type"], "status": "dropped"})
            else:
                self.send(event, self.repeat)
        events.clear()

    def flush(self, order: str) -> None:
        """Send what was held: `sent`, `reverse` or `random` order."""
        events, self.waiting = self.waiting, []
        if order == "reverse":
            events.reverse()
        elif order == "random":
            random.shuffle(events)
        for place, event in enumerate(events):
            self.send(event, self.repeat, after=0.05 * place)

    def send(self, event: dict[str, Any], times: int = 1, after: float = 0) -> None:
        for _ in range(times):
            task = asyncio.create_task(self.deliver(event, after))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def deliver(self, event: dict[str, Any], after: float) -> None:
        await asyncio.sleep(self.delay + after)
        body = json.dumps(event, indent=2)
        async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
            for pause in (*RETRY_AFTER, None):
                headers = {
                    "content-type": "application/json; charset=utf-8",
                    "stripe-signature": sign(body, self.secret),
                }
                try:
                    answer = await client.post(self.url, content=body, headers=headers)
                    status: int | str = answer.status_code
                except httpx.HTTPError as error:
                    status = type(error).__name__
                self.log.append({"event": event["id"], "type": event["type"], "status": status})
                if pause is None or (isinstance(status, int) and 200 <= status < 300):
                    return
                await asyncio.sleep(pause)
