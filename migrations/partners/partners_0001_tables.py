"""Partner agencies and their allotments."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0001"
VERSION = "1.38.0"
DESCRIPTION = "agencies that share a joint booth"

FORWARDS = """
CREATE TABLE booth_partner (
    id serial PRIMARY KEY,
    booth integer NOT NULL REFERENCES booth (id) ON DELETE RESTRICT,
    agency integer NOT NULL REFERENCES agency (id) ON DELETE RESTRICT,
    state varchar(10) NOT NULL,
    first_allotted_m2 numeric(10, 2) NOT NULL,
    allotted_m2 numeric(10, 2) NOT NULL,
    taken_m2 numeric(10, 2) NOT NULL DEFAULT 0,
    price_per_m2_minor bigint NOT NULL,
    currency varchar(3) NOT NULL,
    budget_minor bigint,
    committed_minor bigint NOT NULL DEFAULT 0,
    returns_on date NOT NULL,
    returned_at timestamptz,
    terms text NOT NULL DEFAULT '',
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL
);
CREATE INDEX booth_partner_booth ON booth_partner (booth);
CREATE INDEX booth_partner_agency ON booth_partner (agency)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "partners", DESCRIPTION, FORWARDS)
