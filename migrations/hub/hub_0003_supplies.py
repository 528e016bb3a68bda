"""A line of an order keeps what VAT law saw in it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0003"
VERSION = "1.38.0"
DESCRIPTION = "kinds of supply in the shop"

FORWARDS = """
ALTER TABLE shop_line ADD COLUMN supply varchar(12) NOT NULL DEFAULT ''
    CHECK (supply IN ('', 'admission', 'catering', 'lodging', 'transport', 'advice'))
"""


async def forwards() -> MigrationManager:
    """The column; what was sold so far was a part of the stand."""
    return by_hand(ID, "hub", DESCRIPTION, FORWARDS)
