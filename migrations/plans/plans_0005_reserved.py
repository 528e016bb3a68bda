"""Square metres that are promised to partner agencies and not given to exhibitors yet."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0005"
VERSION = "1.38.0"
DESCRIPTION = "square metres promised to partner agencies"

FORWARDS = """
ALTER TABLE booth ADD COLUMN reserved_m2 numeric(10, 2) NOT NULL DEFAULT 0;
ALTER TABLE booth DROP CONSTRAINT booth_allocated_within_net;
ALTER TABLE booth ADD CONSTRAINT booth_allocated_within_net CHECK (
    allocated_m2 >= 0 AND reserved_m2 >= 0 AND allocated_m2 + reserved_m2 <= net_m2)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "plans", DESCRIPTION, FORWARDS)
