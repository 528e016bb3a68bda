"""What was done to a plan, by whom, and how to say so: the log that undo goes back along."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from booths.plans.outlines import Point
from booths.plans.queries import BoothRow, SharedRow, StandRow
from booths.plans.rules import SharedKind, StandKind
from booths.plans.wording import listed
from server.database import rows
from server.errors import Conflict
from server.text import N_, gettext
from server.web.formats import moment


class Verb(StrEnum):
    """What somebody did to a plan."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    BLOCK = "block"
    UNBLOCK = "unblock"
    SPLIT = "split"
    MERGE = "merge"
    DUPLICATE = "duplicate"
    LAYOUT = "layout"
    REPLACE = "replace"


DID = {
    Verb.ADD: N_("drew {labels}"),
    Verb.CHANGE: N_("changed {labels}"),
    Verb.REMOVE: N_("removed {labels}"),
    Verb.BLOCK: N_("blocked {labels}"),
    Verb.UNBLOCK: N_("offered {labels} again"),
    Verb.SPLIT: N_("split {labels}"),
    Verb.MERGE: N_("merged {labels}"),
    Verb.DUPLICATE: N_("copied {labels}"),
    Verb.LAYOUT: N_("filled the block with equal stands"),
    Verb.REPLACE: N_("replaced the plan"),
}


class Way(StrEnum):
    """Whether a line of the log is something new, or takes another line back."""

    DO = "do"
    UNDO = "undo"
    REDO = "redo"


class StandDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A stand as it should be. Without a kind, its kind follows the aisles."""

    label: str
    outline: tuple[Point, ...]
    kind: StandKind | None = None
    blocked: bool = False
    blocked_why: str = ""
    version: int = 0


class SharedDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A shared area as it should be."""

    kind: SharedKind
    label: str
    outline: tuple[Point, ...]
    version: int = 0


class Pieces(msgspec.Struct, frozen=True, kw_only=True):
    """Some stands and shared areas by id; None for what is not on the plan."""

    stands: dict[int, StandDraft | None] = {}
    shared: dict[int, SharedDraft | None] = {}

    def alike(self, other: "Pieces") -> bool:
        """Whether both say the same, whatever the versions."""
        return _unversioned(self) == _unversioned(other)


def _unversioned(pieces: Pieces) -> list[dict[int, Any]]:
    return [
        {id_: each and msgspec.structs.replace(each, version=0) for id_, each in some.items()}
        for some in (pieces.stands, pieces.shared)
    ]


class EditRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the log."""

    id: int
    person_id: int | None
    person_name: str
    at: datetime
    verb: Verb
    labels: list[str]
    before: Pieces
    after: Pieces
    way: Way
    undoes: int | None

    @property
    def did(self) -> str:
        """Such as "split A1"."""
        return gettext(DID[self.verb], labels=listed(self.labels))


_EDIT = """
    SELECT id, person_id, person_name, at, verb, labels, before, after, way, undoes
    FROM plan_edit e
"""


def drafted(stand: StandRow) -> StandDraft:
    """A stand as it is."""
    return StandDraft(
        label=stand.label,
        outline=tuple(stand.outline),
        kind=stand.kind if stand.kind_stated else None,
        blocked=stand.blocked,
        blocked_why=stand.blocked_why,
        version=stand.version,
    )


def shared_draft(area: SharedRow) -> SharedDraft:
    return SharedDraft(
        kind=area.kind, label=area.label, outline=tuple(area.outline), version=area.version
    )


async def edits(
    booth_id: int, *, person_id: int | None = None, limit: int = 200, before: int | None = None
) -> list[EditRow]:
    """The latest edits of a plan, newest first; of one person, or before one edit, when asked."""
    found = await rows(
        _EDIT + "WHERE booth = $1 AND ($2::int IS NULL OR person_id = $2)"
        " AND ($4::bigint IS NULL OR id < $4) ORDER BY id DESC LIMIT $3",
        booth_id,
        person_id,
        limit,
        before,
    )
    return [msgspec.convert(each, EditRow, strict=False) for each in found]


def meanwhile(booth: BoothRow, last: EditRow | None) -> Conflict:
    """The refusal of a change of something that another one changed since the person saw it."""
    if last is None:
        return Conflict(
            N_(
                "The plan changed while you were editing. Nothing was overwritten, and what you"
                " typed is kept below. Compare it with the plan as it is now, then save again to"
                " use yours."
            )
        )
    return Conflict(
        N_(
            "{who} {did} while you were editing ({when}). Nothing of theirs was overwritten, and"
            " what you typed is kept below. Compare it with the plan as it is now, then save again"
            " to use yours."
        ),
        who=last.person_name,
        did=last.did,
        when=moment(last.at, booth.tz),
    )


async def next_undo(booth_id: int, person_id: int | None) -> EditRow | None:
    """The person's latest edit that is not taken back."""
    found = await rows(
        _EDIT + "WHERE booth = $1 AND person_id = $2 AND way <> 'undo'"  # noqa: S608
        " AND NOT EXISTS (SELECT 1 FROM plan_edit u WHERE u.undoes = e.id)"
        " ORDER BY id DESC LIMIT 1",
        booth_id,
        person_id,
    )
    return _row(found)


async def next_redo(booth_id: int, person_id: int | None) -> EditRow | None:
    """What the person took back last, as long as nothing new was done after it."""
    found = await rows(
        _EDIT + "WHERE booth = $1 AND person_id = $2 AND way = 'undo'"  # noqa: S608
        " AND NOT EXISTS (SELECT 1 FROM plan_edit u WHERE u.undoes = e.id)"
        " AND NOT EXISTS (SELECT 1 FROM plan_edit n WHERE n.booth = $1 AND n.person_id = $2"
        " AND n.way = 'do' AND n.id > e.id)"
        " ORDER BY id DESC LIMIT 1",
        booth_id,
        person_id,
    )
    return _row(found)


def _row(found: list[dict[str, Any]]) -> EditRow | None:
    return msgspec.convert(found[0], EditRow, strict=False) if found else None


async def last_edit(booth_id: int, what: str, id_: int) -> EditRow | None:
    """The latest edit of one stand ("stands") or shared area ("shared")."""
    found = await rows(
        _EDIT + "WHERE booth = $1 AND after -> $2 ? $3 ORDER BY id DESC LIMIT 1",
        booth_id,
        what,
        str(id_),
    )
    return _row(found)
