"""The aid letter: what Article 7(4) of Regulation (EU) 2023/2831 and good practice ask for."""

from typing import Any

from server import clock
from server.accounts.permissions import Actor, require
from server.aid import law, queries, standing
from server.aid.queries import GrantRow
from server.aid.rules import CEILING_CURRENCY, LegalBasis, Shown
from server.aid.sizes import SIZE_NAMES, SizeClass
from server.audit import record
from server.database import execute, row, rows, step
from server.documents.actions import issue
from server.errors import NotFound, Refused
from server.money import format_money
from server.text import N_, gettext
from server.web.formats import country, day, percent


@step
async def issue_letter(actor: Actor, *, grant_id: int, fair: str, period: str) -> int:
    """Issue the letter of a grant, or of a reversal: the document's id. A grant has one letter.

    `fair` names the fair and its place, `period` its days, as the letter prints them.
    """
    require(actor, "aid.read")
    found = await queries.grants_by_id([grant_id])
    if not found:
        raise NotFound()
    grant = found[0]
    if grant.letter is not None:
        return grant.letter
    scheme = await row(
        "SELECT s.*, a.tz FROM scheme s JOIN agency a ON a.id = s.agency"
        " WHERE s.id = $1 AND (s.agency = $2 OR $3)",
        grant.scheme,
        actor.agency_id,
        actor.system,
    )
    company = await row("SELECT * FROM company WHERE id = $1", grant.company)
    if scheme is None or company is None:
        raise NotFound()
    basis = law.basis_on(grant.legal_basis, grant.granted_on, scheme["valid_from"])
    if basis is None:
        raise Refused(N_("The legal basis of this grant is not in the rule data."))
    title = gettext(N_("Letter on aid granted") if grant.reverses is None else N_("Aid taken back"))
    document = await issue(
        kind="aid_letter",
        title=title,
        filename=f"aid-letter-{grant_id}",
        template="aid-letter",
        content={
            "to": {
                "name": company["name"],
                "legal_name": company["legal_name"],
                "street": company["street"],
                "postcode": company["postcode"],
                "city": company["city"],
                "country": country(company["country"]),
                "vat_id": company["vat_id"],
            },
            "date": day(clock.today(scheme["tz"]), weekday=False),
            "opening": _opening(grant, fair),
            "facts": await _facts(grant, basis, fair, period),
            "sections": _duties(grant, basis) if grant.reverses is None else [],
            "closing": gettext(N_("This letter was made electronically and is valid unsigned.")),
        },
        agency=scheme["agency"],
        company=grant.company,
        about=grant.about,
    )
    await execute("UPDATE aid_grant SET letter = $2 WHERE id = $1", grant_id, document)
    await record(
        actor,
        "aid.letter",
        "aid_grant",
        grant_id,
        after={"document": document},
        agency_id=scheme["agency"],
        company_id=grant.company,
    )
    return document


def _opening(grant: GrantRow, fair: str) -> str:
    amount = format_money(abs(grant.amount_minor), grant.currency)
    if grant.reverses is not None:
        return gettext(
            N_(
                "The aid of {amount} that was granted to you on {on} for {fair} is taken back in"
                " full. {why}"
            ),
            amount=amount,
            on=day(grant.granted_on, weekday=False),
            fair=fair,
            why=grant.why,
        ).strip()
    if grant.why:
        return gettext(
            N_(
                "The aid granted to you on {on} for {fair} is now {amount}. {why} This letter takes"
                " the place of the earlier one."
            ),
            amount=amount,
            on=day(grant.granted_on, weekday=False),
            fair=fair,
            why=grant.why,
        )
    if grant.shown is Shown.AFTER_PROOF:
        return gettext(
            N_(
                "With your admission to {fair} you are granted aid of up to {amount}. It is paid to"
                " you after the fair for the cost that you prove."
            ),
            fair=fair,
            amount=amount,
        )
    return gettext(
        N_(
            "With your admission to {fair} you are granted aid of {amount}. It lowers the price"
            " of your participation; nothing is paid out."
        ),
        fair=fair,
        amount=amount,
    )


