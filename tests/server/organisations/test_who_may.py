"""The permission table as the people of an agency read it."""

import re

from tests.cast import Cast


async def test_everybody_of_an_agency_reads_who_may_do_what(cast: Cast) -> None:
    shown = (await cast.vera.get("/desk/settings/permissions")).text
    assert "Viewer (you)" in shown
    rows = re.findall(r"<tr.*?</tr>", shown, re.S)
    (line,) = [each for each in rows if "Invite and remove people" in each]
    cells = [
        re.sub(r"<[^>]+>", "", each).strip() for each in re.findall(r"<td.*?</td>", line, re.S)
    ]
    assert cells[-4:] == ["–", "–", "–", "yes"]
