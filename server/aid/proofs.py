"""Aid that is paid after proof: handed in, decided, paid out; never more than was granted."""

from datetime import date, datetime

import asyncpg
import msgspec

from server import clock
from server.accounts.permissions import Actor, require
from server.aid import law, letters, queries, rules, taking_back
from server.aid.proof_forms import PayoutForm, ProofDecision, ProofForm
from server.aid.queries import GrantRow
from server.audit import record
from server.database import LARGEST_ID, action, execute, page_id, row, rows, typed, value
from server.documents.actions import keep_paper
from server.errors import Conflict, NotFound, Refused
from server.money import of_bp, to_minor
from server.text import N_, gettext
from server.web.formats import day


class ProofRow(msgspec.Struct, frozen=True, kw_only=True):
    """What was handed in for a grant and what became of it; minor units of the scheme."""

    id: int
    aid_grant: int
    report: str
    proven_minor: int
    documents: list[int]
    state: str
    accepted_minor: int | None
    payout_minor: int | None
    lowered_to: int | None
    why: str
    funder_paid_on: date | None
    handed_in_at: datetime
    decided_at: datetime | None


class ProofItem(msgspec.Struct, frozen=True, kw_only=True):
    """One grant that is paid after proof, for the agency's list."""

    grant: int
    company_name: str
    scheme_name: str
    fair: str
    amount_minor: int
    currency: str
    state: str
    payout_minor: int | None
    paid_minor: int


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one such grant."""

    grant: GrantRow
    wanted: str
    after_funder: bool
    charge_bp: int
    proofs: list[ProofRow]
    paid_minor: int
    paid_on: date | None
    amount_minor: int

    @property
    def last(self) -> ProofRow | None:
        """What was handed in last."""
        return self.proofs[0] if self.proofs else None

    @property
    def may_hand_in(self) -> bool:
        """Whether the company may hand something in now."""
        return self.grant.reversed_by is None and (
            self.last is None or self.last.state == "returned"
        )

    @property
    def charge_minor(self) -> int:
        """What the association keeps of the payout."""
        paid = self.last.payout_minor if self.last else None
        return of_bp(paid or 0, self.charge_bp)


_LATER = "s.subsidy_shown = 'after_proof' AND g.reverses IS NULL"


async def to_pay(
    actor: Actor, *, cursor: str = "", limit: int = 50
) -> tuple[list[ProofItem], str | None]:
    """Grants of the agency that are paid after proof, the newest first."""
    require(actor, "aid.read")
    found = await rows(
        "SELECT g.id AS grant, c.name AS company_name, s.name AS scheme_name, g.fair,"  # noqa: S608
        " g.amount_minor, s.currency, coalesce(p.state, 'open') AS state, p.payout_minor,"
        " coalesce((SELECT sum(y.amount_minor) FROM aid_payment y"
        " WHERE y.aid_grant IN (g.id, p.lowered_to)), 0)::bigint"
        " AS paid_minor FROM aid_grant g JOIN scheme s ON s.id = g.scheme"
        " JOIN company c ON c.id = g.company"
        " LEFT JOIN aid_grant r ON r.reverses = g.id"
        " LEFT JOIN LATERAL (SELECT state, payout_minor, lowered_to FROM aid_proof p"
        " WHERE p.aid_grant = g.id ORDER BY p.id DESC LIMIT 1) p ON true"
        f" WHERE s.agency = $1 AND {_LATER} AND g.id < $2::bigint"
        " AND (r.id IS NULL OR p.state = 'accepted')"
        " AND NOT EXISTS (SELECT FROM aid_proof q WHERE q.lowered_to = g.id)"
        " ORDER BY g.id DESC LIMIT $3",
        actor.agency_id,
        page_id(cursor) or LARGEST_ID,
        limit + 1,
    )
    following = str(found[limit - 1]["grant"]) if len(found) > limit else None
    return typed(ProofItem, found[:limit]), following


async def paper(actor: Actor, grant_id: int) -> Paper:
    """One grant that is paid after proof, for its company or its agency."""
    grant = await queries.grant_row(actor, grant_id)
    scheme = await row("SELECT * FROM scheme WHERE id = $1", grant.scheme)
    if scheme is None or scheme["subsidy_shown"] != "after_proof" or grant.reverses is not None:
        raise NotFound()
    proofs = await rows("SELECT * FROM aid_proof WHERE aid_grant = $1 ORDER BY id DESC", grant_id)
    paid = await row(
        "SELECT coalesce(sum(amount_minor), 0)::bigint AS paid, max(paid_on) AS on"
        " FROM aid_payment WHERE aid_grant = ANY($1)",
        [grant_id, *(each["lowered_to"] for each in proofs if each["lowered_to"])],
    )
    assert paid is not None
    return Paper(
        grant=grant,
        wanted=scheme["proof"],
        after_funder=scheme["after_funder"],
        charge_bp=queries.terms_of(scheme).bounds.charge_bp,
        proofs=typed(ProofRow, proofs),
        paid_minor=paid["paid"],
        paid_on=paid["on"],
        amount_minor=grant.amount_minor,
    )


@action
async def hand_in(actor: Actor, form: ProofForm, *, grant_id: int) -> int:
    """Keep the report, the cost and the papers of a grant of the actor's company."""
    require(actor, "aid.declare")
    found = await paper(actor, grant_id)
    if not found.may_hand_in:
        raise Conflict(N_("The proof for this grant is handed in already."))
    try:
        proven = to_minor(form.proven, found.grant.currency)
    except Refused as refused:
        refused.field = "proven"
        raise
    agency = await value("SELECT agency FROM scheme WHERE id = $1", found.grant.scheme)
    kept = []
    for name in ("invoices", "receipts", "pictures"):
        upload = getattr(form, name)
        if upload is not None:
            kept.append(
                await keep_paper(
                    actor, kind="aid_proof", upload=upload, company=found.grant.company,
                    agency=agency, about=found.grant.about, field=name,
                )
            )  # fmt: skip
    if not kept:
        raise Refused(N_("Hand in the invoices with it."), field="invoices")
    try:
        made = int(
            await value(
                "INSERT INTO aid_proof (aid_grant, report, proven_minor, documents, state,"
                " handed_in_by, handed_in_at) VALUES ($1,$2,$3,$4,'handed_in',$5,$6) RETURNING id",
                grant_id,
                form.report,
                proven,
                kept,
                actor.person_id,
                clock.now(),
            )
        )
    except asyncpg.UniqueViolationError:
        raise Conflict(N_("The proof for this grant is handed in already.")) from None
    await record(
        actor, "aid.prove", "aid_grant", grant_id, after={"proven_minor": proven, "papers": kept},
        agency_id=agency, company_id=found.grant.company,
    )  # fmt: skip
    return made


