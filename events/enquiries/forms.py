"""Input for enquiries, topics, routes and articles."""

from datetime import date, time
from typing import Annotated

from msgspec import Meta

from events.enquiries.rules import LANGUAGES
from server.accounts.forms import EMAIL
from server.organisations.rules import is_country
from server.text import N_, gettext
from server.web.forms import Form

_LANGUAGE = rf"^({'|'.join(LANGUAGES)})$"
Language = Annotated[str, Meta(title=N_("Language"), pattern=_LANGUAGE)]
AnyLanguage = Annotated[str, Meta(title=N_("Language"), pattern=rf"^({'|'.join(LANGUAGES)})?$")]
Market = Annotated[
    str, Meta(title=N_("Market"), description=N_("The country it is about"), max_length=2)
]
Words = Annotated[str, Meta(title=N_("Your message"), min_length=2, max_length=6000)]
Turn = Annotated[int, Meta(title=N_("Where the conversation stood"), ge=0)]
_NO_COUNTRY = N_("Choose one of the countries offered.")


class AskForm(Form):
    """A question. Name and address only of whoever is not signed in."""

    topic: Annotated[int, Meta(title=N_("What is it about?"), ge=1)]
    subject: Annotated[
        str, Meta(title=N_("Your question in one line"), min_length=5, max_length=200)
    ]
    question: Annotated[
        str, Meta(title=N_("Your question in full"), min_length=10, max_length=6000)
    ]
    language: Language = "en"
    market: Market = ""
    name: Annotated[str, Meta(title=N_("Your name"), max_length=120)] = ""
    email: Annotated[
        str,
        Meta(
            title=N_("E-mail address"),
            description=N_("Write it like name@example.org."),
            pattern=EMAIL,
            max_length=254,
        ),
    ] = ""
    may_pass: Annotated[
        bool,
        Meta(title=N_("Another agency of this site may have my question if it can answer better")),
    ] = False
    about: Annotated[str, Meta(title=N_("The page you come from"), max_length=200)] = ""
    fax: Annotated[str, Meta(title=N_("Leave this field empty"), max_length=200)] = ""
    opened: Annotated[str, Meta(title=N_("When the page was opened"), max_length=200)] = ""
    seen: Annotated[bool, Meta(title=N_("The answers found do not help"))] = False

    def check(self) -> dict[str, str]:
        """A country that exists."""
        if self.market and not is_country(self.market):
            return {"market": gettext(_NO_COUNTRY)}
        return {}


class OwnAskForm(Form):
    """A question of a company, by a program."""

    topic: Annotated[int, Meta(title=N_("Topic"), ge=1)]
    subject: Annotated[str, Meta(title=N_("Question in one line"), min_length=5, max_length=200)]
    question: Annotated[str, Meta(title=N_("Question in full"), min_length=10, max_length=6000)]
    language: Language = "en"
    market: Market = ""
    may_pass: Annotated[bool, Meta(title=N_("Another agency may have the question"))] = False

    def check(self) -> dict[str, str]:
        """A country that exists."""
        if self.market and not is_country(self.market):
            return {"market": gettext(_NO_COUNTRY)}
        return {}


class PressForm(Form):
    """A button alone."""


class WriteForm(Form):
    """More from the person who asked."""

    body: Words


class ConsentForm(Form):
    """Whether the question may be passed on."""

    agree: Annotated[str, Meta(title=N_("Your answer"), pattern=r"^(yes|no)$")]


class RateForm(Form):
    """Did the answer help: 3 yes, 2 in part, 1 no."""

    rating: Annotated[int, Meta(title=N_("Did the answer help?"), ge=1, le=3)]


class AnswerForm(Form):
    """An answer to the conversation as it stood at `turn`."""

    turn: Turn
    body: Annotated[str, Meta(title=N_("Answer"), min_length=2, max_length=9000)]


class NoteForm(Form):
    """A note that only the agency sees."""

    body: Annotated[str, Meta(title=N_("Note"), min_length=2, max_length=6000)]


class AssignForm(Form):
    """Who answers, about which topic; nobody: everybody of the topic."""

    topic: Annotated[int, Meta(title=N_("Topic"), ge=1)]
    person: Annotated[int, Meta(title=N_("Who answers"), ge=1)] | None = None


class PassForm(Form):
    """To a topic of another agency here, or by mail to an organisation outside."""

    turn: Turn
    reason: Annotated[
        str,
        Meta(
            title=N_("Why they can answer better"),
            description=N_("The person who asked reads it."),
            min_length=5,
            max_length=1000,
        ),
    ]
    topic: Annotated[int, Meta(title=N_("Agency and topic"), ge=1)] | None = None
    to_name: Annotated[str, Meta(title=N_("Organisation"), max_length=200)] = ""
    to_email: Annotated[
        str, Meta(title=N_("Its e-mail address"), pattern=EMAIL, max_length=254)
    ] = ""

    def check(self) -> dict[str, str]:
        """One of the two."""
        outside = bool(self.to_name or self.to_email)
        if (self.topic is not None) == outside:
            return {
                "topic": gettext(N_("Choose an agency here, or name an organisation: one of both."))
            }
        if outside and not (self.to_name and self.to_email):
            return {"to_email": gettext(N_("An organisation needs its name and its address."))}
        return {}


