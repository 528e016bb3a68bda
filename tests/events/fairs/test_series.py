"""Editions of one series are one fair, whatever they are called."""

from datetime import date

from server.aid import actions, sourcing
from server.aid.sourcing import Occasion
from server.database import row, rows
from tests.booths.calls.test_story import done
from tests.cast import Cast
from tests.server.aid.conftest import grant, scheme_form

FAIR = {
    "city": "Cologne", "country": "DE", "opens_at": "10:00", "closes_at": "18:00",
}  # fmt: skip


async def test_series_is_chosen_in_the_form_or_named_anew_and_kept(cast: Cast) -> None:
    first = {**FAIR, "name": "Anuga 2027", "starts_on": "2027-10-09", "ends_on": "2027-10-13"}
    done(await cast.mara.send_form("/desk/fairs/new", first))
    assert 'value="Anuga 2027"' in (await cast.mara.get("/desk/fairs/new")).text
    later = {
        **FAIR, "name": "Taste of Cologne", "starts_on": "2029-10-09", "ends_on": "2029-10-13",
        "series": "Anuga 2027",
    }  # fmt: skip
    at = done(await cast.mara.send_form("/desk/fairs/new", later))
    other = {**later, "name": "Anuga", "starts_on": "2029-01-09", "ends_on": "2029-01-13"}
    done(await cast.mara.send_form("/desk/fairs/new", {**other, "new_series": "Anuga Brazil"}))
    found = await rows("SELECT series FROM fair ORDER BY id")
    assert [each["series"] for each in found] == ["", "Anuga 2027", "Anuga Brazil"]
    assert 'value="Anuga 2027" selected' in (await cast.mara.get(f"{at}/edit")).text


async def test_series_comes_with_an_imported_list(cast: Cast) -> None:
    file = b"name;series;start;end;country;city\nTaste;Anuga;2027-10-09;2027-10-13;DE;Cologne\n"
    sent = await cast.mara.send_form(
        "/desk/fairs/import", {}, files={"file": ("fairs.csv", file, "text/csv")}
    )
    assert sent.status_code in (200, 303), sent.text
    assert await row("SELECT name, series FROM fair") == {"name": "Taste", "series": "Anuga"}


async def test_aid_counts_participations_of_a_series(cast: Cast) -> None:
    mara = await cast.mara.actor()
    scheme = await actions.create_scheme(mara, scheme_form())
    await grant(
        mara, scheme_id=scheme, company_id=cast.quinta, amount_minor=100, eligible_minor=1000,
        about="application:1", fair="Taste of Cologne 2026", fair_on=date(2026, 10, 9),
        series="Anuga",
    )  # fmt: skip
    today = date(2026, 11, 24)
    for fair, series, same in (
        ("Anuga 2027", "", True), ("Taste of Cologne 2027", "", False),
        ("Anuga 2027", "Anuga Brazil", False), ("Another name", "ANUGA 2027", True),
    ):  # fmt: skip
        what = Occasion("application:2", fair, date(2027, 10, 9), series=series)
        history = (await sourcing.sources([scheme], cast.quinta, today, what))[0].history
        assert [one.same_fair for one in history] == [same], fair
