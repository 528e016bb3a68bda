"""People and how they prove who they are."""

from piccolo.columns import (
    JSONB,
    Array,
    BigInt,
    Boolean,
    Bytea,
    ForeignKey,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.table import Table


class Person(Table, tablename="person"):
    """A human being. `email` is kept lower-case; it is confirmed or it cannot sign in."""

    email = Varchar(length=254, unique=True)
    name = Text()
    password_hash = Text(null=True, default=None)
    locale = Varchar(length=10, default="en")
    confirmed_at = Timestamptz(null=True, default=None)
    disabled_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz()


class Session(Table, tablename="session"):
    """A sign-in. The browser or program holds the token; only its SHA-256 is here.

    `kind` is browser, program, or half: the password was right and the second factor is awaited.
    `proven_at` is when a second factor was given in it; `program` is what the browser calls itself.
    `scopes` are the verbs that a program's token is good for; none: all of its person.
    """

    token_hash = Bytea(unique=True)
    person = ForeignKey(Person)
    kind = Varchar(length=10, default="browser")
    agency_id = BigInt(null=True, default=None)
    company_id = BigInt(null=True, default=None)
    created_at = Timestamptz()
    seen_at = Timestamptz()
    expires_at = Timestamptz()
    revoked_at = Timestamptz(null=True, default=None)
    proven_at = Timestamptz(null=True, default=None)
    address = Varchar(length=64, default="")
    program = Text(default="")
    scopes = Array(base_column=Text(), default=list)


class Authenticator(Table, tablename="authenticator"):
    """A telephone that shows six digits (RFC 6238). The secret is sealed; `last_step` is the
    half-minute of the last code taken, so that none is good twice."""

    person = ForeignKey(Person)
    secret = Text()
    last_step = BigInt(default=0)
    created_at = Timestamptz()
    confirmed_at = Timestamptz(null=True, default=None)
    removed_at = Timestamptz(null=True, default=None)


class RecoveryCode(Table, tablename="recovery_code"):
    """A code on paper, good once, for when the telephone is lost. Only its SHA-256 is here."""

    person = ForeignKey(Person)
    code_hash = Bytea(unique=True)
    created_at = Timestamptz()
    used_at = Timestamptz(null=True, default=None)


class OneTimeToken(Table, tablename="one_time_token"):
    """A link sent by mail: good once, for a while, for one purpose."""

    token_hash = Bytea(unique=True)
    purpose = Varchar(length=20)
    email = Varchar(length=254)
    person = ForeignKey(Person, null=True, default=None)
    details = JSONB(default="{}")
    created_at = Timestamptz()
    expires_at = Timestamptz()
    used_at = Timestamptz(null=True, default=None)


class SignInTry(Table, tablename="sign_in_try"):
    """A try to sign in, counted so that guessing is slow."""

    email = Varchar(length=254, index=True)
    address = Varchar(length=64, index=True)
    succeeded = Boolean(default=False)
    at = Timestamptz(index=True)