async def _facts(
    grant: GrantRow, basis: LegalBasis, fair: str, period: str
) -> list[tuple[str, str]]:
    who = grant.beneficiary
    facts: list[tuple[str, Any]] = [
        (N_("Beneficiary"), who["name"]),
        (N_("Identification"), who["identifier"]),
        (N_("Single undertaking"), "; ".join(await _undertaking(grant))),
        (N_("Size of the enterprise"), _size(who)),
        (N_("Sector (NACE)"), f"{who['nace_code']} (Rev. {who['nace_revision']})".strip()
         if who["nace_code"] else ""),
        (N_("Scheme"), " · ".join(x for x in (who["scheme"], who["scheme_reference"]) if x)),
        (N_("Legal basis"), ", ".join(x for x in (basis.article, basis.citation) if x)),
        (N_("Granting authority"), who["authority"]),
        (N_("Aid instrument"), who["instrument"]),
        (N_("Amount (gross grant equivalent)"), format_money(grant.amount_minor, grant.currency)),
        (N_("In euro, as ceilings count it"), grant.in_euro),
        (N_("Date of grant"), day(grant.granted_on, weekday=False)),
        (N_("Eligible cost, before VAT"), format_money(grant.eligible_minor, grant.currency)),
        (N_("Intensity"), percent(grant.intensity_bp)),
        (N_("Fair and period"), ", ".join(said for said in (fair, period) if said)),
        (N_("Applied for on"), day(grant.applied_on, weekday=False) if grant.applied_on else ""),
        (N_("First binding order, as you declared"), _ordered(grant)),
    ]  # fmt: skip
    if basis.limits:
        room = await queries.headroom(
            grant.company, basis.code, grant.granted_on, grant.member_state
        )
        facts.append(
            (
                N_("Headroom left after this"),
                gettext(
                    N_("{left} of {ceiling} since {since}, {state}"),
                    left=format_money(room.left_minor or 0, CEILING_CURRENCY),
                    ceiling=format_money(room.ceiling_minor or 0, CEILING_CURRENCY),
                    since=day(room.since, weekday=False),
                    state=country(grant.member_state),
                ),
            )
        )
    return [(gettext(label), str(said)) for label, said in facts if said]


def _ordered(grant: GrantRow) -> str:
    if grant.ordered_on is not None:
        return day(grant.ordered_on, weekday=False)
    return gettext(N_("none before the application")) if grant.applied_on else ""


async def _undertaking(grant: GrantRow) -> list[str]:
    found = await rows(
        "SELECT o.legal_name FROM company o JOIN aid_grant g ON g.undertaking = o.undertaking"
        " WHERE g.id = $1 ORDER BY o.legal_name",
        grant.id,
    )
    said = await standing.statement(grant.company)
    declared = said.linked_companies.splitlines() if said else []
    return [one["legal_name"] for one in found] + [line.strip() for line in declared if line]


def _size(who: dict[str, Any]) -> str:
    if not who["size"]:
        return ""
    name = gettext(SIZE_NAMES[SizeClass(who["size"])])
    return f"{name} ({who['size_year']})" if who["size_year"] else name


def _duties(grant: GrantRow, basis: LegalBasis) -> list[dict[str, str]]:
    found: list[tuple[str, str]] = []
    if basis.de_minimis:
        found.append(
            (
                N_("De minimis character"),
                gettext(
                    N_(
                        "This aid is de minimis aid within the meaning of {citation}. Name it"
                        " whenever an authority asks for the de minimis aid of your undertaking"
                        " in the last three years."
                    ),
                    citation=basis.citation,
                ),
            )
        )
    if basis.application_first:
        found.append(
            (
                N_("Application before the start"),
                N_(
                    "This aid rests on your written application having been made before you ordered"
                    " the stand or began any works for it. An earlier order takes it away."
                ),
            )
        )
    found += [
        (
            N_("Other public money for the same costs"),
            N_(
                "The same costs may not be funded twice. Tell us before you apply for other aid"
                " for them: all aid together may not exceed the highest intensity that applies."
            ),
        ),
        (
            N_("Records"),
            N_(
                "Keep this letter and the invoices for ten years from the date of grant and show"
                " them when an authority of the State or the European Commission asks."
            ),
        ),
        (
            N_("Publication"),
            N_(
                "Your name, the amount, the date, the authority, the instrument and your sector"
                " are entered in a public register where the law asks for it."
            ),
        ),
        (
            N_("When the aid must be given back"),
            N_(
                "If you withdraw, if you do not exhibit, or if what you declared was not true,"
                " the aid is taken back and the full price of the participation is due."
            ),
        ),
        (
            N_("If you disagree"),
            N_(
                "Write to us within one month of receiving this letter and say what you ask to be"
                " reviewed. The address stands at the foot of this page."
            ),
        ),
    ]
    return [{"heading": gettext(title), "body": gettext(text)} for title, text in found]
