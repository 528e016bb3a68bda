"""Articles: for everybody under /answers, for their writers at the desk."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response

from events.enquiries import articles, publishing, queries
from events.enquiries.ask_pages import language_choices
from events.enquiries.forms import ArticleForm, HelpedForm, PressForm, SearchQuery
from server.accounts.permissions import Actor
from server.database import page_id
from server.text import N_, locale
from server.web import get, needs, page, post, submit
from server.web.door import address
from server.web.forms import parse

Asked = Request[Any, Any, Any]
Answer = Response[Any]
_DESK = "/desk/enquiries/articles"


@get("/answers", needs("public.read"))
async def answers(request: Asked) -> Answer:
    """Search what was answered."""
    params = {k: v for k, v in request.query_params.items() if k in ("words", "language")}
    query = parse(SearchQuery, params)
    cursor = str(request.query_params.get("cursor", ""))
    found, following = await articles.search(query, cursor)
    kept = {k: v for k, v in query.typed().items() if v}
    return page(
        request,
        "enquiries/answers.html",
        hits=found,
        looked_for=query,
        first=not cursor,
        languages=language_choices(),
        language_names=dict(language_choices()),
        next_url="?" + urlencode({**kept, "cursor": following}) if following else "",
    )


@get("/answers/{slug:str}", needs("public.read"))
async def article(request: Asked, slug: str) -> Answer:
    """One article."""
    found = await articles.published(slug)
    return page(
        request,
        "enquiries/article.html",
        article=found,
        others=await articles.in_other_words(found),
        language_names=dict(language_choices()),
    )


@post("/answers/{slug:str}", needs("public.read"))
async def helped(request: Asked, slug: str) -> Answer:
    """Did it help?"""
    found = await articles.published(slug)
    who = articles.voter(found.id, address(), request.scope["state"].get("session_key", ""))
    return await submit(
        request,
        HelpedForm,
        act=lambda form: publishing.helped(form, article=found, voter=who),
        to=f"/answers/{slug}",
        said=lambda new: N_("Thank you: that is noted.") if new else N_("You said so today."),
        again=lambda: article.fn(request, slug),
    )


@get(_DESK, needs("enquiry.list"))
async def owned(request: Asked, actor: Actor) -> Answer:
    """The agency's articles."""
    found, following = await articles.owned(actor, str(request.query_params.get("cursor", "")))
    return page(
        request,
        "enquiries/articles.html",
        articles=found,
        language_names=dict(language_choices()),
        next_url=f"?cursor={following}" if following else "",
    )


async def _form(request: Asked, actor: Actor, **shown: Any) -> Answer:
    return page(
        request,
        "enquiries/article_form.html",
        languages=language_choices(),
        topics=[(each.id, each.name) for each in await queries.topics(actor)],
        **shown,
    )


@get(_DESK + "/new", needs("enquiry.answer"))
async def new(request: Asked, actor: Actor) -> Answer:
    """A new article; `?enquiry=` starts from an answer, `?same_as=` from an article."""
    enquiry = page_id(str(request.query_params.get("enquiry", "")))
    same_as = page_id(str(request.query_params.get("same_as", "")))
    start = {"title": "", "body": "", "language": locale(), "topic": ""}
    if same_as:
        other = await articles.own(actor, same_as)
        start.update(title=other.title, body=other.body, topic=str(other.topic or ""))
    elif enquiry:
        found = await queries.at_desk(actor, enquiry)
        said = (await queries.conversation(found)).messages
        last = [each.body for each in said if each.kind == "answer"]
        start.update(
            title=found.subject,
            body=last[-1] if last else "",
            language=found.language,
            topic=str(found.topic),
        )
    return await _form(
        request, actor, article=None, start=start, enquiry=enquiry or "", same_as=same_as or ""
    )


@post(_DESK + "/new", needs("enquiry.answer"))
async def make(request: Asked, actor: Actor) -> Answer:
    """Save the draft."""
    return await submit(
        request,
        ArticleForm,
        act=lambda form: publishing.make(actor, form),
        to=lambda made: f"{_DESK}/{made}",
        said=N_("The draft is saved. A manager publishes it."),
        again=lambda: new.fn(request, actor),
    )


@get(_DESK + "/{article_id:int}", needs("enquiry.list"))
async def one(request: Asked, actor: Actor, article_id: int) -> Answer:
    """One article with its versions."""
    found = await articles.own(actor, article_id)
    start = {
        "title": found.title,
        "body": found.body,
        "language": found.language,
        "topic": str(found.topic or ""),
    }
    return await _form(
        request,
        actor,
        article=found,
        start=start,
        enquiry="",
        same_as="",
        versions=await articles.versions(article_id),
        others=await articles.in_other_words(found),
        language_names=dict(language_choices()),
    )


@post(_DESK + "/{article_id:int}", needs("enquiry.answer"))
async def change(request: Asked, actor: Actor, article_id: int) -> Answer:
    """Save a new version."""
    return await submit(
        request,
        ArticleForm,
        act=lambda form: publishing.change(actor, form, article_id=article_id),
        to=f"{_DESK}/{article_id}",
        said=N_("The new version is saved; the old one is kept."),
        again=lambda: one.fn(request, actor, article_id),
    )


@post(_DESK + "/{article_id:int}/publish", needs("enquiry.write"))
async def publish(request: Asked, actor: Actor, article_id: int) -> Answer:
    """Let everybody find it."""
    return await submit(
        request,
        PressForm,
        act=lambda form: publishing.publish(actor, form, article_id=article_id),
        to=f"{_DESK}/{article_id}",
        said=N_("The article is published."),
        again=lambda: one.fn(request, actor, article_id),
    )


@post(_DESK + "/{article_id:int}/withdraw", needs("enquiry.write"))
async def withdraw(request: Asked, actor: Actor, article_id: int) -> Answer:
    """Take it back."""
    return await submit(
        request,
        PressForm,
        act=lambda form: publishing.withdraw(actor, form, article_id=article_id),
        to=f"{_DESK}/{article_id}",
        said=N_("The article is withdrawn: nobody finds it any more."),
        again=lambda: one.fn(request, actor, article_id),
    )


HANDLERS = [answers, article, helped, owned, new, make, one, change, publish, withdraw]
