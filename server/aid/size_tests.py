"""The size of an enterprise over two closed years, with those it is linked to; kept as it was said.

Annex I of Regulation (EU) No 651/2014: figures of partners count by their share, of linked
enterprises in full; the status changes only after two years in a row. A public body that holds a
quarter or more makes an enterprise large (Article 3(4)), unless it is one of the exceptions.
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from server import clock
from server.accounts.permissions import Actor, require
from server.aid import law
from server.aid.sizes import Link, SizeClass, SizeData, size_over_years, with_links
from server.audit import record
from server.database import action, row, value
from server.errors import NotFound
from server.text import N_, gettext
from server.web.forms import Form


class SizeForm(Form, kw_only=True, frozen=True):
    """Two closed years of the enterprise; the sums of all linked enterprises, and of a partner."""

    data_year: Annotated[
        int, Meta(ge=2000, le=2100, title=N_("Last closed year"), description=N_("Such as 2025."))
    ]
    awu: Annotated[Decimal, Meta(ge=0, title=N_("Annual work units, last year"))]
    turnover: Annotated[Decimal, Meta(ge=0, title=N_("Turnover in EUR, last year"))]
    balance: Annotated[Decimal, Meta(ge=0, title=N_("Balance sheet total in EUR, last year"))]
    awu_before: Annotated[
        Decimal | None, Meta(ge=0, title=N_("Annual work units, the year before"))
    ] = None
    turnover_before: Annotated[
        Decimal | None, Meta(ge=0, title=N_("Turnover in EUR, the year before"))
    ] = None
    balance_before: Annotated[
        Decimal | None, Meta(ge=0, title=N_("Balance sheet total in EUR, the year before"))
    ] = None
    linked_awu: Annotated[
        Decimal, Meta(ge=0, title=N_("Annual work units of all linked enterprises"))
    ] = Decimal(0)
    linked_turnover: Annotated[
        Decimal, Meta(ge=0, title=N_("Turnover of all linked enterprises in EUR"))
    ] = Decimal(0)
    linked_balance: Annotated[
        Decimal, Meta(ge=0, title=N_("Balance sheet total of all linked enterprises in EUR"))
    ] = Decimal(0)
    partner_percent: Annotated[
        Decimal,
        Meta(ge=0, le=50, title=N_("Share that a partner holds, or you hold in it, in percent")),
    ] = Decimal(0)
    partner_awu: Annotated[Decimal, Meta(ge=0, title=N_("Annual work units of the partner"))] = (
        Decimal(0)
    )
    partner_turnover: Annotated[Decimal, Meta(ge=0, title=N_("Turnover of the partner in EUR"))] = (
        Decimal(0)
    )
    partner_balance: Annotated[
        Decimal, Meta(ge=0, title=N_("Balance sheet total of the partner in EUR"))
    ] = Decimal(0)
    public: Annotated[
        Literal["no", "yes", "exception"],
        Meta(title=N_("Do public bodies hold 25 % or more of capital or votes?")),
    ] = "no"

    def check(self) -> dict[str, str]:
        """A closed year; the year before in full or not at all."""
        wrong = {}
        if self.data_year >= clock.now().year:
            wrong["data_year"] = gettext(N_("Give a year that is closed."))
        before = (self.awu_before, self.turnover_before, self.balance_before)
        if any(one is None for one in before) and any(one is not None for one in before):
            wrong["awu_before"] = gettext(
                N_("Give all three figures of the year before, or none for a new enterprise.")
            )
        return wrong


class SizeRow(msgspec.Struct, frozen=True, kw_only=True):
    """What was said and what follows from it."""

    id: int
    inputs: dict[str, Any]
    result: SizeClass
    data_year: int
    said_at: datetime


def worked_out(form: SizeForm) -> SizeClass:
    """The class over the years given, with partners and linked enterprises."""
    if form.public == "yes":
        return SizeClass.LARGE
    links = [
        Link(_data(form.linked_awu, form.linked_turnover, form.linked_balance), 10_000, True),
        Link(
            _data(form.partner_awu, form.partner_turnover, form.partner_balance),
            int(form.partner_percent * 100),
        ),
    ]
    years = [_data(form.awu, form.turnover, form.balance)]
    if form.awu_before is not None:
        assert form.turnover_before is not None
        assert form.balance_before is not None
        years.insert(0, _data(form.awu_before, form.turnover_before, form.balance_before))
    return size_over_years([with_links(one, links) for one in years], law.size_bounds())


def _data(awu: Decimal, turnover: Decimal, balance: Decimal) -> SizeData:
    return SizeData(awu, int(turnover * 100), int(balance * 100))


async def latest(company_id: int | None) -> SizeRow | None:
    """The last test of a company, or None."""
    found = await row(
        "SELECT * FROM size_test WHERE company = $1 ORDER BY id DESC LIMIT 1", company_id
    )
    return None if found is None else msgspec.convert(found, SizeRow)


@action
async def say(actor: Actor, form: SizeForm) -> int:
    """Keep what the company says about its size; the latest test counts."""
    require(actor, "aid.declare")
    if actor.company_id is None:
        raise NotFound()
    result = worked_out(form)
    made = int(
        await value(
            "INSERT INTO size_test (company, inputs, result, data_year, said_by, said_at)"
            " VALUES ($1,$2,$3,$4,$5,$6) RETURNING id",
            actor.company_id,
            msgspec.to_builtins(form.typed()),
            result.value,
            form.data_year,
            actor.person_id,
            clock.now(),
        )
    )
    await record(actor, "aid.size", "size_test", made, after={"result": result.value})
    return made
