"""Plans of ranking, evaluators with their declarations and scores, decisions.

Constraints and triggers live in migrations/ranking.
"""

from typing import Any

from piccolo.columns import (
    JSONB,
    BigInt,
    Boolean,
    ForeignKey,
    Integer,
    LazyTableReference,
    Numeric,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

CALL = LazyTableReference("Call", module_path="booths.calls.tables")
APPLICATION = LazyTableReference("Application", module_path="booths.calls.tables")
PERSON = LazyTableReference("Person", module_path="server.accounts.tables")
KEEP = OnDelete.restrict


class RankingPlan(Table, tablename="ranking_plan"):
    """The rule of one call. Frozen, with the promise of its seed, when the call is published."""

    call: ForeignKey[Any] = ForeignKey(CALL, on_delete=KEEP, null=False, unique=True)
    plan = JSONB()
    version = Integer(default=1)
    frozen_at = Timestamptz(null=True, default=None)
    seed = Varchar(length=64, null=True, default=None)
    commitment = Varchar(length=64, null=True, default=None)


class Evaluator(Table, tablename="evaluator"):
    """A member of the agency who scores the applications of a call."""

    call: ForeignKey[Any] = ForeignKey(CALL, on_delete=KEEP, null=False)
    person: ForeignKey[Any] = ForeignKey(PERSON, on_delete=KEEP, null=False)
    since = Timestamptz()
    ended_at = Timestamptz(null=True, default=None)


class ConflictDeclaration(Table, tablename="conflict_declaration"):
    """An evaluator's word on one application. A declared conflict stands. Append-only."""

    application: ForeignKey[Any] = ForeignKey(APPLICATION, on_delete=KEEP, null=False)
    person: ForeignKey[Any] = ForeignKey(PERSON, on_delete=KEEP, null=False)
    conflict = Boolean()
    why = Text(default="")
    at = Timestamptz()


class Evaluation(Table, tablename="evaluation"):
    """An evaluator's scores for one application; a later number replaces an earlier. Append-only.

    `points`: criterion -> points on its scale.
    """

    application: ForeignKey[Any] = ForeignKey(APPLICATION, on_delete=KEEP, null=False)
    person: ForeignKey[Any] = ForeignKey(PERSON, on_delete=KEEP, null=False)
    number = Integer()
    points = JSONB()
    comment = Text(default="")
    at = Timestamptz()


class NotedFact(Table, tablename="noted_fact"):
    """What the agency itself knows of an applicant, such as a training. Append-only."""

    application: ForeignKey[Any] = ForeignKey(APPLICATION, on_delete=KEEP, null=False)
    word = Varchar(length=100)
    so = Boolean()
    person_id = BigInt(null=True, default=None)
    at = Timestamptz()


class RankingDecision(Table, tablename="ranking_decision"):
    """A frozen list: `content` is the canonical JSON with that SHA-256. Append-only."""

    call: ForeignKey[Any] = ForeignKey(CALL, on_delete=KEEP, null=False)
    version = Integer()
    why = Text(default="")
    content = Text()
    sha256 = Varchar(length=64)
    person_id = BigInt(null=True, default=None)
    at = Timestamptz()


class RankingReopening(Table, tablename="ranking_reopening"):
    """The latest decision was opened again: scores and facts may change until the next one.
    Append-only."""

    decision = ForeignKey(RankingDecision, on_delete=KEEP, null=False, unique=True)
    why = Text()
    person_id = BigInt(null=True, default=None)
    at = Timestamptz()


class RankingPlace(Table, tablename="ranking_place"):
    """One line of a decision, for reading beside the application. Append-only."""

    decision = ForeignKey(RankingDecision, on_delete=KEEP, null=False)
    application: ForeignKey[Any] = ForeignKey(APPLICATION, on_delete=KEEP, null=False)
    module = Integer()
    rank = Integer()
    m2 = Numeric(digits=(8, 2))
    outcome = Varchar(length=8)
    total = Numeric(digits=(8, 2), null=True, default=None)


class DecisionApplied(Table, tablename="decision_applied"):
    """A decision was carried out: letters sent, waiting list written. Append-only."""

    decision = ForeignKey(RankingDecision, on_delete=KEEP, null=False)
    person_id = BigInt(null=True, default=None)
    at = Timestamptz()
