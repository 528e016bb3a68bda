"""The outbox. Constraints live in migrations/mail."""

from piccolo.columns import (
    JSONB,
    Array,
    Bytea,
    ForeignKey,
    Integer,
    LazyTableReference,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table


class Message(Table, tablename="message"):
    """One mail to one person. `key` says for which event, so that no event writes twice."""

    key = Varchar(length=200, unique=True)
    to_email = Varchar(length=254)
    to_name = Varchar(length=200, default="")
    subject = Varchar(length=300)
    body_text = Text()
    body_html = Text()
    agency: ForeignKey[Table] = ForeignKey(
        LazyTableReference("Agency", module_path="server.organisations.tables"),
        on_delete=OnDelete.restrict,
        null=True,
        default=None,
        index=True,
    )
    company: ForeignKey[Table] = ForeignKey(
        LazyTableReference("Company", module_path="server.organisations.tables"),
        on_delete=OnDelete.restrict,
        null=True,
        default=None,
        index=True,
    )
    person: ForeignKey[Table] = ForeignKey(
        LazyTableReference("Person", module_path="server.accounts.tables"),
        on_delete=OnDelete.restrict,
        null=True,
        default=None,
        index=True,
    )
    attachments = JSONB(default="[]")
    invitations = Array(base_column=Bytea(), default=list)
    state = Varchar(length=8, default="queued")
    attempts = Integer(default=0)
    next_try_at = Timestamptz()
    last_error = Text(default="")
    message_id = Varchar(length=200, unique=True)
    created_at = Timestamptz()
    sent_at = Timestamptz(null=True, default=None)
