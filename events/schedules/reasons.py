"""Sentences for what stands in the way: of a meeting in a slot, of a meeting in any slot. Pure."""

from collections.abc import Sequence

from events.matchmaking.scheduler.problem import Problem
from events.matchmaking.scheduler.reasons import why_unplaced
from events.schedules.board import Board, Obstacle, Way
from events.schedules.rules import Ask, Question
from server.text import N_, gettext


def names_of(question: Question, ask: Ask) -> str:
    """Who meets, in words."""
    return gettext(N_("{a} and {b}"), a=question.who[ask.people[0]].name,
                   b=", ".join(question.who[one].name for one in ask.people[1:]))  # fmt: skip


def said(question: Question, against: Obstacle) -> str:
    """One thing that is in the way, as a sentence with names."""
    who = question.who[against.who].name if against.who is not None else ""
    other = question.ask.get(against.other or 0)
    meeting = names_of(question, other) if other else ""
    place = question.place[against.place].label if against.place is not None else ""
    name = question.interpreter[against.interpreter].name if against.interpreter is not None else ""
    words = {
        Way.AWAY: N_("{who} is not free then."),
        Way.HOURS: N_("For {who} that is outside the hours of their day."),
        Way.BUSY: N_("{who} has a meeting then: {meeting}."),
        Way.MOST: N_("{who} has as many meetings as they may have."),
        Way.ROW: N_("{who} would have too many meetings without a free slot between them."),
        Way.ORDER: N_("It would not be in order with the meeting of {meeting}."),
        Way.PLACE: N_("{place} is taken then: {meeting}."),
        Way.CLOSED: N_("{place} is closed."),
        Way.SEATS: N_("{place} has too few seats."),
        Way.THEIRS: N_("{place} belongs to others."),
        Way.WALK: N_("{who} would have no time to walk between {place} and the meeting of"
                     " {meeting}."),
        Way.SPEAK: N_("{name}, who would interpret, is in the meeting of {meeting} then."),
        Way.NOBODY_SPEAKS: N_("They have no language in common and no interpreter is free."),
        Way.NO_PLACE: N_("There is no open place with seats for all of them."),
    }  # fmt: skip
    return gettext(words[against.way], who=who, meeting=meeting, place=place, name=name)


def why(
    board: Board, problem: Problem, plan: Sequence[int], ask: Ask, begun: frozenset[int]
) -> str:
    """Why a meeting has no slot in a plan: the first thing that explains all of its slots.

    `problem` has the meetings of the board's question in its order, `plan` the index of their
    slots.
    """
    question = board.question
    if question.interpreters_of(ask) == ():
        return gettext(
            N_("{meeting} have no language in common, and no interpreter speaks for both."),
            meeting=names_of(question, ask),
        )
    places, video = question.places_of(ask)
    if not places and not video:
        return gettext(
            N_("There is no place with {n} seats for {meeting}."),
            n=len(ask.people), meeting=names_of(question, ask),
        )  # fmt: skip
    common = question.slots_of(ask)
    if common and common <= begun:
        return gettext(
            N_("All slots that {meeting} have in common have begun."),
            meeting=names_of(question, ask),
        )
    for one in ask.people:
        who = question.who[one]
        if who.most is not None and board.count[one] >= who.most:
            return gettext(
                N_("{name} has {meetings} accepted meetings and may have {most}."),
                name=who.name, meetings=len(question.asks_of[one]), most=who.most,
            )  # fmt: skip
    reached = [
        against
        for slot in question.slots
        if slot.id in common and slot.id not in begun
        and not any(each.way is Way.BUSY for each in board.with_people(ask, slot.id))
        for against in (board.choose(ask, slot.id)[1],)
    ]  # fmt: skip
    for ways, words in (
        ({Way.ROW}, N_("Wherever {meeting} are both free, one of them would have too many meetings"
                       " in a row.")),
        ({Way.ORDER}, N_("No free slot of {meeting} keeps the order of their meetings.")),
        ({Way.WALK, Way.PLACE}, N_("In every slot that {meeting} have left, the free places are too"
                                   " far from the meeting before or after.")),
        ({Way.SPEAK, Way.NOBODY_SPEAKS}, N_("In every slot that {meeting} have left, the"
                                            " interpreter is taken.")),
    ):  # fmt: skip
        if reached and all(
            any(each.way in ways for each in against)
            and (Way.WALK not in ways or any(each.way is Way.WALK for each in against))
            for against in reached
        ):
            return gettext(words, meeting=names_of(question, ask))
    index = next(n for n, each in enumerate(question.asks) if each.request == ask.request)
    return why_unplaced(problem, plan, index, [each.name for each in question.people])
