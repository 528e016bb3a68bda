"""The code for a bank transfer (EPC069-12): what it says, and where there is none."""

import io
import re
from decimal import Decimal
from typing import Any

import pytest
import segno
from lxml import etree

from server.billing.papers import epc_qr
from server.billing.sepa import NAMESPACE, pain001, plain
from tests.cast import Cast
from tests.server.billing.conftest import Issue

REFERENCE = "RF18539007547034"
SELLER = {"name": "Nordhafen", "legal_name": "Nordhafen Trade GmbH", "bic": "COBADEFFXXX",
          "iban": "DE89 3704 0044 0532 0130 00"}  # fmt: skip


def content(**seller: str) -> dict[str, Any]:
    return {"currency": "EUR", "reference": REFERENCE, "seller": {**SELLER, **seller}}


def drawn(payload: str) -> str:
    """The code of a payload written by hand, as the standard lists its lines."""
    out = io.BytesIO()
    code = segno.make_qr(payload.encode("iso-8859-1"), error="m", boost_error=False)
    code.save(out, kind="svg", xmldecl=False, svgns=True, border=2, scale=4, omitsize=False)
    return out.getvalue().decode()


@pytest.mark.parametrize(("bic", "shown"), [("COBADEFFXXX", "COBADEFFXXX"), ("", ""), ("??", "")])
def test_code_holds_recipient_amount_and_structured_reference(bic: str, shown: str) -> None:
    lines = ["BCD", "002", "2", "SCT", shown, "Nordhafen Trade GmbH", "DE89370400440532013000",
             "EUR2000.5", "", REFERENCE]  # fmt: skip
    assert epc_qr(content(bic=bic), 200_050) == drawn("\n".join(lines))


@pytest.mark.parametrize(
    "of", [content() | {"currency": "CHF"}, content(iban=""), content(iban="DE00123"),
           content(iban="TR330006100519786457841326")],
    ids=["other currency", "no IBAN", "no valid IBAN", "outside of SEPA"],
)  # fmt: skip
def test_no_code_where_banks_could_not_use_it(of: dict[str, Any]) -> None:
    assert epc_qr(of, 200_000) == ""


def test_no_code_for_nothing_or_for_more_than_a_transfer_can_be() -> None:
    assert epc_qr(content(), 0) == ""
    assert epc_qr(content(), 10**11) == ""


async def test_code_is_on_the_page_of_an_open_invoice_only(cast: Cast, issue: Issue) -> None:
    invoice = await issue()
    shown = await cast.ana.get(f"/my/invoices/{invoice}")
    assert "data:image/svg+xml" in shown.text
    await cast.mara.send_form(f"/desk/money/invoices/{invoice}/cancel", {"why": "A mistake"})
    assert "data:image/svg+xml" not in (await cast.ana.get(f"/my/invoices/{invoice}")).text


ORDER = ["MsgId", "CreDtTm", "NbOfTxs", "CtrlSum", "InitgPty"]
GROUP = ["PmtInfId", "PmtMtd", "NbOfTxs", "CtrlSum", "PmtTpInf", "ReqdExctnDt", "Dbtr", "DbtrAcct",
         "DbtrAgt", "ChrgBr"]  # fmt: skip
TRANSFER = ["PmtId", "Amt", "Cdtr", "CdtrAcct", "RmtInf"]


async def test_order_to_the_bank_has_the_structure_of_its_schema(cast: Cast) -> None:
    """Elements of pain.001.001.09 in the order that its schema asks for, sums that agree."""
    from server import clock
    from server.billing.sepa import WaitingRow
    from server.organisations.queries import agency

    todo = [
        WaitingRow(id=n, payment=n, company_name="Łódź & Søn", iban="PT50000201231234567890154",
                   amount_minor=n * 1_001, currency="EUR", why="", state="asked", file=None,
                   number="NH-2026-00001", created_at=clock.now())
        for n in (1, 2)
    ]  # fmt: skip
    made = etree.fromstring(pain001(await agency(cast.nordhafen), todo, "M-1", clock.now()))

    def names(path: str) -> list[str]:
        found = made.find(path.replace("/", f"/{{{NAMESPACE}}}").replace("@", f"{{{NAMESPACE}}}"))
        assert found is not None, path
        return [etree.QName(each).localname for each in found]

    assert etree.QName(made).namespace == NAMESPACE
    assert names("@CstmrCdtTrfInitn/GrpHdr") == ORDER
    assert names("@CstmrCdtTrfInitn/PmtInf") == [*GROUP, "CdtTrfTxInf", "CdtTrfTxInf"]
    assert names("@CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf") == TRANSFER
    assert made.findtext(f".//{{{NAMESPACE}}}CtrlSum") == "30.03"
    assert made.findtext(f".//{{{NAMESPACE}}}Cdtr/{{{NAMESPACE}}}Nm") == "Lodz + Son"
    here = f"{{{NAMESPACE}}}"
    forms = {
        "MsgId": r".{1,35}", "PmtInfId": r".{1,35}", "EndToEndId": r".{1,35}",
        "CreDtTm": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", "NbOfTxs": "2", "PmtMtd": "TRF", "Cd": "SEPA",
        "Dt": r"\d{4}-\d\d-\d\d", "IBAN": r"[A-Z]{2}\d\d[A-Z0-9]{11,30}", "ChrgBr": "SLEV",
        "BICFI": r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?", "Id": "NOTPROVIDED",
        "InstdAmt": r"(?!0\.00)\d{1,9}\.\d\d", "CtrlSum": r"\d{1,15}\.\d\d",
        "Nm": r"[A-Za-z0-9/\-?:().,'+ ]{1,70}", "Ustrd": r"[A-Za-z0-9/\-?:().,'+ ]{1,140}",
    }  # fmt: skip
    leaves = [each for each in made.iter() if not len(each)]
    for leaf in leaves:
        name = etree.QName(leaf).localname
        assert re.fullmatch(forms[name], leaf.text or ""), name
    sums = {each.text for each in made.iter(f"{here}CtrlSum")}
    assert (
        sums == {"30.03"} == {str(sum(Decimal(e.text or 0) for e in made.iter(f"{here}InstdAmt")))}
    )
    assert {each.get("Ccy") for each in made.iter(f"{here}InstdAmt")} == {"EUR"}
    ends = [each.text for each in made.iter(f"{here}EndToEndId")]
    assert len(ends) == len(set(ends)) == 2
    assert plain("<x>\x07&;") == "x +"
