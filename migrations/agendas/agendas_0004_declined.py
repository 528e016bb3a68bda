"""Who has declined a meeting in their calendar, until the desk has decided what becomes of it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0004"
VERSION = "1.38.0"
DESCRIPTION = "meetings that somebody has declined"

FORWARDS = """
CREATE TABLE meeting_declined (
    id serial PRIMARY KEY,
    meeting integer NOT NULL REFERENCES meeting ON DELETE RESTRICT,
    participant integer NOT NULL REFERENCES participant ON DELETE RESTRICT,
    at timestamptz NOT NULL,
    kept_at timestamptz,
    kept_by varchar(200) NOT NULL DEFAULT '',
    CONSTRAINT meeting_declined_once UNIQUE (meeting, participant)
);
CREATE INDEX meeting_declined_of ON meeting_declined (participant);
INSERT INTO meeting_declined (meeting, participant, at)
    SELECT m.id, p.id, v.answered_at FROM invitation v JOIN calendar_item i ON i.id = v.item
    JOIN meeting m ON m.key::text = split_part(i.key, ':', 2)
    JOIN participant p ON p.key::text = split_part(i.key, ':', 3)
    WHERE i.key LIKE 'meeting:%' AND v.answer = 'declined' AND v.answered_at IS NOT NULL
    ON CONFLICT DO NOTHING
"""


async def forwards() -> MigrationManager:
    """What was answered before is taken over."""
    return by_hand(ID, "agendas", DESCRIPTION, FORWARDS)
