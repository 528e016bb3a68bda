"""Gaps that cancellations leave, and the agreed meetings without a time that fit into them."""

from collections.abc import Sequence

from events.agendas.rows import Gap
from events.agendas.wall import desk_occasion
from events.matchmaking import queries as sessions
from events.schedules import queries as plans
from events.schedules.applying import begun
from events.schedules.board import Board
from events.schedules.moving import board_of
from events.schedules.rules import Ask, At
from server.accounts.permissions import Actor
from server.text import N_, gettext

MOST = 200
"""So many are looked at in one go; those with the fewest meetings."""


def fill(board: Board, slots: Sequence[int], most: int = MOST) -> list[tuple[Ask, At]]:
    """Put agreed meetings without a time into what is free in `slots`, the earliest that fits.

    Whose people have the fewest meetings comes first, then what both wished most; nobody else is
    moved. The board keeps every rule of the plan. No more than `most` are looked at.
    """

    def turn(ask: Ask) -> tuple[int, int, int]:
        fewest = min(board.count[one] for one in ask.people)
        return fewest, -board.question.weight(ask), ask.request

    waiting = sorted((ask for ask in board.question.asks if ask.request not in board.at), key=turn)[
        :most
    ]
    put = []
    while waiting:
        ask = min(waiting, key=turn)
        waiting.remove(ask)
        for slot in slots:
            at, _ = board.choose(ask, slot)
            if at is not None:
                board.put(ask.request, at)
                put.append((ask, at))
                break
    return put


async def fitting(actor: Actor, session_id: int) -> list[Gap]:
    """What would be placed where, for a manager to look at."""
    await desk_occasion(actor, session_id)
    question = await plans.question(await sessions.session(session_id))
    board, shut = board_of(question), await begun(session_id)
    counts = dict(board.count)
    slots = {each.id: each for each in await sessions.slots(session_id)}
    places = {each.id: each.label for each in question.places}
    return [
        Gap(
            request=ask.request,
            slot=at.slot,
            place=at.place,
            start_local=slots[at.slot].start_local,
            end_local=slots[at.slot].end_local,
            label=places[at.place] if at.place else gettext(N_("Online")),
            names=" – ".join(question.who[one].name for one in ask.people),
            fewest=min(counts[one] for one in ask.people),
        )
        for ask, at in fill(board, [each.id for each in question.slots if each.id not in shut])
    ]
