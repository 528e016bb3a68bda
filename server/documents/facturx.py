"""What makes a PDF with an embedded invoice a Factur-X: its metadata say so.

Factur-X 1.07, 6.2.2: the XMP packet names the embedded file, its profile and version, in a schema
of its own that PDF/A-3 wants described. Typst writes no such schema, so the packet is written anew
as an incremental update (ISO 32000-1, 7.5.6): what Typst made stays byte for byte as it is.
"""

import re

FILENAME = "factur-x.xml"
_SPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_FACTS = {
    "DocumentType": ("INVOICE", "The type of the hybrid document"),
    "DocumentFileName": (FILENAME, "The name of the embedded XML document"),
    "Version": ("1.0", "The version of the standard that the XML document follows"),
    "ConformanceLevel": ("EN 16931", "The profile of the XML document"),
}
_DESCRIBED = (
    '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema'
    f"</pdfaSchema:schema><pdfaSchema:namespaceURI>{_SPACE}</pdfaSchema:namespaceURI>"
    "<pdfaSchema:prefix>fx</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq>"
    + "".join(
        '<rdf:li rdf:parseType="Resource"><pdfaProperty:category>external</pdfaProperty:category>'
        f"<pdfaProperty:description>{says}</pdfaProperty:description><pdfaProperty:name>{name}"
        "</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType></rdf:li>"
        for name, (_, says) in _FACTS.items()
    )
    + "</rdf:Seq></pdfaSchema:property></rdf:li>"
)
_STATED = (
    f'<rdf:Description rdf:about="" xmlns:fx="{_SPACE}">'
    + "".join(f"<fx:{name}>{value}</fx:{name}>" for name, (value, _) in _FACTS.items())
    + "</rdf:Description>"
)
_PACKET = re.compile(
    rb"\n(\d+) 0 obj\n<</Length \d+/Type/Metadata/Subtype/XML>>\nstream\n(.*?)\nendstream",
    re.DOTALL,
)
_TRAILER = re.compile(rb"trailer\n<</Size (\d+)(.*?)>>\nstartxref\n(\d+)\n%%EOF\s*\Z", re.DOTALL)


def declared(pdf: bytes) -> bytes:
    """`pdf`, which carries factur-x.xml, with metadata that say so; ValueError for another PDF."""
    packet, trailer = _PACKET.search(pdf), _TRAILER.search(pdf)
    if packet is None or trailer is None:
        raise ValueError("This PDF was not made by Typst: its metadata cannot be found.")
    said = packet[2].replace(
        b"</rdf:Bag></pdfaExtension:schemas>",
        f"{_DESCRIBED}</rdf:Bag></pdfaExtension:schemas>".encode(),
    )
    said = said.replace(b"</rdf:RDF>", f"{_STATED}</rdf:RDF>".encode())
    number, size = int(packet[1]), int(trailer[1])
    start = len(pdf) + 1
    head = b"\n%d 0 obj\n<</Length %d/Type/Metadata/Subtype/XML>>\nstream\n" % (number, len(said))
    anew = head + said + b"\nendstream\nendobj\n"
    rest = b"<</Size %d%b/Prev %d>>" % (size, trailer[2], int(trailer[3]))
    table = b"xref\n%d 1\n%010d 00000 n\r\ntrailer\n%b\n" % (number, start, rest)
    end = b"startxref\n%d\n%%%%EOF" % (len(pdf) + len(anew))
    return pdf + anew + table + end
