"""The tables of transitions in the guide are those of the code."""

import re
from pathlib import Path

from booths.calls.rules import CALL_MOVES, MOVES, Phase, State
from booths.calls.telling import CALL_TOLD, TOLD, TOLD_LATER
from server.accounts.permissions import TABLE

GUIDE = Path(__file__).parents[3] / "docs" / "guide-agencies.md"
MAILS = Path(__file__).parents[3] / "templates" / "mail"


def of_applications() -> list[str]:
    """Every transition of an application as a line of the guide."""
    return [
        f"| `{now}` | `{move.to}` | `{move.verb}` | {move.mail} | {move.does} |"
        for now, moves in MOVES.items()
        for move in moves
    ]


def of_calls() -> list[str]:
    """The same of a call."""
    return [
        f"| `{now}` | `{move.to}` | `{move.verb}` | {move.does} |"
        for now, moves in CALL_MOVES.items()
        for move in moves
    ]


def told(section: str, cells: int) -> list[str]:
    """The lines of the table below a heading of the guide, without its head."""
    text = GUIDE.read_text("utf-8").split(f"### {section}\n")[1].split("\n#")[0]
    lines = [line for line in text.splitlines() if line.count("|") == cells + 1]
    return [line for line in lines if re.match(r"\| `", line)]


def test_transitions_of_applications_are_those_of_the_guide() -> None:
    """Copy what this prints into the guide after a change."""
    assert told("Every transition of an application", 5) == of_applications(), "\n".join(
        of_applications()
    )


def test_transitions_of_calls_are_those_of_the_guide() -> None:
    assert told("Every transition of a call", 4) == of_calls(), "\n".join(of_calls())


def test_every_transition_has_a_verb_and_its_letter() -> None:
    """Who may do it stands in the table of permissions, and the mail it sends is written."""
    for moves in MOVES.values():
        for move in moves:
            assert move.verb in TABLE
            assert not move.mail or (MAILS / f"application-{move.mail}.txt").exists(), move.mail
    for calls in CALL_MOVES.values():
        assert all(move.verb in TABLE for move in calls)


def test_every_state_tells_the_applicant_what_it_is_and_what_comes_next() -> None:
    assert set(TOLD) == set(State)
    for said in (*TOLD.values(), *TOLD_LATER.values()):
        assert said.what.strip()
        assert said.then.strip()
    assert set(CALL_TOLD) == set(Phase)
