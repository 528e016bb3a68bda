"""What VIES says about a payer's VAT ID, and the currency of a payer's fixed amount."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0009"
VERSION = "1.38.0"
DESCRIPTION = "payers: state of the VAT ID, currency of a fixed amount"

FORWARDS = """
ALTER TABLE payer
    ADD COLUMN vat_state varchar(12) NOT NULL DEFAULT ''
        CHECK (vat_state IN ('', 'unchecked', 'valid', 'invalid')),
    ADD COLUMN share_currency varchar(3) NOT NULL DEFAULT '';
UPDATE payer SET vat_state = 'unchecked' WHERE vat_id <> '';
UPDATE payer SET share_currency = 'EUR' WHERE share = 'amount';
ALTER TABLE payer
    ADD CONSTRAINT payer_vat_state CHECK ((vat_id = '') = (vat_state = '')),
    ADD CONSTRAINT payer_currency CHECK ((share = 'amount') = (share_currency ~ '^[A-Z]{3}$'));
ALTER TABLE vat_check ADD COLUMN payer integer REFERENCES payer (id) ON DELETE RESTRICT
"""


async def forwards() -> MigrationManager:
    """The columns."""
    return by_hand(ID, "billing", DESCRIPTION, FORWARDS)
