"""Payments of the sources of subsidies, with their receipts."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0012"
VERSION = "1.38.0"
DESCRIPTION = "payments of third parties for their subsidies"

FORWARDS = """
CREATE TABLE source_payment (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency (id) ON DELETE RESTRICT,
    source integer NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency varchar(3) NOT NULL,
    received_on date NOT NULL,
    payer varchar(200) NOT NULL,
    bank_entry integer REFERENCES bank_entry (id) ON DELETE RESTRICT,
    document bigint,
    made_by bigint,
    made_at timestamptz NOT NULL,
    taken_back_at timestamptz,
    why text NOT NULL DEFAULT '',
    CONSTRAINT source_payment_back CHECK ((taken_back_at IS NULL) = (why = ''))
);
CREATE INDEX source_payment_source ON source_payment (agency, source, id);
CREATE UNIQUE INDEX source_payment_entry ON source_payment (bank_entry)
    WHERE taken_back_at IS NULL;
ALTER TABLE bank_entry DROP CONSTRAINT bank_entry_state_check,
    ADD CONSTRAINT bank_entry_state_check
        CHECK (state IN ('booked', 'open', 'not_ours', 'refund', 'source'))
"""


async def forwards() -> MigrationManager:
    """The table, and what an entry of the bank can be."""
    return by_hand(ID, "billing", DESCRIPTION, FORWARDS)
