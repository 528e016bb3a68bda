"""The dated rule data of `kinds.toml`, read once."""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path

from server.declarations.rules import Kind, in_force
from server.text import N_

NAMES = {
    "conditions": N_("Conditions of participation accepted"),
    "sme_status": N_("SME status, with partner and linked companies"),
    "de_minimis": N_("List of de minimis aid is complete"),
    "no_difficulty": N_("Not in difficulty"),
    "no_recovery_order": N_("No aid to be repaid"),
    "no_double_funding": N_("No double funding"),
    "no_insolvency": N_("No insolvency"),
    "no_arrears": N_("Taxes and social security paid"),
    "branch": N_("Branch in the region"),
    "export_share": N_("Share of exports"),
}


@cache
def kinds() -> tuple[Kind, ...]:
    """Every wording, in the order of the file."""
    text = (Path(__file__).parent / "kinds.toml").read_text(encoding="utf-8")
    return tuple(
        Kind(
            code=row["code"],
            name=NAMES[row["code"]],
            version=row["version"],
            valid_from=row["valid_from"],
            months=row["months"],
            text=row["text"],
            evidence=row.get("evidence", False),
            asks=tuple(row.get("asks", ())),
            adds=row.get("adds", ""),
        )
        for row in tomllib.loads(text)["kind"]
    )


def kind_on(code: str, on: date) -> Kind | None:
    """The wording of `code` that is signed on a day."""
    return in_force(kinds(), code, on)


def kinds_on(on: date) -> list[Kind]:
    """One wording of each kind, as they are signed on a day."""
    found = (kind_on(code, on) for code in NAMES)
    return [each for each in found if each is not None]
