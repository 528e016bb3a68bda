"""Which agency has to do with which company: what lets its staff see the profile."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0006"
VERSION = "1.38.0"
DESCRIPTION = "dealings of agencies with companies"

FORWARDS = """
CREATE TABLE dealing (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency (id),
    company integer NOT NULL REFERENCES company (id),
    since timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX dealing_once ON dealing (agency, company);
CREATE FUNCTION note_dealing(integer, integer) RETURNS void LANGUAGE sql AS $$
    INSERT INTO dealing (agency, company) SELECT $1, $2 WHERE $1 IS NOT NULL AND $2 IS NOT NULL
    ON CONFLICT DO NOTHING
$$
"""


async def forwards() -> MigrationManager:
    """What is there already is taken over."""
    return by_hand(ID, "organisations", DESCRIPTION, FORWARDS)
