"""Refunds of transfers as an order to the bank: SEPA credit transfers in pain.001.001.09.

Source: ISO 20022 CustomerCreditTransferInitiation V09 and the EPC's implementation guidelines for
customer-to-bank credit transfers (EPC132-08). Amounts in euro only; the account is the one that
the company keeps in its profile for money that comes back.
"""

import re
import unicodedata
from datetime import datetime
from uuid import uuid4

import msgspec
from lxml import etree

from server import audit, clock, sealing
from server.accounts.permissions import Actor, require
from server.billing.bank import refund_token
from server.billing.refunds import done_at_bank
from server.billing.rules import RefundState, in_sepa
from server.database import action, execute, row, rows, typed, value
from server.errors import Conflict, NotFound, Refused
from server.locking import lock
from server.money import to_decimal
from server.organisations.queries import AgencyRow, own_agency
from server.text import N_

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "æ": "ae", "Æ": "AE",
                          "œ": "oe", "đ": "d", "&": "+"})  # fmt: skip


class WaitingRow(msgspec.Struct, frozen=True, kw_only=True):
    """A refund by transfer that the bank has not carried out yet."""

    id: int
    payment: int
    company_name: str | None
    iban: str
    amount_minor: int
    currency: str
    why: str
    state: str
    file: int | None
    number: str | None
    created_at: datetime

    @property
    def obstacle(self) -> str:
        """Why it can be in no file, or ""."""
        if self.currency != "EUR":
            return N_("Not in euro: pay it at the bank by hand.")
        if not in_sepa(self.iban):
            return N_("The company has given no account for refunds. Ask it to add one to its"
                      " profile.")  # fmt: skip
        return ""


class FileRow(msgspec.Struct, frozen=True, kw_only=True):
    """An order that was made."""

    id: int
    message: str
    made_at: datetime
    refunds: int
    total_minor: int


_WAITING = (
    "SELECT r.id, r.payment, c.name AS company_name,"
    " coalesce(replace(c.iban, ' ', ''), '') AS iban, r.amount_minor, p.currency, r.why,"
    " r.state, r.file, i.number, r.created_at FROM refund r"
    " JOIN payment p ON p.id = r.payment LEFT JOIN company c ON c.id = p.company"
    " LEFT JOIN invoice i ON i.id = p.invoice"
    " WHERE p.agency = $1::bigint AND p.method = 'transfer' AND r.state IN ('asked', 'sent')"
)


async def waiting(actor: Actor) -> list[WaitingRow]:
    """Refunds by transfer that are to go out, oldest first."""
    require(actor, "money.read")
    return typed(WaitingRow, await rows(f"{_WAITING} ORDER BY r.id LIMIT 500", actor.agency_id))


async def files(actor: Actor) -> list[FileRow]:
    """The last orders, newest first."""
    require(actor, "money.read")
    found = await rows(
        "SELECT f.id, f.message, f.made_at, count(r.id)::int AS refunds,"
        " coalesce(sum(r.amount_minor), 0)::bigint AS total_minor FROM refund_file f"
        " LEFT JOIN refund r ON r.file = f.id WHERE f.agency = $1::bigint GROUP BY f.id"
        " ORDER BY f.id DESC LIMIT 20",
        actor.agency_id,
    )
    return typed(FileRow, found)


async def file(actor: Actor, file_id: int) -> tuple[str, bytes]:
    """An order's name and XML."""
    require(actor, "money.refund")
    found = await row(
        "SELECT message, xml FROM refund_file WHERE id = $1::bigint AND agency = $2::bigint",
        file_id,
        actor.agency_id,
    )
    if found is None:
        raise NotFound()
    return found["message"], sealing.unseal(found["xml"]).encode()