@action
async def decide(actor: Actor, form: ProofDecision, *, grant_id: int) -> int:
    """Accept a proof, which fixes the payout, or send it back.

    Where less cost is proven, the grant is taken back and granted anew with what is left of it, so
    that register, headroom and budget say what is paid.
    """
    require(actor, "aid.pay")
    found = await paper(actor, grant_id)
    held = await row(
        "SELECT * FROM aid_proof WHERE aid_grant = $1 AND state = 'handed_in' FOR UPDATE", grant_id
    )
    if held is None:
        raise Conflict(N_("Nothing waits for a decision here."))
    if form.decision == "returned":
        await _decided(actor, held["id"], "returned", None, None, form.why)
    else:
        accepted = held["proven_minor"]
        if form.accepted is not None:
            accepted = to_minor(form.accepted, found.grant.currency)
        if accepted > held["proven_minor"]:
            raise Refused(
                N_("At most what was handed in can be accepted. Nothing was decided."),
                field="accepted",
            )
        payout = await _payout(found.grant, accepted)
        await _decided(actor, held["id"], "accepted", accepted, payout, form.why)
        if payout < found.grant.amount_minor:
            why = gettext(N_("Less cost was proven than the grant rested on."))
            lowered = await taking_back.lower(
                actor, grant_id=grant_id, amount_minor=payout, why=why
            )
            if lowered is not None:
                await execute(
                    "UPDATE aid_proof SET lowered_to = $2 WHERE id = $1", held["id"], lowered
                )
                period = day(found.grant.fair_on, weekday=False) if found.grant.fair_on else ""
                await letters.issue_letter(
                    actor, grant_id=lowered, fair=found.grant.fair, period=period
                )
    await record(
        actor, "aid.decide_proof", "aid_grant", grant_id,
        after={"state": form.decision}, why=form.why, company_id=found.grant.company,
    )  # fmt: skip
    return grant_id


