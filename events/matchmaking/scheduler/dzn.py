"""Reading an instance in the public benchmark's format (MiniZinc data).

Indices in the file start at 1 and a 0 inside a set stands for nothing. A file with an error is
refused with its line and the reason.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from events.matchmaking.scheduler.problem import Meeting, Problem
from server.errors import Refused
from server.text import N_, gettext

LARGEST = 100_000
_TOKEN = re.compile(
    r"\s+|%[^\n]*|(?P<name>[A-Za-z_]\w*)|(?P<number>-?\d+)|(?P<sign>\[\||\|\]|[\[\]{}|,;=])"
)
_SESSIONS = {1: "morning", 2: "afternoon", 3: "any"}


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class _Value:
    """A value of the file with the line it begins on, and the lines of its elements."""

    value: Any
    line: int
    lines: tuple[int, ...] = ()


def _fault(line: int, reason: str, **names: Any) -> NoReturn:
    raise Refused(N_("Line {line}: {reason}"), line=line, reason=gettext(reason, **names))


def read(text: str, fairness: int | None = 2) -> Problem:
    """The problem in `text`; raises Refused with the line and the reason of the first error."""
    found = _assignments(text)

    def want(name: str) -> _Value:
        if name not in found:
            _fault(text.count("\n") + 1, N_("“{name}” is missing."), name=name)
        return found[name]

    def number(name: str, least: int) -> int:
        given = want(name)
        if not isinstance(given.value, int) or not least <= given.value <= LARGEST:
            _fault(given.line, N_("“{name}” must be a whole number from {least} to {most}."),
                   name=name, least=least, most=LARGEST)  # fmt: skip
        return given.value

    people = number("nBusiness", 1)
    count = number("nMeetings", 0)
    tables = number("nTables", 0)
    slots = number("nTotalSlots", 1)
    morning = number("nMorningSlots", 0)
    if morning > slots:
        _fault(found["nMorningSlots"].line, N_("There are only {slots} slots."), slots=slots)
    requested = want("requested")
    if not isinstance(requested.value, list) or len(requested.value) != count:
        _fault(requested.line, N_("“requested” must have one row for each of {count} meetings."),
               count=count)  # fmt: skip
    forbidden = _sets(found, "forbidden", people, slots)
    fixed = _list(found, "fixed", count, slots)
    before = _sets(found, "precedences", count, count)
    early, whole = (1 << morning) - 1, (1 << slots) - 1
    halves = {1: early, 2: whole & ~early, 3: whole}
    meetings = []
    for index, (row, line) in enumerate(zip(requested.value, requested.lines, strict=True)):
        if len(row) != 3:
            _fault(line, N_("a row of “requested” has three numbers, not {found}."), found=len(row))
        a, b, session = row
        for one in (a, b):
            if not 1 <= one <= people:
                _fault(line, N_("there is no participant {one}: there are {people}."),
                       one=one, people=people)  # fmt: skip
        if a == b:
            _fault(line, N_("participant {one} cannot meet themselves."), one=a)
        if session not in _SESSIONS:
            _fault(line, N_("{session} is no session: 1 is morning, 2 afternoon, 3 any."),
                   session=session)  # fmt: skip
        mask = halves[session]
        for one in (a, b):
            for slot in forbidden[one - 1]:
                mask &= ~(1 << (slot - 1))
        if fixed[index]:
            mask &= 1 << (fixed[index] - 1)
        meetings.append(Meeting(a - 1, b - 1, mask, pinned=bool(fixed[index])))
    _degrees(found, meetings, people)
    return Problem(
        participants=people,
        meetings=tuple(meetings),
        tables=(tables,) * slots,
        precedences=tuple(
            (first - 1, index) for index, firsts in enumerate(before) for first in sorted(firsts)
        ),
        fairness=fairness,
        all_placed=True,
    )


def _degrees(found: dict[str, _Value], meetings: list[Meeting], people: int) -> None:
    """The file may say how many meetings each has; then it must agree with its rows."""
    said = found.get("nMeetingsBusiness")
    if said is None:
        return
    counted = [0] * people
    for one in meetings:
        counted[one.a] += 1
        counted[one.b] += 1
    if not isinstance(said.value, list) or len(said.value) != people:
        _fault(said.line, N_("“nMeetingsBusiness” must have {people} numbers."), people=people)
    for who, (there, here) in enumerate(zip(said.value, counted, strict=True), 1):
        if there != here:
            _fault(said.line, N_("participant {who} has {here} meetings in the rows, not {there}."),
                   who=who, here=here, there=there)  # fmt: skip


def _list(found: dict[str, _Value], name: str, length: int, most: int) -> list[int]:
    given = found.get(name)
    if given is None:
        return [0] * length
    if not isinstance(given.value, list) or len(given.value) != length:
        _fault(given.line, N_("“{name}” must have {length} numbers."), name=name, length=length)
    for one in given.value:
        if not isinstance(one, int) or not 0 <= one <= most:
            _fault(given.line, N_("“{name}” holds {one}; 0 to {most} are allowed."),
                   name=name, one=one, most=most)  # fmt: skip
    return given.value


def _sets(found: dict[str, _Value], name: str, length: int, most: int) -> list[frozenset[int]]:
    given = found.get(name)
    if given is None:
        return [frozenset()] * length
    if not isinstance(given.value, list) or len(given.value) != length:
        _fault(given.line, N_("“{name}” must have {length} sets."), name=name, length=length)
    result = []
    for one, line in zip(given.value, given.lines, strict=True):
        if not isinstance(one, frozenset):
            _fault(line, N_("“{name}” holds sets such as {{1,2}}."), name=name)
        for each in one:
            if not 0 <= each <= most:
                _fault(line, N_("“{name}” holds {one}; 0 to {most} are allowed."),
                       name=name, one=each, most=most)  # fmt: skip
        result.append(one - {0})
    return result


def _assignments(text: str) -> dict[str, _Value]:
    tokens = _Tokens(text)
    found: dict[str, _Value] = {}
    while not tokens.over:
        name = tokens.take()
        if not (name.text[0].isalpha() or name.text[0] == "_"):
            _fault(name.line, N_("a name was expected, not “{text}”."), text=name.text)
        if name.text in found:
            _fault(name.line, N_("“{name}” was given before."), name=name.text)
        tokens.expect("=")
        found[name.text] = tokens.value()
        if not tokens.over:
            tokens.expect(";")
    return found


class _Tokens:
    """The words of the file, one after the other."""

    def __init__(self, text: str) -> None:
        self._all = list(_split(text))
        self._at = 0
        self._last = text.count("\n") + 1

    @property
    def over(self) -> bool:
        return self._at >= len(self._all)

    def peek(self) -> _Token:
        return _Token("", self._last) if self.over else self._all[self._at]

    def take(self) -> _Token:
        if self.over:
            _fault(self._last, N_("the file ends in the middle of a value."))
        self._at += 1
        return self._all[self._at - 1]

    def expect(self, text: str) -> _Token:
        found = self.take()
        if found.text != text:
            _fault(found.line, N_("“{wanted}” was expected, not “{found}”."),
                   wanted=text, found=found.text)  # fmt: skip
        return found

    def number(self) -> int:
        found = self.take()
        try:
            return int(found.text)
        except ValueError:
            _fault(found.line, N_("a number was expected, not “{found}”."), found=found.text)

    def value(self) -> _Value:
        start = self.peek()
        if start.text == "[|":
            return self._rows()
        if start.text == "[":
            return self._elements()
        if start.text == "{":
            return _Value(self._set(), start.line)
        return _Value(self.number(), start.line)

    def _rows(self) -> _Value:
        start = self.expect("[|")
        rows: list[tuple[int, ...]] = []
        lines: list[int] = []
        while self.peek().text != "|]":
            lines.append(self.peek().line)
            rows.append(tuple(self._until({"|", "|]"}, self.number)))
            if self.peek().text == "|":
                self.take()
        self.take()
        return _Value(rows, start.line, tuple(lines))

    def _elements(self) -> _Value:
        start = self.expect("[")
        values: list[Any] = []
        lines: list[int] = []

        def one() -> Any:
            lines.append(self.peek().line)
            return self._set() if self.peek().text == "{" else self.number()

        values.extend(self._until({"]"}, one))
        self.expect("]")
        return _Value(values, start.line, tuple(lines))

    def _set(self) -> frozenset[int]:
        self.expect("{")
        values = frozenset(self._until({"}"}, self.number))
        self.expect("}")
        return values

    def _until(self, ends: set[str], one: Callable[[], Any]) -> Iterator[Any]:
        """Elements with commas between them, a last comma allowed, up to one of `ends`."""
        while self.peek().text not in ends:
            yield one()
            if self.peek().text == ",":
                self.take()
            elif self.peek().text not in ends:
                found = self.take()
                _fault(found.line, N_("a comma was expected, not “{found}”."), found=found.text)


def _split(text: str) -> Iterator[_Token]:
    at, line = 0, 1
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            _fault(line, N_("“{sign}” means nothing here."), sign=text[at])
        if found.lastgroup:
            yield _Token(found.group(), line)
        line += found.group().count("\n")
        at = found.end()
