"""A stand may be kept until an instant, and the members of one consortium may share it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0003"
VERSION = "1.38.0"
DESCRIPTION = "stands kept until an instant, one holder per stand"

FORWARDS = """
ALTER TABLE allocation
    ADD COLUMN purpose varchar(12) NOT NULL DEFAULT 'contract',
    ADD COLUMN until timestamptz,
    ADD COLUMN extended boolean NOT NULL DEFAULT false,
    ADD COLUMN consortium bigint,
    ADD COLUMN holder bigint GENERATED ALWAYS AS (coalesce(-consortium, application)) STORED,
    DROP CONSTRAINT allocation_state,
    ADD CONSTRAINT allocation_state CHECK (state IN ('kept', 'reserved', 'held', 'confirmed', 'released')),
    ADD CONSTRAINT allocation_purpose CHECK (purpose IN ('contract', 'desk', 'offer', 'choice')),
    ADD CONSTRAINT allocation_until CHECK ((until IS NULL) OR state IN ('kept', 'released')),
    ADD CONSTRAINT allocation_kept CHECK (state <> 'kept' OR until IS NOT NULL),
    ADD CONSTRAINT allocation_contract CHECK (state NOT IN ('held', 'confirmed') OR purpose = 'contract');
DROP INDEX allocation_one_per_stand;
ALTER TABLE allocation ADD CONSTRAINT allocation_one_holder_per_stand
    EXCLUDE USING gist (stand WITH =, holder WITH <>) WHERE (state <> 'released');
CREATE INDEX allocation_by_stand ON allocation (stand) WHERE state <> 'released';
CREATE INDEX allocation_ends_by_itself ON allocation (until) WHERE state = 'kept'
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "calls", DESCRIPTION, FORWARDS)
