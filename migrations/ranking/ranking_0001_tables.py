"""Plans of ranking, evaluators, declarations, scores, decisions."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0001"
VERSION = "1.38.0"
DESCRIPTION = "plans of ranking, evaluators, declarations, scores, decisions"

FORWARDS = """
CREATE TABLE ranking_plan (
    id serial PRIMARY KEY,
    call integer NOT NULL UNIQUE REFERENCES call ON DELETE RESTRICT,
    plan jsonb NOT NULL,
    version integer NOT NULL DEFAULT 1,
    frozen_at timestamptz,
    seed varchar(64),
    commitment varchar(64)
);
CREATE TABLE evaluator (
    id serial PRIMARY KEY,
    call integer NOT NULL REFERENCES call ON DELETE RESTRICT,
    person integer NOT NULL REFERENCES person ON DELETE RESTRICT,
    since timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE TABLE conflict_declaration (
    id serial PRIMARY KEY,
    application integer NOT NULL REFERENCES application ON DELETE RESTRICT,
    person integer NOT NULL REFERENCES person ON DELETE RESTRICT,
    conflict boolean NOT NULL,
    why text NOT NULL DEFAULT '',
    at timestamptz NOT NULL
);
CREATE TABLE evaluation (
    id serial PRIMARY KEY,
    application integer NOT NULL REFERENCES application ON DELETE RESTRICT,
    person integer NOT NULL REFERENCES person ON DELETE RESTRICT,
    number integer NOT NULL,
    points jsonb NOT NULL,
    comment text NOT NULL DEFAULT '',
    at timestamptz NOT NULL
);
CREATE TABLE noted_fact (
    id serial PRIMARY KEY,
    application integer NOT NULL REFERENCES application ON DELETE RESTRICT,
    word varchar(100) NOT NULL,
    so boolean NOT NULL,
    person_id bigint,
    at timestamptz NOT NULL
);
CREATE TABLE ranking_decision (
    id serial PRIMARY KEY,
    call integer NOT NULL REFERENCES call ON DELETE RESTRICT,
    version integer NOT NULL,
    why text NOT NULL DEFAULT '',
    content text NOT NULL,
    sha256 varchar(64) NOT NULL,
    person_id bigint,
    at timestamptz NOT NULL
);
CREATE TABLE ranking_place (
    id serial PRIMARY KEY,
    decision integer NOT NULL REFERENCES ranking_decision ON DELETE RESTRICT,
    application integer NOT NULL REFERENCES application ON DELETE RESTRICT,
    module integer NOT NULL,
    rank integer NOT NULL,
    m2 numeric(8, 2) NOT NULL,
    outcome varchar(8) NOT NULL,
    total numeric(8, 2)
);
CREATE TABLE decision_applied (
    id serial PRIMARY KEY,
    decision integer NOT NULL REFERENCES ranking_decision ON DELETE RESTRICT,
    person_id bigint,
    at timestamptz NOT NULL
)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "ranking", DESCRIPTION, FORWARDS)
