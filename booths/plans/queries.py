"""Booths and stands as pages, actions and the rooms above read them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from booths.plans import drawing
from booths.plans.drawing import Drawing, Occupant, Total
from booths.plans.outlines import Point, Rect, bounds, is_rectangle, write_corners
from booths.plans.rules import (
    OPEN_SIDES,
    Block,
    Edge,
    Placed,
    SharedKind,
    StandKind,
    Suggested,
    shared_m2,
)
from events.calendars.subjects import Subject, subject
from server.accounts.permissions import Actor, require
from server.database import page_id, row, rows, typed
from server.errors import NotFound


class SharedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A shared area of a booth, with its outline as a stand has one."""

    id: int
    kind: SharedKind
    label: str
    outline: list[Point]
    area_m2: Decimal
    version: int

    @property
    def rect(self) -> Rect:
        """The rectangle around it."""
        return bounds(self.outline)

    @property
    def corners(self) -> str:
        """Its corners as the form has them, from its own upper left; "" for a rectangle."""
        return "" if is_rectangle(self.outline) else write_corners(self.outline)


class BoothRow(msgspec.Struct, frozen=True, kw_only=True):
    """A joint booth with its fair. Areas in m², lengths in metres."""

    id: int
    fair: int
    fair_name: str
    fair_slug: str
    fair_published: bool
    tz: str = "UTC"
    agency: int
    agency_name: str
    name: str
    hall: str
    block: str
    width_m: Decimal
    depth_m: Decimal
    gross_m2: Decimal
    net_m2: Decimal
    allocated_m2: Decimal
    reserved_m2: Decimal
    open_edges: list[Edge]
    description: str
    version: int
    shared: list[SharedRow] = []

    @property
    def shared_m2(self) -> Decimal:
        """What the shared parts take: desk, lounge, storage, aisles."""
        return shared_m2(self.gross_m2, self.net_m2)

    @property
    def drawn_shared_m2(self) -> Decimal:
        """As much of it as is drawn."""
        return sum((area.area_m2 for area in self.shared), Decimal("0.00"))

    @property
    def shared_outlines(self) -> list[list[Point]]:
        """The floor of all shared areas."""
        return [area.outline for area in self.shared]

    @property
    def solid(self) -> list[list[Point]]:
        """Shared areas that visitors cannot walk through."""
        return [area.outline for area in self.shared if area.kind is not SharedKind.AISLE]

    @property
    def left_m2(self) -> Decimal:
        """Net area that no admission has taken and no partner agency was promised."""
        return self.net_m2 - self.allocated_m2 - self.reserved_m2

    @property
    def floor(self) -> Block:
        """The block as the geometry knows it."""
        return Block(self.width_m, self.depth_m, frozenset(self.open_edges))

    def drawn(self, stands: Sequence["StandRow"], occupants: Mapping[int, Occupant]) -> Drawing:
        """The drawing for templates/plans/plan.html."""
        return drawing.draw(self, stands, occupants)

    def totals(
        self, stands: Sequence["StandRow"], occupants: Mapping[int, Occupant]
    ) -> tuple[Total, ...]:
        """Stands and square metres by state."""
        return drawing.totals(stands, occupants)


class StandRow(msgspec.Struct, frozen=True, kw_only=True):
    """A stand of a booth. `outline` is its ring of corners in metres (booths/plans/outlines.py);
    x_m, y_m, width_m and depth_m are the rectangle around it.
    """

    id: int
    booth: int
    label: str
    kind: StandKind
    kind_stated: bool
    x_m: Decimal
    y_m: Decimal
    width_m: Decimal
    depth_m: Decimal
    outline: list[Point]
    area_m2: Decimal
    open_sides: int
    blocked: bool
    blocked_why: str
    version: int

    @property
    def rect(self) -> Rect:
        """The rectangle around it."""
        return Rect(self.x_m, self.y_m, self.width_m, self.depth_m)

    @property
    def corners(self) -> str:
        """Its corners as the form has them, from its own upper left; "" for a rectangle."""
        return "" if is_rectangle(self.outline) else write_corners(self.outline)


def placed(pieces: Sequence[StandRow] | Sequence[SharedRow]) -> list[Placed]:
    """Stands or shared areas as the geometry knows them."""
    return [Placed(each.label, each.outline) for each in pieces]


