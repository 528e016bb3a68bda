"""Requests for meetings, their guests and order; blocks, signals, suggestions."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0001"
VERSION = "1.38.0"
DESCRIPTION = "tables of requests"

FORWARDS = """
CREATE TABLE meeting_request (
    id serial PRIMARY KEY,
    session integer NOT NULL REFERENCES meeting_session ON DELETE RESTRICT,
    asker integer NOT NULL REFERENCES participant ON DELETE RESTRICT,
    asked integer NOT NULL REFERENCES participant ON DELETE RESTRICT,
    message text NOT NULL DEFAULT '',
    priority smallint NOT NULL DEFAULT 2,
    answer_priority smallint,
    state varchar(9) NOT NULL,
    why text NOT NULL DEFAULT '',
    by_hand boolean NOT NULL DEFAULT false,
    made_at timestamptz NOT NULL,
    expires_at timestamptz,
    reminded_at timestamptz,
    answered_at timestamptz,
    ended_at timestamptz
);
CREATE INDEX meeting_request_by_asked ON meeting_request (asked);
CREATE TABLE request_guest (
    id serial PRIMARY KEY,
    request integer NOT NULL REFERENCES meeting_request ON DELETE RESTRICT,
    participant integer NOT NULL REFERENCES participant ON DELETE RESTRICT
);
CREATE INDEX request_guest_by_participant ON request_guest (participant);
CREATE TABLE request_order (
    id serial PRIMARY KEY,
    earlier integer NOT NULL REFERENCES meeting_request ON DELETE RESTRICT,
    later integer NOT NULL REFERENCES meeting_request ON DELETE RESTRICT
);
CREATE TABLE meeting_block (
    id serial PRIMARY KEY,
    person integer NOT NULL REFERENCES person ON DELETE RESTRICT,
    other integer NOT NULL REFERENCES person ON DELETE RESTRICT,
    since timestamptz NOT NULL
);
CREATE TABLE meeting_signal (
    id serial PRIMARY KEY,
    participant integer NOT NULL REFERENCES participant ON DELETE CASCADE,
    other integer NOT NULL REFERENCES participant ON DELETE CASCADE,
    kind varchar(7) NOT NULL,
    at timestamptz NOT NULL
);
CREATE TABLE meeting_suggestion (
    id serial PRIMARY KEY,
    participant integer NOT NULL REFERENCES participant ON DELETE CASCADE,
    other integer NOT NULL REFERENCES participant ON DELETE CASCADE,
    rank smallint NOT NULL,
    score real NOT NULL,
    reasons text[] NOT NULL DEFAULT '{}',
    made_at timestamptz NOT NULL,
    shown bigint NOT NULL DEFAULT 0
)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "requests", DESCRIPTION, FORWARDS)
