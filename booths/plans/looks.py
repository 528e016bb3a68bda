"""How the states of a stand look and what they are called.

Colours come with a pattern and a word, and their contrast is tested, because neither colour nor
pattern alone tells everyone what a stand's state is.
"""

from dataclasses import dataclass
from enum import StrEnum

from server.text import N_


class StandState(StrEnum):
    """What a stand looks like on the plan."""

    FREE = "free"
    KEPT = "kept"
    RESERVED = "reserved"
    HELD = "held"
    CONFIRMED = "confirmed"
    BLOCKED = "blocked"


STATE_NAMES = {
    StandState.FREE: N_("Free"),
    StandState.KEPT: N_("On hold"),
    StandState.RESERVED: N_("Reserved"),
    StandState.HELD: N_("Held"),
    StandState.CONFIRMED: N_("Confirmed"),
    StandState.BLOCKED: N_("Blocked"),
}
STATE_MEANINGS = {
    StandState.FREE: N_("can be given to an exhibitor"),
    StandState.KEPT: N_("on hold for an applicant until a stated time"),
    StandState.RESERVED: N_("set aside for an applicant who is not admitted yet"),
    StandState.HELD: N_("kept for an exhibitor who has not paid yet"),
    StandState.CONFIRMED: N_("belongs to an exhibitor"),
    StandState.BLOCKED: N_("not for exhibitors"),
}


@dataclass(frozen=True, slots=True)
class Paint:
    """Colours of a state: floor, its pattern, its border and the text upon it."""

    floor: str
    mark: str
    border: str
    ink: str


PAINTS = {
    StandState.FREE: Paint("#ffffff", "#ffffff", "#1d5c2e", "#0b2e15"),
    StandState.KEPT: Paint("#e2f1f5", "#a9d3df", "#0f5a6e", "#06313d"),
    StandState.RESERVED: Paint("#ece6f7", "#c9b8e8", "#4c2c92", "#2a1a52"),
    StandState.HELD: Paint("#fff0c2", "#f5d67a", "#7a5200", "#3d2900"),
    StandState.CONFIRMED: Paint("#0b4a86", "#2462a0", "#06294b", "#ffffff"),
    StandState.BLOCKED: Paint("#e3e5e6", "#c3c7ca", "#50565b", "#24282b"),
}
SHARED = Paint("#f1eee4", "#ddd6bf", "#6b6142", "#38321f")
"""Of what everybody uses."""
