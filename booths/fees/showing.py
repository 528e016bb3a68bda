"""Prices in words and rows, as agencies, companies and everybody read them."""

from decimal import Decimal

import msgspec

from booths.fees.pricing import Prices
from booths.fees.space import Space, SpaceBy, most_m2
from server.money import format_money
from server.text import N_, gettext
from server.web.forms import Form, fields


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A way to take space: what it is, and its prices row by row: words, full, with aid."""

    key: str
    name: str
    hint: str
    rows: list[tuple[str, str, str]]
    option: str


def ways_said(prices: Prices) -> list[Said]:
    """The ways of a list in the language of the reader."""
    return [_way(each, prices.currency) for each in prices.ways]


def _way(way: Space, currency: str) -> Said:
    rows, begins = [], Decimal(0)
    for number, step in enumerate(way.steps):
        words = _words(way, number, step.up_to, begins)
        full = format_money(step.full_minor, currency)
        reduced = [format_money(one, currency) for one in step.reduced]
        if all(one == step.full_minor for one in step.reduced):
            reduced = []
        rows.append((words, full, _times(reduced)))
        begins = step.up_to or (way.unit_m2 or Decimal(0))
    name = gettext(way.name)
    option = gettext(N_("{name}: {words} {price}"), name=name, words=rows[0][0], price=rows[0][1])
    return Said(key=way.key, name=name, hint=_hint(way), rows=rows, option=option)


def _words(way: Space, number: int, up_to: Decimal | None, begins: Decimal) -> str:
    if way.by is SpaceBy.PACKAGE and number == 0:
        return gettext(N_("{m2} m² at one price"), m2=_plain(way.unit_m2))
    if way.by is SpaceBy.MODULE:
        if up_to is None:
            words = N_("each further module of {m2} m²") if begins else N_("per module of {m2} m²")
        elif up_to - begins == 1:
            words = N_("module {n} of {m2} m²")
        else:
            words = N_("per module of {m2} m², up to module {n}")
        return gettext(words, m2=_plain(way.unit_m2), n=_plain(up_to))
    if way.by is SpaceBy.STAND:
        if up_to is None:
            return (
                gettext(N_("for the stand, larger than {m2} m²"), m2=_plain(begins))
                if (begins)
                else gettext(N_("for the stand"))
            )
        return gettext(N_("for the stand, up to {m2} m²"), m2=_plain(up_to))
    if up_to is not None:
        if begins:
            return gettext(
                N_("per m², from {begin} to {end} m²"), begin=_plain(begins), end=_plain(up_to)
            )
        return gettext(N_("per m², up to {end} m²"), end=_plain(up_to))
    if begins:
        return gettext(N_("per m² above {begin} m²"), begin=_plain(begins))
    return gettext(N_("per m²"))


def _hint(way: Space) -> str:
    said = []
    if way.minimum_m2 > 1:
        said.append(gettext(N_("At least {m2} m² are billed."), m2=_plain(way.minimum_m2)))
    most = most_m2(way)
    if most is not None:
        said.append(gettext(N_("At most {m2} m²."), m2=_plain(most)))
    if way.whole:
        said.append(gettext(N_("The whole area counts at the price of its size.")))
    return " ".join(said)


def _times(amounts: list[str]) -> str:
    """Prices with aid: one for all, or first, second and further times."""
    if len(amounts) < 2:
        return "".join(amounts)
    named = (
        N_("{price} the first time"),
        N_("{price} the second time"),
        N_("{price} the third time"),
    )
    first = [
        gettext(
            named[n] if n < len(named) else N_("{price} at participation {n}"), price=one, n=n + 1
        )
        for n, one in enumerate(amounts[:-1])
    ]
    last = gettext(N_("{price} from then on"), price=amounts[-1])
    return ", ".join([*first, last])


def _plain(number: Decimal | None) -> str:
    return "" if number is None else f"{number.normalize():f}"


def labels(form: type[Form]) -> dict[str, dict[str, str]]:
    """Labels and hints of a form's fields, for the macros."""
    return {
        one.name: {
            "label": gettext(one.label),
            "hint": gettext(one.hint) if one.hint else "",
        }
        for one in fields(form)
    }
