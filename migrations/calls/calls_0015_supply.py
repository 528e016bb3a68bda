"""What the fee of a call buys, as VAT law sees it: a stand with services, or bare space."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0015"
VERSION = "1.38.0"
DESCRIPTION = "calls for bare space only"

FORWARDS = """
CREATE TABLE call_supply (
    id serial PRIMARY KEY,
    call integer NOT NULL UNIQUE REFERENCES call (id) ON DELETE RESTRICT,
    supply varchar(12) NOT NULL CHECK (supply IN ('package', 'bare_space'))
)
"""


async def forwards() -> MigrationManager:
    """The table."""
    return by_hand(ID, "calls", DESCRIPTION, FORWARDS)
