"""Articles: written from answers without personal data, found in many languages, suggested."""

import re
from typing import Any

import pytest

from server.database import action, counting, execute, row, rows, value
from tests.cast import Cast, Visitor
from tests.events.enquiries.helpdesk import QUESTION, ask, at_desk, fill, topics

TEXTS = {
    "en": ("Do samples need customs papers?", "Carry an ATA carnet with samples of wine."),
    "de": ("Brauchen Muster Zollpapiere?", "Nehmen Sie für Muster von Weinen ein Carnet mit."),
    "fr": ("Faut-il des papiers de douane ?", "Un carnet ATA pour les échantillons de vins."),
    "pl": ("Czy próbki wymagają dokumentów?", "Karnet ATA wystarczy dla próbek wina na targi."),
}  # fmt: skip


async def article(cast: Cast, language: str, *, publish: bool = True, **more: Any) -> int:
    title, body = TEXTS[language]
    data = {"title": title, "body": body, "language": language, "version": 0, **more}
    path = "/desk/enquiries/articles/new"
    made = await cast.vera.send_form(path, data)
    assert made.status_code == 303, made.text[-2000:]
    number = int(made.headers["location"].rsplit("/", 1)[1])
    if publish:
        done = await cast.mara.send_form(path, to=f"/desk/enquiries/articles/{number}/publish")
        assert done.status_code == 303
    return number


async def titles(who: Visitor, query: str) -> list[str]:
    shown = (await who.get(f"/answers?{query}")).text
    return re.findall(r'hreflang="\w+">([^<]*)</a></p>', shown)


async def test_article_of_an_answer_names_nobody_and_is_published_by_a_manager(
    cast: Cast, visitor: Visitor
) -> None:
    topic, _ = await topics(cast)
    number = await ask(cast.ana, topic)
    await at_desk(cast.vera, number, "answer", body="Dear Ana Prado, an ATA carnet is enough.")
    path = f"/desk/enquiries/articles/new?enquiry={number}"
    name = await value("SELECT name FROM person WHERE id = $1", cast.ana.person_id)
    start = (await cast.vera.get(path)).text
    assert QUESTION["subject"] in start
    assert "an ATA carnet is enough" in start
    data = {"title": QUESTION["subject"], "language": "en", "enquiry": number, "topic": topic}
    refused = await cast.vera.send_form(
        path, {**data, "body": f"Dear {name}, write to me@nordhafen.example"}
    )
    assert refused.status_code == 422
    assert f"Take this out: {name}, me@nordhafen.example" in refused.text
    made = await cast.vera.send_form(path, {**data, "body": "An ATA carnet is enough."})
    place = made.headers["location"]
    found = await row("SELECT * FROM article")
    assert found
    assert (await visitor.get(f"/answers/{found['slug']}")).status_code == 404
    assert (await cast.vera.send_form(place, to=place + "/publish")).status_code == 403
    assert (await cast.mara.send_form(place, to=place + "/publish")).status_code == 303
    assert "An ATA carnet is enough." in (await visitor.get(f"/answers/{found['slug']}")).text
    assert (await cast.mara.send_form(place, to=place + "/withdraw")).status_code == 303
    assert (await visitor.get(f"/answers/{found['slug']}")).status_code == 404


@pytest.mark.parametrize(
    ("words", "language", "found"),
    [
        ("sample", "en", "en"),  # samples
        ("Wein", "de", "de"),  # Weinen
        ("échantillon vin", "fr", "fr"),  # échantillons de vins
        ("próbek", "pl", "pl"),  # no grammar of Polish: as it is written
        ("wines", "", "en"),
        ('"ATA carnet" -douane', "", "en"),
    ],
)
async def test_search_knows_the_grammar_of_each_language(
    cast: Cast, visitor: Visitor, words: str, language: str, found: str
) -> None:
    for each in TEXTS:
        await article(cast, each)
    got = await titles(visitor, f"words={words}&language={language}")
    assert TEXTS[found][0] in got
    if language:
        assert len(got) == 1


async def test_what_is_written_is_shown_and_never_run(cast: Cast, visitor: Visitor) -> None:
    await article(cast, "en", body="<script>alert(1)</script> carnet & more of the carnet.")
    shown = (await visitor.get("/answers?words=carnet")).text
    assert "<script>alert" not in shown
    assert "<mark>carnet</mark>" in shown
    for words in ("' | \\", ":*&!", '"', "a" * 300, "<b>"):
        answer = await visitor.get("/answers", params={"words": words})
        assert answer.status_code == 200, words
    assert (await visitor.get("/answers?words=x&cursor=nonsense")).status_code == 200


