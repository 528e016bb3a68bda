"""From a bank's file to entries: camt.053, MT940 and CSV. Pure: bytes in, statements out.

Sources: ISO 20022 camt.053.001.02 to .08 (BankToCustomerStatement), SWIFT MT940 (fields 25, 60, 61,
62, 86), and what banks call CSV. A file is untrusted: no entity is expanded, no document type is
allowed, nothing is fetched, and what cannot be read is a Refused with one sentence. A line that is
not understood is a Problem with its number, and a file with problems is never booked.
"""

import csv
import io
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import resources

import mt940
from lxml import etree
from stdnum import iban as ibans

from server.errors import Refused
from server.money import is_currency, parse_amount, to_minor
from server.text import N_

LARGEST_FILE = 9_000_000
MOST_ENTRIES = 50_000
CAMT = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(0[2-8])$")
ANY_CAMT = re.compile(r"camt\.(\d{3})\.001\.(\d\d)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement as the bank told it; credits are positive, in minor units of `currency`."""

    line: int
    booked_on: date
    amount_minor: int
    currency: str
    text: str = ""
    name: str = ""
    iban: str = ""
    bank_ref: str = ""
    end_to_end: str = ""
    returned: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that was not understood, and why."""

    line: int
    why: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of one account. Balances are None where the file does not give them."""

    account: str
    currency: str
    number: str
    opening_minor: int | None
    closing_minor: int | None
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...] = ()
    until: date | None = None
    pending: int = 0

    @property
    def moved_minor(self) -> int:
        """The sum of its entries."""
        return sum(entry.amount_minor for entry in self.entries)

    @property
    def adds_up(self) -> bool | None:
        """Whether opening balance and entries give the closing balance; None if it is not told."""
        if self.opening_minor is None or self.closing_minor is None:
            return None
        return self.opening_minor + self.moved_minor == self.closing_minor

    @property
    def from_on(self) -> date | None:
        """The first day with an entry."""
        return min((entry.booked_on for entry in self.entries), default=self.until)

    @property
    def until_on(self) -> date | None:
        """The last day with an entry."""
        return max((entry.booked_on for entry in self.entries), default=self.until)


