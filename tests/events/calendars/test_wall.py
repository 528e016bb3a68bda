"""The year of an agency as a sheet for the wall."""

import io
from datetime import UTC, date, datetime
from typing import Any

import pypdf

from events.calendars import actions
from server import clock
from server.database import action
from tests.cast import Cast, Visitor

NOW = datetime(2027, 1, 10, 12, 0, tzinfo=UTC)


@action
async def put(key: str, **fields: Any) -> bool:
    given: dict[str, Any] = {"key": key, "kind": "fair", "summary": key, "tz": "Asia/Kolkata"}
    return await actions.put(**(given | fields))


async def test_sheet_shows_the_year_of_the_agency_and_nothing_else(
    cast: Cast, visitor: Visitor
) -> None:
    with clock.travel_everywhere(NOW):
        await put(
            "Wine fair #1 [*x*]", agency=cast.nordhafen, location="Porto", country="PT",
            start_on=date(2027, 3, 1), end_on=date(2027, 3, 4),
        )  # fmt: skip
        await put(
            "Call closes",
            kind="deadline",
            agency=cast.nordhafen,
            start=datetime(2027, 2, 1, 12),  # noqa: DTZ001
        )
        await put("Elsewhere", agency=cast.lagerwey, start_on=date(2027, 3, 1))
        await put("Next year", agency=cast.nordhafen, start_on=date(2028, 3, 1))
        assert "/calendars/nordhafen/2027.pdf" in (await visitor.get("/calendars")).text
        first = await visitor.get("/calendars/nordhafen/2027.pdf")
        assert (await visitor.get("/calendars/nordhafen/2027.pdf")).content == first.content
        empty = await visitor.get("/calendars/nordhafen/2031.pdf")
        for missing in ("nordhafen/x.pdf", "nordhafen/1999.pdf", "nobody/2027.pdf"):
            assert (await visitor.get(f"/calendars/{missing}")).status_code == 404
    assert first.headers["content-type"] == "application/pdf"
    read = pypdf.PdfReader(io.BytesIO(first.content))
    text = "".join(page.extract_text() for page in read.pages)
    for part in ("Wine fair #1 [*x*]", "Porto", "Call closes", "March", "12:00"):
        assert part in text
    assert "Elsewhere" not in text
    assert "Next year" not in text
    assert len(read.pages) == 2
    assert empty.status_code == 200
