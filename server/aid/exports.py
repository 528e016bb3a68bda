"""The register as a file for the public register's upload and for auditors."""

import csv
import io
from collections.abc import Iterable

from server.aid.queries import GrantRow
from server.aid.sizes import SIZE_NAMES, SizeClass
from server.money import to_decimal
from server.text import N_, gettext

HEAD = (
    N_("Row"), N_("Beneficiary"), N_("Identification"), N_("Country"), N_("Region"), N_("Size"),
    N_("Amount"), N_("Currency"), N_("Date of grant"), N_("Granting authority"),
    N_("Aid instrument"), N_("Sector (NACE)"), N_("NACE revision"), N_("Scheme"),
    N_("Number of the scheme"), N_("Legal basis"), N_("Regulation"), N_("Eligible cost"),
    N_("Intensity in percent"), N_("For"), N_("Takes back row"), N_("Why"),
    N_("To be entered by"), N_("Entered on"), N_("Number in the register"),
)  # fmt: skip


def register_csv(found: Iterable[GrantRow]) -> bytes:
    """All rows as CSV in UTF-8 with a byte order mark, so that spreadsheets read it right."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([gettext(title) for title in HEAD])
    for one in found:
        writer.writerow(_row(one))
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def _row(one: GrantRow) -> list[object]:
    who = one.beneficiary
    size = gettext(SIZE_NAMES[SizeClass(who["size"])]) if who["size"] else ""
    texts = [
        who["name"], who["identifier"], who["country"], who["region"], size,
        to_decimal(one.amount_minor, one.currency), one.currency, one.granted_on,
        who["authority"], who["instrument"], who["nace_code"], who["nace_revision"],
        who["scheme"], who["scheme_reference"], who["basis"], who["citation"],
        to_decimal(one.eligible_minor, one.currency), f"{one.intensity_bp / 100:.2f}",
        one.about, one.reverses or "", one.why, one.register_due_on or "",
        one.registered_on or "", one.register_reference,
    ]  # fmt: skip
    return [one.id, *(_plain(text) if isinstance(text, str) else text for text in texts)]


def _plain(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
