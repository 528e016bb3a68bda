"""Who may move in: the list for the people on site, and the manager's word for who has not paid."""

import csv
import io
from datetime import date
from decimal import Decimal

import msgspec

from booths.calls import paying, queries
from booths.calls.forms import Because
from booths.calls.rows import CallRow
from booths.calls.rules import HOLDING
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.billing import ladders
from server.billing.ladders import DueRow, ladder
from server.database import action, rows, typed, value
from server.errors import Conflict, NotFound
from server.money import to_decimal
from server.text import N_
from server.web.workbooks import literal

MOST = 1000


class OnSite(msgspec.Struct, frozen=True, kw_only=True):
    """One exhibitor on site. `open_minor` is all that is to be paid before moving in; `public`: a
    public body inside its term; `allowed_why`: a manager lets it in all the same."""

    application: int
    stand: str
    area_m2: Decimal
    company_name: str
    state: str
    paid: bool
    open_minor: int
    currency: str
    public: bool
    blocks: bool
    allowed_why: str | None
    allowed_by_name: str | None

    @property
    def may(self) -> bool:
        """Whether it may move in."""
        return not (self.blocks and self.open_minor) or self.public or self.allowed_why is not None

    @property
    def seen_state(self) -> str:
        """The state of the contract as people see it."""
        return "confirmed_unpaid" if self.state == "confirmed" and not self.paid else self.state


# Steps that are due after the fair keep nobody out; orders and firms that came later count.
_ON_SITE = f"""
SELECT x.id AS application, st.label AS stand, ad.area_m2, co.name AS company_name, x.state,
       EXISTS (SELECT FROM due_item d JOIN invoice i ON i.id = d.invoice
               WHERE d.plan = ad.plan AND i.state = 'paid') AS paid,
       coalesce((SELECT sum(i.total_minor - i.paid_minor) FROM invoice i
           WHERE i.about = 'application:' || x.id AND i.state IN ('open', 'part_paid', 'overdue')
           AND NOT EXISTS (SELECT FROM {ladders.PAPERS} d WHERE d.plan = ad.plan
               AND d.invoice = i.id AND d.after_fair)), 0)
         ::bigint
       + coalesce((SELECT sum(d.total_minor) FROM due_item d WHERE d.plan = ad.plan
           AND d.invoice IS NULL AND NOT d.after_fair AND d.due_on < f.starts_on), 0)::bigint
         AS open_minor,
       q.currency, u.id IS NOT NULL AS public, coalesce(p.move_in, false) AS blocks,
       m.why AS allowed_why, w.name AS allowed_by_name
FROM application x
JOIN call c ON c.id = x.call
JOIN booth b ON b.id = c.booth
JOIN fair f ON f.id = b.fair
JOIN company co ON co.id = x.company
JOIN admission ad ON ad.application = x.id AND ad.ended_at IS NULL
JOIN quote q ON q.id = ad.quote
JOIN allocation al ON al.application = x.id AND al.state IN ('held', 'confirmed')
JOIN stand st ON st.id = al.stand
LEFT JOIN call_payment p ON p.call = c.id
LEFT JOIN public_payer u ON u.agency = c.agency AND u.company = x.company AND u.ended_at IS NULL
LEFT JOIN move_in m ON m.admission = ad.id
LEFT JOIN person w ON w.id = m.allowed_by
"""  # noqa: S608 - own text


_TO_PAY = f"""
SELECT i.id AS invoice, i.number, i.total_minor - i.paid_minor AS open_minor, i.currency, i.due_on,
       EXISTS (SELECT FROM checkout k WHERE k.invoice = i.id AND k.state = 'processing')
         AS on_its_way
FROM invoice i
WHERE i.about = 'application:' || $1::bigint AND i.state IN ('open', 'part_paid', 'overdue')
  AND NOT EXISTS (SELECT FROM {ladders.PAPERS} d JOIN admission ad ON ad.plan = d.plan
      WHERE ad.application = $1::bigint AND ad.ended_at IS NULL AND d.invoice = i.id
      AND d.after_fair)
ORDER BY i.due_on, i.id
"""  # noqa: S608 - own text


async def on_site(actor: Actor, call_id: int) -> tuple[CallRow, list[OnSite]]:
    """Everybody with a stand of a call, by stand."""
    require(actor, "application.list")
    call = await queries.own_call(actor, call_id)
    found = await rows(f"{_ON_SITE} WHERE c.id = $1 ORDER BY st.label, x.id LIMIT {MOST}", call_id)
    return call, typed(OnSite, found)


async def of_application(application_id: int) -> OnSite | None:
    """The same for one application. For callers that have checked who may read it."""
    found = await rows(f"{_ON_SITE} WHERE x.id = $1", application_id)
    return typed(OnSite, found)[0] if found else None


class ToPay(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice that keeps an exhibitor out until it is paid. `on_its_way`: by a debit."""

    invoice: int
    number: str
    open_minor: int
    currency: str
    due_on: date
    on_its_way: bool


async def to_pay(application_id: int) -> list[ToPay]:
    """What is to be paid before moving in, the oldest first. For callers that have checked who may
    read it."""
    found = await rows(_TO_PAY, application_id)
    return typed(ToPay, found)


async def items(plan_id: int | None) -> list[DueRow]:
    """The due items of a contract."""
    return [] if plan_id is None else await ladder(plan_id)


@action
async def allow(actor: Actor, form: Because, *, application_id: int) -> int:
    """Let an exhibitor move in although something is open."""
    require(actor, "move_in.allow")
    found = await queries.desk_dossier(actor, application_id)
    if found.admission is None or found.row.state not in HOLDING:
        raise NotFound
    if not (await paying.of_call(found.call.id)).move_in:
        raise Conflict(N_("This call keeps nobody out: everybody with a stand may move in."))
    made = await value(
        "INSERT INTO move_in (admission, why, allowed_by, allowed_at) VALUES ($1,$2,$3,$4)"
        " ON CONFLICT (admission) DO NOTHING RETURNING id",
        found.admission.id,
        form.why,
        actor.person_id,
        clock.now(),
    )
    if made is None:
        raise Conflict(N_("This exhibitor may move in already. Nothing was changed."))
    await record(
        actor, "move_in.allow", "application", application_id, why=form.why,
        company_id=found.row.company,
    )  # fmt: skip
    return application_id


def as_csv(found: list[OnSite]) -> bytes:
    """The list for a spreadsheet: one line per exhibitor, amounts as decimals."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(
        ["stand", "area_m2", "company", "state", "may_move_in", "open", "currency", "because"]
    )
    for each in found:
        writer.writerow([
            literal(each.stand), each.area_m2, literal(each.company_name), each.seen_state,
            "yes" if each.may else "no", to_decimal(each.open_minor, each.currency),
            each.currency, literal(each.allowed_why or ""),
        ])  # fmt: skip
    return file.getvalue().encode()
