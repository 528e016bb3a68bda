"""A fee says what VAT law sees in it; quotes keep each treatment, and each payer's part."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0005"
VERSION = "1.38.0"
DESCRIPTION = "kinds of supply by line, VAT by treatment and by payer"

FORWARDS = """
ALTER TABLE fee ADD COLUMN supply varchar(12) NOT NULL DEFAULT ''
    CHECK (supply IN ('', 'admission', 'catering', 'lodging', 'transport', 'advice'));
ALTER TABLE quote
    ADD COLUMN taxes jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN parts jsonb NOT NULL DEFAULT '[]';
"""


async def forwards() -> MigrationManager:
    """The columns; what there is so far is a part of the stand."""
    return by_hand(ID, "fees", DESCRIPTION, FORWARDS)
