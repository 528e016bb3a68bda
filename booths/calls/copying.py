"""A call copied as a whole to the joint booth of another fair, everything shown before it is made.

The preview is the copy itself in a transaction that is rolled back, so it cannot say anything else
than what will be done.
"""

from typing import Any

import msgspec

from booths.calls import actions, listing, queries
from booths.calls.copies import Shift, copied, copies, leaves_out, left_out, take_over
from booths.calls.forms import CallForm, CopyCallForm
from booths.calls.rows import CallRow
from booths.fees import queries as fees
from booths.fees.copying import copied_for
from booths.fees.which import When
from booths.plans import queries as plans
from booths.questions import copying as questions
from booths.questions import queries as forms
from events.fairs import queries as fairs
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, rows, step
from server.text import N_, gettext, ngettext
from server.web.formats import days as days_words
from server.web.formats import moment


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """What a copy is, or would be: the draft, what was taken over, what is left to do by hand."""

    id: int
    title: str
    fair: str
    days: int
    taken: list[str]
    left: list[str]


class _Tried(Exception):
    """Carries a copy out of a transaction that is rolled back."""

    def __init__(self, made: Copy) -> None:
        self.made = made


@action
async def copy_call(actor: Actor, form: CopyCallForm, *, call_id: int) -> int:
    """A new draft for another joint booth with the whole set-up of a call; its id."""
    return (await _copy(actor, form, call_id)).id


async def try_copy(actor: Actor, form: CopyCallForm, *, call_id: int) -> Copy:
    """What `copy_call` would make now; nothing is made."""

    @action
    async def attempt() -> None:
        raise _Tried(await _copy(actor, form, call_id))

    try:
        await attempt()
    except _Tried as tried:
        return tried.made
    raise AssertionError


@step
async def _copy(actor: Actor, form: CopyCallForm, call_id: int) -> Copy:
    require(actor, "call.write")
    old = await queries.own_call(actor, call_id)
    booth = await plans.booth(form.booth)
    fair = await fairs.fair(booth.fair)
    shift = Shift((fair.starts_on - old.starts_on).days, old.tz)
    latest = await fees.latest_edition(old.price_list)
    prices = await copied_for(
        actor, latest, booth=form.booth, name=form.title, days=shift.days, tz=old.tz
    )
    sources = await rows(
        "SELECT scheme FROM call_scheme WHERE call = $1 ORDER BY position", call_id
    )
    more = [each["scheme"] for each in sources] + [None, None]
    made = await actions.create(
        actor,
        CallForm(
            title=form.title, booth=form.booth, price_list=prices, scheme=old.scheme,
            scheme_2=more[0], scheme_3=more[1], maximum_m2=old.maximum_m2,
            payment_days=old.payment_days, text=old.text,
            opens_at=_wall(shift, old.opens_at), closes_at=_wall(shift, old.closes_at),
        ),
    )  # fmt: skip
    new = await queries.own_call(actor, made)
    taken = [
        gettext(N_("Opens {at}"), at=moment(new.opens_at, new.tz)),
        gettext(N_("Closes {at}"), at=moment(new.closes_at, new.tz)),
        gettext(N_("Price list “{name}” with its fees and services, dates moved"), name=new.title),
    ]
    if latest != old.price_list:
        taken.append(_newer(new.title))
    if new.scheme_name:
        taken.append(gettext(N_("Co-financing: {scheme}"), scheme=new.scheme_name))
    for each in dict.fromkeys(copied.values()):
        taken += await each(actor, old, new, shift)
    await record(
        actor, "call.copy", "call", made, after={"from": call_id, "days": shift.days},
    )  # fmt: skip
    return Copy(
        id=made, title=new.title, fair=f"{new.fair_name}, {days_words(new.starts_on, new.ends_on)}",
        days=shift.days, taken=taken,
        left=await _left(old, new),
    )  # fmt: skip


