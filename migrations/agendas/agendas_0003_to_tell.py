"""Whom a changed meeting has still to be told to."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0003"
VERSION = "1.38.0"
DESCRIPTION = "meetings that somebody is still to be told of"

FORWARDS = """
CREATE TABLE meeting_to_tell (
    id serial PRIMARY KEY,
    meeting integer NOT NULL REFERENCES meeting ON DELETE RESTRICT,
    participant integer NOT NULL REFERENCES participant ON DELETE RESTRICT,
    at timestamptz NOT NULL,
    CONSTRAINT meeting_to_tell_once UNIQUE (participant, meeting)
);
CREATE INDEX meeting_no_show_of ON meeting_no_show (participant);
CREATE INDEX meeting_rating_of_participant ON meeting_rating (participant);
CREATE INDEX contact_consent_of_participant ON contact_consent (participant);
CREATE INDEX meeting_other_time_of ON meeting_other_time (meeting, id)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "agendas", DESCRIPTION, FORWARDS)