_BOOTH = """
    SELECT b.id, b.fair, b.agency, a.name AS agency_name, b.name, b.hall, b.block, b.width_m,
           b.depth_m, b.gross_m2, b.net_m2, b.allocated_m2, b.reserved_m2, b.open_edges,
           b.description, b.version,
           f.name AS fair_name, f.slug AS fair_slug, f.published_at IS NOT NULL AS fair_published,
           f.tz, (SELECT coalesce(jsonb_agg(jsonb_build_object(
               'id', a.id, 'kind', a.kind, 'label', a.label, 'outline', a.outline,
               'area_m2', a.area_m2::text, 'version', a.version) ORDER BY a.id), '[]')
               FROM shared_area a WHERE a.booth = b.id) AS shared
    FROM booth b JOIN fair f ON f.id = b.fair JOIN agency a ON a.id = b.agency
"""
_STAND = """
    SELECT id, booth, label, kind, kind_stated, x_m, y_m, width_m, depth_m, outline, area_m2,
           open_sides, blocked, blocked_why, version
    FROM stand
"""
_IN_ORDER = r"""
    ORDER BY length(regexp_replace(label, '[0-9].*$', '')), regexp_replace(label, '[0-9].*$', ''),
             substring(label FROM '[0-9]{1,9}')::bigint NULLS FIRST, label
"""


async def booth(booth_id: int) -> BoothRow:
    """The booth; NotFound when there is none. For callers that have checked whose it is."""
    found = await row(_BOOTH + "WHERE b.id = $1", booth_id)
    if found is None:
        raise NotFound()
    return typed(BoothRow, found)


async def own_booth(actor: Actor, booth_id: int) -> BoothRow:
    """A booth of the actor's agency; NotFound for any other."""
    require(actor, "booth.read")
    found = await booth(booth_id)
    if found.agency != actor.agency_id:
        raise NotFound()
    return found


async def public_booth(booth_id: int) -> BoothRow:
    """A booth at a published fair, for everyone."""
    found = await booth(booth_id)
    if not found.fair_published:
        raise NotFound()
    return found


@subject("b")
async def calendar_subject(address: str) -> Subject | None:
    """The booth behind /cal/b/<id>.ics."""
    found = await row(
        "SELECT b.id, b.name, b.fair, f.name AS fair_name, f.tz FROM booth b"
        " JOIN fair f ON f.id = b.fair AND f.published_at IS NOT NULL WHERE b.id::text = $1",
        address,
    )
    if found is None:
        return None
    name = f"{found['fair_name']}: {found['name']}"
    return Subject(found["id"], name, found["tz"], found["fair"])


async def stands(booth_id: int) -> list[StandRow]:
    """The stands of a booth: A1, A2 ... A10, B1."""
    return typed(StandRow, await rows(_STAND + "WHERE booth = $1" + _IN_ORDER, booth_id))


async def stand(stand_id: int) -> StandRow:
    """One stand; NotFound when there is none."""
    found = await row(_STAND + "WHERE id = $1", stand_id)
    if found is None:
        raise NotFound()
    return typed(StandRow, found)


async def own_stands_page(
    actor: Actor, booth_id: int, *, cursor: str = "", limit: int = 50
) -> tuple[list[StandRow], str | None]:
    """The stands of a booth of the actor's agency by id, and the cursor of the next page."""
    await own_booth(actor, booth_id)
    found = typed(
        StandRow,
        await rows(
            _STAND + "WHERE booth = $1 AND id > $2 ORDER BY id LIMIT $3",
            booth_id,
            page_id(cursor) or 0,
            limit + 1,
        ),
    )
    return found[:limit], str(found[limit - 1].id) if len(found) > limit else None


async def of_fair(fair_id: int) -> list[BoothRow]:
    """All joint booths at a fair, by name."""
    return typed(BoothRow, await rows(_BOOTH + "WHERE b.fair = $1 ORDER BY b.name, b.id", fair_id))


async def of_agency(
    actor: Actor, *, cursor: str = "", limit: int = 50
) -> tuple[list[BoothRow], str | None]:
    """The agency's booths, newest first, and the cursor of the next page."""
    require(actor, "booth.read")
    found = typed(
        BoothRow,
        await rows(
            _BOOTH
            + "WHERE b.agency = $1 AND ($2::bigint = 0 OR b.id < $2) ORDER BY b.id DESC LIMIT $3",
            actor.agency_id,
            page_id(cursor) or 0,
            limit + 1,
        ),
    )
    return found[:limit], str(found[limit - 1].id) if len(found) > limit else None


def tried(booth_id: int, number: int, found: Suggested) -> StandRow:
    """A suggested stand as if it were on the plan already, to be drawn."""
    return StandRow(
        id=number,
        booth=booth_id,
        label=found.label,
        kind=found.kind,
        kind_stated=False,
        x_m=found.rect.x_m,
        y_m=found.rect.y_m,
        width_m=found.rect.width_m,
        depth_m=found.rect.depth_m,
        outline=list(found.rect.outline),
        area_m2=found.rect.area_m2,
        open_sides=OPEN_SIDES[found.kind],
        blocked=False,
        blocked_why="",
        version=1,
    )
