"""Statements as banks write them, from a list of entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from xml.sax.saxutils import escape

ACCOUNT = "DE89370400440532013000"


@dataclass
class Line:
    """One entry; `amount` with a sign, as people write it."""

    amount: str
    text: str = ""
    name: str = ""
    iban: str = ""
    ref: str = ""
    end_to_end: str = ""
    on: str = "2026-01-12"
    status: str = "BOOK"
    returned: bool = False


def camt(
    lines: Sequence[Line], *, version: str = "02", account: str = ACCOUNT, opening: str = "1000.00",
    closing: str | None = None, currency: str = "EUR",
) -> bytes:  # fmt: skip
    """A camt.053.001.VERSION document with one statement."""
    new = int(version) >= 8
    total = Decimal(opening) + sum(Decimal(each.amount) for each in lines if each.status == "BOOK")

    def party(kind: str, name: str, iban: str) -> str:
        inner = f"<Nm>{escape(name)}</Nm>" if name else ""
        inner = f"<Pty>{inner}</Pty>" if new and inner else inner
        own = f"<{kind}>{inner}</{kind}>" if inner else ""
        return own + (f"<{kind}Acct><Id><IBAN>{iban}</IBAN></Id></{kind}Acct>" if iban else "")

    def balance(code: str, amount: str) -> str:
        side = "DBIT" if Decimal(amount) < 0 else "CRDT"
        return (
            f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
            f'<Amt Ccy="{currency}">{abs(Decimal(amount))}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
            "<Dt><Dt>2026-01-31</Dt></Dt></Bal>"
        )

    entries = []
    for each in lines:
        amount = Decimal(each.amount)
        side, kind = ("CRDT", "Dbtr") if amount > 0 else ("DBIT", "Cdtr")
        status = f"<Sts><Cd>{each.status}</Cd></Sts>" if new else f"<Sts>{each.status}</Sts>"
        refs = f"<EndToEndId>{escape(each.end_to_end or 'NOTPROVIDED')}</EndToEndId>"
        entries.append(
            f'<Ntry><Amt Ccy="{currency}">{abs(amount)}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
            + ("<RvslInd>true</RvslInd>" if each.returned else "")
            + f"{status}<BookgDt><Dt>{each.on}</Dt></BookgDt>"
            + (f"<AcctSvcrRef>{escape(each.ref)}</AcctSvcrRef>" if each.ref else "")
            + f"<NtryDtls><TxDtls><Refs>{refs}</Refs>"
            f"<RltdPties>{party(kind, each.name, each.iban)}</RltdPties>"
            f"<RmtInf><Ustrd>{escape(each.text)}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>\n"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>M</MsgId></GrpHdr><Stmt><Id>S-1</Id><Acct><Id><IBAN>{account}</IBAN></Id>"
        f"<Ccy>{currency}</Ccy></Acct>{balance('OPBD', opening)}"
        f"{balance('CLBD', closing or str(total))}{''.join(entries)}</Stmt></BkToCstmrStmt>"
        "</Document>"
    ).encode()


def swift(lines: Sequence[Line], *, opening: str = "1000.00", closing: str | None = None) -> bytes:
    """An MT940 message as German banks write it, with field 86 in subfields."""

    def said(amount: Decimal) -> str:
        return f"{abs(amount):.2f}".replace(".", ",")

    first = Decimal(opening)
    total = Decimal(closing) if closing else first + sum(Decimal(each.amount) for each in lines)
    out = [":20:STARTUMS", ":25:37040044/0532013000", ":28C:00001/001",
           f":60F:C260101EUR{said(first)}"]  # fmt: skip
    for each in lines:
        amount, on = Decimal(each.amount), each.on[2:].replace("-", "")
        side = ("RC" if each.returned else "D") if amount < 0 else "C"
        out.append(f":61:{on}{on[2:]}{side}{said(amount)}NTRFNONREF//{each.ref or 'X'}")
        words = [each.text[n : n + 27] for n in range(0, len(each.text), 27)]
        purpose = "".join(f"?{20 + n}{word}" for n, word in enumerate(words[:10]))
        out.append(f":86:166?00GUTSCHRIFT{purpose}?32{each.name[:27]}?38{each.iban}")
    out += [f":62F:{'C' if total >= 0 else 'D'}260131EUR{said(total)}", "-", ""]
    return "\r\n".join(out).encode("cp1252")


def table(lines: Sequence[Line]) -> bytes:
    """A CSV in our own layout."""
    head = "Booked on;Amount;Currency;Text;Name;IBAN;Bank reference;Account"
    rows = [
        f'{each.on};{each.amount};EUR;"{each.text}";"{each.name}";{each.iban};{each.ref};{ACCOUNT}'
        for each in lines
    ]
    return "\n".join([head, *rows, ""]).encode()
