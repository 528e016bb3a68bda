"""What the stand-in remembers: Stripe's objects, and what happens to them."""

import json
import secrets
import time
from pathlib import Path
from typing import Any

Thing = dict[str, Any]
KINDS = (
    "sessions", "intents", "charges", "refunds", "events", "disputes", "files", "accounts",
    "balance_transactions", "payouts", "payment_methods",
)  # fmt: skip
ENDED = {"won", "lost", "warning_closed"}
DISPUTE_FEE = 2000
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
        self.live = False
        self.refunds_begin = "succeeded"
        self.account = ""
        self.held: list[Thing] = []
        self.kept: dict[str, dict[str, Thing]] = {kind: {} for kind in KINDS}
        self.answers: dict[str, Thing] = {}
        if file and file.exists():
            stored = json.loads(file.read_text())
            self.kept, self.answers = {**self.kept, **stored["kept"]}, stored["answers"]

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
        thing = {"id": id, "object": name, "created": int(time.time()), "livemode": self.live,
                 **fields}  # fmt: skip
        self.kept[kind][id] = thing
        return thing

    def emit(self, type: str, thing: Thing) -> None:
        """Note an event with a snapshot of `thing`; the app takes it from `held` and sends it."""
        more = {"account": self.account} if self.account else {}
        self.held.append(
            self.add(
                "events", "evt_", "event", type=type, api_version="2026-10-28.endive",
                data={"object": json.loads(json.dumps(self.shown(thing, [])))}, pending_webhooks=1,
                request={"id": None, "idempotency_key": None}, **more,
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
        if amount < (17_500 if currency == "huf" else 50):
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

    def pay(
        self, id: str, amount: int | None, currency: str | None, later: bool = False,
        instrument: str = "",
    ) -> Thing:  # fmt: skip
        """Capture what the session asks for, or (`amount`, `currency`) something else; `later`
        leaves it processing, as a bank debit does."""
        session = self.open_session(id)
        if session["status"] != "open":
            raise refuse(f"The session is {session['status']}.")
        session["amount_total"] = session["amount_total"] if amount is None else amount
        session["currency"] = currency or session["currency"]
        method = self.add(
            "payment_methods", "pm_", "payment_method",
            type=instrument or ("sepa_debit" if later else "card"),
        )  # fmt: skip
        intent = self.add(
            "intents", "pi_", "payment_intent", amount=session["amount_total"], amount_received=0,
            currency=session["currency"], status="processing", metadata={}, latest_charge=None,
            payment_method=method["id"],
        )  # fmt: skip
        session.update(status="complete", payment_intent=intent["id"], url=None)
        if not later:
            self.capture(session, intent)
        else:
            self.emit("payment_intent.processing", intent)
        self.emit("checkout.session.completed", session)
        return session

    def capture(self, session: Thing, intent: Thing) -> None:
        amount = intent["amount"]
        charge = self.add(
            "charges", "ch_", "charge", amount=amount, amount_captured=amount,
            amount_refunded=0, currency=intent["currency"], paid=True, refunded=False,
            status="succeeded", payment_intent=intent["id"], disputed=False,
        )  # fmt: skip
        moved = self.move(
            "charge", charge, amount, intent["currency"], fee=25 + amount * 15 // 1000
        )
        charge["balance_transaction"] = moved["id"]
        intent.update(status="succeeded", amount_received=amount, latest_charge=charge["id"])
        session["payment_status"] = "paid"
        self.emit("charge.succeeded", charge)
        self.emit("payment_intent.succeeded", intent)

    def move(self, type: str, source: Thing, amount: int, currency: str, fee: int = 0) -> Thing:
        """A balance transaction: `amount` before `fee`, `net` after it."""
        return self.add(
            "balance_transactions", "txn_", "balance_transaction", type=type, source=source["id"],
            amount=amount, fee=fee, net=amount - fee, currency=currency, status="available",
        )  # fmt: skip

    def balance(self) -> dict[str, int]:
        """What lies here, by currency."""
        held: dict[str, int] = {}
        for moved in self.kept["balance_transactions"].values():
            held[moved["currency"]] = held.get(moved["currency"], 0) + moved["net"]
        return held

    def pay_out(self, currency: str, state: str = "paid") -> Thing:
        """All that lies here goes to the bank."""
        amount = self.balance().get(currency, 0)
        payout = self.add(
            "payouts", "po_", "payout", amount=amount, currency=currency, status=state,
            arrival_date=int(time.time()) + 86_400, automatic=True,
        )  # fmt: skip
        self.move("payout", payout, -amount, currency)
        self.emit("payout.created", payout)
        if state == "paid":
            self.emit("payout.paid", payout)
        return payout

    def fail_payout(self, id: str) -> Thing:
        """The bank sends a payout back."""
        payout = self.find("payouts", id)
        payout.update(status="failed", failure_code="account_closed")
        self.move("payout_failure", payout, payout["amount"], payout["currency"])
        self.emit("payout.failed", payout)
        return payout

    def dispute(self, asked: Thing) -> Thing:
        """The payer's bank disputes a charge: `state` needs_response takes the money at once, lost
        is a debit that is taken back, warning_needs_response takes nothing yet."""
        intent = self.find("intents", asked["payment_intent"])
        charge = self.find("charges", intent["latest_charge"] or "")
        state = asked.get("state", "needs_response")
        dispute = self.add(
            "disputes", "dp_", "dispute", amount=int(asked.get("amount", charge["amount"])),
            currency=charge["currency"], charge=charge["id"], payment_intent=intent["id"],
            reason=asked.get("reason", "fraudulent"), status=state, evidence={},
            evidence_details={"due_by": int(time.time()) + 7 * 86_400, "has_evidence": False,
                              "past_due": False, "submission_count": 0},
            balance_transactions=[], is_charge_refundable=state.startswith("warning"), metadata={},
        )  # fmt: skip
        charge["disputed"] = True
        self.emit("charge.dispute.created", dispute)
        if not state.startswith("warning"):
            self._withdraw(dispute)
        if state in ENDED:
            self.emit("charge.dispute.closed", dispute)
        return dispute

    def _withdraw(self, dispute: Thing) -> None:
        moved = self.move(
            "adjustment", dispute, -dispute["amount"], dispute["currency"], fee=DISPUTE_FEE
        )
        dispute["balance_transactions"].append(dict(moved))
        self.emit("charge.dispute.funds_withdrawn", dispute)

    def decide(self, id: str, state: str) -> Thing:
        """The bank goes on: under_review, needs_response, won, lost or warning_closed."""
        dispute = self.find("disputes", id)
        before, dispute["status"] = dispute["status"], state
        if state in ("needs_response", "lost") and not dispute["balance_transactions"]:
            self._withdraw(dispute)
        self.emit("charge.dispute.closed" if state in ENDED else "charge.dispute.updated", dispute)
        if state == "won" and before != "won":
            moved = self.move("adjustment", dispute, dispute["amount"], dispute["currency"])
            dispute["balance_transactions"].append(dict(moved))
            self.emit("charge.dispute.funds_reinstated", dispute)
        return dispute

    def evidence(self, id: str, params: Thing) -> Thing:
        """Evidence is merged until it is submitted, which can be done once."""
        dispute = self.find("disputes", id)
        if dispute["status"] in ENDED or dispute["evidence_details"]["submission_count"]:
            raise refuse(f"This dispute is {dispute['status']}; its evidence is closed.")
        for name, given in (params.get("evidence") or {}).items():
            if str(given).startswith("file_"):
                self.find("files", given)
            dispute["evidence"][name] = given
        if str(params.get("submit", "true")).lower() == "true":
            dispute["evidence_details"].update(has_evidence=True, submission_count=1)
            warned = dispute["status"].startswith("warning")
            dispute["status"] = "warning_under_review" if warned else "under_review"
        self.emit("charge.dispute.updated", dispute)
        return dispute

    def settle(self, id: str, succeed: bool) -> Thing:
        """End a processing payment."""
        session = self.find("sessions", id)
        intent = self.find("intents", session["payment_intent"] or "")
        if intent["status"] != "processing":
            raise refuse(f"The payment intent is {intent['status']}.")
        if succeed:
            self.capture(session, intent)
        else:
            intent.update(
                status="requires_payment_method",
                last_payment_error={"code": "payment_intent_payment_attempt_failed"},
            )
            self.emit("payment_intent.payment_failed", intent)
        outcome = "succeeded" if succeed else "failed"
        self.emit(f"checkout.session.async_payment_{outcome}", session)
        return session

    def refund(self, params: Thing) -> Thing:
        intent = self.find("intents", params.get("payment_intent") or "")
        charge = self.find("charges", intent["latest_charge"] or "")
        left = charge["amount_captured"] - charge["amount_refunded"]
        amount = whole(params.get("amount", left), "amount")
        taken = any(
            each["charge"] == charge["id"]
            and each["status"] not in ("won", "warning_closed")
            and not each["is_charge_refundable"]
            for each in self.kept["disputes"].values()
        )
        if taken and not params.get("state"):
            raise refuse(f"Charge {charge['id']} is disputed.", "", "charge_disputed")
        if left <= 0:
            raise refuse(f"Charge {charge['id']} is refunded.", "", "charge_already_refunded")
        if not 0 < amount <= left:
            raise refuse(f"Refund amount ({amount}) is greater than what is left.", "amount")
        refund = self.add(
            "refunds", "re_", "refund", amount=amount, currency=charge["currency"],
            charge=charge["id"], payment_intent=intent["id"],
            status=params.get("state") or self.refunds_begin,
            reason=params.get("reason"), metadata=params.get("metadata") or {},
        )  # fmt: skip
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
        self.move("refund", refund, -amount, charge["currency"])
        self.emit("refund.created", refund)
        self.emit("charge.refunded", charge)
        return refund

    def settle_refund(self, id: str, state: str) -> Thing:
        """A pending refund, or one that waits for the customer, ends."""
        refund = self.find("refunds", id)
        if state in ("failed", "canceled"):
            return self.fail_refund(id, state)
        refund["status"] = state
        self.emit("refund.updated", refund)
        return refund

    def fail_refund(self, id: str, state: str = "failed") -> Thing:
        """The card's bank sends a refund back, days after it succeeded."""
        refund = self.find("refunds", id)
        charge = self.find("charges", refund["charge"])
        refund.update(status=state, failure_reason="lost_or_stolen_card")
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
        self.move("refund_failure", refund, refund["amount"], charge["currency"])
        self.emit("refund.failed", refund)
        return refund

    def shown(self, thing: Thing, expand: list[str]) -> Thing:
        """`thing` as the API answers it, with the ids named in `expand` replaced by objects."""
        shown = dict(thing)
        shown.pop("line_items", None)
        shown.pop("data_bytes", None)
        for path in expand:
            name, _, inner = path.partition(".")
            if shown.get(name) and not isinstance(shown[name], dict):
                found = self.whatever(shown[name])
                shown[name] = self.shown(found, [inner] if inner else [])
        return shown

    def whatever(self, id: str) -> Thing:
        """An object by its id alone."""
        for kind in KINDS:
            if id in self.kept[kind]:
                return self.kept[kind][id]
        return self.find("events", id)

    def describe(self, id: str = "") -> Thing:
        """The account of the key, or one that was joined to it."""
        if id:
            return self.find("accounts", id)
        return {
            "id": "acct_own", "object": "account", "country": "DE", "default_currency": "eur",
            "charges_enabled": True, "payouts_enabled": True, "details_submitted": True,
            "requirements": {"currently_due": []}, "business_profile": {"name": "Own account"},
            "settings": {"dashboard": {"display_name": "Own account"}},
        }  # fmt: skip

    def join(self, params: Thing) -> Thing:
        made = self.add(
            "accounts", "acct_", "account", country=params.get("country", "DE"),
            default_currency="eur", charges_enabled=False, payouts_enabled=False,
            details_submitted=False, business_profile=params.get("business_profile") or {},
            requirements={"currently_due": ["external_account", "tos_acceptance.date"]},
            settings={"dashboard": {"display_name": (params.get("business_profile") or {}).get(
                "name")}},
        )  # fmt: skip
        return made

    def onboard(self, id: str) -> Thing:
        """The agency has told Stripe who it is."""
        account = self.find("accounts", id)
        account.update(charges_enabled=True, payouts_enabled=True, details_submitted=True,
                       requirements={"currently_due": []})  # fmt: skip
        self.emit("account.updated", account)
        return account


def whole(text: Any, param: str) -> int:
    try:
        return int(text)
    except (TypeError, ValueError):
        raise refuse(f"Invalid integer: {text}", param, "parameter_invalid_integer") from None
