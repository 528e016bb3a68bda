"""A topic can belong to an office: questions about it run by the office's clock and holidays."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "topics of offices"

FORWARDS = """
ALTER TABLE enquiry_topic ADD COLUMN office integer REFERENCES office ON DELETE RESTRICT;
CREATE INDEX enquiry_topic_office ON enquiry_topic (office) WHERE office IS NOT NULL
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "enquiries", DESCRIPTION, FORWARDS)
