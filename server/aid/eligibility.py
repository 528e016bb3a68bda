"""Who may have aid under a legal basis, as pure functions that answer in sentences."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from server.aid.bases import SECTIONS, LegalBasis, Note
from server.aid.sizes import SizeBound, SizeClass, SizeData, size_class
from server.text import N_


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides eligibility beside the amounts; None where nobody has said."""

    size: SizeClass | None = None
    nace_code: str = ""
    in_difficulty: bool | None = None
    recovery_order: bool | None = None
    applied_on: date | None = None
    ordered_on: date | None = None


def size_of(
    awu: Decimal | None,
    turnover_minor: int | None,
    balance_minor: int | None,
    bounds: tuple[SizeBound, ...],
) -> SizeClass | None:
    """The size class from a company's own figures; None where they do not say enough."""
    if awu is None or (turnover_minor is None and balance_minor is None):
        return None
    return size_class(SizeData(awu, turnover_minor, balance_minor), bounds)


def refusals(basis: LegalBasis, facts: Facts) -> list[Note]:
    """Why a company cannot have aid under `basis`, as sentences; empty when nothing speaks against.

    What nobody has stated yet (None) is not held against the company here.
    """
    found = []
    if basis.sme_only and facts.size is SizeClass.LARGE:
        found.append(
            Note(
                N_(
                    "{article} is open to small and medium-sized enterprises only, and the figures"
                    " of the company make it a large one."
                ),
                {"article": basis.article},
            )
        )
    if basis.closed_in_difficulty and facts.in_difficulty:
        found.append(
            Note(
                N_("The company has declared that it is an undertaking in difficulty: {basis}."),
                {"basis": basis.name},
            )
        )
    if basis.closed_with_recovery_order and facts.recovery_order:
        found.append(
            Note(
                N_(
                    "A recovery order for earlier unlawful aid is still open. It must be repaid"
                    " before new aid is granted."
                )
            )
        )
    code = facts.nace_code.upper().lstrip(SECTIONS + " ")
    if code and any(code.startswith(closed) for closed in basis.sectors_closed):
        found.append(
            Note(
                N_(
                    "Primary production (NACE {code}) has rules of its own: “{basis}” is closed"
                    " to it."
                ),
                {"code": code, "basis": basis.name},
            )
        )
    if code and basis.sectors_open and not code.startswith(basis.sectors_open):
        found.append(
            Note(
                N_("“{basis}” is open to primary production only, not to NACE {code}."),
                {"code": code, "basis": basis.name},
            )
        )
    early = begun_before(basis, facts.applied_on, facts.ordered_on)
    return [*found, early] if early else found


def begun_before(
    basis: LegalBasis, applied_on: date | None, ordered_on: date | None
) -> Note | None:
    """Why aid is out because the participation was ordered before it was applied for, or None.

    Article 6(2) of Regulation (EU) No 651/2014; the first legally binding order is the start of
    works (Article 2(23)). De minimis aid asks for no such order of things.
    """
    if not basis.application_first or applied_on is None or ordered_on is None:
        return None
    if ordered_on >= applied_on:
        return None
    return Note(
        N_(
            "The participation was first ordered on {ordered}, before aid for it was applied for on"
            " {applied}: “{basis}” is then closed (Article 6 of the Regulation)."
        ),
        {
            "ordered": ordered_on.isoformat(),
            "applied": applied_on.isoformat(),
            "basis": basis.name,
        },
    )