async def _payout(grant: GrantRow, accepted: int) -> int:
    terms = await queries.scheme_terms(grant.scheme)
    basis = law.basis_on(grant.legal_basis, grant.granted_on, terms.valid_from)
    if basis is None:
        raise Refused(N_("The legal basis of this grant is not in the rule data."))
    return rules.payout(
        terms,
        basis,
        granted_minor=grant.amount_minor,
        eligible_minor=grant.eligible_minor,
        proven_minor=accepted,
    )


async def _decided(
    actor: Actor, proof_id: int, state: str, accepted: int | None, payout: int | None, why: str
) -> None:
    await execute(
        "UPDATE aid_proof SET state = $2, accepted_minor = $3, payout_minor = $4, why = $5,"
        " decided_by = $6, decided_at = $7 WHERE id = $1",
        proof_id,
        state,
        accepted,
        payout,
        why,
        actor.person_id,
        clock.now(),
    )


@action
async def record_payout(actor: Actor, form: PayoutForm, *, grant_id: int) -> int:
    """Note that proven aid was paid to the company: once, the sum that was accepted."""
    require(actor, "aid.pay")
    found = await paper(actor, grant_id)
    held = await row(
        "SELECT * FROM aid_proof WHERE aid_grant = $1 AND state = 'accepted' FOR UPDATE", grant_id
    )
    if held is None or not held["payout_minor"]:
        raise Conflict(N_("Nothing is to be paid here: a proof is accepted first."))
    if found.after_funder and form.funder_paid_on is None:
        raise Refused(
            N_("This scheme pays only after its funder: say when it has paid you."),
            field="funder_paid_on",
        )
    if form.paid_on > await queries.today(actor):
        raise Refused(N_("The day of the payment is not in the future."), field="paid_on")
    valid = await value(
        "SELECT g.id FROM aid_grant g WHERE g.id = $1"
        " AND NOT EXISTS (SELECT FROM aid_grant r WHERE r.reverses = g.id) FOR NO KEY UPDATE",
        held["lowered_to"] or grant_id,
    )
    if valid is None:
        raise Conflict(N_("This aid was taken back: nothing is paid."))
    if await value("SELECT 1 FROM aid_payment WHERE aid_grant = $1", valid):
        raise Conflict(N_("This payment is noted already."))
    charge = of_bp(held["payout_minor"], found.charge_bp)
    await execute(
        "INSERT INTO aid_payment (aid_grant, kind, amount_minor, charge_minor, paid_on, reference,"
        " recorded_by, recorded_at) VALUES ($1,'paid',$2,$3,$4,$5,$6,$7)",
        valid,
        held["payout_minor"],
        charge,
        form.paid_on,
        form.reference,
        actor.person_id,
        clock.now(),
    )
    await execute(
        "UPDATE aid_proof SET funder_paid_on = $2 WHERE id = $1", held["id"], form.funder_paid_on
    )
    await record(
        actor, "aid.pay", "aid_grant", grant_id, company_id=found.grant.company,
        after={"amount_minor": held["payout_minor"], "charge_minor": charge, **form.typed()},
    )  # fmt: skip
    return grant_id
