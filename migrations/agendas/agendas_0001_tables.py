"""Lateness, no-shows, ratings, notes, contacts, other times."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0001"
VERSION = "1.38.0"
DESCRIPTION = "tables of agendas"

FORWARDS = """
CREATE TABLE meeting_lateness (
    id serial PRIMARY KEY,
    meeting integer NOT NULL REFERENCES meeting ON DELETE RESTRICT,
    participant integer NOT NULL REFERENCES participant ON DELETE RESTRICT,
    minutes smallint NOT NULL,
    at timestamptz NOT NULL
);
CREATE TABLE meeting_no_show (
    id serial PRIMARY KEY,
    meeting integer NOT NULL REFERENCES meeting ON DELETE RESTRICT,
    participant integer NOT NULL REFERENCES participant ON DELETE RESTRICT,
    said_by varchar(200) NOT NULL,
    at timestamptz NOT NULL,
    taken_back_at timestamptz
);
CREATE TABLE meeting_rating (
    id serial PRIMARY KEY,
    meeting integer NOT NULL REFERENCES meeting ON DELETE RESTRICT,
    participant integer NOT NULL REFERENCES participant ON DELETE RESTRICT,
    outcome varchar(12) NOT NULL,
    stars smallint,
    at timestamptz NOT NULL
);
CREATE TABLE meeting_note (
    id serial PRIMARY KEY,
    meeting integer NOT NULL REFERENCES meeting ON DELETE RESTRICT,
    participant integer NOT NULL REFERENCES participant ON DELETE RESTRICT,
    text text NOT NULL,
    at timestamptz NOT NULL
);
CREATE TABLE contact_consent (
    id serial PRIMARY KEY,
    meeting integer NOT NULL REFERENCES meeting ON DELETE RESTRICT,
    participant integer NOT NULL REFERENCES participant ON DELETE RESTRICT,
    given boolean NOT NULL,
    at timestamptz NOT NULL
);
CREATE TABLE meeting_other_time (
    id serial PRIMARY KEY,
    meeting integer NOT NULL REFERENCES meeting ON DELETE RESTRICT,
    participant integer NOT NULL REFERENCES participant ON DELETE RESTRICT,
    slot integer NOT NULL REFERENCES session_slot ON DELETE RESTRICT,
    state varchar(9) NOT NULL,
    why text NOT NULL DEFAULT '',
    made_at timestamptz NOT NULL,
    answered_at timestamptz
)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "agendas", DESCRIPTION, FORWARDS)
