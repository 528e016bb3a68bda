"""The stand-in as an ASGI application: Stripe's addresses, the hosted page, and the controls."""

import asyncio
import hashlib
import json
import re
import secrets
import time
from collections.abc import Callable
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from tests.stripe_stand_in import page
from tests.stripe_stand_in.books import ApiError, Books, Thing
from tests.stripe_stand_in.webhooks import Postman

Answer = tuple[int, Any, dict[str, str]]


def nested(pairs: list[tuple[str, str]]) -> Thing:
    """Form pairs such as `a[0][b]=c` as nested dicts and lists."""
    root: Thing = {}
    for name, text in pairs:
        path = [name.split("[", 1)[0], *re.findall(r"\[([^\]]*)\]", name)]
        here: Any = root
        for step in path[:-1]:
            here = here.setdefault(step, {})
        here[path[-1] or str(len(here))] = text
    return {key: _lists(inner) for key, inner in root.items()}


def _lists(here: Any) -> Any:
    if not isinstance(here, dict):
        return here
    inner = {key: _lists(value) for key, value in here.items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def uploaded(kind: str, body: bytes) -> Thing:
    """The fields of a multipart form; of a file its name and size are kept, not its bytes."""
    message = BytesParser(policy=policy.HTTP).parsebytes(
        b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body
    )
    found: Thing = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        assert isinstance(data, bytes)
        if part.get_filename():
            found |= {"filename": part.get_filename(), "size": len(data)}
        else:
            found[str(name)] = data.decode()
    return found


class StandIn:
    """`app(scope, receive, send)`; state in `books`, deliveries in `postman`."""

    def __init__(
        self, url: str, webhook_url: str, secret: str, file: Path | None = None, key: str = ""
    ) -> None:
        self.books = Books(file)
        self.books.base_url = url.rstrip("/")
        self.key = key  # the only one that opens this account, if one is named
        self.postman = Postman(webhook_url, secret)
        self.faults: list[Thing] = []
        self.calls: list[Thing] = []
        self.busy: set[str] = set()
        self.busy_for = 0.0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while True:
                message = (await receive())["type"]
                await send({"type": f"{message}.complete"})
                if message == "lifespan.shutdown":
                    return
        body, more = b"", True
        while more:
            part = await receive()
            body, more = body + part.get("body", b""), part.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        query = parse_qsl(scope["query_string"].decode())
        status, content, extra = await self.route(
            scope["method"], scope["path"], query, headers, body
        )
        kind = "text/html; charset=utf-8" if isinstance(content, str) else "application/json"
        data = content if isinstance(content, str) else json.dumps(content)
        out = {"content-type": kind, "cache-control": "no-store", **extra}
        pairs = [(name.encode(), value.encode()) for name, value in out.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": data.encode()})

    async def route(
        self,
        method: str,
        path: str,
        query: list[tuple[str, str]],
        headers: dict[str, str],
        body: bytes,
    ) -> Answer:
        try:
            if path.startswith("/v1/"):
                kind = headers.get("content-type", "")
                if kind.startswith("multipart/"):
                    params = uploaded(kind, body)
                else:
                    pairs = query if method == "GET" else parse_qsl(body.decode(), True)
                    params = nested(pairs)
                answer = await self.api(method, path, params, headers)
            elif path.startswith("/pay/"):
                answer = self.hosted(
                    method, path.removeprefix("/pay/"), dict(parse_qsl(body.decode()))
                )
            elif path.startswith("/_control/"):
                answer = self.control(path.removeprefix("/_control/"), json.loads(body or b"{}"))
            else:
                answer = 404, page.missing(), {}
        except ApiError as error:
            answer = error.status, error.body, {}
        self.postman.take(self.books.held)
        self.books.save()
        return answer

    # Stripe's own addresses

    async def api(self, method: str, path: str, params: Thing, headers: dict[str, str]) -> Answer:
        key = headers.get("authorization", "").removeprefix("Bearer ")
        more = {"request-id": f"req_{secrets.token_hex(7)}"}
        if version := headers.get("stripe-version"):
            more["stripe-version"] = version
        self.calls.append({"method": method, "path": path, "params": params, "at": time.time(),
                           "key": headers.get("idempotency-key")})  # fmt: skip
        mode = ("sk_live_", "rk_live_") if self.books.live else ("sk_test_", "rk_test_")
        if not key.startswith(mode) or (self.key and key != self.key):
            raise ApiError(
                401, "invalid_request_error", "Invalid API Key provided: only test keys."
            )
        joined = headers.get("stripe-account", "")
        if joined and joined not in self.books.kept["accounts"]:
            raise ApiError(403, "invalid_request_error", "The key does not have access to it.")
        self.books.account = joined
        fault = self.fault(f"{method} {path}")
        await asyncio.sleep(float(fault.get("before", 0)))
        if fault.get("status") == 429:
            raise ApiError(429, "invalid_request_error", "Too many requests.", code="rate_limit")
        idempotency = headers.get("idempotency-key") if method == "POST" else None
        if idempotency:
            answer = await self.once(idempotency, f"{method} {path}", params, fault)
        else:
            answer = self.act(method, path, params, fault)
        self.postman.take(self.books.held)
        self.books.save()
        await asyncio.sleep(float(fault.get("after", 0)))
        return answer[0], answer[1], {**more, **answer[2]}

    async def once(self, key: str, what: str, params: Thing, fault: Thing) -> Answer:
        """The first answer to `key`, again and again; an error if the request is another one."""
        print_ = hashlib.sha256(json.dumps([what, params], sort_keys=True).encode()).hexdigest()
        if key in self.busy:
            raise ApiError(409, "idempotency_error", "Another request with this key is under way.",
                           code="idempotency_key_in_use")  # fmt: skip
        if first := self.books.answers.get(key):
            if first["print"] != print_:
                raise ApiError(
                    400,
                    "idempotency_error",
                    "Keys for idempotent requests can only be used with the same parameters "
                    "they were first used with.",
                )
            return first["status"], first["body"], {"idempotent-replayed": "true"}
        self.busy.add(key)
        try:
            await asyncio.sleep(self.busy_for)
            status, body, more = self.act("POST", what.removeprefix("POST "), params, fault)
        except ApiError as error:
            if not error.kept:
                raise
            status, body, more = error.status, error.body, {}
        finally:
            self.busy.discard(key)
        self.books.answers[key] = {"print": print_, "status": status, "body": body}
        return status, json.loads(json.dumps(body)), more

    def act(self, method: str, path: str, params: Thing, fault: Thing) -> Answer:
        broken = ApiError(500, "api_error", "Something went wrong on the other side.", kept=True)
        if fault.get("status") == 500 and not fault.get("acts"):
            raise broken
        parts = path.removeprefix("/v1/").split("/")
        result = self.thing(method, parts, params)
        if fault.get("status") == 500:
            raise broken
        return 200, result, {}

    def thing(self, method: str, parts: list[str], params: Thing) -> Thing:
        books, expand = self.books, list(params.get("expand") or [])
        match method, parts:
            case "POST", ["checkout", "sessions"]:
                return books.shown(books.create_session(params), expand)
            case "GET", ["checkout", "sessions"]:
                return self.listed("sessions", params)
            case "GET", ["checkout", "sessions", id]:
                return books.shown(books.open_session(id), expand)
            case "POST", ["checkout", "sessions", id, "expire"]:
                return books.shown(books.expire(id), expand)
            case "POST", ["refunds"]:
                return books.refund(params)
            case "POST", ["disputes", id]:
                return books.evidence(id, params)
            case "POST", ["files"]:
                made = books.add("files", "file_", "file", **params)
                return books.shown(made, [])
            case "POST", ["accounts"]:
                return books.join(params)
            case "POST", ["account_links"]:
                books.find("accounts", params.get("account") or "")
                return {"object": "account_link", "url": f"{books.base_url}/join"}
            case "GET", [
                "refunds"
                | "charges"
                | "events"
                | "disputes"
                | "payouts"
                | "balance_transactions" as kind
            ]:
                return self.listed(kind, params)
            case "GET", ["payment_intents", id]:
                return books.shown(books.find("intents", id), expand)
            case "GET", ["refunds" | "charges" | "events" | "disputes" | "payouts" as kind, id]:
                return books.shown(books.find(kind, id), expand)
            case "GET", ["balance"]:
                held = [{"amount": n, "currency": c} for c, n in books.balance().items()]
                return {"object": "balance", "livemode": books.live, "available": held,
                        "pending": []}  # fmt: skip
            case "GET", ["account"]:
                return books.describe(books.account)
            case "GET", ["accounts", id]:
                return books.describe(id)
            case "GET", ["country_specs", country]:
                return {"id": country, "object": "country_spec",
                        "supported_payment_currencies": ["eur", "usd", "jpy", "sek"]}  # fmt: skip
            case "GET", ["payment_method_configurations"]:
                on = {"available": True, "display_preference": {"value": "on"}}
                off = {"available": False, "display_preference": {"value": "off"}}
                only = {"id": "pmc_1", "object": "payment_method_configuration", "active": True,
                        "card": on, "sepa_debit": on, "boleto": off}  # fmt: skip
                return {"object": "list", "data": [only], "has_more": False, "url": ""}
        raise ApiError(
            404, "invalid_request_error", f"Unrecognized request URL ({method}: {parts})."
        )

    def listed(self, kind: str, params: Thing) -> Thing:
        """Newest first, `limit` at a time after `starting_after`, filtered by equality and time."""
        since = params.get("created") or {}
        inner = [each.removeprefix("data.") for each in params.get("expand") or []]
        found = [
            self.books.shown(thing, inner)
            for thing in reversed(self.books.kept[kind].values())
            if thing["created"] >= int(since.get("gte", 0))
            and all(thing.get(name) == params[name]
                    for name in ("payment_intent", "charge", "status") if name in params)
        ]  # fmt: skip
        ids = [thing["id"] for thing in found]
        start = ids.index(params["starting_after"]) + 1 if "starting_after" in params else 0
        end = start + int(params.get("limit", 10))
        return {
            "object": "list",
            "data": found[start:end],
            "has_more": end < len(found),
            "url": kind,
        }

    def fault(self, what: str) -> Thing:
        for fault in self.faults:
            if what.startswith(fault["match"]) and fault["times"] > 0:
                fault["times"] -= 1
                return fault
        return {}

    # the page people see

    def hosted(self, method: str, id: str, form: dict[str, str]) -> Answer:
        try:
            session = self.books.open_session(id)
        except ApiError:
            return 404, page.missing(), {}
        choice = form.get("choice")
        if session["status"] != "open":
            return 200, page.over(session), {}
        if method == "POST" and choice in ("pay", "debit"):
            self.books.pay(id, None, None, later=choice == "debit")
            back = session["success_url"].replace("{CHECKOUT_SESSION_ID}", id)
            return 303, "", {"location": back}
        if method == "POST" and choice == "cancel":
            return 303, "", {"location": session["cancel_url"] or session["success_url"]}
        return 200, page.pay(session, declined=choice == "decline"), {}

    # what a test may ask for

    def control(self, verb: str, asked: Thing) -> Answer:
        """What people, banks and Stripe do; how webhooks travel; faults; the state; a new start."""
        acts: dict[str, Callable[[Thing], Any]] = {
            "pay": lambda a: self.books.pay(
                a["session"],
                a.get("amount"),
                a.get("currency"),
                bool(a.get("later")),
                a.get("instrument", ""),
            ),
            "settle": lambda a: self.books.settle(a["session"], bool(a["succeed"])),
            "expire": lambda a: self.books.expire(a["session"]),
            "refund": self.books.refund,
            "fail_refund": lambda a: self.books.fail_refund(a["refund"]),
            "settle_refund": lambda a: self.books.settle_refund(a["refund"], a["state"]),
            "dispute": self.books.dispute,
            "decide": lambda a: self.books.decide(a["dispute"], a["state"]),
            "pay_out": lambda a: self.books.pay_out(a["currency"], a.get("state", "paid")),
            "fail_payout": lambda a: self.books.fail_payout(a["payout"]),
            "onboard": lambda a: self.books.onboard(a["account"]),
            "webhooks": self.postman.set_plan,
            "flush": lambda a: self.postman.flush(a.get("order", "sent")),
            "resend": lambda a: self.postman.send(
                self.books.find("events", a["event"]), int(a.get("times", 1))
            ),
            "faults": lambda a: self.faults.append({"times": 1, **a}),
            "state": lambda _: self.state(),
            "reset": lambda _: self.reset(),
        }
        if verb not in acts:
            raise ApiError(
                404, "invalid_request_error", f"No control {verb}; there are {list(acts)}."
            )
        return 200, acts[verb](asked) or {}, {}

    def state(self) -> Thing:
        """Everything, and the money: captured and refunded minor units by currency."""
        money: dict[str, dict[str, int]] = {}
        for charge in self.books.kept["charges"].values():
            sums = money.setdefault(charge["currency"], {"captured": 0, "refunded": 0})
            sums["captured"] += charge["amount_captured"]
            sums["refunded"] += charge["amount_refunded"]
        return {**self.books.kept, "money": money, "calls": self.calls,
                "deliveries": self.postman.log, "waiting": len(self.postman.waiting)}  # fmt: skip

    def reset(self) -> None:
        self.books.kept = {kind: {} for kind in self.books.kept}
        self.books.answers.clear()
        self.calls.clear()
        self.faults.clear()
        self.postman.log.clear()
        self.postman.waiting.clear()
        self.postman.set_plan({})
