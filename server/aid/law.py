"""The dated rule data of `law.toml`, read once."""

import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from server.aid.rules import LegalBasis, Limit, Window, in_force
from server.aid.sizes import SizeBound, SizeClass
from server.text import N_

NAMES = {
    "de_minimis": N_("De minimis aid"),
    "gber_19": N_("Aid to SMEs for participation in fairs"),
    "gber_18": N_("Consultancy aid in favour of SMEs"),
    "agricultural": N_("De minimis aid in agriculture"),
    "fisheries": N_("De minimis aid in fishery and aquaculture"),
    "sgei": N_("De minimis aid for services of general economic interest"),
    "none": N_("No State aid"),
}


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "law.toml").read_text(encoding="utf-8"))


@cache
def bases() -> tuple[LegalBasis, ...]:
    """Every dated legal basis, in the order of the file."""
    return tuple(_basis(row) for row in _data()["basis"])


@cache
def size_bounds() -> tuple[SizeBound, ...]:
    """The classes of Annex I from micro to medium."""
    return tuple(
        SizeBound(
            SizeClass(row["class"]),
            Decimal(row["below_awu"]),
            row["turnover_minor"],
            row["balance_minor"],
        )
        for row in _data()["size"]
    )


@cache
def states() -> tuple[str, ...]:
    """ISO 3166 codes of the States whose aid counts."""
    return tuple(_data()["states"])


@cache
def codes() -> tuple[str, ...]:
    """The codes a scheme can name, each once."""
    return tuple(dict.fromkeys(one.code for one in bases()))


def basis_on(code: str, on: date, scheme_from: date | None = None) -> LegalBasis | None:
    """The text of `code` that governs a grant made on `on`; see `rules.in_force`."""
    return in_force(bases(), code, on, scheme_from)


def _basis(row: dict[str, Any]) -> LegalBasis:
    return LegalBasis(
        code=row["code"],
        name=row["name"],
        short=row["short"],
        title=row["title"],
        oj=row["oj"],
        article=row["article"],
        valid_from=row["valid_from"],
        valid_until=row.get("valid_until"),
        adjustment_until=row.get("adjustment_until"),
        max_intensity_bp=row.get("max_intensity_bp"),
        sme_only=row.get("sme_only", False),
        closed_in_difficulty=row.get("closed_in_difficulty", False),
        closed_with_recovery_order=row.get("closed_with_recovery_order", False),
        sectors_open=tuple(row.get("sectors_open", ())),
        sectors_closed=tuple(row.get("sectors_closed", ())),
        register_from=row.get("register_from"),
        register_working_days=row.get("register_working_days", 0),
        publish_above_minor=row.get("publish_above_minor"),
        publish_above_primary_minor=row.get("publish_above_primary_minor"),
        publish_months=row.get("publish_months", 0),
        objective=row.get("objective", ""),
        application_first=row.get("application_first", False),
        de_minimis=row.get("de_minimis", False),
        limits=tuple(
            Limit(
                one["ceiling_minor"],
                tuple(one["bases"]),
                Window(one["window"]),
                one["years"],
                one.get("raised_minor"),
                tuple(one.get("raised_in", ())),
            )
            for one in row["limits"]
        ),
    )
