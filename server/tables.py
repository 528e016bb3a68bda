"""Tables that belong to no single room."""

from piccolo.columns import JSONB, BigInt, Bytea, Text, Timestamptz, Varchar
from piccolo.columns.indexes import IndexMethod
from piccolo.table import Table


class AuditLine(Table, tablename="audit_line"):
    """Who did what to which record, and why. Append-only by trigger."""

    at = Timestamptz()
    person_id = BigInt(null=True, default=None)
    person_name = Text(default="")
    agency_id = BigInt(null=True, default=None, index=True)
    company_id = BigInt(null=True, default=None, index=True)
    verb = Varchar(length=80)
    thing = Varchar(length=40)
    thing_id = BigInt(index=True, index_method=IndexMethod.btree)
    before = JSONB(default="{}")
    after = JSONB(default="{}")
    why = Text(default="")


class KeptForm(Table, tablename="kept_form"):
    """What somebody typed into a page whose sign-in had ended, until they are back."""

    token_hash = Bytea(unique=True)
    path = Text()
    typed = JSONB()
    kept_at = Timestamptz()


class IdempotentAnswer(Table, tablename="idempotent_answer"):
    """The first answer to an API call with an Idempotency-Key, replayed for the same call."""

    caller = Text()
    key = Varchar(length=200)
    request_hash = Bytea()
    status = BigInt(null=True, default=None)
    body = Bytea(null=True, default=None)
    at = Timestamptz()


class WorkerSign(Table, tablename="worker_sign"):
    """A worker's sign of life, read by `pavilion doctor` and /readyz."""

    name = Varchar(length=80, unique=True)
    seen_at = Timestamptz()
