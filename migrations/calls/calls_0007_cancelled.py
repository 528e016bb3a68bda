"""A call that is cancelled takes its applications with it, also those that were never sent."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0007"
VERSION = "1.38.0"
DESCRIPTION = "applications of a cancelled call"

FORWARDS = """
ALTER TABLE application
    DROP CONSTRAINT application_state,
    ADD CONSTRAINT application_state CHECK (state IN ('draft', 'submitted', 'eligible',
        'ineligible', 'wait_listed', 'rejected', 'admitted', 'confirmed', 'exhibited', 'no_show',
        'lapsed', 'released', 'withdrawn', 'to_correct',
        'excluded', 'cancelled')),
    DROP CONSTRAINT application_sent,
    ADD CONSTRAINT application_sent CHECK (state IN ('draft', 'withdrawn', 'cancelled')
        OR (submitted_at IS NOT NULL AND reference IS NOT NULL))
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "calls", DESCRIPTION, FORWARDS)
