"""From a bank's file to entries: camt.053, MT940 and CSV. Pure: bytes in, statements out.

Sources: ISO 20022 camt.053.001.02 to .08 (BankToCustomerStatement), SWIFT MT940 (fields 25, 60, 61,
62, 86), and what banks call CSV. A file is untrusted: no entity is expanded, no document type is
allowed, nothing is fetched, and what cannot be read is a Refused with one sentence. A line that is
not understood is a Problem with its number, and a file with problems is never booked.
"""

import re
from collections.abc import Mapping

from server.billing.bank_camt import camt
from server.billing.bank_csv import signature as signature
from server.billing.bank_csv import table
from server.billing.bank_shapes import Entry as Entry
from server.billing.bank_shapes import Problem as Problem
from server.billing.bank_shapes import Read as Read
from server.billing.bank_swift import swift
from server.errors import Refused
from server.text import N_

LARGEST_FILE = 9_000_000
MOST_ENTRIES = 50_000


def read(data: bytes, layouts: Mapping[str, Mapping[str, str]] | None = None) -> Read:
    """The statements in `data`, whatever its format. `layouts` are an agency's own columns of CSV.

    Raises Refused with a sentence where the file is no statement at all.
    """
    if not data.strip():
        raise Refused(N_("The file is empty. Nothing was read."), field="file")
    if len(data) > LARGEST_FILE:
        raise Refused(N_("The file is larger than 9 MB. Ask the bank for shorter periods."),
                      field="file")  # fmt: skip
    head = data[:4]
    if (
        head[:2] == b"PK"
        or head == b"%PDF"
        or head[:2] == b"\x1f\x8b"
        or head == b"\xd0\xcf\x11\xe0"
    ):
        raise Refused(
            N_("This is a PDF, a workbook or an archive. Export the statement as camt.053, MT940"
               " or CSV, and unpack it first."),
            field="file",
        )  # fmt: skip
    start = data.lstrip(b"\xef\xbb\xbf\x00 \t\r\n\xff\xfe")[:200]
    if start.startswith(b"<") or b"<\x00" in data[:8] or b"\x00<" in data[:8]:
        found = Read("camt.053", camt(data))
    else:
        text = _text(data)
        if re.search(r"^:20:", text, re.M) and re.search(r"^:(60|61|62)", text, re.M):
            found = Read("MT940", swift(text))
        else:
            found = table(text, layouts or {})
    if found.entries > MOST_ENTRIES:
        raise Refused(N_("The file has more than {n} entries. Ask for shorter periods."),
                      field="file", n=MOST_ENTRIES)  # fmt: skip
    return found


def _text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            raise _unreadable() from None
    if b"\x00" in data:
        raise _unreadable()
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _unreadable()


def _unreadable() -> Refused:
    return Refused(
        N_("The characters of this file cannot be read. Export it again as UTF-8 or as the bank"
           " sent it, without opening it in between."),
        field="file",
    )  # fmt: skip
