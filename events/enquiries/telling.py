"""Mails of enquiries, and the signed address by which a person without account reads answers."""

from typing import Any
from uuid import UUID

from events.enquiries.queries import EnquiryRow
from server.database import rows, step
from server.errors import NotFound
from server.mail import actions as mail
from server.mail.writing import link
from server.web.signing import sign, signed_by_us

PURPOSE = "enquiry"


def address(key: UUID) -> str:
    """The path of an enquiry for whoever holds the mail."""
    return f"/enquiry/{key}/{sign(PURPOSE, str(key))}"


def check(key: UUID, signature: str) -> None:
    """NotFound unless we signed this address."""
    if not signed_by_us(PURPOSE, str(key), signature):
        raise NotFound


def place(found: EnquiryRow) -> str:
    """Where the person who asked reads on: the company's page, or the signed one."""
    return f"/my/enquiries/{found.key}" if found.company else address(found.key)


@step
async def tell_asker(found: EnquiryRow, template: str, event: str, **context: Any) -> None:
    """A mail to whoever asked, in the agency's name."""
    await mail.send(
        key=f"enquiry:{found.id}:{event}",
        to_email=found.email,
        to_name=found.name,
        locale=found.locale,
        template=template,
        agency=found.agency,
        company=found.company,
        person=found.person,
        page=link(place(found)),
        agency_name=found.agency_name,
        subject=found.subject,
        question=found.question,
        **context,
    )


@step
async def tell_desk(found: EnquiryRow, template: str, event: str, **context: Any) -> None:
    """A mail to who answers: the one it is assigned to, else everybody of the topic, else the
    managers and owners of the agency."""
    for each in await rows(
        "SELECT p.id, p.name, p.email, p.locale FROM person p JOIN agency_member m"
        " ON m.person = p.id AND m.agency = $1 WHERE p.disabled_at IS NULL AND CASE"
        " WHEN EXISTS (SELECT FROM agency_member y WHERE y.person = $2 AND y.agency = $1)"
        " THEN p.id = $2 WHEN EXISTS (SELECT FROM enquiry_topic_person x JOIN agency_member y"
        " ON y.person = x.person AND y.agency = $1 WHERE x.topic = $3)"
        " THEN EXISTS (SELECT FROM enquiry_topic_person x WHERE x.topic = $3 AND x.person = p.id)"
        " ELSE m.role IN ('manager', 'owner') END ORDER BY p.id",
        found.agency,
        found.assignee,
        found.topic,
    ):
        await mail.send(
            key=f"enquiry:{found.id}:{event}:{each['id']}",
            to_email=each["email"],
            to_name=each["name"],
            locale=each["locale"],
            template=template,
            agency=found.agency,
            person=each["id"],
            page=link(f"/desk/enquiries/{found.id}"),
            agency_name=found.agency_name,
            subject=found.subject,
            question=found.question,
            topic=found.topic_name,
            asker=found.name,
            company_name=found.company_name,
            **context,
        )
