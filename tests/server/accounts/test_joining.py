"""A link that confirms an address brings what was typed for it, and nothing else."""

import re
from urllib.parse import parse_qs, urlsplit

from server import jobs
from server.database import rows
from tests.cast import PASSWORD, Visitor

NORA = "nora@joining.example"
OTHER = "kettle meadow violin harbour"


async def join(visitor: Visitor, password: str, wanted: str = "") -> None:
    """Sign up."""
    form = {"name": "Nora", "email": NORA, "password": password, "terms": "on", "next": wanted}
    assert (await visitor.send_form("/join", form)).status_code == 303
    await jobs.drain()


async def links() -> list[str]:
    """The links mailed so far, oldest first."""
    mails = await rows("SELECT body_text FROM message WHERE to_email = $1 ORDER BY id", NORA)
    return [re.findall(r"/confirm\?\S+", mail["body_text"])[0] for mail in mails]


async def confirm(visitor: Visitor, link: str) -> str:
    """Follow a link and press its button; where it leads."""
    parts = urlsplit(link)
    token = parse_qs(parts.query)["token"][0]
    answer = await visitor.send_form(link, {"token": token}, to="/confirm")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_a_sign_up_goes_on_where_it_began(visitor: Visitor) -> None:
    await join(visitor, PASSWORD, "/my/apply/7")
    where = await confirm(visitor, (await links())[0])
    assert parse_qs(urlsplit(where).query)["next"] == ["/my/apply/7"]


async def test_a_sign_up_never_leads_away(visitor: Visitor) -> None:
    await join(visitor, PASSWORD, "//elsewhere.example/my")
    where = await confirm(visitor, (await links())[0])
    assert parse_qs(urlsplit(where).query)["next"] == ["/my"]


async def test_somebody_elses_sign_up_changes_no_link_on_its_way(visitor: Visitor) -> None:
    """A stranger who signs up with her address meanwhile does not choose her password."""
    await join(visitor, PASSWORD)
    await join(visitor, OTHER)
    await confirm(visitor, (await links())[0])
    assert (await visitor.sign_in(NORA, OTHER)).status_code == 422
    assert (await visitor.sign_in(NORA, PASSWORD)).status_code == 303
