"""People and how they prove who they are."""

from piccolo.columns import JSONB, BigInt, Boolean, Bytea, ForeignKey, Text, Timestamptz, Varchar
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
    """A sign-in. The browser or program holds the token; only its SHA-256 is here."""

    token_hash = Bytea(unique=True)
    person = ForeignKey(Person)
    kind = Varchar(length=10, default="browser")
    agency_id = BigInt(null=True, default=None)
    company_id = BigInt(null=True, default=None)
    created_at = Timestamptz()
    seen_at = Timestamptz()
    expires_at = Timestamptz()
    revoked_at = Timestamptz(null=True, default=None)


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