@dataclass(frozen=True, slots=True)
class Read:
    """A whole file: its format and what is in it. `columns` are those of a CSV without a layout."""

    format: str
    statements: tuple[Statement, ...] = ()
    columns: tuple[str, ...] = ()
    layout: str = ""

    @property
    def entries(self) -> int:
        return sum(len(each.entries) for each in self.statements)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that keeps the file from being booked."""
        found = [problem for each in self.statements for problem in each.problems]
        wrong = [
            Problem(0, N_("The opening balance and the entries of account {account} do not give the"
                          " closing balance: entries are missing or changed."),
                    {"account": each.account})
            for each in self.statements if each.adds_up is False
        ]  # fmt: skip
        return (*found, *wrong)


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


# -- camt.053 --------------------------------------------------------------------------------------


def camt(data: bytes) -> tuple[Statement, ...]:
    """The statements of a camt.053 document, versions .02 to .08."""
    if re.search(rb"<!\s*(DOCTYPE|ENTITY)", data.replace(b"\x00", b""), re.I):
        raise Refused(N_("The file brings definitions of its own (DOCTYPE), which no bank does. It"
                         " was not read."), field="file")  # fmt: skip
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        line = getattr(fault, "lineno", None) or 0
        raise Refused(
            N_("The file is broken at line {line}: it is no complete XML. Fetch it from the bank"
               " again; nothing of it was booked."),
            field="file", line=line,
        ) from None  # fmt: skip
    name = etree.QName(root)
    if not (found := CAMT.search(name.namespace or "")):
        other = ANY_CAMT.search(name.namespace or "")
        if other and other[1] != "053":
            raise Refused(N_("This is camt.{kind}, which is not a statement: it has no balances"
                             " that could be checked. Ask the bank for camt.053."),
                          field="file", kind=other[1])  # fmt: skip
        raise Refused(N_("This XML is no camt.053 of the versions 02 to 08."), field="file")
    spaces = {"c": found.string}
    made = tuple(
        _camt_statement(each, spaces) for each in root.findall("c:BkToCstmrStmt/c:Stmt", spaces)
    )
    if not made:
        raise Refused(N_("There is no statement in this file."), field="file")
    return made


def _said(node: etree._Element | None, path: str, spaces: dict[str, str]) -> str:
    found = None if node is None else node.find(path, spaces)
    return "" if found is None else " ".join((found.text or "").split())


def _camt_statement(of: etree._Element, spaces: dict[str, str]) -> Statement:
    account = _said(of, "c:Acct/c:Id/c:IBAN", spaces) or _said(
        of, "c:Acct/c:Id/c:Othr/c:Id", spaces
    )
    entries: list[Entry] = []
    problems: list[Problem] = []
    pending = 0
    for node in of.findall("c:Ntry", spaces):
        line = node.sourceline or 0
        status = _said(node, "c:Sts/c:Cd", spaces) or _said(node, "c:Sts", spaces)
        if status and status != "BOOK":
            pending += 1
            continue
        try:
            entries += _camt_entries(node, spaces)
        except Refused as refused:
            problems.append(Problem(line, refused.text, refused.values))
    balances: dict[str, int] = {}
    currency = _said(of, "c:Acct/c:Ccy", spaces)
    until: date | None = None
    for node in of.findall("c:Bal", spaces):
        code = _said(node, "c:Tp/c:CdOrPrtry/c:Cd", spaces)
        try:
            minor, currency = _camt_amount(node, spaces)
            if code.startswith("CL"):
                until = _camt_day(node.find("c:Dt", spaces), spaces)
        except Refused as refused:
            problems.append(Problem(node.sourceline or 0, refused.text, refused.values))
            continue
        balances.setdefault(code, minor)
    currency = currency or (entries[0].currency if entries else "")
    problems += [
        Problem(entry.line, N_("It is in {other}, and the account is in {currency}."),
                {"other": entry.currency, "currency": currency})
        for entry in entries if entry.currency != currency
    ]  # fmt: skip
    return Statement(
        account=_account(account),
        currency=currency,
        number=_said(of, "c:ElctrncSeqNb", spaces) or _said(of, "c:LglSeqNb", spaces)
        or _said(of, "c:Id", spaces)[:40],
        opening_minor=balances.get("OPBD", balances.get("PRCD")),
        closing_minor=balances.get("CLBD"),
        entries=tuple(entries),
        problems=tuple(problems),
        until=until,
        pending=pending,
    )  # fmt: skip


def _camt_amount(node: etree._Element, spaces: dict[str, str]) -> tuple[int, str]:
    amount = node.find("c:Amt", spaces)
    currency = "" if amount is None else amount.get("Ccy", "")
    side = _said(node, "c:CdtDbtInd", spaces)
    if amount is None or side not in ("CRDT", "DBIT"):
        raise Refused(N_("Its amount, or whether it is a credit or a debit, is missing."))
    minor = _minor(amount.text or "", currency)
    return (minor if side == "CRDT" else -minor), currency


def _minor(text: str, currency: str) -> int:
    if not is_currency(currency):
        raise Refused(N_("“{currency}” is no currency."), currency=currency[:10])
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        raise Refused(N_("“{text}” is not an amount."), text=text[:40]) from None
    if not found.is_finite():
        raise Refused(N_("“{text}” is not an amount."), text=text[:40])
    return to_minor(found, currency)


def _camt_day(node: etree._Element | None, spaces: dict[str, str]) -> date:
    said = _said(node, "c:Dt", spaces) or _said(node, "c:DtTm", spaces)[:10]
    try:
        return date.fromisoformat(said[:10])
    except ValueError:
        raise Refused(N_("“{text}” is not a day."), text=said[:40]) from None


def _camt_entries(node: etree._Element, spaces: dict[str, str]) -> list[Entry]:
    """An entry, or its transactions where the bank lists a batch with amounts that add up."""
    minor, currency = _camt_amount(node, spaces)
    on = _camt_day(node.find("c:BookgDt", spaces), spaces)
    details = node.findall("c:NtryDtls/c:TxDtls", spaces)
    ref = _said(node, "c:AcctSvcrRef", spaces) or _said(node, "c:NtryRef", spaces)
    parts: list[int | None] = []
    for each in details:
        amount = each.find("c:Amt", spaces)
        if amount is None:
            amount = each.find("c:AmtDtls/c:TxAmt/c:Amt", spaces)
        same = amount is not None and amount.get("Ccy") == currency
        parts.append(_minor(amount.text or "", currency) if same and amount is not None else None)
    known = [part for part in parts if part is not None]
    if len(details) > 1 and len(known) == len(details) and sum(known) == abs(minor):
        sign = 1 if minor > 0 else -1
        return [
            _camt_entry(node, each, spaces, sign * part, currency, on, ref)
            for each, part in zip(details, known, strict=True)
        ]
    only = details[0] if len(details) == 1 else None
    return [_camt_entry(node, only, spaces, minor, currency, on, ref)]


def _camt_entry(
    node: etree._Element, detail: etree._Element | None, spaces: dict[str, str],
    minor: int, currency: str, on: date, ref: str,
) -> Entry:  # fmt: skip
    side = "Dbtr" if minor > 0 else "Cdtr"
    texts: list[str] = []
    if detail is None:  # a batch that the bank does not break down: every text of it
        for path in ("Ustrd", "CdtrRefInf/c:Ref", "AddtlTxInf"):
            texts += [found.text or "" for found in node.iterfind(f".//c:{path}", spaces)]
    else:
        for path in ("c:RmtInf/c:Strd/c:CdtrRefInf/c:Ref", "c:RmtInf/c:Ustrd", "c:AddtlTxInf"):
            texts += [found.text or "" for found in detail.iterfind(path, spaces)]
    if not texts:
        texts = [_said(node, "c:AddtlNtryInf", spaces)]
    name = _said(detail, f"c:RltdPties/c:{side}/c:Nm", spaces) or _said(
        detail, f"c:RltdPties/c:{side}/c:Pty/c:Nm", spaces
    )
    end_to_end = _said(detail, "c:Refs/c:EndToEndId", spaces)
    return Entry(
        line=(detail if detail is not None else node).sourceline or 0,
        booked_on=on,
        amount_minor=minor,
        currency=currency,
        text=_words(" ".join(texts)),
        name=name[:200],
        iban=_account(_said(detail, f"c:RltdPties/c:{side}Acct/c:Id/c:IBAN", spaces)),
        bank_ref=(_said(detail, "c:Refs/c:AcctSvcrRef", spaces) or ref)[:140],
        end_to_end="" if end_to_end == "NOTPROVIDED" else end_to_end[:140],
        returned=_said(node, "c:RvslInd", spaces) == "true"
        or (detail is not None and detail.find("c:RtrInf", spaces) is not None),
    )


# -- MT940 -----------------------------------------------------------------------------------------


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
            account = _account(line[4:])
        elif line.startswith((":28C:", ":28:")):
            number = line.split(":", 2)[2].strip()[:40]
        elif found := re.match(r":6([02])[FM]:([CD])(\d{6})([A-Z]{3})([\d,.]+)", line):
            try:
                minor = _minor(found[5].replace(",", "."), found[4])
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
    minor = _minor(str(abs(amount)), currency)
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
        text=_words(purpose),
        name=_words(name)[:200],
        iban=_account(account),
        bank_ref=ref[:140],
        end_to_end="" if end_to_end == "NOTPROVIDED" else end_to_end[:140],
        returned=str(data["status"]).startswith("R") or bool(data.get("return_debit_notes")),
    )


# -- CSV -------------------------------------------------------------------------------------------


@cache
def known_layouts() -> dict[str, dict[str, list[str]]]:
    """The layouts that are known, by name: for each of our columns what banks call it."""
    text = resources.files(__package__).joinpath("bank_layouts.toml").read_text("utf-8")
    return tomllib.loads(text)


def signature(columns: tuple[str, ...]) -> str:
    """What an agency's own layout is kept under: the headings, however they are cased."""
    return "|".join(" ".join(each.casefold().split()) for each in columns)


