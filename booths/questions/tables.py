"""Sections and questions of calls. Constraints: migrations/questions."""

from typing import Any

from piccolo.columns import (
    JSONB,
    BigInt,
    Boolean,
    ForeignKey,
    Integer,
    Numeric,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

KEEP = OnDelete.restrict


class Section(Table, tablename="section"):
    """A page of questions of the call whose number is `call`."""

    call = BigInt(index=True)
    title = Varchar(length=200)
    intro = Text(default="")
    position = Integer(default=0)
    version = Integer(default=1)


class Question(Table, tablename="question"):
    """One question; its key is what answers are kept by, and is the call's own."""

    section: ForeignKey[Any] = ForeignKey(Section, on_delete=KEEP, null=False, index=True)
    call = BigInt()
    key = Varchar(length=40)
    kind = Varchar(length=12)
    label = Varchar(length=300)
    hint = Varchar(length=500, default="")
    required = Boolean(default=True)
    options = JSONB(default="[]")
    minimum = Numeric(digits=(16, 4), null=True, default=None)
    maximum = Numeric(digits=(16, 4), null=True, default=None)
    unit = Varchar(length=20, default="")
    longest = Integer(null=True, default=None)
    answer_until = Timestamptz(null=True, default=None)
    show_if = JSONB(null=True, default=None)
    position = Integer(default=0)
    version = Integer(default=1)
