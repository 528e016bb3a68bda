"""What companies read about a call and about their application, and what comes next. Pure."""

from dataclasses import dataclass

from booths.calls.rules import Phase, State
from server.text import N_

CALL_TOLD: dict[Phase, str] = {
    Phase.DRAFT: N_("Only the agency sees this draft."),
    Phase.PUBLISHED: N_("You may prepare an application now, and send it once the call is open."),
    Phase.OPEN: N_("You may send an application, change it and send it again."),
    Phase.CLOSED: N_("Nobody can apply any more. The agency checks what came in and decides."),
    Phase.DECIDED: N_("Every application to this call has its answer."),
    Phase.RUNNING: N_("The fair has begun. Whoever was admitted is there."),
    Phase.CLOSED_OUT: N_("The fair is over, and everything about this call is done."),
    Phase.CANCELLED: N_("This call is cancelled. Whoever applied was written to."),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the applicant reads about a state: what it is, and what comes next."""

    what: str
    then: str


TOLD: dict[State, Told] = {
    State.DRAFT: Told(
        N_("Your application is not sent yet."),
        N_("Finish the tasks below and send it before the call closes."),
    ),
    State.SUBMITTED: Told(
        N_("Your application has arrived. A receipt is in your mail."),
        N_("The agency checks it. Until the call closes you may change it and send it again."),
    ),
    State.TO_CORRECT: Told(
        N_("The agency asks you to mend something in your application."),
        N_(
            "Below you read what, and until when. If you send it again in time, it keeps its time"
            " of arrival; otherwise it counts as you sent it before."
        ),
    ),
    State.ELIGIBLE: Told(
        N_("Your application was checked and fulfils the conditions."),
        N_("The agency decides after the call has closed. You need not do anything."),
    ),
    State.INELIGIBLE: Told(
        N_("Your application does not fulfil the conditions."),
        N_("The reason is below. Until the call closes you may correct it and send it again."),
    ),
    State.WAIT_LISTED: Told(
        N_("You are on the waiting list."),
        N_("If a stand becomes free, the agency writes to you. You owe nothing."),
    ),
    State.REJECTED: Told(
        N_("Your application was not successful."),
        N_("The reason is below. Ask the agency if it is not clear to you."),
    ),
    State.ADMITTED: Told(
        N_("You are admitted. Your stand is kept for you until the payment is due."),
        N_("Pay the invoice by then, and the stand is yours."),
    ),
    State.CONFIRMED: Told(
        N_("Your stand is confirmed and paid."),
        N_("Put the dates into your calendar and prepare for the fair."),
    ),
    State.EXHIBITED: Told(
        N_("You have exhibited at this fair."),
        N_("Thank you. The agency may ask you how it went."),
    ),
    State.NO_SHOW: Told(
        N_("Nobody was at your stand."),
        N_("Write to the agency if this is wrong: it may cost you later support."),
    ),
    State.LAPSED: Told(
        N_("The payment did not arrive in time, so the stand was given back."),
        N_("If you have paid, the money is kept: the agency refunds it or finds you a stand."),
    ),
    State.RELEASED: Told(
        N_("Your admission was ended by the agency."),
        N_("The reason is below. What you paid and do not owe is refunded."),
    ),
    State.WITHDRAWN: Told(
        N_("You have withdrawn this application."),
        N_("Until the call closes you may send it again."),
    ),
    State.EXCLUDED: Told(
        N_("Your application was excluded from this call."),
        N_("The reason is below. Write to the agency if you think it is wrong."),
    ),
    State.CANCELLED: Told(
        N_("The call was cancelled, and your application with it."),
        N_("The reason is below. You owe nothing; what you paid is refunded."),
    ),
}

# What is told instead once the time to change or to mend an application has passed.
TOLD_LATER: dict[State, Told] = {
    State.DRAFT: Told(
        N_("The call has closed, and your application was not sent."),
        N_("You owe nothing. Ask the agency about a late list, or look at the open calls."),
    ),
    State.SUBMITTED: Told(
        N_("Your application has arrived, and the call has closed."),
        N_("The agency checks it and decides. You need not do anything."),
    ),
    State.TO_CORRECT: Told(
        N_("The time to mend your application has passed."),
        N_("It counts as you sent it before, and the agency decides on that."),
    ),
    State.INELIGIBLE: Told(
        N_("Your application does not fulfil the conditions, and the call has closed."),
        N_("The reason is below. Write to the agency if you think it is wrong."),
    ),
    State.WITHDRAWN: Told(
        N_("You have withdrawn this application."),
        N_("The call has closed. Look at the open calls for another one."),
    ),
}


def told(state: State, *, editable: bool) -> Told:
    """What the applicant reads; `editable` says that answers may still be sent."""
    if not editable and state in TOLD_LATER:
        return TOLD_LATER[state]
    return TOLD[state]