async def test_answer_is_offered_before_the_question_is_sent(cast: Cast, visitor: Visitor) -> None:
    topic, _ = await topics(cast)
    await article(cast, "en")
    await article(cast, "de")
    guest = {"name": "Pia Sommer", "email": "pia@sommer.example"}
    offered = await fill(visitor, topic, **guest)
    assert offered.status_code == 200
    assert TEXTS["en"][0] in offered.text
    assert TEXTS["de"][0] not in offered.text
    assert QUESTION["question"] in offered.text
    assert guest["email"] in offered.text
    assert await value("SELECT count(*) FROM enquiry") == 0
    assert (await fill(visitor, topic, **guest, seen="on")).status_code == 303
    odd = await fill(
        visitor, topic, **guest, subject="C:\\a\\b 'x' | !y", question="\\ ' & | : * <->"
    )
    assert odd.status_code in (303, 422)
    other = {"subject": "Bananas in bulk", "question": "Who buys forty tonnes a week?"}
    strange = await fill(visitor, topic, **{**guest, "email": "p@x.example"}, **other)
    assert strange.status_code == 303


async def test_versions_are_kept_and_two_writers_do_not_overwrite_each_other(cast: Cast) -> None:
    number = await article(cast, "en", publish=False)
    path = f"/desk/enquiries/articles/{number}"
    title, body = TEXTS["en"]
    first = {"title": title, "language": "en", "body": body + " Twice.", "version": 1}
    assert (await cast.vera.send_form(path, first)).status_code == 303
    second = await cast.mara.send_form(path, {**first, "body": body + " Thrice."})
    assert second.status_code == 409
    assert "Thrice" in second.text
    said = [
        each["body"] for each in await rows("SELECT body FROM article_version ORDER BY version")
    ]
    assert said == [body, body + " Twice."]

    @action
    async def change() -> None:
        await execute("UPDATE article_version SET body = 'other'")

    with pytest.raises(Exception, match="stays as it was"):
        await change()
    assert (await cast.nils.get(path)).status_code == 404


async def test_help_is_counted_once_a_day(cast: Cast, visitor: Visitor) -> None:
    number = await article(cast, "en")
    slug = await value("SELECT slug FROM article WHERE id = $1", number)
    for said in ("yes", "yes", "no"):
        answer = await visitor.send_form(f"/answers/{slug}", {"helped": said})
        assert answer.status_code == 303
    await cast.ana.send_form(f"/answers/{slug}", {"helped": "no"})
    assert await row("SELECT helped, unhelped FROM article") == {"helped": 1, "unhelped": 1}


async def test_article_in_another_language_leads_back(cast: Cast, visitor: Visitor) -> None:
    first = await article(cast, "en")
    await article(cast, "de", same_as=first)
    slug = await value("SELECT slug FROM article WHERE id = $1", first)
    assert "German" in (await visitor.get(f"/answers/{slug}")).text
    title, body = TEXTS["de"]
    again = {"title": title, "body": body, "language": "de", "same_as": first, "version": 0}
    assert (await cast.vera.send_form("/desk/enquiries/articles/new", again)).status_code == 422


async def test_search_pages_through_many_by_the_index(cast: Cast, visitor: Visitor) -> None:
    await article(cast, "en")
    cost = []
    for n in range(2):
        async with counting() as sent:
            got = await titles(visitor, "words=carnet")
        cost.append(len(sent))
        if n == 0:
            assert len(got) == 1
            await rows(
                "INSERT INTO article (agency, slug, family, language, title, body, state,"
                " published_at, changed_at) SELECT agency, slug || n, gen_random_uuid(), language,"
                " title || n, body || repeat(' words', n), state, published_at, changed_at"
                " FROM article, generate_series(1, 49) n RETURNING id"
            )
    assert cost[0] == cost[1]
    path, seen = "/answers?words=carnet", []
    while path:
        shown = (await visitor.get(path)).text
        seen += re.findall(r'hreflang="\w+">([^<]*)</a></p>', shown)
        following = re.search(r'href="(\?[^"]*cursor=[^"]*)"', shown)
        path = "/answers" + following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == 50

    @action
    async def plan() -> str:
        await execute(
            "INSERT INTO article (agency, slug, family, language, title, body, state,"
            " published_at, changed_at) SELECT agency, 'x' || n, gen_random_uuid(), language,"
            " md5(n::text), md5((2 * n)::text), state, published_at, changed_at"
            " FROM (SELECT * FROM article LIMIT 1) a, generate_series(1, 1500) n"
        )
        await execute("ANALYZE article")
        found = await rows(
            "EXPLAIN SELECT r.id FROM (SELECT code, websearch_to_tsquery(article_config(code),"
            " 'carnet') AS query FROM unnest('{en,de}'::text[]) code) l JOIN article r"
            " ON r.language = l.code AND r.search @@ l.query WHERE r.state = 'published'"
        )
        return "\n".join(each["QUERY PLAN"] for each in found)

    assert "article_search" in await plan()
