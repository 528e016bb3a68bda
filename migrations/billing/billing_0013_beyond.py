"""A refund and a payer's bank can both take a payment back: what went beyond it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0013"
VERSION = "1.38.0"
DESCRIPTION = "payments that went back twice"

FORWARDS = """
ALTER TABLE payment
    ADD COLUMN beyond_minor bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT payment_beyond
        CHECK (beyond_minor = 0 OR (beyond_minor > 0 AND back_minor = amount_minor))
"""


async def forwards() -> MigrationManager:
    """The column; nothing went beyond before."""
    return by_hand(ID, "billing", DESCRIPTION, FORWARDS)
