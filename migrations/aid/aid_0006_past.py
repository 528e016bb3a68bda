"""Where an earlier participation is written, and a copy of that."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0006"
VERSION = "1.38.0"
DESCRIPTION = "the source of an earlier participation that was entered by hand"

FORWARDS = """
ALTER TABLE aid_past
    ADD COLUMN source varchar(200) NOT NULL DEFAULT '',
    ADD COLUMN evidence bigint REFERENCES document (id) ON DELETE RESTRICT
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "aid", DESCRIPTION, FORWARDS)
