"""The table of declarations."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0001"
VERSION = "1.38.0"
DESCRIPTION = "tables of declarations"

FORWARDS = """
CREATE TABLE declaration (
    id serial PRIMARY KEY,
    company integer NOT NULL REFERENCES company (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    kind varchar(30) NOT NULL,
    version integer NOT NULL,
    text text NOT NULL,
    details jsonb NOT NULL DEFAULT '{}',
    given_by bigint,
    given_on date NOT NULL,
    given_at timestamptz NOT NULL,
    valid_until date NOT NULL,
    evidence integer REFERENCES document (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    withdrawn_at timestamptz
)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "declarations", DESCRIPTION, FORWARDS)
