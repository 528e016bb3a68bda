"""Mails about requests, and the signed address by which an answer needs no sign-in.

The address carries the request's number and a signature of what its row says, so nothing secret is
stored. It answers this one request and opens nothing else.
"""

from typing import Any

from events.matchmaking.rows import ParticipantRow, SessionRow
from events.requests.rows import RequestRow
from server.database import LARGEST_ID, step
from server.errors import NotFound
from server.mail import actions as mail
from server.mail.writing import link
from server.text import gettext
from server.web.formats import country, moment
from server.web.signing import sign, signed_by_us

PURPOSE = "meeting-answer"
PATH = "/meetings/answer/"


def _said(request_id: int, asked: int) -> str:
    return f"{request_id}:{asked}"


def address(request_id: int, asked: int) -> str:
    """The path that answers a request for who was asked."""
    return f"{PATH}{request_id}.{sign(PURPOSE, _said(request_id, asked))}"


def number(token: str) -> tuple[int, str]:
    """The request's number and the signature of an address; NotFound where it is neither."""
    first, _, signature = token.partition(".")
    if not (first.isascii() and first.isdecimal()) or int(first) > LARGEST_ID:
        raise NotFound
    return int(first), signature


def fits(request_id: int, asked: int, signature: str) -> bool:
    """Whether we signed this for exactly this request."""
    return signed_by_us(PURPOSE, _said(request_id, asked), signature)


@step
async def write(
    session: SessionRow, to: ParticipantRow, key: str, template: str, **context: Any
) -> None:
    """A mail to one participant in their language, in the agency's name."""
    await mail.send(
        key=f"meetings:{session.id}:{key}:{to.person_id}",
        to_email=to.email,
        to_name=to.name,
        locale=to.locale,
        template=template,
        agency=session.agency,
        company=to.company_id,
        person=to.person_id,
        agency_name=session.agency_name,
        session=session.title,
        **context,
    )


@step
async def asked(session: SessionRow, to: ParticipantRow, found: RequestRow) -> None:
    """Somebody asks for a meeting."""
    await write(
        session, to, f"request:{found.id}:asked", "meeting-request",
        who=found.asker_name, of_company=found.asker_company, country=country(found.asker_country),
        message=found.message,
        until=moment(found.expires_at, session.tz) if found.expires_at else "",
        answer=link(address(found.id, found.asked)),
    )  # fmt: skip


@step
async def answered(session: SessionRow, to: ParticipantRow, found: RequestRow) -> None:
    """The answer: yes or no."""
    template = "meeting-accepted" if found.state == "accepted" else "meeting-declined"
    await write(
        session, to, f"request:{found.id}:answered", template,
        who=found.asked_name, of_company=found.asked_company, why=found.why,
        page=link(f"/my/meetings/{session.id}/requests/{found.id}"),
    )  # fmt: skip


@step
async def cancelled(session: SessionRow, to: ParticipantRow, found: RequestRow, by: str) -> None:
    """What was agreed is cancelled."""
    await write(
        session, to, f"request:{found.id}:cancelled", "meeting-off",
        who=found.other_name(to.id), of_company=found.other_company(to.id), by=by, why=found.why,
        page=link(f"/my/meetings/{session.id}/requests"),
    )  # fmt: skip


@step
async def matched(
    session: SessionRow, to: ParticipantRow, found: RequestRow, others: list[str]
) -> None:
    """The organiser has brought people together."""
    await write(
        session, to, f"request:{found.id}:matched", "meeting-matched",
        others=others, message=found.message,
        page=link(f"/my/meetings/{session.id}/requests/{found.id}"),
    )  # fmt: skip


@step
async def joined(
    session: SessionRow, to: ParticipantRow, found: RequestRow, guest: ParticipantRow
) -> None:
    """Somebody more comes to a meeting that has no time yet."""
    await write(
        session, to, f"request:{found.id}:joined:{guest.id}", "meeting-joined",
        who=guest.name, of_company=guest.company_name,
        with_whom=found.other_name(to.id),
        page=link(f"/my/meetings/{session.id}/requests/{found.id}"),
    )  # fmt: skip


@step
async def waiting(
    session: SessionRow, to: ParticipantRow, open_ones: list[RequestRow], key: str
) -> None:
    """Requests wait for an answer."""
    await write(
        session, to, f"waiting:{key}", "meeting-waiting",
        requests=[
            {
                "who": each.asker_name,
                "company": each.asker_company,
                "until": moment(each.expires_at, session.tz) if each.expires_at else gettext("–"),
                "answer": link(address(each.id, each.asked)),
            }
            for each in open_ones
        ],
        page=link(f"/my/meetings/{session.id}/requests"),
    )  # fmt: skip
