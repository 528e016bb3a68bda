"""A second factor beside the password, codes for the day the telephone is lost, where one is signed in."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0003"
VERSION = "1.38.0"
DESCRIPTION = "authenticators, recovery codes, sessions that say where they are"

FORWARDS = """
CREATE TABLE authenticator (
    id serial PRIMARY KEY,
    person integer NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    secret text NOT NULL,
    last_step bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    removed_at timestamptz
);
CREATE UNIQUE INDEX authenticator_one ON authenticator (person)
    WHERE confirmed_at IS NOT NULL AND removed_at IS NULL;
CREATE TABLE recovery_code (
    id serial PRIMARY KEY,
    person integer NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    code_hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX recovery_code_person ON recovery_code (person) WHERE used_at IS NULL;
ALTER TABLE session
    ADD COLUMN proven_at timestamptz,
    ADD COLUMN address varchar(64) NOT NULL DEFAULT '',
    ADD COLUMN program text NOT NULL DEFAULT '',
    ADD CONSTRAINT session_kind CHECK (kind IN ('browser', 'program', 'half'))
"""


async def forwards() -> MigrationManager:
    """Nobody has one yet; who is signed in stays so."""
    return by_hand(ID, "accounts", DESCRIPTION, FORWARDS)
