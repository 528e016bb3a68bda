"""What it costs to withdraw after the admission, and who did."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0001"
VERSION = "1.38.0"
DESCRIPTION = "terms of withdrawal and withdrawals"

FORWARDS = """
CREATE TABLE withdrawal_terms (
    id serial PRIMARY KEY,
    call integer NOT NULL UNIQUE REFERENCES call (id) ON DELETE RESTRICT,
    steps jsonb NOT NULL,
    relet jsonb,
    module_m2 numeric(8, 2),
    taxed boolean NOT NULL DEFAULT false
);
CREATE TABLE withdrawal (
    id serial PRIMARY KEY,
    application integer NOT NULL REFERENCES application (id) ON DELETE RESTRICT,
    admission_id bigint NOT NULL UNIQUE,
    stand integer REFERENCES stand (id) ON DELETE RESTRICT,
    withdrawn_at timestamptz NOT NULL,
    cost_minor bigint NOT NULL CHECK (cost_minor >= 0),
    relet_minor bigint CHECK (relet_minor >= 0 AND relet_minor <= cost_minor),
    invoice_id bigint,
    relet_at timestamptz,
    relet_invoice_id bigint
);
CREATE INDEX withdrawal_application ON withdrawal (application);
CREATE INDEX withdrawal_waits ON withdrawal (stand) WHERE relet_at IS NULL AND relet_minor IS NOT NULL
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "withdrawals", DESCRIPTION, FORWARDS)
