"""From content to PDF: Typst with its own fonts, reading nothing but the house's templates."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import typst

from server.documents.facturx import declared

TEMPLATES = Path(__file__).parents[2] / "templates" / "documents"
_STANDARDS: "tuple[list[typst.PDFStandard] | None, ...]" = (["ua-1", "a-3a"], ["ua-1"], None)


def exists(template: str) -> bool:
    """Whether there is a document template of that name."""
    return (
        bool(re.fullmatch(r"[a-z][a-z0-9_-]*", template))
        and (TEMPLATES / f"{template}.typ").is_file()
    )


def typeset(template: str, content: Mapping[str, object], at: datetime) -> bytes:
    """The PDF of `template` filled with `content`; the same input gives the same bytes.

    Accessible (PDF/UA-1) and archivable (PDF/A-3a) where the fonts have every character of the
    content; else a plain PDF, because a letter with a box in it is better than none. Content with
    the XML of an invoice as `facturx` becomes a Factur-X: the template attaches it.
    """
    compiler = typst.Compiler(
        input=str(TEMPLATES / f"{template}.typ"),
        root=str(TEMPLATES),
        ignore_system_fonts=True,
        sys_inputs={"content": json.dumps(content, ensure_ascii=False, default=str)},
    )
    for standards in _STANDARDS:
        try:
            made = compiler.compile(
                format="pdf", timestamp=at.replace(microsecond=0), pdf_standards=standards
            )
            assert isinstance(made, bytes)
            return declared(made) if content.get("facturx") else made
        except typst.TypstError as fault:
            if standards is None or not re.match(r"PDF/", str(fault)):
                raise
    raise AssertionError("the last attempt either returns or raises")
