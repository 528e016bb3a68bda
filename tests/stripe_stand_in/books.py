"""What the stand-in remembers: Stripe's objects, and what happens to them."""

import json
import secrets
import time
from pathlib import Path
from typing import Any

Thing = dict[str, Any]
KINDS = ("sessions", "intents", "charges", "refunds", "events")
SESSION_PARAMS = {
    "mode", "success_url", "cancel_url", "line_items", "client_reference_id", "metadata", "locale",
    "customer_email", "expires_at", "payment_intent_data", "payment_method_types", "submit_type",
}  # fmt: skip


class ApiError(Exception):
    """An answer in Stripe's error shape. `kept` answers are replayed for their idempotency key."""

    def __init__(
        self, status: int, kind: str, message: str, kept: bool = False, **more: str
    ) -> None:
        super().__init__(message)
        self.status, self.kept = status, kept
        self.body: Thing = {"error": {"type": kind, "message": message, **more}}


def refuse(message: str, param: str = "", code: str = "parameter_invalid") -> ApiError:
    return ApiError(400, "invalid_request_error", message, param=param, code=code)


class Books:
    """All objects by kind and id; `events` are handed to `emit` as they happen."""

    def __init__(self, file: Path | None = None) -> None:
        self.file = file
        self.base_url = ""
        self.held: list[Thing] = []
        self.kept: dict[str, dict[str, Thing]] = {kind: {} for kind in KINDS}
        self.answers: dict[str, Thing] = {}
        if file and file.exists():
            stored = json.loads(file.read_text())
            self.kept, self.answers = stored["kept"], stored["answers"]

    def save(self) -> None:
        """Write the file, whole or not at all."""
        if self.file:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            draft = self.file.with_suffix(".part")
            draft.write_text(json.dumps({"kept": self.kept, "answers": self.answers}))
            draft.replace(self.file)

    def find(self, kind: str, id: str) -> Thing:
        try:
            return self.kept[kind][id]
        except KeyError:
            raise ApiError(
                404, "invalid_request_error", f"No such {kind[:-1]}: '{id}'",
                code="resource_missing", param="id",
            ) from None  # fmt: skip

    def add(self, kind: str, prefix: str, name: str, **fields: Any) -> Thing:
        id = prefix + secrets.token_hex(12)
        thing = {"id": id, "object": name, "created": int(time.time()), "livemode": False, **fields}
        self.kept[kind][id] = thing
        return thing

    def emit(self, type: str, thing: Thing) -> None:
        """Note an event with a snapshot of `thing`; the app takes it from `held` and sends it."""
        self.held.append(
            self.add(
                "events", "evt_", "event", type=type, api_version="2026-10-28.endive",
                data={"object": json.loads(json.dumps(thing))}, pending_webhooks=1,
                request={"id": None, "idempotency_key": None},
            )
        )  # fmt: skip

    def create_session(self, params: Thing) -> Thing:
        if unknown := set(params) - SESSION_PARAMS - {"expand"}:
            name = min(unknown)
            raise refuse(f"Received unknown parameter: {name}", name, "parameter_unknown")
        for needed in ("mode", "success_url", "line_items"):
            if not params.get(needed):
                raise refuse(f"Missing required param: {needed}.", needed, "parameter_missing")
        if params["mode"] != "payment":
            raise refuse("This stand-in knows mode=payment only.", "mode")
        amount, currency, names = 0, "", []
        for item in params["line_items"]:
            price = item["price_data"]
            names.append(price["product_data"]["name"])
            amount += whole(price["unit_amount"], "unit_amount") * whole(
                item["quantity"], "quantity"
            )
            currency = price["currency"]
        if amount < 50:
            raise refuse("The amount is too small to be charged.", "line_items", "amount_too_small")
        now = int(time.time())
        until = whole(params.get("expires_at", now + 86_400), "expires_at")
        if not now + 1_790 <= until <= now + 86_410:
            raise refuse("expires_at must be 30 minutes to 24 hours from now.", "expires_at")
        session = self.add(
            "sessions", "cs_test_", "checkout.session", amount_subtotal=amount, amount_total=amount,
            currency=currency, status="open", payment_status="unpaid", payment_intent=None,
            mode="payment", expires_at=until, success_url=params["success_url"],
            cancel_url=params.get("cancel_url"), metadata=params.get("metadata") or {},
            client_reference_id=params.get("client_reference_id"),
            customer_email=params.get("customer_email"), locale=params.get("locale"),
            line_items=names,
            payment_method_types=params.get("payment_method_types") or ["card"],
        )  # fmt: skip
        session["url"] = f"{self.base_url}/pay/{session['id']}"
        return session

    def open_session(self, id: str) -> Thing:
        session = self.find("sessions", id)
        if session["status"] == "open" and session["expires_at"] < time.time():
            self.expire(id)
        return session

    def expire(self, id: str) -> Thing:
        session = self.find("sessions", id)
        if session["status"] != "open":
            raise refuse(f"Only open sessions can be expired; this one is {session['status']}.")
        session.update(status="expired", url=None)
        self.emit("checkout.session.expired", session)
        return session

    def pay(self, id: str, amount: int | None, currency: str | None, later: bool = False) -> Thing:
        """Capture what the session asks for, or (`amount`, `currency`) something else; `later`
        leaves it processing, as a bank debit does."""
        session = self.open_session(id)
        if session["status"] != "open":
            raise refuse(f"The session is {session['status']}.")
        session["amount_total"] = session["amount_total"] if amount is None else amount
        session["currency"] = currency or session["currency"]
        intent = self.add(
            "intents", "pi_", "payment_intent", amount=session["amount_total"], amount_received=0,
            currency=session["currency"], status="processing", metadata={}, latest_charge=None,
        )  # fmt: skip
        session.update(status="complete", payment_intent=intent["id"], url=None)
        if not later:
            self.capture(session, intent)
        self.emit("checkout.session.completed", session)
        return session

    def capture(self, session: Thing, intent: Thing) -> None:
        charge = self.add(
            "charges", "ch_", "charge", amount=intent["amount"], amount_captured=intent["amount"],
            amount_refunded=0, currency=intent["currency"], paid=True, refunded=False,
            status="succeeded", payment_intent=intent["id"],
        )  # fmt: skip
        intent.update(
            status="succeeded", amount_received=intent["amount"], latest_charge=charge["id"]
        )
        session["payment_status"] = "paid"
        self.emit("charge.succeeded", charge)
        self.emit("payment_intent.succeeded", intent)

    def settle(self, id: str, succeed: bool) -> Thing:
        """End a processing payment."""
        session = self.find("sessions", id)
        intent = self.find("intents", session["payment_intent"] or "")
        if intent["status"] != "processing":
            raise refuse(f"The payment intent is {intent['status']}.")
        if succeed:
            self.capture(session, intent)
        else:
            intent["status"] = "requires_payment_method"
        outcome = "succeeded" if succeed else "failed"
        self.emit(f"checkout.session.async_payment_{outcome}", session)
        return session

    def refund(self, params: Thing) -> Thing:
        intent = self.find("intents", params.get("payment_intent") or "")
        charge = self.find("charges", intent["latest_charge"] or "")
        left = charge["amount_captured"] - charge["amount_refunded"]
        amount = whole(params.get("amount", left), "amount")
        if left <= 0:
            raise refuse(f"Charge {charge['id']} is refunded.", "", "charge_already_refunded")
        if not 0 < amount <= left:
            raise refuse(f"Refund amount ({amount}) is greater than what is left.", "amount")
        refund = self.add(
            "refunds", "re_", "refund", amount=amount, currency=charge["currency"],
            charge=charge["id"], payment_intent=intent["id"], status="succeeded",
            reason=params.get("reason"), metadata=params.get("metadata") or {},
        )  # fmt: skip
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
        self.emit("refund.created", refund)
        self.emit("charge.refunded", charge)
        return refund

    def fail_refund(self, id: str) -> Thing:
        """The card's bank sends a refund back, days after it succeeded."""
        refund = self.find("refunds", id)
        charge = self.find("charges", refund["charge"])
        refund.update(status="failed", failure_reason="lost_or_stolen_card")
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
        self.emit("refund.failed", refund)
        return refund

    def shown(self, thing: Thing, expand: list[str]) -> Thing:
        """`thing` as the API answers it, with the ids named in `expand` replaced by objects."""
        shown = dict(thing)
        shown.pop("line_items", None)
        for name, kind in (("payment_intent", "intents"), ("latest_charge", "charges")):
            if name in expand and shown.get(name):
                shown[name] = self.find(kind, shown[name])
        return shown


def whole(text: Any, param: str) -> int:
    try:
        return int(text)
    except (TypeError, ValueError):
        raise refuse(f"Invalid integer: {text}", param, "parameter_invalid_integer") from None
