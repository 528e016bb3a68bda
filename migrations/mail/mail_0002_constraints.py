"""Known states of a mail, and a short way to those that wait."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "states of a mail"

FORWARDS = r"""
ALTER TABLE message
    ADD CONSTRAINT message_state CHECK (state IN ('queued', 'sent', 'failed')),
    ADD CONSTRAINT message_sent CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
    ADD CONSTRAINT message_one_line CHECK (subject !~ '[\r\n]' AND to_email !~ '[\r\n]'
        AND to_name !~ '[\r\n]');
CREATE INDEX message_waiting ON message (next_try_at) WHERE state = 'queued';
CREATE INDEX message_by_agency ON message (agency, created_at DESC)
"""


async def forwards() -> MigrationManager:
    """The constraints."""
    return by_hand(ID, "mail", DESCRIPTION, FORWARDS)
