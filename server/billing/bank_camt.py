"""camt.053.001.02 to .08 (ISO 20022, BankToCustomerStatement) as statements. Pure."""

import re
from datetime import date

from lxml import etree

from server.billing.bank_shapes import Entry, Problem, Statement, account_of, minor_of, words_of
from server.errors import Refused
from server.text import N_

CAMT = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(0[2-8])$")
ANY_CAMT = re.compile(r"camt\.(\d{3})\.001\.(\d\d)")


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
        account=account_of(account),
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
    minor = minor_of(amount.text or "", currency)
    return (minor if side == "CRDT" else -minor), currency


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
        parts.append(minor_of(amount.text or "", currency) if same and amount is not None else None)
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
        text=words_of(" ".join(texts)),
        name=name[:200],
        iban=account_of(_said(detail, f"c:RltdPties/c:{side}Acct/c:Id/c:IBAN", spaces)),
        bank_ref=(_said(detail, "c:Refs/c:AcctSvcrRef", spaces) or ref)[:140],
        end_to_end="" if end_to_end == "NOTPROVIDED" else end_to_end[:140],
        returned=_said(node, "c:RvslInd", spaces) == "true"
        or (detail is not None and detail.find("c:RtrInf", spaces) is not None),
    )
