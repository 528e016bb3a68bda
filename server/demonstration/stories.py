"""What became of each application: made step by step by the people whose steps they are."""

from decimal import Decimal
from typing import Any

from booths.calls import actions as calls
from booths.calls import applying, contracts, deciding, queries, quoting, withdrawing
from booths.calls.forms import (
    TASK_FORMS,
    AdmitForm,
    Because,
    DecideForm,
    MoveForm,
    StartForm,
    SubmitForm,
    WithdrawForm,
)
from booths.calls.rules import DECLARED
from booths.plans import queries as plans
from server import clock
from server.accounts.permissions import Actor
from server.aid import actions as aid
from server.aid.forms import DeclaredAidForm, RegisteredForm, StatementForm
from server.billing import actions as billing
from server.billing.forms import RefundForm, TransferForm
from server.billing.rules import PaymentState
from server.database import execute, row, rows, value
from server.demonstration import bank, disputing, questions
from server.demonstration.calendar import Calendar, together
from server.demonstration.organisations import LEAD, Company
from server.demonstration.plots import (
    ADMITTED,
    ADMITTED_LATE,
    APPLIED,
    BENGALURU,
    CHICAGO,
    DECIDED,
    EXPORT,
    GOALS,
    LISBON,
    MARKETS,
    RECENT,
    Story,
)
from server.money import to_decimal
from server.web.forms import parse


