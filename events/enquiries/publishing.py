"""Articles: write, publish, withdraw, and count whether they helped."""

from uuid import uuid4

from events.enquiries import articles, queries, rules
from events.enquiries.articles import ArticleRow
from events.enquiries.forms import ArticleForm, HelpedForm, PressForm
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, row, step, value
from server.errors import Conflict, NotFound, Refused
from server.organisations import queries as organisations
from server.organisations.rules import slug
from server.text import N_


@step
async def _impersonal(actor: Actor, form: ArticleForm, enquiry: int | None) -> None:
    """Refuse a text that points to the person who asked, or to anybody else but the agency."""
    names: list[str] = []
    if enquiry is not None:
        found = await queries.enquiry(enquiry)
        names = [found.name, found.company_name]
    agency = await organisations.agency(actor.agency_id or 0)
    own = [agency.email, agency.phone]
    left = rules.personal(f"{form.title}\n{form.body}", names, own)
    if left:
        raise Refused(
            N_(
                "An article names nobody. Take this out: {what}. Nothing was saved, and your text"
                " is kept."
            ),
            field="body",
            what=", ".join(left),
        )


@step
async def _same_as(actor: Actor, form: ArticleForm) -> ArticleRow | None:
    if form.same_as is None:
        return None
    other = await articles.own(actor, form.same_as)
    if await value(
        "SELECT true FROM article WHERE family = $1 AND language = $2", other.family, form.language
    ):
        raise Refused(
            N_("This article exists in this language already. Change that one."), field="language"
        )
    return other


@action
async def make(actor: Actor, form: ArticleForm) -> int:
    """A draft, from nothing, from an answered question, or in another language."""
    require(actor, "enquiry.answer")
    if form.enquiry is not None:
        await queries.at_desk(actor, form.enquiry)
    if form.topic is not None:
        await queries.topic(actor, form.topic)
    await _impersonal(actor, form, form.enquiry)
    other = await _same_as(actor, form)
    stem = slug(form.title)[:120].strip("-") or "answer"
    name = stem
    if await value("SELECT true FROM article WHERE slug = $1", name):
        name = f"{stem}-{uuid4().hex[:8]}"
    made: int = await value(
        "INSERT INTO article (agency, topic, slug, family, language, title, body, state, enquiry,"
        " changed_at) VALUES ($1,$2,$3,$4,$5,$6,$7,'draft',$8,$9) RETURNING id",
        actor.agency_id,
        form.topic,
        name,
        other.family if other else uuid4(),
        form.language,
        form.title,
        form.body,
        form.enquiry,
        clock.now(),
    )
    await _keep(actor, made, 1, form)
    await record(actor, "article.write", "article", made, after={"title": form.title, "version": 1})
    return made


@step
async def _keep(actor: Actor, article_id: int, version: int, form: ArticleForm) -> None:
    await execute(
        "INSERT INTO article_version (article, version, title, body, person, at)"
        " VALUES ($1,$2,$3,$4,$5,$6)",
        article_id,
        version,
        form.title,
        form.body,
        actor.person_id,
        clock.now(),
    )


@action
async def change(actor: Actor, form: ArticleForm, *, article_id: int) -> int:
    """A new version; what the old one said is kept. Conflict where somebody else wrote one."""
    require(actor, "enquiry.answer")
    await execute("SELECT 1 FROM article WHERE id = $1 FOR UPDATE", article_id)
    found = await articles.own(actor, article_id)
    if found.state == "published":
        require(actor, "enquiry.write")
    if form.version != found.version:
        raise Conflict(
            N_(
                "Somebody else has saved version {n} meanwhile. Nothing was saved, and your text"
                " is kept: compare it with the one on the page."
            ),
            n=found.version,
        )
    if form.topic is not None:
        await queries.topic(actor, form.topic)
    if form.language != found.language and await value(
        "SELECT true FROM article WHERE family = $1 AND language = $2", found.family, form.language
    ):
        raise Refused(
            N_("This article exists in this language already. Change that one."), field="language"
        )
    await _impersonal(actor, form, found.enquiry)
    await execute(
        "UPDATE article SET title = $2, body = $3, language = $4, topic = $5,"
        " version = version + 1, changed_at = $6 WHERE id = $1",
        article_id,
        form.title,
        form.body,
        form.language,
        form.topic,
        clock.now(),
    )
    await _keep(actor, article_id, found.version + 1, form)
    await record(
        actor, "article.write", "article", article_id, before={"version": found.version},
        after={"title": form.title, "version": found.version + 1},
    )  # fmt: skip
    return article_id


@action
async def publish(actor: Actor, _: PressForm, *, article_id: int) -> int:
    """Everybody can find it from now on."""
    return await _to(actor, article_id, "published")


@action
async def withdraw(actor: Actor, _: PressForm, *, article_id: int) -> int:
    """Nobody finds it any more; it is kept, and can be published again."""
    return await _to(actor, article_id, "withdrawn")


@step
async def _to(actor: Actor, article_id: int, state: str) -> int:
    require(actor, "enquiry.write")
    found = await row(
        "UPDATE article SET state = $3::text, changed_at = $4,"
        " published_at = CASE $3::text WHEN 'published' THEN coalesce(published_at, $4)"
        " ELSE published_at END WHERE id = $1 AND agency = $2 RETURNING version",
        article_id,
        actor.agency_id,
        state,
        clock.now(),
    )
    if found is None:
        raise NotFound
    verb = "article.publish" if state == "published" else "article.withdraw"
    await record(actor, verb, "article", article_id, after={"version": found["version"]})
    return article_id


@action
async def helped(form: HelpedForm, *, article: ArticleRow, voter: str) -> bool:
    """Count whether an article helped, once per person and day; whether it was counted."""
    made = await value(
        "INSERT INTO article_vote (article, voter, at) VALUES ($1,$2,$3)"
        " ON CONFLICT (article, voter) DO NOTHING RETURNING id",
        article.id,
        voter,
        clock.now(),
    )
    if made is not None:
        yes = form.helped == "yes"
        await execute(
            "UPDATE article SET helped = helped + $2, unhelped = unhelped + $3 WHERE id = $1",
            article.id,
            int(yes),
            int(not yes),
        )
    return made is not None
