"""The pages of the person who asks: with an account under /my/enquiries, without by a link."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from babel import Locale
from litestar import Request, Response

from events.enquiries import articles, asking, queries, telling
from events.enquiries.forms import AskForm, ConsentForm, PressForm, RateForm, WriteForm
from events.enquiries.rules import LANGUAGES, State
from server.accounts.permissions import Actor
from server.errors import Refused
from server.organisations.rules import countries
from server.text import N_, locale
from server.web import get, needs, page, post, see_other, submit
from server.web.door import address
from server.web.forms import parse
from server.web.respond import show_again, typed_values

Asked = Request[Any, Any, Any]
Answer = Response[Any]
_LINK = "/enquiry/{key:uuid}/{signature:str}"
_MINE = "/my/enquiries/{key:uuid}"


def language_choices() -> list[tuple[str, str]]:
    """Languages by their name in the language of the page."""
    names = Locale.parse(locale()).languages
    return sorted(((code, names.get(code, code)) for code in LANGUAGES), key=lambda one: one[1])


def country_choices() -> list[tuple[str, str]]:
    """Countries by name."""
    return sorted(countries().items(), key=lambda one: one[1])


async def _ask_page(request: Asked, hits: list[articles.Hit]) -> Answer:
    params = request.query_params
    topics = await queries.topics_open()
    agency, office = params.get("agency", "")[:80], params.get("office", "")[:80]
    near = [
        each
        for each in topics
        if (not agency or each.agency_slug == agency) and (not office or each.office_slug == office)
    ]
    shown = near or topics
    many = len({each.agency for each in shown}) > 1
    about = params.get("about", "")[:200]
    return page(
        request,
        "enquiries/ask.html",
        topics=[
            (
                each.id,
                f"{each.agency_name}: {each.name}" if many else each.name,
                each.about,
            )
            for each in shown
        ],
        agencies=sorted({each.agency_name for each in shown}),
        chosen=shown[0].id if len(shown) == 1 else "",
        narrowed=len(shown) < len(topics),
        languages=language_choices(),
        countries=country_choices(),
        language=locale(),
        market=params.get("market", "")[:2],
        subject=params.get("subject", "")[:200],
        about=about if about.startswith("/") else "",
        opened=asking.opened_now(),
        hits=hits,
    )


@get("/ask", needs("public.read"))
async def ask_page(request: Asked) -> Answer:
    """The question, on one page; `?agency=`, `?office=` and `?about=` fill in where one is from."""
    return await _ask_page(request, [])


@post("/ask", needs("public.read"))
async def ask(request: Asked, actor: Actor) -> Answer:
    """First what was answered before; then, or where nothing fits, the question is sent."""
    typed = await typed_values(request)
    try:
        form = parse(AskForm, typed)
        if not form.seen:
            hits = await articles.suggested(
                f"{form.subject}\n{form.question}", form.language, form.topic
            )
            if hits:
                request.scope["state"]["typed"] = typed
                return await _ask_page(request, hits)
        asked = await asking.ask(actor, form, address())
    except Refused as refused:
        show_again(request, typed, refused)
        return await _ask_page(request, [])
    if asked.sent:
        return see_other(
            asked.path, said=N_("Your question is sent. You get a mail when it is answered.")
        )
    return see_other("/ask/sent")


@get("/ask/sent", needs("public.read"))
async def sent(request: Asked) -> Answer:
    """One step is left: the link in the mail."""
    return page(request, "enquiries/sent.html")


async def _shown(request: Asked, found: queries.EnquiryRow, base: str) -> Answer:
    talk = await queries.conversation(found)
    return page(
        request,
        "enquiries/unconfirmed.html" if found.state is State.UNCONFIRMED else "enquiries/own.html",
        found=found,
        talk=talk,
        base=base,
        waiting=next((each for each in talk.passes if each.consent == "waiting"), None),
    )


@get(_LINK, needs("public.read"))
async def by_link(request: Asked, key: UUID, signature: str) -> Answer:
    """The conversation, for whoever holds the mail."""
    telling.check(key, signature)
    return await _shown(request, await queries.by_key(key), f"/enquiry/{key}/{quote(signature)}")


@get("/my/enquiries", needs("enquiry.own"))
async def mine(request: Asked, actor: Actor) -> Answer:
    """What the company asked."""
    found, following = await queries.mine(actor, str(request.query_params.get("cursor", "")))
    return page(
        request,
        "enquiries/mine.html",
        enquiries=found,
        next_url=f"?cursor={following}" if following else "",
    )


@get(_MINE, needs("enquiry.own"))
async def one_of_mine(request: Asked, actor: Actor, key: UUID) -> Answer:
    """The conversation, for the company."""
    return await _shown(request, await queries.of_company(actor, key), f"/my/enquiries/{key}")


_ACTS: dict[str, tuple[Any, Any, str]] = {
    "write": (WriteForm, asking.write, N_("Your message is sent. You get a mail with the answer.")),
    "close": (PressForm, asking.close, N_("The question is closed. A new message opens it again.")),
    "rate": (RateForm, asking.rate, N_("Thank you: that is noted.")),
    "consent": (ConsentForm, asking.consent, N_("Your choice is kept, and the agency knows it.")),
    "erase": (PressForm, asking.erase, N_("Your question and your data are erased.")),
}


def _acts(name: str) -> list[Any]:
    form, act, said = _ACTS[name]

    @post(f"{_LINK}/{name}", needs("public.read"))
    async def linked(request: Asked, key: UUID, signature: str) -> Answer:
        telling.check(key, signature)
        return await submit(
            request, form, act=lambda given: act(None, given, key=key),
            to="/answers" if name == "erase" else f"/enquiry/{key}/{quote(signature)}",
            said=said, again=lambda: by_link.fn(request, key, signature),
        )  # fmt: skip

    @post(f"{_MINE}/{name}", needs("enquiry.own"))
    async def owned(request: Asked, actor: Actor, key: UUID) -> Answer:
        return await submit(
            request, form, act=lambda given: act(actor, given, key=key),
            to="/my/enquiries" if name == "erase" else f"/my/enquiries/{key}",
            said=said, again=lambda: one_of_mine.fn(request, actor, key),
        )  # fmt: skip

    return [linked, owned]


@post(f"{_LINK}/confirm", needs("public.read"))
async def confirm(request: Asked, key: UUID, signature: str) -> Answer:
    """The button behind the mailed link."""
    telling.check(key, signature)
    return await submit(
        request,
        PressForm,
        act=lambda form: asking.confirm(form, key=key),
        to=f"/enquiry/{key}/{quote(signature)}",
        said=N_("Your question is sent. You get a mail when it is answered."),
        again=lambda: by_link.fn(request, key, signature),
    )


HANDLERS = [
    ask_page, ask, sent, by_link, confirm, mine, one_of_mine,
    *(each for name in _ACTS for each in _acts(name)),
]  # fmt: skip