@action
async def order(actor: Actor) -> int:
    """Put every refund that can be paid by file, and is in none yet, into a new one."""
    require(actor, "money.refund")
    agency = await own_agency(actor)
    await lock("bank", agency.id)
    every = typed(WaitingRow, await rows(f"{_WAITING} ORDER BY r.id FOR UPDATE OF r", agency.id))
    todo = [each for each in every if each.file is None and not each.obstacle]
    if not todo:
        raise Conflict(N_("No refund waits that could be paid by a file. Nothing was made."))
    if not in_sepa(agency.iban.replace(" ", "")):
        raise Refused(N_("Your agency has given no IBAN to pay from. Add it to its profile."))
    now = clock.now()
    message = f"PAVILION-{now:%Y%m%d}-{uuid4().hex[:10].upper()}"
    xml = pain001(agency, todo, message, now)
    made = await value(
        "INSERT INTO refund_file (agency, message, xml, made_by, made_at)"
        " VALUES ($1,$2,$3,$4,$5) RETURNING id",
        agency.id,
        message,
        sealing.seal(xml.decode()),
        actor.person_id,
        now,
    )
    await execute(
        "UPDATE refund SET file = $2, state = $3 WHERE id = ANY($1::bigint[])",
        [each.id for each in todo],
        made,
        RefundState.SENT.value,
    )
    await audit.record(
        actor, "refund.order", "refund_file", made,
        after={"refunds": [each.id for each in todo], "message": message},
    )  # fmt: skip
    return int(made)


@action
async def paid(actor: Actor, refund_id: int) -> None:
    """Record that a refund went out, where no statement will say so."""
    require(actor, "money.refund")
    found = await value(
        "SELECT r.id FROM refund r JOIN payment p ON p.id = r.payment WHERE r.id = $1::bigint"
        " AND p.agency = $2::bigint AND p.method = 'transfer'",
        refund_id,
        actor.agency_id,
    )
    if found is None:
        raise NotFound()
    if await done_at_bank(refund_id, None) == "known":
        raise Conflict(N_("This refund is recorded already. Nothing was changed."))


def pain001(agency: AgencyRow, refunds: list[WaitingRow], message: str, now: datetime) -> bytes:
    """The order as XML: one group of SEPA transfers, each with its own end-to-end id, by which the
    next statement shows that it was carried out."""
    total = f"{to_decimal(sum(each.amount_minor for each in refunds), 'EUR')}"
    name = plain(agency.legal_name or agency.name)
    root = etree.Element(_name("Document"), nsmap={None: NAMESPACE})
    body = etree.SubElement(root, _name("CstmrCdtTrfInitn"))
    head = etree.SubElement(body, _name("GrpHdr"))
    _add(head, "MsgId", message)
    _add(head, "CreDtTm", f"{now:%Y-%m-%dT%H:%M:%S}")
    _add(head, "NbOfTxs", str(len(refunds)))
    _add(head, "CtrlSum", total)
    _add(head, "InitgPty/Nm", name)
    group = etree.SubElement(body, _name("PmtInf"))
    _add(group, "PmtInfId", f"{message}-1"[:35])
    _add(group, "PmtMtd", "TRF")
    _add(group, "NbOfTxs", str(len(refunds)))
    _add(group, "CtrlSum", total)
    _add(group, "PmtTpInf/SvcLvl/Cd", "SEPA")
    _add(group, "ReqdExctnDt/Dt", clock.local(now, agency.tz).date().isoformat())
    _add(group, "Dbtr/Nm", name)
    _add(group, "DbtrAcct/Id/IBAN", agency.iban.replace(" ", ""))
    if agency.bic:
        _add(group, "DbtrAgt/FinInstnId/BICFI", agency.bic)
    else:
        _add(group, "DbtrAgt/FinInstnId/Othr/Id", "NOTPROVIDED")
    _add(group, "ChrgBr", "SLEV")
    for each in refunds:
        one = etree.SubElement(group, _name("CdtTrfTxInf"))
        _add(one, "PmtId/EndToEndId", refund_token(each.id))
        amount = _add(one, "Amt/InstdAmt", str(to_decimal(each.amount_minor, "EUR")))
        amount.set("Ccy", "EUR")
        _add(one, "Cdtr/Nm", plain(each.company_name or "?"))
        _add(one, "CdtrAcct/Id/IBAN", each.iban)
        _add(one, "RmtInf/Ustrd", plain(f"Refund {each.number or ''} {refund_token(each.id)}", 140))
    made: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return made


def _name(tag: str) -> str:
    return f"{{{NAMESPACE}}}{tag}"


def _add(parent: etree._Element, path: str, text: str) -> etree._Element:
    for name in path.split("/"):
        parent = etree.SubElement(parent, _name(name))
    parent.text = text
    return parent


def plain(text: str, longest: int = 70) -> str:
    """Text in the characters that every SEPA bank takes (EPC217-08)."""
    found = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    kept = "".join(c for c in found if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^A-Za-z0-9/\-?:().,'+ ]", " ", kept).split())[:longest] or "?"