class CloseForm(Form):
    """Close; an unanswered question needs the reason, which the person reads."""

    turn: Turn
    why: Annotated[str, Meta(title=N_("Why it is closed"), max_length=1000)] = ""


class EnquiriesQuery(Form):
    """What a list of enquiries is narrowed to."""

    show: Annotated[
        str, Meta(title=N_("Show"), pattern=r"^(waiting|mine|late|answered|closed|passed|all)?$")
    ] = ""
    topic: Annotated[int, Meta(title=N_("Topic"), ge=1)] | None = None
    words: Annotated[str, Meta(title=N_("Words"), max_length=100)] = ""


class TopicForm(Form):
    """A topic, who answers, how fast."""

    name: Annotated[str, Meta(title=N_("Topic"), min_length=2, max_length=120)]
    target_hours: Annotated[
        int,
        Meta(
            title=N_("First answer within"),
            description=N_("Working hours of your desk"),
            ge=1,
            le=400,
        ),
    ]
    people: Annotated[list[int], Meta(title=N_("Who answers"))]
    about: Annotated[str, Meta(title=N_("What belongs to it"), max_length=1000)] = ""
    office: (
        Annotated[
            int,
            Meta(
                title=N_("Office"),
                description=N_("Its clock and its holidays count for the answer."),
                ge=1,
            ),
        ]
        | None
    ) = None
    open: Annotated[bool, Meta(title=N_("People can ask about it"))] = False


class DeskForm(Form):
    """When the desk works, and how long it keeps what people wrote."""

    days: Annotated[list[int], Meta(title=N_("Days"))]
    opens: Annotated[time, Meta(title=N_("From"))]
    closes: Annotated[time, Meta(title=N_("Until"))]
    keep_months: Annotated[
        int,
        Meta(
            title=N_("Keep questions for"),
            description=N_("Months after the last word; then names and texts are erased."),
            ge=1,
            le=120,
        ),
    ]

    def check(self) -> dict[str, str]:
        """Some day, some hours."""
        if not self.days or not set(self.days) <= set(range(1, 8)):
            return {"days": gettext(N_("Choose at least one day of the week."))}
        if self.opens >= self.closes:
            return {"closes": gettext(N_("The desk must close after it opens."))}
        return {}


class RouteForm(Form):
    """From a day on, such questions go to one person."""

    person: Annotated[int, Meta(title=N_("Goes to"), ge=1)]
    from_on: Annotated[date, Meta(title=N_("From"))]
    topic: Annotated[int, Meta(title=N_("Topic"), ge=1)] | None = None
    market: Market = ""
    language: AnyLanguage = ""
    until_on: Annotated[date, Meta(title=N_("Until"))] | None = None

    def check(self) -> dict[str, str]:
        """Dates in order, a country that exists."""
        if self.until_on and self.until_on < self.from_on:
            return {"until_on": gettext(N_("The last day must not lie before the first."))}
        if self.market and not is_country(self.market):
            return {"market": gettext(_NO_COUNTRY)}
        return {}


class EndRouteForm(Form):
    """The last day of a route."""

    until_on: Annotated[date, Meta(title=N_("Last day"))]


class TimesQuery(Form):
    """The days whose questions are counted."""

    since: Annotated[date, Meta(title=N_("Arrived from"))] | None = None
    until: Annotated[date, Meta(title=N_("Arrived until"))] | None = None


class ArticleForm(Form):
    """An article. `version` is the one that was open; `enquiry` the question it came from."""

    title: Annotated[
        str,
        Meta(title=N_("Question, as people ask it"), min_length=5, max_length=200),
    ]
    body: Annotated[
        str,
        Meta(
            title=N_("Answer"),
            description=N_("An empty line begins a new paragraph. No names, no addresses."),
            min_length=10,
            max_length=9000,
        ),
    ]
    language: Language
    topic: Annotated[int, Meta(title=N_("Topic"), ge=1)] | None = None
    enquiry: Annotated[int, Meta(title=N_("Question"), ge=1)] | None = None
    same_as: Annotated[int, Meta(title=N_("Says the same as"), ge=1)] | None = None
    version: Annotated[int, Meta(title=N_("Version"), ge=0)] = 0


class SearchQuery(Form):
    """What is looked for among the answers; no language: all."""

    words: Annotated[str, Meta(title=N_("Words"), max_length=300)] = ""
    language: AnyLanguage = ""


class HelpedForm(Form):
    """Did this help?"""

    helped: Annotated[str, Meta(title=N_("Did this help?"), pattern=r"^(yes|no)$")]
