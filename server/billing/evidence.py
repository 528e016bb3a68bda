"""Answering a dispute: what helps is collected, a person chooses, and Stripe passes it on once."""

from datetime import datetime
from typing import Annotated, Any
from uuid import uuid4

import msgspec
from msgspec import Meta

from server import audit, clock, jobs
from server.accounts.permissions import Actor, require
from server.billing import accounts, disputes, stripe_books
from server.billing.disputes import TO_ANSWER
from server.billing.stripe_client import Broken
from server.billing.stripe_seen import DisputeSeen
from server.database import action, execute, page_id, row, rows, typed, value
from server.documents.actions import keep_paper
from server.errors import Conflict, NotFound, Refused
from server.money import to_decimal
from server.text import N_
from server.web.forms import Form, Upload

PAGE = 50
LONGEST_WORDS = 15_000
# Stripe's fields for files (docs.stripe.com/api/disputes/evidence_object): one paper in each.
PAPERS = {
    "service_documentation": N_("Contract or admission"),
    "receipt": N_("Invoice or receipt"),
    "customer_communication": N_("Letters and mails"),
    "uncategorized_file": N_("Anything else"),
}
BELONGS = {"admission": "service_documentation", "invoice": "receipt", "receipt": "receipt"}
REASONS = {
    "bank_cannot_process": N_("The bank could not process it"),
    "credit_not_processed": N_("The payer says a refund did not arrive"),
    "debit_not_authorized": N_("The payer says the debit was not authorised"),
    "duplicate": N_("The payer says it was charged twice"),
    "fraudulent": N_("The payer says it was not them"),
    "general": N_("No reason given"),
    "insufficient_funds": N_("The account was not covered"),
    "product_not_received": N_("The payer says nothing was supplied"),
    "product_unacceptable": N_("The payer says it was not as agreed"),
    "subscription_canceled": N_("The payer says it was cancelled"),
    "unrecognized": N_("The payer does not know the charge"),
}


class DisputeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A dispute in a list."""

    id: int
    payment: int
    invoice: int | None
    number: str | None
    company_name: str | None
    amount_minor: int
    currency: str
    reason: str
    state: str
    stance: str
    due_at: datetime | None
    opened_at: datetime
    closed_at: datetime | None
    answered_at: datetime | None

    @property
    def why(self) -> str:
        """The payer's reason, to be translated."""
        return REASONS.get(self.reason, N_("Another reason"))

    @property
    def to_answer(self) -> bool:
        """Whether somebody has to answer it."""
        return self.state in TO_ANSWER and self.answered_at is None


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A document that may help; `field` is where it belongs."""

    id: int
    title: str
    kind: str
    field: str


class DisputeDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One dispute with everything that helps to answer it."""

    row: DisputeRow
    external_ref: str
    tz: str
    papers: list[Paper]
    words: str
    answer: dict[str, Any]
    note: str


class AnswerForm(Form, frozen=True):
    """What goes to the payer's bank."""

    words: Annotated[
        str,
        Meta(
            min_length=20,
            max_length=LONGEST_WORDS,
            title=N_("What happened"),
            description=N_("In plain words, oldest first. The bank sees nothing else of the case."),
        ),
    ]
    service_documentation: Annotated[int | None, Meta(title=N_("Contract or admission"))] = None
    receipt: Annotated[int | None, Meta(title=N_("Invoice or receipt"))] = None
    customer_communication: Annotated[int | None, Meta(title=N_("Letters and mails"))] = None
    uncategorized_file: Annotated[int | None, Meta(title=N_("Anything else"))] = None
    paper: Annotated[
        Upload | None,
        Meta(
            title=N_("Another paper"),
            description=N_("A PDF or a picture. It takes the place of “anything else”."),
        ),
    ] = None