class Teller:
    """One call's stories, told in the order of their days."""

    def __init__(
        self,
        key: str,
        call_id: int,
        stories: list[Story],
        companies: dict[str, Company],
        staff: dict[str, Actor],
        calendar: Calendar,
    ) -> None:
        self.key, self.call_id, self.calendar = key, call_id, calendar
        self.stories = [(n, story, companies[story.company]) for n, story in enumerate(stories)]
        self.manager = staff.get("manager", staff["owner"])
        self.finance = staff.get("finance", self.manager)

    async def _application(self, company: Company) -> dict[str, Any] | None:
        return await row(
            "SELECT x.id, x.state, x.stand_kind, i.id AS invoice, i.total_minor, i.currency,"
            " i.reference, i.paid_minor, ad.ended_at FROM application x"
            " LEFT JOIN admission ad ON ad.application = x.id LEFT JOIN invoice i"
            " ON i.id = ad.invoice WHERE x.call = $1 AND x.company = $2 ORDER BY ad.id DESC",
            self.call_id,
            company.id,
        )

    async def apply(self) -> None:
        """Everybody applies; drafts stay drafts."""
        await together(self._apply(*told) for told in self.stories)

    async def _apply(self, n: int, story: Story, company: Company) -> None:
        with clock.travel(self.calendar.moment(APPLIED[self.key] + n // 2, minutes=17 * n)):
            await self._send(n, story, company)

    async def _send(self, n: int, story: Story, company: Company) -> None:
        found = await self._application(company)
        if found is not None and found["state"] != "draft":
            return
        application = await applying.start(company.actor, StartForm(), call_id=self.call_id)
        answers = await self._answers(n, story, company)
        if story.ends == "draft":
            answers = dict(list(answers.items())[: 1 + n % 2])
        for task, said in answers.items():
            await applying.answer(
                company.actor, parse(TASK_FORMS[task], said), application_id=application, task=task
            )
        if story.ends != "draft":
            await questions.answer(company.actor, application, n)
        if story.ends.startswith("draft"):
            return
        dossier = await queries.own_dossier(company.actor, application)
        choice = quoting.choice_of(dossier.draft)
        assert choice is not None
        price = await quoting.quoted(dossier.call, company.id, choice)
        await applying.submit(
            company.actor, SubmitForm(seen_total=price.total_minor), application_id=application
        )

    async def _answers(self, n: int, story: Story, company: Company) -> dict[str, Any]:
        services = await rows(
            "SELECT f.id, f.name FROM fee f JOIN call c ON c.price_list = f.price_list"
            " WHERE c.id = $1 AND f.kind = 'service' ORDER BY f.position",
            self.call_id,
        )
        wanted = [services[0], services[3], services[2 if company.sector == "industry" else 1]]
        ordered = {str(each["id"]): 1 for each in wanted[: 1 + n % 3]}
        return {
            "stand": {
                "area_m2": story.area, "stand_kind": story.kind,
                "neighbours": "Beside a company we can share visitors with." if n % 4 == 0 else "",
            },
            "services": {"services": ordered},
            "goals": {
                "exhibits": ", ".join(company.products),
                "export_status": EXPORT[n % len(EXPORT)],
                "markets": MARKETS[company.sector],
                "goals": GOALS[n % len(GOALS)],
                "catalogue": f"{company.description} On show: {', '.join(company.products)}.",
            },
            "declarations": {
                "given": [*DECLARED, "no_difficulty"], "publish": True, "ordered": "no",
            },
        }  # fmt: skip

    async def decide(self, *, late: bool = False) -> None:
        """The manager's decisions, and companies that withdraw; the late ones or the others."""
        for n, story, company in self.stories:
            if late != (story.ends in ADMITTED_LATE):
                continue
            found = await self._application(company)
            day = RECENT if late else DECIDED[self.key] + n // 6
            with clock.travel(self.calendar.moment(day, minutes=11 * n)):
                await self._decide(story, company, found)

    async def _decide(self, story: Story, company: Company, found: dict[str, Any] | None) -> None:
        if found is None or found["state"] not in ("submitted", "eligible"):
            return
        application = found["id"]
        if story.ends == "withdrawn":
            await withdrawing.withdraw(
                company.actor, WithdrawForm(sure=True), application_id=application
            )
        elif story.ends in ("eligible", "ineligible", "rejected", "wait_listed"):
            if story.ends == found["state"]:
                return
            form = {"to": story.ends, "applications": [application], "why": story.why}
            await deciding.decide(self.manager, parse(DecideForm, form))
        elif story.ends in ADMITTED:
            stand = await self._free_stand(story.kind)
            await deciding.admit(self.manager, AdmitForm(stand=stand), application_id=application)

    async def _free_stand(self, kind: str) -> int:
        booth = await value("SELECT booth FROM call WHERE id = $1", self.call_id)
        taken = {
            each["stand"]
            for each in await rows(
                "SELECT a.stand FROM allocation a JOIN stand s ON s.id = a.stand"
                " WHERE s.booth = $1 AND a.state <> 'released'",
                booth,
            )
        }
        free = [
            stand
            for stand in await plans.stands(booth)
            if stand.id not in taken and not stand.blocked
        ]
        fitting = [stand for stand in free if stand.kind == kind]
        return (fitting or free)[0].id

    async def pay(self) -> None:
        """Transfers come in: right, wrong, in part, late; and what follows from them."""
        for n, story, company in self.stories:
            found = await self._application(company)
            if found is None or found["invoice"] is None or found["paid_minor"]:
                continue
            total, admitted = found["total_minor"], DECIDED[self.key] + n // 6
            if story.ends in ("exhibited", "no_show", "paid", "released"):
                await self._transfer(found, company, total, admitted + 3 + n % 5)
            elif story.ends == "part_paid":
                await self._transfer(found, company, total // 2, RECENT + 2)
            elif story.ends == "flagged":
                await self._transfer(found, company, total + 5_000, RECENT + 3)
            elif story.ends in ("lapsed", "late"):
                with clock.travel(self.calendar.moment(admitted + 23)):
                    await contracts.lapse(found["id"])
                if story.ends == "late":
                    await self._transfer(found, company, total, admitted + 26)

    async def _transfer(
        self, found: dict[str, Any], company: Company, minor: int, offset: int
    ) -> None:
        bank = f"DEMO-{self.key}-{found['id']}"
        if await value("SELECT 1 FROM payment WHERE external_ref LIKE '%:' || $1", bank):
            return
        at = self.calendar.moment(offset, minutes=90)
        with clock.travel(at):
            facts = {
                "received_on": at.date(), "amount": to_decimal(minor, found["currency"]),
                "currency": found["currency"], "reference": found["reference"],
                "payer": company.name, "bank_ref": bank,
            }  # fmt: skip
            kept = await billing.record_transfer(self.finance, parse(TransferForm, facts))
            if kept.state is PaymentState.MATCHED:
                await contracts.confirm(found["invoice"])
                await billing.send_receipt(found["invoice"])
            else:
                await billing.tell_agency(kept.id)

    async def finish(self) -> None:
        """After the fair: who came, who did not, and who had been released before."""
        for _, story, company in self.stories:
            found = await self._application(company)
            if found is None:
                continue
            if story.ends == "released" and found["state"] in ("confirmed", "released"):
                await self._release(story, found)
            elif found["state"] == "confirmed" and story.ends in ("exhibited", "no_show"):
                with clock.travel(self.calendar.moment(-33)):
                    form = {"to": story.ends, "applications": [found["id"]]}
                    await deciding.decide(self.manager, parse(DecideForm, form))

    async def _release(self, story: Story, found: dict[str, Any]) -> None:
        with clock.travel(self.calendar.moment(-95)):
            if found["state"] == "confirmed":
                why = Because(why=story.why)
                await contracts.release(self.manager, why, application_id=found["id"])
        paid = await row(
            "SELECT id, amount_minor, currency FROM payment WHERE invoice = $1"
            " AND asked_back_minor = 0",
            found["invoice"],
        )
        if paid is not None:
            with clock.travel(self.calendar.moment(-88)):
                form = RefundForm(
                    amount=to_decimal(paid["amount_minor"], paid["currency"]), why=story.why
                )
                await billing.refund(self.finance, form, payment_id=paid["id"])

    async def move(self, to: str, offset: int) -> None:
        """The call itself goes on."""
        state = await value("SELECT state FROM call WHERE id = $1", self.call_id)
        if state in (to, "closed_out"):
            return
        with clock.travel(self.calendar.moment(offset)):
            await calls.move_call(self.manager, parse(MoveForm, {"to": to}), call_id=self.call_id)


async def tell(
    agencies: dict[str, dict[str, Actor]],
    companies: list[Company],
    calls_by_key: dict[str, int],
    calendar: Calendar,
) -> None:
    """All stories, the oldest fair first, so that invoices are numbered in the order of time."""
    by_name = {each.name: each for each in companies}
    staff = agencies[LEAD]
    await _statements(companies, calendar)
    told = {
        key: Teller(key, calls_by_key[key], stories, by_name, staff, calendar)
        for key, stories in (("lisbon", LISBON), ("chicago", CHICAGO), ("bengaluru", BENGALURU))
    }
    for key in ("lisbon", "chicago"):
        await told[key].apply()
        for late in (False, True):
            await told[key].decide(late=late)
            await told[key].pay()
        await told[key].finish()
        if key == "lisbon":
            await disputing.dispute(staff["finance"], calendar, companies[0].id)
    await told["lisbon"].move("decided", -120)
    await told["lisbon"].move("closed_out", -30)
    await told["chicago"].move("decided", -5)
    await told["bengaluru"].apply()
    await told["bengaluru"].decide()
    await _stray_transfer(staff["finance"], calendar)
    await bank.read_statement(staff["finance"], calendar)
    await _register(staff["finance"], calendar)
    await _refused_mail()


async def _statements(companies: list[Company], calendar: Calendar) -> None:
    """Every company says that it may have aid; some declare what they had from others."""
    await together(_statement(n, each, calendar) for n, each in enumerate(companies))


async def _statement(n: int, company: Company, calendar: Calendar) -> None:
    if await value("SELECT 1 FROM aid_statement WHERE company = $1", company.id):
        return
    with clock.travel(calendar.moment(-205, minutes=3 * n)):
        await aid.state(company.actor, StatementForm(in_difficulty="no", recovery_order="no"))
        if n % 5 == 0 and company.country not in ("GB", "CH"):
            facts = {
                "amount": Decimal(4_000 + 1_500 * (n % 4)),
                "granted_on": calendar.day(-400 + n),
                "authority": "Regional innovation fund",
                "member_state": company.country,
            }
            await aid.declare_aid(company.actor, parse(DeclaredAidForm, facts))


async def _stray_transfer(finance: Actor, calendar: Calendar) -> None:
    """Money whose text names no invoice."""
    if await value("SELECT 1 FROM payment WHERE external_ref LIKE '%:DEMO-stray'"):
        return
    at = calendar.moment(-4)
    with clock.travel(at):
        facts = {
            "received_on": at.date(), "amount": "1785.00", "currency": "EUR",
            "reference": "stand chicago thank you", "payer": "Polderpomp", "bank_ref": "DEMO-stray",
        }  # fmt: skip
        kept = await billing.record_transfer(finance, parse(TransferForm, facts))
        await billing.tell_agency(kept.id)


async def _register(finance: Actor, calendar: Calendar) -> None:
    """Some grants stand in the public register already, others wait."""
    found = await rows(
        "SELECT g.id, g.granted_on FROM aid_grant g JOIN scheme s ON s.id = g.scheme"
        " WHERE s.agency = $1 AND g.registered_on IS NULL AND g.created_at < $2 ORDER BY g.id",
        finance.agency_id,
        calendar.moment(-100),
    )
    for n, each in enumerate(found):
        with clock.travel(calendar.moment(-98)):
            facts = {
                "registered_on": calendar.day(-99),
                "register_reference": f"DE-2-{each['granted_on']:%Y%m}-{n + 1:04d}",
            }
            await aid.mark_registered(finance, parse(RegisteredForm, facts), grant_id=each["id"])


async def _refused_mail() -> None:
    """One mail whose mailbox is gone, so that a dead letter can be seen and sent again."""
    await execute(
        "UPDATE message SET state = 'failed', attempts = 1,"
        " last_error = '550 5.1.1 The mailbox is not known here' WHERE id = (SELECT max(id)"
        " FROM message WHERE state = 'queued' AND to_email LIKE '%@saaremaa-kadakas.example')"
    )
