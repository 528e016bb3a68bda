"""What reads of calls and applications return."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from booths.calls.rules import (
    TASKS,
    CallState,
    Phase,
    State,
    phase,
)
from booths.calls.telling import CALL_TOLD, TOLD, Told, told
from booths.questions.rules import Section, questions_of, shown, unanswered
from server import clock

SECOND = timedelta(seconds=1)


class CallRow(msgspec.Struct, frozen=True, kw_only=True):
    """A call with its booth and fair. `tz` is the agency's zone, `fair_tz` the fair's.

    `applications` and `admitted` are counted for the agency only.
    """

    id: int
    agency: int
    agency_name: str
    agency_slug: str
    agency_email: str
    agency_country: str
    tz: str
    booth: int
    booth_name: str
    net_m2: Decimal
    allocated_m2: Decimal
    reserved_m2: Decimal
    lead: int
    allotment_left_m2: Decimal | None
    blocked_m2: Decimal
    fair: int
    fair_name: str
    fair_slug: str
    fair_tz: str
    fair_country: str
    venue: str
    city: str
    starts_on: date
    ends_on: date
    price_list: int
    minimum_m2: Decimal
    currency: str
    scheme: int | None
    scheme_name: str | None
    more_schemes: list[int]
    slug: str
    title: str
    text: str
    opens_at: datetime
    closes_at: datetime
    state: CallState
    maximum_m2: Decimal | None
    payment_days: int
    published_at: datetime | None
    version: int
    applications: int | None = None
    admitted: int | None = None

    @property
    def phase(self) -> Phase:
        """What the call is right now."""
        return phase(
            self.state,
            self.opens_at,
            self.closes_at,
            clock.now(),
            fair_began=clock.today(self.fair_tz) >= self.starts_on,
        )

    @property
    def told(self) -> str:
        """What companies read about the phase."""
        return CALL_TOLD[self.phase]

    @property
    def left_m2(self) -> Decimal:
        """What the agency can still give away: of the booth it leads, or of its allotment."""
        if self.allotment_left_m2 is not None:
            return self.allotment_left_m2
        return max(self.net_m2 - self.allocated_m2 - self.reserved_m2 - self.blocked_m2, Decimal(0))


class ApplicationRow(msgspec.Struct, frozen=True, kw_only=True):
    """An application in a list."""

    id: int
    reference: str | None
    state: State
    call: int
    call_title: str
    company: int
    company_name: str
    country: str
    submitted_at: datetime | None
    area_m2: Decimal | None
    stand_kind: str
    stand_label: str | None
    aid_minor: int | None
    total_minor: int | None
    currency: str
    wait_position: int | None
    invoice: int | None
    invoice_state: str | None
    next_minor: int | None
    paid: bool | None
    pay_until: datetime | None
    fair_name: str
    starts_on: date
    tz: str

    @property
    def seen_state(self) -> str:
        """The state as people see it: a stand may be confirmed before anything is paid."""
        if self.state is State.CONFIRMED and self.paid is False:
            return "confirmed_unpaid"
        return self.state.value

    @property
    def what(self) -> str:
        """What it is, as the applicant reads it."""
        return TOLD[self.state].what

    @property
    def kept_until(self) -> datetime | None:
        """The last second to pay: people read a midnight as the day after."""
        return self.pay_until and self.pay_until - SECOND


class Slip(msgspec.Struct, frozen=True, kw_only=True):
    """What was last kept of one page: `values` as typed, or None once they are saved as answers.

    `revision` counts, `hand` names the open page that wrote it, `person` who sat before it.
    """

    revision: int = 0
    hand: str = ""
    at: datetime | None = None
    person: str = ""
    values: dict[str, Any] | None = None


class Dossier(msgspec.Struct, frozen=True, kw_only=True):
    """One application with everything a page about it needs.

    `form` is what this call asks beyond what every call asks.
    """

    row: ApplicationRow
    draft: dict[str, Any]
    typed: dict[str, Slip]
    form: tuple[Section, ...]
    why: str
    note: str
    quote: int | None
    decided_at: datetime | None
    call: CallRow
    has_services: bool
    needs_statement: bool
    declarations: list[str]
    appeal: str
    correction: "CorrectionRow | None"
    admission: "AdmissionRow | None"

    @property
    def told(self) -> Told:
        """What the applicant reads."""
        return told(self.row.state, editable=self.editable)

    @property
    def left(self) -> list[str]:
        """The tasks that are not finished, in order."""
        closes_at, answers = self.call.closes_at, self.answers
        open_sections = {
            each.task for each in self.sections if unanswered(self.form, each, answers, closes_at)
        }
        return [
            task
            for task in self.tasks
            if task in open_sections or (task in TASKS and task not in self.draft)
        ]

    @property
    def begun(self) -> list[str]:
        """The tasks on whose page something is typed that is not saved as an answer."""
        return [task for task in self.tasks if self.slip(task).values is not None]

    @property
    def tasks(self) -> list[str]:
        """The tasks of this application; the declarations come last."""
        first = [task for task in TASKS[:-1] if task != "services" or self.has_services]
        return [*first, *(each.task for each in self.sections), TASKS[-1]]

    @property
    def answers(self) -> dict[str, Any]:
        """The answers to the questions of this call, by their short names."""
        return dict(self.draft.get("form", {}))

    @property
    def sections(self) -> list[Section]:
        """The sections of which at least one question is shown with these answers."""
        seen = {each.section for each in shown(questions_of(self.form), self.answers)}
        return [each for each in self.form if each.id in seen]

    def section(self, task: str) -> Section | None:
        """The section behind a task; None for the tasks that every call has."""
        return next((each for each in self.sections if each.task == task), None)

    def slip(self, task: str) -> Slip:
        """What was last kept of a page."""
        return self.typed.get(task, Slip())

    @property
    def correcting(self) -> bool:
        """Whether a correction is asked for and its deadline has not passed."""
        return (
            self.row.state is State.TO_CORRECT
            and self.correction is not None
            and clock.now() < self.correction.until
        )

    @property
    def editable(self) -> bool:
        """Whether answers may still change: before a decision binds, while the call is open, or
        while a correction that was asked for is still in time."""
        if self.correcting:
            return True
        return self.row.state in (
            State.DRAFT,
            State.SUBMITTED,
            State.TO_CORRECT,
            State.ELIGIBLE,
            State.INELIGIBLE,
            State.WITHDRAWN,
        ) and self.call.phase in (Phase.OPEN, Phase.PUBLISHED)


class CorrectionRow(msgspec.Struct, frozen=True, kw_only=True):
    """What the agency asked to be mended, until when (exclusive), and the arrival that is kept."""

    id: int
    points: list[str]
    asked_at: datetime
    until: datetime
    arrived_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None

    @property
    def last_second(self) -> datetime:
        """People read a midnight as the day after."""
        return self.until - SECOND


class AdmissionRow(msgspec.Struct, frozen=True, kw_only=True):
    """The contract of an application, the latest one."""

    id: int
    area_m2: Decimal
    services: dict[str, int]
    quote: int
    aid_minor: int
    invoice: int
    invoice_number: str
    invoice_state: str
    aid_grant: int | None
    letter: int
    aid_letter: int | None
    admitted_at: datetime
    pay_until: datetime
    plan: int
    ended_at: datetime | None
    ended_why: str
    stand: int | None
    stand_label: str | None
    stand_state: str | None

    @property
    def kept_until(self) -> datetime:
        """The last second to pay: people read a midnight as the day after."""
        return self.pay_until - SECOND


class SupplementRow(msgspec.Struct, frozen=True, kw_only=True):
    """An answer given after sending."""

    key: str
    label: str
    said: str
    answer: Any
    given_at: datetime
    person: str | None
    superseded: bool = False
    """Whether the same question was answered differently in a sending after it."""

    @property
    def document(self) -> int | None:
        """The file that was given."""
        return self.answer["document"] if isinstance(self.answer, dict) else None


class SubmissionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One sending of an application."""

    id: int
    number: int
    submitted_at: datetime
    content: dict[str, Any]
    quote: int
    document: int | None
    person: str | None
