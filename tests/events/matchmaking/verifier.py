"""What a plan of meetings must keep, worked out without any of the solver's own code."""

import re
from collections import Counter
from itertools import pairwise
from typing import Any


def read(text: str) -> dict[str, Any]:
    """The names of an instance file with their numbers, by searching the text."""
    flat = re.sub(r"\s+", "", text)

    def numbers(of: str) -> list[int]:
        return [int(each) for each in re.findall(r"-?\d+", of)]

    def part(name: str) -> str:
        found = re.search(rf"(?:^|;){name}=(.*?)(?:;|$)", flat)
        return found.group(1) if found else ""

    def sets(name: str, length: int) -> list[list[int]]:
        found = [numbers(each) for each in re.findall(r"\{(.*?)\}", part(name))]
        return [[one for one in each if one] for each in found] or [[] for _ in range(length)]

    people, meetings = int(part("nBusiness")), int(part("nMeetings"))
    rows = numbers(part("requested"))
    return {
        "people": people,
        "tables": int(part("nTables")),
        "slots": int(part("nTotalSlots")),
        "morning": int(part("nMorningSlots")),
        "requested": [tuple(rows[at : at + 3]) for at in range(0, len(rows), 3)],
        "forbidden": sets("forbidden", people),
        "fixed": numbers(part("fixed")) or [0] * meetings,
        "before": sets("precedences", meetings),
    }


def breaks_of(slots: list[int]) -> int:
    """The groups of idle slots between these slots."""
    day = sorted(slots)
    return sum(later - earlier > 1 for earlier, later in pairwise(day))


def faults(of: dict[str, Any], slot_of: dict[int, int], fairness: int | None) -> list[str]:
    """Everything that is wrong with a plan: {meeting: slot}, both from 1. Empty: nothing is."""
    said = []
    days: dict[int, list[int]] = {who: [] for who in range(1, of["people"] + 1)}
    if sorted(slot_of) != list(range(1, len(of["requested"]) + 1)):
        return [f"{len(slot_of)} of {len(of['requested'])} meetings are placed"]
    for meeting, (a, b, session) in enumerate(of["requested"], 1):
        slot = slot_of[meeting]
        if not 1 <= slot <= of["slots"]:
            said.append(f"meeting {meeting}: there is no slot {slot}")
        if (session == 1 and slot > of["morning"]) or (session == 2 and slot <= of["morning"]):
            said.append(f"meeting {meeting} is in the wrong session")
        if of["fixed"][meeting - 1] not in (0, slot):
            said.append(f"meeting {meeting} is not in its fixed slot")
        for who in (a, b):
            if slot in of["forbidden"][who - 1]:
                said.append(f"meeting {meeting}: {who} is not there in slot {slot}")
            if slot in days[who]:
                said.append(f"{who} has two meetings in slot {slot}")
            days[who].append(slot)
        said += [
            f"meeting {meeting} is not after {earlier}"
            for earlier in of["before"][meeting - 1]
            if slot_of[earlier] >= slot
        ]
    said += [
        f"slot {slot} has {count} meetings and {of['tables']} tables"
        for slot, count in Counter(slot_of.values()).items()
        if count > of["tables"]
    ]
    breaks = [breaks_of(day) for day in days.values()]
    if fairness is not None and max(breaks) - min(breaks) > fairness:
        said.append(f"breaks differ by {max(breaks) - min(breaks)}")
    return said


def breaks(of: dict[str, Any], slot_of: dict[int, int]) -> int:
    """All breaks of a plan."""
    days: dict[int, list[int]] = {who: [] for who in range(1, of["people"] + 1)}
    for meeting, (a, b, _) in enumerate(of["requested"], 1):
        days[a].append(slot_of[meeting])
        days[b].append(slot_of[meeting])
    return sum(breaks_of(day) for day in days.values())
