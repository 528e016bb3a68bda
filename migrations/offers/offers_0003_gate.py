"""A gate may count groups instead of companies, and may ask for SMEs among them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0003"
VERSION = "1.38.0"
DESCRIPTION = "gates: companies under one control count as one, and so many SMEs among them"

FORWARDS = """
ALTER TABLE gate
    ADD COLUMN unrelated boolean NOT NULL DEFAULT false,
    ADD COLUMN smes integer NOT NULL DEFAULT 0,
    ADD CONSTRAINT gate_smes CHECK (smes BETWEEN 0 AND minimum)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "offers", DESCRIPTION, FORWARDS)
