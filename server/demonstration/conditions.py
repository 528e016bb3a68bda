"""Rules of the call that is open, and an application that is to be mended."""

from datetime import timedelta
from typing import Any

from booths.calls import correcting
from booths.calls.forms import CorrectForm
from booths.calls.rules import DECLARED
from booths.checks import actions as checks
from booths.checks.forms import RuleForm, TermsForm
from server import clock
from server.accounts.permissions import Actor
from server.database import row, value
from server.demonstration.calendar import Calendar
from server.web.forms import parse

EEA = (
    "AT, BE, BG, CY, CZ, DE, DK, EE, ES, FI, FR, GR, HR, HU, IE, IS, IT, LI, LT, LU, LV, MT, NL,"
    " NO, PL, PT, RO, SE, SI, SK"
)
RULES: list[tuple[str, dict[str, Any]]] = [
    ("size_in", {"sizes": ["micro", "small", "medium"]}),
    ("country_in", {"countries": EEA}),
    ("export_status_in", {"statuses": ["none", "occasional"], "weight": "warning"}),
]
APPEAL = (
    "If you think that this is wrong, write to us within one month of this letter and say why. We"
    " look at it again and answer in writing."
)
TO_MEND = "Vesthav Ventil"
POINTS = (
    "The exhibits name a pump that is not in your profile: add it there, or leave it out here.\n"
    "Say how many contacts would make the fair a success."
)


async def set_rules(actor: Actor, call_id: int) -> None:
    """Three rules, the usual declarations, and how to appeal: while the call is a draft."""
    if await value("SELECT 1 FROM call_terms WHERE call = $1", call_id):
        return
    for kind, typed in RULES:
        form = parse(RuleForm, typed)
        await checks.add_rule(actor, form, call_id=call_id, kind=kind)
    terms = {"declarations": [*DECLARED, "no_difficulty"], "appeal": APPEAL}
    await checks.save_terms(actor, parse(TermsForm, terms), call_id=call_id)


async def ask_to_mend(staff: dict[str, Actor], call_id: int, calendar: Calendar) -> None:
    """One application is sent back with two points, to be answered within ten days from today."""
    found = await row(
        "SELECT x.id, a.tz FROM application x JOIN company co ON co.id = x.company"
        " JOIN call c ON c.id = x.call JOIN agency a ON a.id = c.agency"
        " WHERE x.call = $1 AND co.name = $2 AND x.state = 'submitted'",
        call_id,
        TO_MEND,
    )
    if found is None:
        return
    with clock.travel(calendar.moment(-1)):
        until = clock.local(clock.now() + timedelta(days=10), found["tz"])
        form = CorrectForm(points=POINTS, until=until.replace(tzinfo=None))
        manager = staff.get("manager", staff["owner"])
        await correcting.ask(manager, form, application_id=found["id"])