_SELECT = (
    "SELECT d.id, d.payment, p.invoice, i.number, c.name AS company_name, d.amount_minor,"
    " d.currency, d.reason, d.state, d.stance, d.due_at, d.opened_at, d.closed_at,"
    " e.created_at AS answered_at FROM dispute d JOIN payment p ON p.id = d.payment"
    " LEFT JOIN invoice i ON i.id = p.invoice LEFT JOIN company c ON c.id = p.company"
    " LEFT JOIN dispute_evidence e ON e.dispute = d.id AND e.note = ''"
)


_MORE = "SELECT d.external_ref, a.tz, i.about, i.content, e.words,"


async def listed(
    actor: Actor, *, cursor: str = "", limit: int = PAGE
) -> tuple[list[DisputeRow], str]:
    """The agency's disputes, newest first."""
    require(actor, "money.read")
    found = await rows(
        f"{_SELECT} WHERE p.agency = $1::bigint AND ($2::bigint IS NULL OR d.id < $2)"
        " ORDER BY d.id DESC LIMIT $3",
        actor.agency_id,
        page_id(cursor),
        limit + 1,
    )
    shown = typed(DisputeRow, found[:limit])
    return shown, str(shown[-1].id) if len(found) > limit else ""


async def to_answer(actor: Actor) -> list[DisputeRow]:
    """Those that somebody has to answer, the next deadline first."""
    require(actor, "money.read")
    found = await rows(
        f"{_SELECT} WHERE p.agency = $1::bigint AND d.state = ANY($2) AND e.id IS NULL"
        " ORDER BY d.due_at NULLS LAST, d.id LIMIT 50",
        actor.agency_id,
        sorted(TO_ANSWER),
    )
    return typed(DisputeRow, found)


async def one(actor: Actor, dispute_id: int) -> DisputeDetail:
    """One dispute of the agency, or NotFound."""
    require(actor, "money.read")
    found = await row(
        f"{_SELECT.replace('SELECT', _MORE, 1)}"
        " JOIN agency a ON a.id = p.agency WHERE d.id = $1::bigint AND p.agency = $2::bigint",
        dispute_id,
        actor.agency_id,
    )
    if found is None:
        raise NotFound()
    about, content = found.pop("about") or "", found.pop("content") or {}
    more = {name: found.pop(name) for name in ("external_ref", "tz")}
    answer = found.pop("words") or {}
    note = await value(
        "SELECT note FROM dispute_evidence WHERE dispute = $1::bigint AND note <> ''"
        " ORDER BY id DESC LIMIT 1",
        dispute_id,
    )
    shown = typed(DisputeRow, found)
    return DisputeDetail(
        row=shown, papers=await _papers(actor, shown, about), answer=answer, note=note or "",
        words=await _draft(shown, about, content), **more,
    )  # fmt: skip


async def _papers(actor: Actor, shown: DisputeRow, about: str) -> list[Paper]:
    found = await rows(
        "SELECT id, title, kind FROM document WHERE agency = $1::bigint AND bytes IS NOT NULL"
        " AND media_type IN ('application/pdf', 'image/png', 'image/jpeg')"
        " AND (about = ANY($2) OR id = (SELECT document FROM invoice WHERE id = $3::bigint))"
        " ORDER BY id LIMIT 50",
        actor.agency_id,
        [each for each in (about, f"invoice:{shown.invoice}") if each],
        shown.invoice,
    )
    return [
        Paper(**each, field=BELONGS.get(each["kind"], "customer_communication")) for each in found
    ]


async def _draft(shown: DisputeRow, about: str, content: dict[str, Any]) -> str:
    """What the books know, as the beginning of an answer. In English: card banks read that."""
    told = await rows(
        "SELECT subject, sent_at, to_email FROM message WHERE company = (SELECT company"
        " FROM payment WHERE id = $1::bigint) AND sent_at IS NOT NULL ORDER BY sent_at LIMIT 20",
        shown.payment,
    )
    lines = [
        f"Invoice {shown.number or '-'}: {content.get('subject') or 'participation in a fair'}.",
        f"Customer: {shown.company_name or '-'}.",
        *(
            f"{line['description']}: {to_decimal(line['net_minor'], shown.currency)}"
            f" {shown.currency}"
            for line in content.get("lines", [])
        ),
        "",
        "Mails that were sent to the customer:",
        *(f"{each['sent_at']:%Y-%m-%d %H:%M} UTC to {each['to_email']}: {each['subject']}"
          for each in told),
    ]  # fmt: skip
    return "\n".join(lines)[:LONGEST_WORDS]


