"""Enquiries in the JSON API: for companies, for desks, and the public answers."""

from uuid import UUID

import msgspec

from events.enquiries import actions, articles, asking, publishing, queries, setting, times
from events.enquiries.articles import ArticleRow, Hit
from events.enquiries.forms import (
    AnswerForm,
    ArticleForm,
    AssignForm,
    CloseForm,
    ConsentForm,
    DeskForm,
    EndRouteForm,
    EnquiriesQuery,
    NoteForm,
    OwnAskForm,
    PassForm,
    PressForm,
    RateForm,
    RouteForm,
    SearchQuery,
    TimesQuery,
    TopicForm,
    WriteForm,
)
from events.enquiries.queries import Conversation, EnquiryLine, RouteRow, TopicRow
from events.enquiries.times import TimesRow
from server.accounts.permissions import Actor
from server.text import N_
from server.web.api import Endpoint

_TAG = "Enquiries"
_MINE = "/my/enquiries/{key:uuid}"
_ONE = "/desk/enquiries/{enquiry_id:int}"


class Kept(msgspec.Struct, frozen=True):
    """The key of the enquiry that was changed."""

    key: UUID


async def _mine(actor: Actor, *, cursor: str, limit: int) -> tuple[list[EnquiryLine], str | None]:
    return await queries.mine(actor, cursor, limit)


async def _own(actor: Actor, *, key: UUID) -> Conversation:
    return await queries.own_conversation(actor, key)


async def _listed(
    actor: Actor, *, query: EnquiriesQuery, cursor: str, limit: int
) -> tuple[list[EnquiryLine], str | None]:
    return await queries.listed(actor, query, cursor, limit)


async def _one(actor: Actor, *, enquiry_id: int) -> Conversation:
    return await queries.desk_conversation(actor, enquiry_id)


async def _times(actor: Actor, *, query: TimesQuery) -> list[TimesRow]:
    return await times.figures(actor, query)


async def _search(
    _: Actor, *, query: SearchQuery, cursor: str, limit: int
) -> tuple[list[Hit], str | None]:
    return await articles.search(query, cursor, limit)


async def _article(_: Actor, *, slug: str) -> ArticleRow:
    return await articles.published(slug)


async def _owned(actor: Actor, *, cursor: str, limit: int) -> tuple[list[ArticleRow], str | None]:
    return await articles.owned(actor, cursor, limit)


def _own_act(path: str, form: object, act: object, summary: str) -> Endpoint:
    return Endpoint(
        method="POST", path=f"{_MINE}/{path}", verb="enquiry.own", summary=summary, tag=_TAG,
        form=form, act=act, row=Kept, shape=Kept,  # type: ignore[arg-type]
    )  # fmt: skip


def _desk_act(path: str, form: object, act: object, summary: str) -> Endpoint:
    return Endpoint(
        method="POST", path=f"{_ONE}/{path}", verb="enquiry.answer", summary=summary, tag=_TAG,
        form=form, act=act,  # type: ignore[arg-type]
    )  # fmt: skip


