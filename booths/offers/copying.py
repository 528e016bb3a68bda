"""How free stands are handed on, the gate and choosing oneself, for the copy of a call."""

from booths.calls.copies import Shift, copies, leaves_out, take_over
from booths.calls.rows import CallRow
from server.accounts.permissions import Actor
from server.text import N_, gettext
from server.web.formats import day, moment


@copies("waiting_rule")
async def waiting_anew(_: Actor, old: CallRow, new: CallRow, __: Shift) -> list[str]:
    """How free stands go down the waiting list."""
    made = await take_over("waiting_rule", old.id, new.id)
    return [gettext(N_("How free stands are offered")) for _ in made]


@copies("gate")
async def gate_anew(_: Actor, old: CallRow, new: CallRow, shift: Shift) -> list[str]:
    """The minimum, and the day on which it is decided, for which nobody was told yet."""
    made = await take_over(
        "gate", old.id, new.id,
        lambda each: {"decide_on": shift.day(each["decide_on"]), "told_on": None},
    )  # fmt: skip
    return [
        gettext(
            N_("At least {n} participants, decided on {day}"), n=each["minimum"],
            day=day(each["decide_on"]),
        )
        for each in made
    ]  # fmt: skip


@copies("choosing")
async def choosing_anew(_: Actor, old: CallRow, new: CallRow, shift: Shift) -> list[str]:
    """Until when companies choose their stand themselves."""
    made = await take_over(
        "choosing", old.id, new.id, lambda each: {"until": shift.at(each["until"])}
    )
    return [
        gettext(N_("Companies choose their stand until {at}"), at=moment(each["until"], new.tz))
        for each in made
    ]


leaves_out(gap=N_("Stands that became free belong to the joint booth they are on."))