@action
async def answer(actor: Actor, form: AnswerForm, *, dispute_id: int) -> int:
    """Keep the answer and have it sent; it can be sent once."""
    require(actor, "money.record")
    found = await row(
        "SELECT d.state, p.agency, p.company, p.id AS payment FROM dispute d JOIN payment p"
        " ON p.id = d.payment WHERE d.id = $1::bigint AND p.agency = $2::bigint FOR UPDATE OF d",
        dispute_id,
        actor.agency_id,
    )
    if found is None:
        raise NotFound()
    if found["state"] not in TO_ANSWER or await value(
        "SELECT 1 FROM dispute_evidence WHERE dispute = $1::bigint AND note = ''", dispute_id
    ):
        raise Conflict(N_("This dispute was answered or is closed. Nothing was sent."))
    papers = {name: getattr(form, name) for name in PAPERS if getattr(form, name)}
    if form.paper is not None and form.paper.data:
        papers["uncategorized_file"] = await keep_paper(
            actor, kind="evidence", upload=form.paper, agency=found["agency"],
            about=f"payment:{found['payment']}", field="paper",
        )  # fmt: skip
    own = await rows(
        "SELECT id FROM document WHERE agency = $1::bigint AND id = ANY($2::bigint[])",
        actor.agency_id,
        list(papers.values()),
    )
    if {each["id"] for each in own} != set(papers.values()):
        raise Refused(N_("One of the papers is not yours to send. Choose from the list."))
    made = await value(
        "INSERT INTO dispute_evidence (dispute, key, words, papers, sent_by, created_at)"
        " VALUES ($1,$2,$3,$4,$5,$6) RETURNING id",
        dispute_id,
        f"evidence-{uuid4().hex}",
        {"uncategorized_text": form.words},
        papers,
        actor.person_id,
        clock.now(),
    )
    await audit.record(
        actor, "dispute.answer", "payment", found["payment"],
        after={"dispute": dispute_id, "papers": len(papers)},
        agency_id=found["agency"], company_id=found["company"],
    )  # fmt: skip
    await jobs.enqueue("billing.evidence", evidence_id=made)
    return int(made)


async def send(evidence_id: int) -> None:
    """Hand the answer to Stripe. Safe to run twice: files and answer go under their own keys."""
    found = await row(
        "SELECT e.*, d.external_ref, p.account FROM dispute_evidence e JOIN dispute d"
        " ON d.id = e.dispute JOIN payment p ON p.id = d.payment WHERE e.id = $1::bigint"
        " AND e.sent_at IS NULL AND e.note = ''",
        evidence_id,
    )
    if found is None:
        return
    account = await accounts.by_id(found["account"])
    evidence = dict(found["words"])
    try:
        for field, document in found["papers"].items():
            paper = await row(
                "SELECT filename, bytes FROM document WHERE id = $1::bigint", document
            )
            assert paper is not None
            evidence[field] = await stripe_books.upload(
                account, f"{found['key']}-{field}", paper["filename"], paper["bytes"]
            )
        seen = await stripe_books.answer_dispute(
            account, found["key"], found["external_ref"], evidence
        )
    except Broken as fault:
        seen = await stripe_books.dispute(account, found["external_ref"])
        await _sent(evidence_id, seen, "" if seen.status not in TO_ANSWER else str(fault)[:500])
    else:
        await _sent(evidence_id, seen, "")
    await disputes.seen_at_stripe(account, seen)


@action
async def _sent(evidence_id: int, seen: DisputeSeen, note: str) -> None:
    await execute(
        "UPDATE dispute_evidence SET sent_at = $2, note = $3 WHERE id = $1::bigint",
        evidence_id,
        None if note else clock.now(),
        note,
    )
