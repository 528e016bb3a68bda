"""The register as a file for the public register's upload and for auditors."""

import csv
import io
from collections.abc import Iterable

from server.aid import law
from server.aid.queries import GrantRow
from server.aid.rules import CEILING_CURRENCY
from server.aid.sizes import SIZE_NAMES, SizeClass
from server.money import to_decimal
from server.text import N_, gettext
from server.web.workbooks import Cell, literal, workbook

HEAD = (
    N_("Row"), N_("Beneficiary"), N_("Identification"), N_("Country"), N_("Region"), N_("Size"),
    N_("Amount"), N_("Currency"), N_("Date of grant"), N_("Granting authority"),
    N_("Aid instrument"), N_("Sector (NACE)"), N_("NACE revision"), N_("Scheme"),
    N_("Number of the scheme"), N_("Legal basis"), N_("Regulation"), N_("Eligible cost"),
    N_("Intensity in percent"), N_("For"), N_("Takes back row"), N_("Why"),
    N_("To be entered by"), N_("Entered on"), N_("Number in the register"),
    N_("Amount in EUR"), N_("EUR rate"), N_("Rate of"),
)  # fmt: skip


def register_csv(found: Iterable[GrantRow]) -> bytes:
    """All rows as CSV in UTF-8 with a byte order mark, so that spreadsheets read it right."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([gettext(title) for title in HEAD])
    for one in found:
        writer.writerow(_row(one))
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def register_xlsx(found: Iterable[GrantRow]) -> bytes:
    """The same rows as a workbook, for registers that take an upload of one."""
    head = [gettext(title) for title in HEAD]
    return workbook(gettext(N_("Aid register")), head, (_cells(one) for one in found))


# Annex III of Regulation (EU) No 651/2014: what is published of an award above the threshold.
PUBLISHED = (
    N_("Beneficiary"), N_("Identification"), N_("Type of enterprise at the date of grant"),
    N_("Region (NUTS 2)"), N_("Sector (NACE group)"), N_("Aid amount"), N_("Currency"),
    N_("Aid instrument"), N_("Date of grant"), N_("Objective of the aid"),
    N_("Granting authority"), N_("Reference of the measure"), N_("To be published by"),
    N_("Published on"),
)  # fmt: skip


def publication_xlsx(found: Iterable[GrantRow]) -> bytes:
    """The awards to publish, in the fields of Annex III, as a workbook."""
    head = [gettext(title) for title in PUBLISHED]
    return workbook(gettext(N_("To publish")), head, (published(one) for one in found))


def published(one: GrantRow) -> list[Cell]:
    """One award in the fields of Annex III; the NACE code to its group (three digits)."""
    who = one.beneficiary
    kind = N_("Large enterprise") if who["size"] == SizeClass.LARGE else N_("SME")
    basis = law.basis_on(one.legal_basis, one.granted_on, one.granted_on)
    return [
        who["name"], who["identifier"], gettext(kind) if who["size"] else "", who["region"],
        who["nace_code"][:4], to_decimal(one.amount_minor, one.currency), one.currency,
        who["instrument"], one.granted_on, basis.objective if basis else "", who["authority"],
        who["scheme_reference"], one.publish_due_on, one.published_on,
    ]  # fmt: skip


def _row(one: GrantRow) -> list[object]:
    return [literal(cell) if isinstance(cell, str) else cell for cell in _cells(one)]


def _cells(one: GrantRow) -> list[Cell]:
    who = one.beneficiary
    size = gettext(SIZE_NAMES[SizeClass(who["size"])]) if who["size"] else ""
    return [
        one.id, who["name"], who["identifier"], who["country"], who["region"], size,
        to_decimal(one.amount_minor, one.currency), one.currency, one.granted_on,
        who["authority"], who["instrument"], who["nace_code"], who["nace_revision"],
        who["scheme"], who["scheme_reference"], who["basis"], who["citation"],
        to_decimal(one.eligible_minor, one.currency), f"{one.intensity_bp / 100:.2f}",
        one.about, one.reverses, one.why, one.register_due_on, one.registered_on,
        one.register_reference,
        None if one.euro_minor is None else to_decimal(one.euro_minor, CEILING_CURRENCY),
        one.euro_rate, one.euro_rate_on,
    ]  # fmt: skip
