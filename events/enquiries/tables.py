"""Desks, topics, routes, enquiries, articles. Constraints: migrations/enquiries."""

from typing import Any

from piccolo.columns import (
    UUID,
    Array,
    BigInt,
    Boolean,
    Date,
    ForeignKey,
    Integer,
    LazyTableReference,
    SmallInt,
    Text,
    Time,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

AGENCY = LazyTableReference("Agency", module_path="server.organisations.tables")
COMPANY = LazyTableReference("Company", module_path="server.organisations.tables")
OFFICE = LazyTableReference("Office", module_path="events.offices.tables")
PERSON = LazyTableReference("Person", module_path="server.accounts.tables")
KEEP = OnDelete.restrict


class EnquiryDesk(Table, tablename="enquiry_desk"):
    """When an agency answers questions (its own wall clock; ISO weekdays), and how many months it
    keeps what people wrote."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False, unique=True)
    days = Array(base_column=SmallInt())
    opens = Time()
    closes = Time()
    keep_months = SmallInt(default=24)


class EnquiryTopic(Table, tablename="enquiry_topic"):
    """What an agency answers questions about, and within how many working hours. With an office
    those hours are on the office's wall clock, without its holidays and closed days."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False)
    name = Varchar(length=120)
    about = Text(default="")
    target_hours = SmallInt()
    open = Boolean(default=True)
    office: ForeignKey[Any] = ForeignKey(OFFICE, on_delete=KEEP, null=True, default=None)


class EnquiryTopicPerson(Table, tablename="enquiry_topic_person"):
    """Who answers about a topic: told of each new question that no route gives to one person."""

    topic = ForeignKey(EnquiryTopic, null=False)
    person: ForeignKey[Any] = ForeignKey(PERSON, on_delete=KEEP, null=False)


class EnquiryRoute(Table, tablename="enquiry_route"):
    """From a day on, questions of this topic, market and language (empty: any) go to a person."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False, index=True)
    topic = ForeignKey(EnquiryTopic, on_delete=KEEP, null=True, default=None)
    market = Varchar(length=2, default="")
    language = Varchar(length=3, default="")
    person: ForeignKey[Any] = ForeignKey(PERSON, on_delete=KEEP, null=False)
    from_on = Date()
    until_on = Date(null=True, default=None)


class Enquiry(Table, tablename="enquiry"):
    """A question to a topic desk. `turn` is raised with each act, so that of two answers at once
    one is refused. Minutes are working minutes of the desk since `arrived_at`."""

    key = UUID(unique=True)
    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False)
    topic = ForeignKey(EnquiryTopic, on_delete=KEEP, null=False, index=True)
    state = Varchar(length=12)
    turn = Integer(default=0)
    company: ForeignKey[Any] = ForeignKey(COMPANY, on_delete=KEEP, null=True, default=None)
    person: ForeignKey[Any] = ForeignKey(PERSON, on_delete=KEEP, null=True, default=None)
    name = Varchar(length=120)
    email = Varchar(length=254)
    locale = Varchar(length=10, default="en")
    language = Varchar(length=3)
    market = Varchar(length=2, default="")
    subject = Varchar(length=200)
    question = Text()
    about = Varchar(length=200, default="")
    may_pass = Boolean(default=False)
    address = Varchar(length=64, default="")
    assignee: ForeignKey[Any] = ForeignKey(PERSON, on_delete=KEEP, null=True, default=None)
    asked_at = Timestamptz()
    arrived_at = Timestamptz(null=True, default=None)
    due_at = Timestamptz(null=True, default=None)
    first_answered_at = Timestamptz(null=True, default=None)
    first_minutes = Integer(null=True, default=None)
    whole_minutes = Integer(null=True, default=None)
    in_time = Boolean(null=True, default=None)
    moved_at = Timestamptz()
    closed_at = Timestamptz(null=True, default=None)
    reminded_at = Timestamptz(null=True, default=None)
    satisfaction = SmallInt(null=True, default=None)
    erased_at = Timestamptz(null=True, default=None)


class EnquiryMessage(Table, tablename="enquiry_message"):
    """What was written in an enquiry, in order. A note is seen by its agency alone."""

    enquiry = ForeignKey(Enquiry, on_delete=KEEP, null=False)
    kind = Varchar(length=10)
    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=True, default=None)
    person: ForeignKey[Any] = ForeignKey(PERSON, on_delete=KEEP, null=True, default=None)
    author = Varchar(length=200)
    body = Text()
    at = Timestamptz()


class EnquiryPass(Table, tablename="enquiry_pass"):
    """An enquiry handed to another agency here (with its topic) or to an organisation outside (by
    mail), why, and whether the person who asked has agreed."""

    enquiry = ForeignKey(Enquiry, on_delete=KEEP, null=False, index=True)
    from_agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False)
    to_agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=True, default=None)
    to_topic = ForeignKey(EnquiryTopic, on_delete=KEEP, null=True, default=None)
    to_name = Varchar(length=200, default="")
    to_email = Varchar(length=254, default="")
    reason = Text()
    person: ForeignKey[Any] = ForeignKey(PERSON, on_delete=KEEP, null=True, default=None)
    asked_at = Timestamptz()
    consent = Varchar(length=8)
    decided_at = Timestamptz(null=True, default=None)


class Article(Table, tablename="article"):
    """A published answer in one language. Articles of one `family` say the same in others.
    `search` is kept by PostgreSQL, with the text search configuration of the language."""

    agency: ForeignKey[Any] = ForeignKey(AGENCY, on_delete=KEEP, null=False)
    topic = ForeignKey(EnquiryTopic, on_delete=KEEP, null=True, default=None)
    slug = Varchar(length=140, unique=True)
    family = UUID()
    language = Varchar(length=3)
    title = Varchar(length=200)
    body = Text()
    state = Varchar(length=10)
    version = Integer(default=1)
    enquiry = ForeignKey(Enquiry, on_delete=KEEP, null=True, default=None)
    published_at = Timestamptz(null=True, default=None)
    changed_at = Timestamptz()
    helped = Integer(default=0)
    unhelped = Integer(default=0)
    search = Text()


class ArticleVersion(Table, tablename="article_version"):
    """What an article said, word for word, and who wrote it."""

    article = ForeignKey(Article, on_delete=KEEP, null=False)
    version = BigInt()
    title = Varchar(length=200)
    body = Text()
    person: ForeignKey[Any] = ForeignKey(PERSON, on_delete=KEEP, null=True, default=None)
    at = Timestamptz()


class ArticleVote(Table, tablename="article_vote"):
    """That somebody said today whether an article helped; forgotten after two days."""

    article = ForeignKey(Article, null=False)
    voter = Varchar(length=64)
    at = Timestamptz()
