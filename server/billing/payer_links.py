"""The signed address that a payer without an account gets: one invoice, and how to pay it.

The address carries the row's number and a signature of what the row says, so that nothing secret is
stored. It holds until it is revoked, or until the key of the installation has changed twice.
"""

from datetime import datetime

import msgspec

from server import clock
from server.database import LARGEST_ID, execute, row, step, typed
from server.errors import NotFound
from server.settings import load
from server.web.signing import sign, signed_by_us

PURPOSE = "payer"
PATH = "/pay/"


class LinkRow(msgspec.Struct, frozen=True, kw_only=True):
    """A payer's address that holds; `opened_at` is when it was opened last."""

    id: int
    invoice: int
    email: str
    made_at: datetime
    opened_at: datetime | None

    @property
    def address(self) -> str:
        """The whole address."""
        return f"{load().base_url.rstrip('/')}{PATH}{self.id}.{sign(PURPOSE, self._said)}"

    @property
    def _said(self) -> str:
        return f"{self.id}:{self.invoice}:{self.email}"

    def fits(self, signature: str) -> bool:
        """Whether we signed this for exactly this row."""
        return signed_by_us(PURPOSE, self._said, signature)


_LINK = "SELECT id, invoice, email, made_at, opened_at FROM payer_link WHERE revoked_at IS NULL AND"


async def link_of(invoice_id: int) -> LinkRow | None:
    """The address about an invoice that holds, if there is one."""
    found = await row(f"{_LINK} invoice = $1::bigint", invoice_id)
    return typed(LinkRow, found) if found else None


@step
async def make(invoice_id: int, email: str) -> LinkRow:
    """A new address about an invoice; the one before it ends."""
    await execute(
        "UPDATE payer_link SET revoked_at = $2 WHERE invoice = $1 AND revoked_at IS NULL",
        invoice_id,
        clock.now(),
    )
    made = await row(
        "INSERT INTO payer_link (invoice, email, made_at) VALUES ($1,$2,$3)"
        " RETURNING id, invoice, email, made_at, opened_at",
        invoice_id,
        email,
        clock.now(),
    )
    assert made is not None
    return typed(LinkRow, made)


async def by_token(token: str) -> LinkRow:
    """The row of an address; NotFound, without a word why, if it is wrong or revoked."""
    number, _, signature = token.partition(".")
    if not (number.isascii() and number.isdecimal()) or int(number) > LARGEST_ID:
        raise NotFound
    found = await row(f"{_LINK} id = $1::bigint", int(number))
    link = typed(LinkRow, found) if found else None
    if link is None or not link.fits(signature):
        raise NotFound
    return link
