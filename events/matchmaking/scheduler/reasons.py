"""Why not: a problem that has no plan, a meeting that found no slot. Pure."""

from collections import Counter
from collections.abc import Sequence

from events.matchmaking.scheduler.problem import UNPLACED, Problem
from server.text import N_, gettext


def cannot(problem: Problem) -> str | None:
    """Why no plan places every meeting, where counting shows it; None where it takes a search.

    Participants and meetings are numbered from 1, as in the file.
    """
    for index, one in enumerate(problem.meetings):
        if not one.slots:
            return gettext(
                N_("Meeting {meeting}, of {a} and {b}, has no slot that is open to both."),
                meeting=index + 1, a=one.a + 1, b=one.b + 1,
            )  # fmt: skip
    for who, own in enumerate(problem.of_participant):
        open_slots = 0
        for index in own:
            open_slots |= problem.meetings[index].slots
        if len(own) > open_slots.bit_count():
            return gettext(
                N_("Participant {who} has {meetings} meetings and {slots} open slots."),
                who=who + 1, meetings=len(own), slots=open_slots.bit_count(),
            )  # fmt: skip
        fixed = Counter(
            problem.meetings[index].slots
            for index in own
            if problem.meetings[index].slots.bit_count() == 1
        )
        for slots, often in fixed.items():
            if often > 1:
                return gettext(
                    N_("{meetings} meetings of participant {who} can be in slot {slot} only."),
                    who=who + 1, meetings=often, slot=slots.bit_length(),
                )  # fmt: skip
    room = sum(problem.tables)
    at_tables = sum(one.table for one in problem.meetings)
    if at_tables > room:
        return gettext(
            N_("There are {meetings} meetings and all slots together have {room} tables."),
            meetings=at_tables, room=room,
        )  # fmt: skip
    return None


def why_unplaced(problem: Problem, plan: Sequence[int], index: int, name: Sequence[str]) -> str:
    """Why a meeting has no slot in `plan`; `name` has the name of each participant."""
    one = problem.meetings[index]
    if not one.slots:
        return gettext(
            N_("{a} and {b} are never free at the same time."), a=name[one.a], b=name[one.b]
        )
    for who in one.all:
        if who >= problem.participants:
            continue
        own = problem.of_participant[who]
        open_slots = 0
        for each in own:
            open_slots |= problem.meetings[each].slots
        if len(own) > open_slots.bit_count():
            return gettext(
                N_("{name} has {meetings} accepted meetings and {slots} free slots."),
                name=name[who], meetings=len(own), slots=open_slots.bit_count(),
            )  # fmt: skip
    masks = problem.busy(plan)
    both = one.slots
    for who in one.all:
        if who < problem.participants:
            both &= ~masks[who]
    if not both:
        return gettext(
            N_("{a} and {b} have no free slot in common any more."), a=name[one.a], b=name[one.b]
        )
    taken = Counter(slot for slot in plan if slot != UNPLACED)
    full = all(
        taken[slot] >= problem.tables[slot] for slot in range(problem.slots) if both >> slot & 1
    )
    if full:
        return gettext(
            N_("In every slot that {a} and {b} have in common, all tables are taken."),
            a=name[one.a], b=name[one.b],
        )  # fmt: skip
    return gettext(
        N_("The stand or the interpreter that {a} and {b} need is taken in every slot they share."),
        a=name[one.a], b=name[one.b],
    )  # fmt: skip
