"""The size of an enterprise over two closed years, with those it is linked to; kept as it was said.

Annex I of Regulation (EU) No 651/2014: figures of partners count by their share, of linked
enterprises in full; the status changes only after two years in a row. A public body that holds a
quarter or more makes an enterprise large (Article 3(4)), unless it is one of the exceptions.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from server import clock
from server.accounts.permissions import Actor, require
from server.aid import law
from server.aid.sizes import Link, SizeClass, SizeData, size_class, status_over, with_links
from server.audit import record
from server.database import action, execute, rows, typed, value
from server.errors import NotFound
from server.text import N_, gettext
from server.web.forms import Form

MOST_RELATED = 30
RELATIONS = {
    "linked": N_("Linked: above 50 % or controlled"),
    "partner": N_("Partner of yours, or of one linked to you"),
    "with_partner": N_("Linked to a partner: give the partner’s share"),
}


class Related(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An enterprise that counts with this one: work units and euro of the last two closed years.

    `share` is the greater of capital and votes in percent. What is linked to a partner counts
    with the partner's share; partners of a partner do not count (Annex I, Article 6(2) and (3)).
    """

    name: str
    relation: Literal["linked", "partner", "with_partner"] = "linked"
    share: Decimal = Decimal(0)
    awu: Decimal = Decimal(0)
    turnover: Decimal = Decimal(0)
    balance: Decimal = Decimal(0)
    awu_before: Decimal = Decimal(0)
    turnover_before: Decimal = Decimal(0)
    balance_before: Decimal = Decimal(0)


class SizeForm(Form, kw_only=True, frozen=True):
    """Two closed years of the enterprise, and of all those that count with it."""

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
    related: Annotated[
        list[Related],
        Meta(title=N_("Linked and partner enterprises"), max_length=MOST_RELATED),
    ] = msgspec.field(default_factory=list)
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
        for one in self.related:
            if min(one.awu, one.turnover, one.balance, one.awu_before, one.turnover_before,
                   one.balance_before, one.share) < 0:  # fmt: skip
                wrong["related"] = gettext(N_("{name}: no figure is below nothing."), name=one.name)
            elif one.relation != "linked" and not 25 <= one.share <= 50:
                wrong["related"] = gettext(
                    N_(
                        "{name}: a partner holds or is held with 25 to 50 %. Below that it does not"
                        " count, leave it out; above that it is linked."
                    ),
                    name=one.name,
                )
        return wrong


class YearRow(msgspec.Struct, frozen=True, kw_only=True):
    """A closed year with all that counts: work units, euro cents, the class of this year alone."""

    year: int
    awu: Decimal
    turnover_minor: int | None
    balance_minor: int | None
    size: SizeClass


class SizeRow(msgspec.Struct, frozen=True, kw_only=True):
    """What was said and what follows from it: each year by itself, and the status they make."""

    id: int
    inputs: dict[str, Any]
    result: SizeClass
    data_year: int
    years: list[YearRow]
    said_at: datetime

    @property
    def related(self) -> list[dict[str, Any]]:
        """The enterprises named with it; those of earlier forms as the sums they were."""
        said = self.inputs
        if "related" in said:
            return list(said["related"])
        found = []
        for kind, relation in (("linked", "linked"), ("partner", "partner")):
            figures = {name: said.get(f"{kind}_{name}", 0) for name in FIGURES}
            if any(Decimal(str(one or 0)) for one in figures.values()):
                before = {f"{name}_before": figures[name] for name in FIGURES}
                found.append(
                    {"name": gettext(N_("As said before")), "relation": relation,
                     "share": said.get("partner_percent", 0) if kind == "partner" else 0,
                     **figures, **before}
                )  # fmt: skip
        return found


FIGURES = ("awu", "turnover", "balance")


def closed_years(form: SizeForm) -> list[YearRow]:
    """Each year given, with partners by their share and linked enterprises in full."""
    given = [(form.data_year, "")]
    if form.awu_before is not None:
        given.insert(0, (form.data_year - 1, "_before"))
    found = []
    for year, suffix in given:
        links = [
            Link(_data(one, suffix), int(one.share * 100), one.relation == "linked")
            for one in form.related
        ]
        whole = with_links(_data(form, suffix), links)
        found.append(
            YearRow(
                year=year, awu=whole.awu, turnover_minor=whole.turnover_minor,
                balance_minor=whole.balance_minor, size=size_class(whole, law.size_bounds()),
            )
        )  # fmt: skip
    return found


def worked_out(form: SizeForm, earlier: Sequence[SizeRow] = ()) -> SizeClass:
    """The status over all closed years that are known, those of earlier tests among them.

    A year said again counts as it was said last. A public body with a quarter or more makes the
    enterprise large at once.
    """
    if form.public == "yes":
        return SizeClass.LARGE
    known: dict[int, SizeClass] = {}
    before: SizeClass | None = None
    for test in sorted(earlier, key=lambda one: one.id):
        if test.years:
            known |= {one.year: one.size for one in test.years}
        elif test.data_year < form.data_year - 1:
            before = test.result
    known |= {one.year: one.size for one in closed_years(form)}
    until = {year: size for year, size in known.items() if year <= form.data_year}
    return status_over(until.items(), before)


def _data(of: SizeForm | Related, suffix: str) -> SizeData:
    awu, turnover, balance = (getattr(of, f"{name}{suffix}") for name in FIGURES)
    return SizeData(awu, int(turnover * 100), int(balance * 100))


async def latest(company_id: int | None) -> SizeRow | None:
    """The last test of a company, or None."""
    found = await history(company_id, 1)
    return found[0] if found else None


async def history(company_id: int | None, limit: int = 50) -> list[SizeRow]:
    """The tests of a company, the latest first."""
    found = await rows(
        "SELECT * FROM size_test WHERE company = $1 ORDER BY id DESC LIMIT $2", company_id, limit
    )
    return typed(SizeRow, found)


@action
async def say(actor: Actor, form: SizeForm) -> int:
    """Keep what the company says about its size; the latest test counts."""
    require(actor, "aid.declare")
    if actor.company_id is None:
        raise NotFound()
    await execute("SELECT 1 FROM company WHERE id = $1 FOR NO KEY UPDATE", actor.company_id)
    result = worked_out(form, await history(actor.company_id))
    made = int(
        await value(
            "INSERT INTO size_test (company, inputs, result, data_year, said_by, said_at,"
            " years) VALUES ($1,$2,$3,$4,$5,$6,$7) RETURNING id",
            actor.company_id,
            msgspec.to_builtins(form.typed()),
            result.value,
            form.data_year,
            actor.person_id,
            clock.now(),
            msgspec.to_builtins(closed_years(form)),
        )
    )
    await record(actor, "aid.size", "size_test", made, after={"result": result.value})
    return made