def table(text: str, layouts: Mapping[str, Mapping[str, str]]) -> Read:
    """A CSV: its headings are those of a known layout or of `layouts` (our column -> heading).

    Without a layout, a Read that only says the columns, so that a person can name them.
    """
    rows = _csv_rows(text)
    for n, (line, cells) in enumerate(rows):
        columns = tuple(cell.strip() for cell in cells)
        own = layouts.get(signature(columns))
        found = ("own", dict(own)) if own else _layout_of(columns)
        if found:
            return Read("CSV", _csv_statements(rows[n + 1 :], columns, found[1], line), columns,
                        found[0])  # fmt: skip
    wide = [tuple(cell.strip() for cell in cells) for _, cells in rows]
    head = next((cells for cells in wide if sum(1 for cell in cells if cell) >= 3), ())
    if not head or len(rows) < 2 or len(set(head)) != len(head):
        raise Refused(
            N_("This is neither camt.053 nor MT940, nor a CSV with a line of headings. Export the"
               " statement from the bank again."),
            field="file",
        )  # fmt: skip
    return Read("CSV", (), head)


def _csv_rows(text: str) -> list[tuple[int, list[str]]]:
    first = next((line for line in text.splitlines() if line.count(";") > 2 or line.count(",") > 2
                  or line.count("\t") > 2), "")  # fmt: skip
    mark = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=mark)
    try:
        return [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error:
        raise Refused(N_("Line {line} of the CSV is broken: a quotation mark is not closed."),
                      field="file", line=reader.line_num) from None  # fmt: skip


def _layout_of(columns: tuple[str, ...]) -> tuple[str, dict[str, str]] | None:
    plain = {" ".join(column.casefold().split()): column for column in columns}
    for name, layout in known_layouts().items():
        chosen = {
            ours: next((plain[each.casefold()] for each in theirs if each.casefold() in plain), "")
            for ours, theirs in layout.items()
        }
        if (
            chosen.get("date")
            and (chosen.get("amount") or chosen.get("credit"))
            and all(chosen.values())
        ):
            return name, chosen
    return None


def _csv_statements(
    rows: list[tuple[int, list[str]]], columns: tuple[str, ...], layout: dict[str, str], head: int
) -> tuple[Statement, ...]:
    place = {ours: columns.index(theirs) for ours, theirs in layout.items() if theirs in columns}
    entries: dict[tuple[str, str], list[Entry]] = {}
    problems: list[Problem] = []
    for line, cells in rows:
        said = {ours: cells[at].strip() if at < len(cells) else "" for ours, at in place.items()}
        if len(cells) < len(columns) and not any(said.get(n) for n in ("date", "amount", "credit")):
            continue  # a foot line such as "Balance on ..."
        try:
            if len(cells) != len(columns):
                raise Refused(N_("It has {n} cells, and the headings are {of}."),
                              n=len(cells), of=len(columns))  # fmt: skip
            entry, account = _csv_entry(said, line)
        except Refused as refused:
            problems.append(Problem(line, refused.text, refused.values))
            continue
        entries.setdefault((account, entry.currency), []).append(entry)
    made = [
        Statement(account, currency, "", None, None, tuple(found))
        for (account, currency), found in entries.items()
    ]
    if not made:
        made = [Statement("", "", "", None, None, ())]
    if problems:
        first = made[0]
        made[0] = Statement(first.account, first.currency, "", None, None, first.entries,
                            tuple(problems))  # fmt: skip
    if not made[0].entries and not problems:
        raise Refused(N_("There is no entry below line {line}."), field="file", line=head)
    return tuple(made)


def _csv_entry(said: dict[str, str], line: int) -> tuple[Entry, str]:
    currency = (said.get("currency") or "EUR").upper()
    if not is_currency(currency):
        raise Refused(N_("“{currency}” is no currency."), currency=currency[:10])
    if said.get("amount"):
        minor = to_minor(_csv_amount(said["amount"]), currency)
    elif said.get("credit") or said.get("debit"):
        credit = to_minor(_csv_amount(said.get("credit") or "0"), currency)
        minor = credit - abs(to_minor(_csv_amount(said.get("debit") or "0"), currency))
    else:
        raise Refused(N_("The amount is missing."))
    if minor == 0:
        raise Refused(N_("The amount is 0."))
    return (
        Entry(
            line=line,
            booked_on=_csv_day(said.get("date", "")),
            amount_minor=minor,
            currency=currency,
            text=_words(said.get("text", "")),
            name=_words(said.get("name", ""))[:200],
            iban=_account(said.get("iban", "")),
            bank_ref=said.get("reference", "")[:140],
            end_to_end=said.get("end_to_end", "").replace("NOTPROVIDED", "")[:140],
        ),
        _account(said.get("account", "")),
    )


def _csv_amount(text: str) -> Decimal:
    plain = re.sub(r"[€$£]|\b[A-Z]{3}\b|\u2212", lambda m: "-" if m[0] == "\u2212" else "", text)
    if plain.rstrip().endswith("-"):
        plain = "-" + plain.rstrip()[:-1]
    return parse_amount(plain)


def _csv_day(text: str) -> date:
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y%m%d"):
        try:
            found = datetime.strptime(text.strip()[:10], form).date()  # noqa: DTZ007
        except ValueError:
            continue
        if 1990 <= found.year <= 2199:
            return found
    raise Refused(N_("“{text}” is not a day such as 31.12.2026 or 2026-12-31."), text=text[:40])


# -- shared ----------------------------------------------------------------------------------------


def _words(text: str) -> str:
    """One line of printable text, at most 1,000 characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:1000]


def _account(text: str) -> str:
    """An account as it is compared: an IBAN without gaps; a German bank code with an account as
    the IBAN they make; anything else as it stands."""
    plain = re.sub(r"\s", "", text).upper()
    if found := re.fullmatch(r"(\d{8})/(\d{1,10})([A-Z]{3})?", plain):
        body = f"DE00{found[1]}{found[2]:0>10}"
        return body[:2] + ibans.calc_check_digits(body) + body[4:]
    return plain[:40]
