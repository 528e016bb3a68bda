"""NACE, the statistical classification of economic activities, in both revisions in use."""

import re
from enum import StrEnum
from functools import cache
from importlib import resources

from server.errors import Refused
from server.text import N_


class Revision(StrEnum):
    """Rev. 2 of 2006 and rev. 2.1 of 2023; registers moved over during 2025 and 2026."""

    REV_2 = "2"
    REV_2_1 = "2.1"


@cache
def _titles() -> dict[tuple[str, str], str]:
    """(revision, code) -> title, for divisions such as 62 and classes such as 62.10."""
    text = resources.files(__package__).joinpath("nace.tsv").read_text("utf-8")
    lines = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {(revision, code): title for revision, code, title in lines}


def title(code: str, revision: str) -> str:
    """What `code` stands for; empty if it is not in that revision."""
    return _titles().get((revision, code), "")


def divisions(revision: str) -> dict[str, str]:
    """The two-digit divisions of a revision with their titles."""
    return {
        code: said
        for (known, code), said in _titles().items()
        if known == revision and len(code) == 2
    }


def code(text: str, revision: Revision) -> str:
    """A typed code in its printed form: `6210`, `62.10`, `J62.10` -> 62.10.

    Five digits are a national code, whose first four are the NACE class. Refused on `nace_code`
    when the revision does not have it; if the other one does, the sentence says so.
    """
    digits = re.sub(r"[\s.]", "", re.sub(r"^\s*[A-Va-v]\s*", "", text)).rstrip("Zz")
    if not re.fullmatch(r"\d{2}|\d{4,6}", digits):
        raise Refused(
            N_(
                "“{text}” is not a NACE code. Give a class such as 62.10, or a division such as 62."
            ),
            field="nace_code",
            text=text.strip(),
        )
    wanted = digits[:2] if len(digits) == 2 else f"{digits[:2]}.{digits[2:4]}"
    if title(wanted, revision):
        return wanted
    other = Revision.REV_2 if revision is Revision.REV_2_1 else Revision.REV_2_1
    said = (
        N_(
            "NACE rev. {revision} has no code {code}, but rev. {other} has: “{title}”."
            " Choose rev. {other} or another code."
        )
        if title(wanted, other)
        else N_("NACE has no code {code}, neither in rev. 2 nor in rev. 2.1.")
    )
    raise Refused(
        said,
        field="nace_code",
        revision=revision.value,
        code=wanted,
        other=other.value,
        title=title(wanted, other),
    )
