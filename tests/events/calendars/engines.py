"""Five readers of calendars that are not ours: what each sees in the same bytes.

`icalendar`, `ical`, `ics` and `vobject` read the whole file; `vdirsyncer` takes it apart as a sync
does and `dateutil` reads the zones it carries. A reader that refuses the bytes raises.
"""

import io
import re
import sys
import warnings
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import icalendar

Seen = dict[str, tuple[str, str]]
"""uid -> begin and end: a day, or an instant in UTC."""


def _said(moment: Any) -> str:
    if isinstance(moment, datetime):
        assert moment.tzinfo is not None, "a floating time"
        return moment.astimezone(UTC).isoformat()
    assert isinstance(moment, date)
    return moment.isoformat()


def by_icalendar(data: bytes) -> Seen:
    read = icalendar.Calendar.from_ical(data)
    return {str(each["UID"]): (_said(each.start), _said(each.end)) for each in read.events}


def by_ical(data: bytes) -> Seen:
    from ical.calendar_stream import IcsCalendarStream

    read = IcsCalendarStream.calendar_from_ics(data.decode())
    return {str(each.uid): (_said(each.dtstart), _said(each.end)) for each in read.events}


def by_vobject(data: bytes) -> Seen:
    import vobject

    # It takes a zone from the first file that ever described it: each file describes its own.
    known = getattr(vobject.icalendar, "__tzidMap")
    for tzid in set(known) - {"UTC"}:
        del known[tzid]
    seen = {}
    for each in vobject.readOne(data.decode()).contents.get("vevent", []):
        begin = each.dtstart.value
        end = each.dtend.value if hasattr(each, "dtend") else begin
        seen[each.uid.value] = (_said(begin), _said(end))
    return seen


def by_ics(data: bytes) -> Seen:
    import ics

    seen = {}
    for each in ics.Calendar(data.decode()).events:
        begin, end = each.begin, each.end
        if each.all_day:
            # This reader counts the last day, the standard the day after.
            days = (begin.date().isoformat(), end.date().isoformat())
            seen[each.uid] = days
        else:
            seen[each.uid] = (_said(begin.datetime), _said(end.datetime))
    return seen


def by_vdirsyncer(data: bytes) -> Seen:
    from dateutil.tz import tzical
    from vdirsyncer.vobject import split_collection

    seen = {}
    for item in split_collection(data.decode()):
        lines = re.sub(r"\r?\n[ \t]", "", item).splitlines()
        given: dict[str, list[tuple[str, str]]] = {}
        inside = False
        for line in lines:
            inside = (inside or line == "BEGIN:VEVENT") and line != "END:VEVENT"
            if inside:
                name, _, value = line.partition(":")
                given.setdefault(name.partition(";")[0], []).append((name, value))
        zones = tzical(io.StringIO(item)) if "BEGIN:VTIMEZONE" in item else None
        moments = [
            _moment(*given[name][0], zones) for name in ("DTSTART", "DTEND") if name in given
        ]
        seen[given["UID"][0][1]] = (_said(moments[0]), _said(moments[-1]))
    return seen


def _moment(name: str, value: str, zones: Any) -> date:
    if "VALUE=DATE" in name:
        return datetime.strptime(value, "%Y%m%d").date()  # noqa: DTZ007
    if value.endswith("Z"):
        return datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    tzid = re.search(r'TZID="?([^";]+)', name)
    assert tzid is not None, "a floating time"
    zone = zones.get(tzid[1])
    assert zone is not None, "an undeclared zone"
    return datetime.strptime(value, "%Y%m%dT%H%M%S").replace(tzinfo=zone)


ENGINES: Mapping[str, Callable[[bytes], Seen]] = {
    "icalendar": by_icalendar,
    "ical": by_ical,
    "vobject": by_vobject,
    "ics": by_ics,
    "vdirsyncer": by_vdirsyncer,
}


MOST_FOR_ICS = 25
"""`ics` follows the rules of a zone anew for each comparison: of a long feed it reads the begin."""


def _first(data: bytes, many: int) -> bytes:
    """`data` with its first entries alone."""
    pieces = re.split(rb"(?m)^BEGIN:VEVENT\r\n", data)
    if len(pieces) <= many + 1:
        return data
    return b"BEGIN:VEVENT\r\n".join(pieces[: many + 1]) + b"END:VCALENDAR\r\n"


def agreed(data: bytes) -> Seen:
    """What all five see in `data`; fails where one sees something else, refuses or is missing."""
    sound(data)
    depth = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)  # one of them goes down a step with each character
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = {name: read(data) for name, read in ENGINES.items() if name != "ics"}
            part = found["ics"] = by_ics(_first(data, MOST_FOR_ICS))
    finally:
        sys.setrecursionlimit(depth)
    first = found["icalendar"]
    assert len(part) == min(len(first), MOST_FOR_ICS)
    found["ics"] = first | part
    for name, seen in found.items():
        odd = {uid: (seen.get(uid), first.get(uid)) for uid in {*seen, *first}
               if seen.get(uid) != first.get(uid)}  # fmt: skip
        assert not odd, (name, dict(list(odd.items())[:3]))
    return first


ONCE = {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "SEQUENCE", "STATUS", "LAST-MODIFIED"}


def sound(data: bytes) -> None:
    """The rules of RFC 5545 that readers forgive one another: line ends, folds, zones, once-only
    properties, no byte-order mark, no control character."""
    assert data.startswith(b"BEGIN:VCALENDAR\r\n")
    assert data.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"\r" not in data.replace(b"\r\n", b"")
    assert max(len(line) for line in data.split(b"\r\n")) <= 75
    whole = re.sub(rb"\r\n[ \t]", b"", data).decode()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\ufeff]", whole.replace("\r\n", "")), "control"
    declared = re.findall(r"^TZID:(.+)\r$", whole, re.MULTILINE)
    assert len(set(declared)) == len(declared)
    assert set(re.findall(r"^DT(?:START|END);TZID=([^:;]+):", whole, re.MULTILINE)) <= set(declared)
    lines = re.DOTALL | re.MULTILINE
    for entry in re.findall(r"^BEGIN:VEVENT\r\n(.*?)^END:VEVENT\r$", whole, lines):
        outer = re.sub(r"^BEGIN:VALARM.*?^END:VALARM\r\n", "", entry, flags=lines)
        names = [re.split("[:;]", line)[0] for line in outer.split("\r\n") if line]
        assert ONCE - {"DTEND", "STATUS", "LAST-MODIFIED"} <= set(names), names
        assert all(names.count(name) <= 1 for name in ONCE), names


def history(versions: list[bytes]) -> None:
    """Versions of one feed, oldest first: no entry goes back, and a new time or status raises its
    SEQUENCE (RFC 5546 2.1.4)."""
    before: dict[str, Any] = {}
    agreed(versions[-1])
    for data in versions:
        sound(data)
        now = {str(each["UID"]): each for each in icalendar.Calendar.from_ical(data).events}
        assert set(before) <= set(now), "an entry is gone"
        for uid, each in now.items():
            old = before.get(uid)
            assert each["DTSTAMP"].dt == each["LAST-MODIFIED"].dt
            if old is None or old.to_ical() == each.to_ical():
                continue
            assert each["LAST-MODIFIED"].dt > old["LAST-MODIFIED"].dt
            assert each["CREATED"].dt == old["CREATED"].dt
            told = [(one.start, one.end, str(one["STATUS"])) for one in (old, each)]
            assert int(each["SEQUENCE"]) >= int(old["SEQUENCE"]) + (told[0] != told[1])
        before = now
