"""Subsidies of third parties: what they owe, per source, beside what the company owes."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0003"
VERSION = "1.38.0"
DESCRIPTION = "subsidies of third parties"

FORWARDS = """
ALTER TABLE ledger_posting ADD COLUMN source integer REFERENCES scheme (id) ON DELETE RESTRICT;
ALTER TABLE ledger_posting
    DROP CONSTRAINT ledger_posting_account,
    ADD CONSTRAINT ledger_posting_account CHECK (account IN ('receivable', 'aid_receivable',
        'revenue', 'aid', 'vat', 'card', 'bank', 'unallocated')),
    ADD CONSTRAINT ledger_posting_source CHECK (account <> 'aid_receivable'
        OR source IS NOT NULL);
ALTER TABLE invoice ADD COLUMN third_party_minor bigint NOT NULL DEFAULT 0;
ALTER TABLE invoice
    DROP CONSTRAINT invoice_adds_up,
    ADD CONSTRAINT invoice_adds_up CHECK (
        net_minor + vat_minor - third_party_minor = total_minor)
"""


async def forwards() -> MigrationManager:
    """The columns and constraints."""
    return by_hand(ID, "billing", DESCRIPTION, FORWARDS)
