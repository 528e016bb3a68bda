"""The demonstration: agencies, companies, fairs and calls in every stage, made by the real verbs.

Everything is invented. Dates count from the day of loading, so that one fair is over, one is being
paid for and one can still be applied to. What is loaded once is never touched again.
"""

from collections.abc import Callable
from datetime import UTC, datetime, time

from server import clock
from server.accounts.permissions import SYSTEM
from server.audit import record
from server.database import action, value
from server.demonstration import organisations, places
from server.demonstration.calendar import Calendar
from server.demonstration.conditions import ask_to_mend
from server.demonstration.helpdesk import help_out
from server.demonstration.meetings import meet
from server.demonstration.offers import offer
from server.demonstration.offices import run_offices
from server.demonstration.organisations import PASSWORD, SIGN_INS
from server.demonstration.owing import owe
from server.demonstration.placing import propose_stands
from server.demonstration.preparing import prepare
from server.demonstration.proving import hand_in_a_proof
from server.demonstration.ranking import give_places
from server.demonstration.standing import say_who_they_are
from server.demonstration.stories import tell
from server.demonstration.together import apply_as_one

_LOADED = "demonstration.load"


@action
async def _note() -> None:
    await record(SYSTEM, _LOADED, "house", 0)


async def load(say: Callable[[str], None]) -> None:
    """Make what is missing; after one complete load nothing is changed any more."""
    if await value("SELECT 1 FROM audit_line WHERE verb = $1 LIMIT 1", _LOADED):
        say("The demonstration is loaded already.")
        return
    noon = datetime.combine(clock.now().date(), time(12), UTC)
    calendar = Calendar(noon)
    say("Agencies and their people ...")
    agencies = await organisations.agencies(calendar)
    say("Companies of twenty countries ...")
    companies = await organisations.companies(calendar)
    say("Fairs, joint booths, prices, schemes and calls ...")
    calls = await places.build(agencies, calendar)
    say("Applications, admissions, payments ...")
    await tell(agencies, companies, calls, calendar)
    await ask_to_mend(agencies[organisations.LEAD], calls["bengaluru"], calendar)
    say("Places by points ...")
    await give_places(agencies, companies, calls["rotterdam"], calendar)
    say("Tasks before the fair ...")
    await prepare(agencies, companies, calls["chicago"], calendar)
    say("Stands that became free ...")
    await offer(agencies, companies, calls, calendar)
    say("A consortium of three on one stand ...")
    await apply_as_one(agencies, companies, calls["bengaluru"], calendar)
    say("A proposal of who stands where ...")
    await propose_stands(agencies, calls["rotterdam"], calendar)
    say("Terms, reminders, instalments ...")
    await owe(agencies, calendar)
    await hand_in_a_proof(companies, calendar)
    await say_who_they_are(companies, calendar)
    say("Offices in Singapore and Kraków ...")
    await run_offices(agencies, companies, calendar)
    say("Three days of meetings in Hamburg ...")
    await meet(agencies, companies, calendar)
    say("Questions and answers ...")
    await help_out(agencies, companies, calendar)
    await _note()


def sign_ins(base_url: str) -> str:
    """Who can sign in, as lines to print."""
    width = max(len(email) for email, _ in SIGN_INS)
    lines = [f"Sign in at {base_url}/login with the password “{PASSWORD}” as"]
    lines += [f"  {email:<{width}}  {who}" for email, who in SIGN_INS]
    lines.append(f"Mails that would have been sent: {base_url}/demo/mail")
    return "\n".join(lines)