def _wall(shift: Shift, given: Any) -> Any:
    """An instant moved, as the form takes it: wall time of the agency."""
    moved = shift.at(given)
    assert moved is not None
    return clock.local(moved, shift.tz).replace(tzinfo=None)


def _newer(name: str) -> str:
    return gettext(
        N_("“{name}” begins with its latest edition, not with that of the old call."), name=name
    )


async def _left(old: CallRow, new: CallRow) -> list[str]:
    """What a copy cannot decide, in sentences."""
    said = []
    if new.closes_at <= clock.now():
        said.append(gettext(N_("It would be closed already: change its dates before publishing.")))
    partners = await rows(
        "SELECT a.name, p.first_allotted_m2 AS m2 FROM booth_partner p JOIN agency a"
        " ON a.id = p.agency WHERE p.booth = $1 AND p.state = 'accepted' AND NOT EXISTS (SELECT"
        " FROM booth_partner o WHERE o.booth = $2 AND o.agency = p.agency) ORDER BY a.name",
        old.booth,
        new.booth,
    )
    said += [
        gettext(
            N_("{agency} had an allotment of {m2} m²: invite it again, it has to agree anew."),
            agency=each["name"],
            m2=each["m2"],
        )
        for each in partners
        if old.agency == old.lead
    ]
    return said


def reasons() -> list[str]:
    """Why a new call begins without what belonged to the old one alone."""
    return [gettext(each) for each in dict.fromkeys(left_out.values())]


@copies("section", "question")
async def _form(actor: Actor, old: CallRow, new: CallRow, _: Shift) -> list[str]:
    if not await forms.form(old.id):
        return []
    n = await questions.take_over(actor, new.id, old.id)
    return [
        ngettext(
            N_("{n} section of questions"), N_("{n} sections of questions"), n
        )
    ]  # fmt: skip


@copies("call_terms")
async def _terms(_: Actor, old: CallRow, new: CallRow, __: Shift) -> list[str]:
    made = await take_over("call_terms", old.id, new.id)
    return [gettext(N_("Declarations asked for, and how to appeal")) for _ in made]


@copies("call_payment")
async def _payment(_: Actor, old: CallRow, new: CallRow, __: Shift) -> list[str]:
    made = await take_over("call_payment", old.id, new.id)
    return [gettext(N_("How it is paid, and when exhibitors may move in")) for _ in made]


@copies("call_price_list")
async def _lists(actor: Actor, old: CallRow, new: CallRow, shift: Shift) -> list[str]:
    said = []
    for each in await rows(
        "SELECT c.*, p.name FROM call_price_list c JOIN price_list p ON p.id = c.price_list"
        " WHERE c.call = $1 ORDER BY c.id",
        old.id,
    ):
        latest = await fees.latest_edition(each["price_list"])
        made = await copied_for(
            actor, latest, booth=new.booth, name=each["name"], days=shift.days,
            tz=shift.tz,
        )  # fmt: skip
        await execute(
            "INSERT INTO call_price_list (call, price_list, applies, declarations, aided)"
            " VALUES ($1,$2,$3,$4,$5)",
            new.id,
            made,
            each["applies"],
            each["declarations"],
            each["aided"],
        )
        said.append(
            gettext(
                N_("Price list “{name}”: {who}"),
                name=each["name"],
                who=gettext(listing.WHO[When(each["applies"])]),
            )
        )
        if latest != each["price_list"]:
            said.append(_newer(each["name"]))
    return said


@copies("call_scheme")
async def _sources(_: Actor, old: CallRow, new: CallRow, __: Shift) -> list[str]:
    """They went with the call itself; here it is said."""
    n = len(await rows("SELECT 1 FROM call_scheme WHERE call = $1", new.id))
    words = ngettext(
        N_("{n} further source of co-financing"), N_("{n} further sources of co-financing"), n
    )
    return [words] if n else []


leaves_out(application=N_("Applications, admissions and stands belong to the call they were for."))
