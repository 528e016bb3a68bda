"""Whether a company is a taxable person, which decides where its fee is taxed."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0003"
VERSION = "1.38.0"
DESCRIPTION = "companies that are no taxable persons"

FORWARDS = """
ALTER TABLE company ADD COLUMN taxable boolean NOT NULL DEFAULT true;
ALTER TABLE company
    ADD CONSTRAINT company_taxable CHECK (taxable OR vat_id = ''),
    ADD CONSTRAINT company_vat_state CHECK (vat_state IN ('', 'unchecked', 'valid', 'invalid'))
"""


async def forwards() -> MigrationManager:
    """The column."""
    return by_hand(ID, "organisations", DESCRIPTION, FORWARDS)
