"""MT940 (SWIFT; fields 25, 28C, 60, 61, 62, 86) as statements. Pure."""

import re
from datetime import date, datetime

import mt940
from stdnum import iban as ibans

from server.billing.bank_shapes import Entry, Problem, Statement, account_of, minor_of, words_of
from server.errors import Refused
from server.text import N_


def swift(text: str) -> tuple[Statement, ...]:
    """The statements of an MT940 file; each begins at its field 20."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    starts = [n for n, line in enumerate(lines) if line.startswith(":20:")]
    made = [
        _swift_statement(lines[start:end], start)
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)
    ]
    return tuple(made)


def _swift_statement(lines: list[str], offset: int) -> Statement:
    marks = [n for n, line in enumerate(lines) if line.startswith(":61:")]
    balances: dict[str, tuple[int, str, date | None]] = {}
    problems: list[Problem] = []
    account = number = ""
    for n, line in enumerate(lines):
        if line.startswith(":25:"):
            account = account_of(line[4:])
        elif line.startswith((":28C:", ":28:")):
            number = line.split(":", 2)[2].strip()[:40]
        elif found := re.match(r":6([02])[FM]:([CD])(\d{6})([A-Z]{3})([\d,.]+)", line):
            try:
                minor = minor_of(found[5].replace(",", "."), found[4])
                on = datetime.strptime(found[3], "%y%m%d").date()  # noqa: DTZ007
            except (Refused, ValueError):
                problems.append(Problem(offset + n + 1, N_("This balance is not understood.")))
                continue
            signed = minor if found[2] == "C" else -minor
            if found[1] == "2" or "0" not in balances:
                balances[found[1]] = (signed, found[4], on)
        elif re.match(r":6[02]", line):
            problems.append(Problem(offset + n + 1, N_("This balance is not understood.")))
    if "0" not in balances or "2" not in balances:
        problems.append(
            Problem(offset + 1, N_("The opening or the closing balance of this statement is"
                                   " missing: the file is not complete."))
        )  # fmt: skip
    currency = next((each[1] for each in balances.values()), "")
    entries: list[Entry] = []
    for n, end in zip(marks, [*marks[1:], len(lines)], strict=True):
        try:
            entries.append(_swift_entry(lines[n:end], offset + n + 1, currency))
        except Refused as refused:
            problems.append(Problem(offset + n + 1, refused.text, refused.values))
    return Statement(
        account=account,
        currency=currency,
        number=number,
        opening_minor=balances["0"][0] if "0" in balances else None,
        closing_minor=balances["2"][0] if "2" in balances else None,
        entries=tuple(entries),
        problems=tuple(problems),
        until=balances["2"][2] if "2" in balances else None,
    )


def _swift_entry(lines: list[str], line: int, currency: str) -> Entry:
    """One field 61 with its field 86, read by the mt-940 library inside a statement of its own."""
    own = [each for each in lines if not re.match(r":(62|64|65)[FM]?:|-$", each)]
    text = "\n".join([":20:X", ":25:X", f":60F:C260101{currency or 'EUR'}0,00", *own])
    try:
        found = list(mt940.parse(text))
    except Exception:
        found = []
    if len(found) != 1 or "amount" not in found[0].data:
        raise Refused(N_("Field 61 is not written as the standard says."))
    data = found[0].data
    amount = data["amount"].amount
    minor = minor_of(str(abs(amount)), currency)
    credit = data["status"] in ("C", "RD", "EC")
    on = data.get("entry_date") or data["date"]
    purpose = " ".join(
        str(data.get(name) or "")
        for name in ("purpose", "additional_purpose", "end_to_end_reference", "extra_details")
    )
    if not data.get("purpose"):
        purpose = f"{purpose} {data.get('transaction_details') or ''}"
    name = str(data.get("applicant_name") or data.get("recipient_name") or "")
    account = str(data.get("gvc_applicant_iban") or "")
    lead = re.match(r"([A-Z]{2}\d{2}[A-Z0-9]{11,30}?)(?=[A-Z][a-z]|\s|$)", name)
    if lead and ibans.is_valid(lead[1]):
        account, name = account or lead[1], name[len(lead[1]) :]
    ref = str(data.get("bank_reference") or "")
    own_ref = str(data.get("customer_reference") or "")
    end_to_end = str(data.get("end_to_end_reference") or "")
    if not end_to_end and own_ref not in ("", "NONREF"):
        end_to_end = own_ref
    return Entry(
        line=line,
        booked_on=date(on.year, on.month, on.day),
        amount_minor=minor if credit else -minor,
        currency=currency,
        text=words_of(purpose),
        name=words_of(name)[:200],
        iban=account_of(account),
        bank_ref=ref[:140],
        end_to_end="" if end_to_end == "NOTPROVIDED" else end_to_end[:140],
        returned=str(data["status"]).startswith("R") or bool(data.get("return_debit_notes")),
    )
