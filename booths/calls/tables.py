"""Calls, applications, submissions, admissions, allocations. Constraints: migrations/calls."""

from typing import Any

from piccolo.columns import (
    JSONB,
    BigInt,
    Boolean,
    ForeignKey,
    Integer,
    LazyTableReference,
    Numeric,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

AGENCY = LazyTableReference("Agency", module_path="server.organisations.tables")
COMPANY = LazyTableReference("Company", module_path="server.organisations.tables")
BOOTH = LazyTableReference("Booth", module_path="booths.plans.tables")
STAND = LazyTableReference("Stand", module_path="booths.plans.tables")
PRICE_LIST = LazyTableReference("PriceList", module_path="booths.fees.tables")
SCHEME = LazyTableReference("Scheme", module_path="server.aid.tables")
PLAN = LazyTableReference("PaymentPlan", module_path="server.billing.owed_tables")
TERMS = LazyTableReference("PaymentTerms", module_path="server.billing.owed_tables")
KEEP = OnDelete.restrict


class Call(Table, tablename="call"):
    """An agency's invitation to a joint booth. Open means opens_at <= now < closes_at."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False, index=True)
    booth: ForeignKey[Any] = ForeignKey(BOOTH, on_delete=KEEP, null=False, index=True)
    price_list: ForeignKey[Any] = ForeignKey(PRICE_LIST, on_delete=KEEP, null=False)
    scheme: ForeignKey[Any] = ForeignKey(SCHEME, on_delete=KEEP, null=True, default=None)
    slug = Varchar(length=120, unique=True)
    title = Varchar(length=200)
    text = Text(default="")
    opens_at = Timestamptz()
    closes_at = Timestamptz()
    state = Varchar(length=12)
    maximum_m2 = Numeric(digits=(8, 2), null=True, default=None)
    payment_days = Integer(default=14)
    published_at = Timestamptz(null=True, default=None)
    version = Integer(default=1)
    created_at = Timestamptz()


class CallScheme(Table, tablename="call_scheme"):
    """A further source of co-financing of a call, from the second on, in order."""

    call = ForeignKey(Call, on_delete=KEEP, null=False)
    scheme: ForeignKey[Any] = ForeignKey(SCHEME, on_delete=KEEP, null=False, index=True)
    position = SmallInt()


class CallPriceList(Table, tablename="call_price_list"):
    """A further price list of a call, and whom it prices (`booths.fees.which`)."""

    call = ForeignKey(Call, on_delete=KEEP, null=False)
    price_list: ForeignKey[Any] = ForeignKey(PRICE_LIST, on_delete=KEEP, null=False)
    applies = Varchar(length=12)
    declarations = JSONB(default="[]")
    aided = Boolean(default=False)


class Application(Table, tablename="application"):
    """A company's answer to a call. `draft` holds its answers, task by task, until it is sent.

    `typed` holds what is not an answer yet, page by page.
    """

    call = ForeignKey(Call, on_delete=KEEP, null=False)
    company: ForeignKey[Any] = ForeignKey(COMPANY, on_delete=KEEP, null=False, index=True)
    reference = Varchar(length=40, null=True, default=None, unique=True)
    state = Varchar(length=12)
    draft = JSONB(default="{}")
    typed = JSONB(default="{}")
    submitted_at = Timestamptz(null=True, default=None)
    quote = BigInt(null=True, default=None)
    area_m2 = Numeric(digits=(8, 2), null=True, default=None)
    stand_kind = Varchar(length=6, default="")
    wait_position = Integer(null=True, default=None)
    why = Text(default="")
    decided_at = Timestamptz(null=True, default=None)
    note = Text(default="")
    created_at = Timestamptz()


class Submission(Table, tablename="submission"):
    """What was sent, as it was sent. A later one replaces an earlier; both stay. Append-only."""

    application = ForeignKey(Application, on_delete=KEEP, null=False)
    number = Integer()
    submitted_at = Timestamptz()
    person_id = BigInt(null=True, default=None)
    content = JSONB()
    quote = BigInt()
    document = BigInt(null=True, default=None)


class Supplement(Table, tablename="supplement"):
    """An answer given after sending, to a question whose deadline is later. Append-only."""

    application = ForeignKey(Application, on_delete=KEEP, null=False, index=True)
    key = Varchar(length=40)
    label = Varchar(length=300)
    said = Text()
    answer = JSONB()
    person_id = BigInt(null=True, default=None)
    given_at = Timestamptz()


class Admission(Table, tablename="admission"):
    """The agency's binding yes: stand, quote, invoice and grant of one contract."""

    application = ForeignKey(Application, on_delete=KEEP, null=False)
    area_m2 = Numeric(digits=(8, 2))
    services = JSONB(default="{}")
    quote = BigInt()
    invoice = BigInt()
    aid_grant = BigInt(null=True, default=None)
    letter = BigInt()
    aid_letter = BigInt(null=True, default=None)
    admitted_at = Timestamptz()
    pay_until = Timestamptz(index=True)
    plan: ForeignKey[Any] = ForeignKey(PLAN, on_delete=KEEP, null=False, unique=True)
    ended_at = Timestamptz(null=True, default=None)
    ended_why = Text(default="")


class CallPayment(Table, tablename="call_payment"):
    """How a call is paid. Fixed once it is published."""

    call = ForeignKey(Call, on_delete=KEEP, null=False, unique=True)
    terms: ForeignKey[Any] = ForeignKey(TERMS, on_delete=KEEP, null=True, default=None)
    move_in = Boolean(default=False)


class MoveIn(Table, tablename="move_in"):
    """A manager lets an exhibitor move in although something is open."""

    admission = ForeignKey(Admission, on_delete=KEEP, null=False, unique=True)
    why = Text()
    allowed_by = BigInt(null=True, default=None)
    allowed_at = Timestamptz()


class Allocation(Table, tablename="allocation"):
    """A stand kept for, or given to, an application.

    A stand has one holder at a time: an application, or all members of one consortium.
    """

    stand: ForeignKey[Any] = ForeignKey(STAND, on_delete=KEEP, null=False)
    application = ForeignKey(Application, on_delete=KEEP, null=False)
    area_m2 = Numeric(digits=(8, 2))
    state = Varchar(length=10)
    since = Timestamptz()
    released_at = Timestamptz(null=True, default=None)
    purpose = Varchar(length=12, default="contract")
    until = Timestamptz(null=True, default=None)
    extended = Boolean(default=False)
    holder = BigInt(null=True, default=None, help_text="Worked out by the database.")
    consortium = BigInt(null=True, default=None)


class CallTerms(Table, tablename="call_terms"):
    """The declarations that a call asks for, how to appeal, and whether a failed rule refuses."""

    call = ForeignKey(Call, on_delete=KEEP, null=False, unique=True)
    declarations = JSONB()
    appeal = Text(default="")
    at_once = Boolean(default=False)


class Correction(Table, tablename="correction"):
    """A request to mend an application until an instant; in time it keeps `arrived_at`."""

    application = ForeignKey(Application, on_delete=KEEP, null=False)
    points = JSONB()
    asked_by = BigInt(null=True, default=None)
    asked_at = Timestamptz()
    until = Timestamptz()
    arrived_at = Timestamptz()
    answered_at = Timestamptz(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)


class CallSupply(Table, tablename="call_supply"):
    """What the fee of a call buys, where it is not a stand with services."""

    call = ForeignKey(Call, on_delete=KEEP, null=False, unique=True)
    supply = Varchar(length=12)


class ApplicationShare(Table, tablename="application_share"):
    """An application that another agency may read, with why, until it is ended."""

    application = ForeignKey(Application, on_delete=KEEP, null=False)
    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False, index=True)
    why = Text()
    shared_by = BigInt(null=True, default=None)
    shared_at = Timestamptz()
    ended_at = Timestamptz(null=True, default=None)
