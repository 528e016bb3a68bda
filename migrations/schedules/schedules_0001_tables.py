"""Runs of the scheduler; meetings as they were told, and who sits in them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0001"
VERSION = "1.38.0"
DESCRIPTION = "tables of schedules"

FORWARDS = """
CREATE TABLE schedule_run (
    id serial PRIMARY KEY,
    session integer NOT NULL REFERENCES meeting_session ON DELETE RESTRICT,
    number integer NOT NULL,
    kind varchar(8) NOT NULL,
    state varchar(9) NOT NULL,
    person_id bigint,
    made_by varchar(200) NOT NULL,
    made_at timestamptz NOT NULL,
    seconds integer NOT NULL,
    based_on bigint,
    asked jsonb,
    stamp varchar(64) NOT NULL DEFAULT '',
    progress real NOT NULL DEFAULT 0.0,
    said text NOT NULL DEFAULT '',
    answer jsonb,
    done_at timestamptz,
    published_at timestamptz
);
CREATE TABLE run_meeting (
    id serial PRIMARY KEY,
    run integer NOT NULL REFERENCES schedule_run ON DELETE RESTRICT,
    request integer NOT NULL REFERENCES meeting_request ON DELETE RESTRICT,
    slot integer REFERENCES session_slot ON DELETE RESTRICT,
    place integer REFERENCES session_place ON DELETE RESTRICT,
    interpreter integer REFERENCES interpreter ON DELETE RESTRICT,
    why text NOT NULL DEFAULT ''
);
CREATE TABLE meeting (
    id serial PRIMARY KEY,
    session integer NOT NULL REFERENCES meeting_session ON DELETE RESTRICT,
    request integer NOT NULL REFERENCES meeting_request ON DELETE RESTRICT,
    run integer REFERENCES schedule_run ON DELETE RESTRICT,
    key uuid NOT NULL UNIQUE,
    slot integer NOT NULL REFERENCES session_slot ON DELETE RESTRICT,
    place integer REFERENCES session_place ON DELETE RESTRICT,
    interpreter integer REFERENCES interpreter ON DELETE RESTRICT,
    state varchar(9) NOT NULL,
    live boolean NOT NULL DEFAULT true,
    pinned boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    why text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE INDEX meeting_by_request ON meeting (request);
CREATE TABLE meeting_seat (
    id serial PRIMARY KEY,
    meeting integer NOT NULL REFERENCES meeting ON DELETE RESTRICT,
    participant integer NOT NULL REFERENCES participant ON DELETE RESTRICT,
    slot integer NOT NULL REFERENCES session_slot ON DELETE RESTRICT,
    live boolean NOT NULL DEFAULT true
)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "schedules", DESCRIPTION, FORWARDS)
