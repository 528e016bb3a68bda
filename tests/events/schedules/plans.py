"""Accepted requests, runs, and a verifier that reads nothing but the database."""

from datetime import timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from server import clock, jobs
from server.database import execute, rows, value
from tests.cast import Cast, _insert
from tests.events.matchmaking.scene import Scene


async def accepted(scene: Scene, a: int, b: int, *guests: int, **more: Any) -> int:
    """An accepted request of people[a] to people[b], as rows."""
    now = clock.now()
    made = await _insert(
        "meeting_request", **{"session": scene.id, "asker": scene.people[a].id,
        "asked": scene.people[b].id, "state": "accepted", "made_at": now, "answered_at": now,
        **more},
    )  # fmt: skip
    for guest in guests:
        await _insert("request_guest", request=made, participant=scene.people[guest].id)
    return made


async def everybody(scene: Scene) -> list[int]:
    """Each buyer meets each seller."""
    n = len(scene.people)
    return [await accepted(scene, a, b) for a in range(0, n, 2) for b in range(1, n, 2)]


def desk(scene: Scene, rest: str = "") -> str:
    """An address beside the session."""
    return f"/desk/meetings/{scene.id}{rest}"


async def drafted(cast: Cast, scene: Scene, kind: str = "whole", seconds: int = 1) -> int:
    """A run that has been worked out; its number."""
    asked = await cast.mara.send_form(desk(scene, "/runs"), {"kind": kind, "seconds": str(seconds)})
    assert asked.status_code == 303, asked.text
    await jobs.drain()
    return int(asked.headers["location"].rsplit("/", 1)[1])


async def published(cast: Cast, scene: Scene, kind: str = "whole") -> int:
    """A run that people know; its number."""
    number = await drafted(cast, scene, kind)
    done = await publish(cast, scene, number)
    assert done.status_code == 303, done.text
    return number


async def publish(cast: Cast, scene: Scene, number: int) -> httpx.Response:
    """Press the button."""
    return await cast.mara.send_form(
        desk(scene, f"/runs/{number}/compare"), to=desk(scene, f"/runs/{number}/publish")
    )


async def live(scene: Scene) -> list[dict[str, Any]]:
    """The meetings that people know."""
    return await rows(
        "SELECT m.*, s.number, s.half, s.starts_at, s.ends_at, p.kind AS place_kind, p.area,"
        " p.company AS place_company, p.seats, (SELECT array_agg(participant ORDER BY id)"
        " FROM meeting_seat WHERE meeting = m.id AND live) AS people FROM meeting m"
        " JOIN session_slot s ON s.id = m.slot LEFT JOIN session_place p ON p.id = m.place"
        " WHERE m.session = $1 AND m.live ORDER BY s.number, m.id",
        scene.id,
    )


async def faults(scene: Scene) -> list[str]:
    """Everything that is wrong with the plan that people know. Empty: nothing is."""
    said: list[str] = []
    session = (await rows("SELECT * FROM meeting_session WHERE id = $1", scene.id))[0]
    people = {
        each["id"]: each
        for each in await rows(
            "SELECT p.*, h.name, f.languages, least(p.most_meetings, g.most_meetings) AS most,"
            " ARRAY(SELECT slot FROM participant_away WHERE participant = p.id) AS away"
            " FROM participant p JOIN person h ON h.id = p.person JOIN meeting_profile f"
            " ON f.id = p.profile JOIN participant_group g ON g.id = p.in_group"
            " WHERE p.session = $1",
            scene.id,
        )
    }
    places = await rows("SELECT * FROM session_place WHERE session = $1", scene.id)
    interpreters = {
        each["id"]: each
        for each in await rows(
            "SELECT i.*, ARRAY(SELECT slot FROM interpreter_away WHERE interpreter = i.id) AS away"
            " FROM interpreter i WHERE session = $1",
            scene.id,
        )
    }
    found = await live(scene)
    seen: set[tuple[str, int, int]] = set()
    days: dict[int, list[dict[str, Any]]] = {}
    for one in found:
        names = [people[each]["name"] for each in one["people"]]
        for key in [("person", each) for each in one["people"]] + [
            (kind, one[kind]) for kind in ("place", "interpreter") if one[kind]
        ]:
            if (*key, one["slot"]) in seen:
                said.append(f"{key} is twice in slot {one['number']}")
            seen.add((*key, one["slot"]))
        remote = [people[each]["online"] or session["kind"] == "online" for each in one["people"]]
        for each in one["people"]:
            days.setdefault(each, []).append(one)
            who = people[each]
            if one["slot"] in who["away"] or who["state"] != "taking":
                said.append(f"{who['name']} is not there in slot {one['number']}")
            if who["online"] or session["kind"] == "online":
                zone = ZoneInfo(who["tz"] or session["tz"])
                first = one["starts_at"].astimezone(zone)
                last = (one["ends_at"] - timedelta(seconds=1)).astimezone(zone)
                if not (who["day_from"] <= first.hour <= last.hour < who["day_until"]):
                    said.append(f"{who['name']} would meet at {first:%H:%M}")
        own = [
            place["id"]
            for place in places
            for each in one["people"][:2]
            if place["id"] == people[each]["place"]
            or (place["company"] == people[each]["company"] and place["company"])
        ]
        if any(remote):
            if one["place_kind"] not in (None, "video"):
                said.append(f"{names} meet by video at a {one['place_kind']}")
        elif one["place"] is None:
            said.append(f"{names} have no place")
        elif own and one["place"] not in own:
            free = [each for each in own if ("place", each, one["slot"]) not in
                    {("place", other["place"], other["slot"]) for other in found}]  # fmt: skip
            if free and not session["walking"]:
                said.append(f"{names} are not at their stand, which is free")
        elif not own and one["place_company"]:
            said.append(f"{names} are at somebody else's stand")
        if one["place"] and one["seats"] < len(one["people"]):
            said.append(f"{names} have too few seats")
        spoken = [set(people[each]["languages"]) for each in one["people"]]
        if interpreters and not set.intersection(*spoken):
            helper = interpreters.get(one["interpreter"])
            if helper is None:
                said.append(f"{names} have no language in common")
            elif one["slot"] in helper["away"] or not all(
                set(helper["languages"]) & each for each in spoken
            ):
                said.append(f"{helper['name']} cannot help {names}")
    for who, day in days.items():
        name, most = people[who]["name"], people[who]["most"]
        if most is not None and len(day) > most:
            said.append(f"{name} has {len(day)} meetings")
        row = 1
        for before, after in pairwise(day):
            near = before["half"] == after["half"] and after["number"] - before["number"] == 1
            row = row + 1 if near else 1
            if session["most_in_a_row"] and row > session["most_in_a_row"]:
                said.append(f"{name} has {row} meetings in a row")
            areas = {before["area"], after["area"]} - {None, ""}
            if near and session["walking"] and len(areas) > 1:
                said.append(f"{name} walks from {before['area']} to {after['area']}")
    order = await rows("SELECT earlier, later FROM request_order")
    number = {each["request"]: each["number"] for each in found}
    said += [
        f"{each} is out of order"
        for each in order
        if number.get(each["earlier"], -1) >= number.get(each["later"], 10**6)
    ]
    return said


async def count(scene: Scene) -> int:
    """How many meetings people know."""
    return int(await value("SELECT count(*) FROM meeting WHERE session = $1 AND live", scene.id))


async def set_session(scene: Scene, **columns: object) -> None:
    """Change the session's own row."""
    for name, new in columns.items():
        await execute(f"UPDATE meeting_session SET {name} = $2 WHERE id = $1", scene.id, new)