ENDPOINTS = [
    Endpoint(
        method="GET", path="/answers", verb="public.read", tag=_TAG, query=SearchQuery,
        summary=N_("Search the published answers, the best first"), fetch=_search, row=Hit,
        many=True,
    ),
    Endpoint(
        method="GET", path="/answers/{slug:str}", verb="public.read", tag=_TAG,
        summary=N_("A published answer"), fetch=_article, row=ArticleRow,
    ),
    Endpoint(
        method="GET", path="/my/enquiries", verb="enquiry.own", tag=_TAG,
        summary=N_("What the company asked"), fetch=_mine, row=EnquiryLine, many=True,
    ),
    Endpoint(
        method="POST", path="/my/enquiries", verb="enquiry.own", tag=_TAG, form=OwnAskForm,
        summary=N_("Ask an agency a question"), act=asking.ask_own, row=Conversation, status=201,
    ),
    Endpoint(
        method="GET", path=_MINE, verb="enquiry.own", tag=_TAG,
        summary=N_("A question of the company with its answers"), fetch=_own, row=Conversation,
    ),
    _own_act("write", WriteForm, asking.write, N_("Write more; a closed question is open again")),
    _own_act("consent", ConsentForm, asking.consent, N_("Say whether it may be passed on")),
    _own_act("rate", RateForm, asking.rate, N_("Say whether the answer helped")),
    _own_act("close", PressForm, asking.close, N_("Close a question")),
    _own_act("erase", PressForm, asking.erase, N_("Erase a question and the data in it")),
    Endpoint(
        method="GET", path="/desk/enquiries", verb="enquiry.list", tag=_TAG, query=EnquiriesQuery,
        summary=N_("Questions at the agency's desk"), fetch=_listed, row=EnquiryLine, many=True,
    ),
    Endpoint(
        method="GET", path=_ONE, verb="enquiry.list", tag=_TAG,
        summary=N_("A question with its conversation and the agency's notes"), fetch=_one,
        row=Conversation,
    ),
    _desk_act("answer", AnswerForm, actions.answer, N_("Answer a question")),
    _desk_act("note", NoteForm, actions.note, N_("Keep a note for colleagues")),
    _desk_act("assign", AssignForm, actions.assign, N_("Say who answers, about which topic")),
    _desk_act("pass", PassForm, actions.pass_on, N_("Pass a question on, with consent")),
    _desk_act("close", CloseForm, actions.close, N_("Close a question")),
    Endpoint(
        method="GET", path="/desk/enquiries/times", verb="enquiry.list", tag=_TAG,
        query=TimesQuery, summary=N_("How fast questions are answered, by topic"), fetch=_times,
        row=list[TimesRow],
    ),
    Endpoint(
        method="GET", path="/desk/enquiries/topics", verb="enquiry.list", tag=_TAG,
        summary=N_("The agency's topics"), fetch=queries.topics, row=list[TopicRow],
    ),
    Endpoint(
        method="POST", path="/desk/enquiries/topics", verb="enquiry.write", tag=_TAG,
        summary=N_("Make a topic"), form=TopicForm, act=setting.make_topic, status=201,
    ),
    Endpoint(
        method="PUT", path="/desk/enquiries/topics/{topic_id:int}", verb="enquiry.write", tag=_TAG,
        summary=N_("Change a topic"), form=TopicForm, act=setting.change_topic,
    ),
    Endpoint(
        method="PUT", path="/desk/enquiries/desk", verb="enquiry.write", tag=_TAG,
        summary=N_("Set the hours of the desk"), form=DeskForm, act=setting.set_desk,
    ),
    Endpoint(
        method="GET", path="/desk/enquiries/routes", verb="enquiry.list", tag=_TAG,
        summary=N_("Who gets which questions"), fetch=queries.route_rows, row=list[RouteRow],
    ),
    Endpoint(
        method="POST", path="/desk/enquiries/routes", verb="enquiry.write", tag=_TAG,
        summary=N_("Make a route"), form=RouteForm, act=setting.make_route, status=201,
    ),
    Endpoint(
        method="POST", path="/desk/enquiries/routes/{route_id:int}/end", verb="enquiry.write",
        tag=_TAG, summary=N_("Give a route its last day"), form=EndRouteForm,
        act=setting.end_route,
    ),
    Endpoint(
        method="GET", path="/desk/enquiries/articles", verb="enquiry.list", tag=_TAG,
        summary=N_("The agency's articles"), fetch=_owned, row=ArticleRow, many=True,
    ),
    Endpoint(
        method="POST", path="/desk/enquiries/articles", verb="enquiry.answer", tag=_TAG,
        summary=N_("Write an article"), form=ArticleForm, act=publishing.make, status=201,
    ),
    Endpoint(
        method="PUT", path="/desk/enquiries/articles/{article_id:int}", verb="enquiry.answer",
        tag=_TAG, summary=N_("Write a new version of an article"), form=ArticleForm,
        act=publishing.change,
    ),
    Endpoint(
        method="POST", path="/desk/enquiries/articles/{article_id:int}/publish",
        verb="enquiry.write", tag=_TAG, summary=N_("Publish an article"), form=PressForm,
        act=publishing.publish,
    ),
    Endpoint(
        method="POST", path="/desk/enquiries/articles/{article_id:int}/withdraw",
        verb="enquiry.write", tag=_TAG, summary=N_("Withdraw an article"), form=PressForm,
        act=publishing.withdraw,
    ),
]  # fmt: skip
