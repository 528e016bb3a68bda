"""A firm named for a stand has to do with the agency of the stand."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0005"
VERSION = "1.38.0"
DESCRIPTION = "dealings by co-exhibitors"

FORWARDS = """
CREATE FUNCTION co_exhibitor_is_dealing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_dealing(
        (SELECT c.agency FROM application x JOIN call c ON c.id = x.call WHERE x.id = NEW.application),
        NEW.company);
    RETURN NULL;
END $$;
CREATE TRIGGER co_exhibitor_is_dealing AFTER INSERT OR UPDATE OF company ON co_exhibitor
    FOR EACH ROW EXECUTE FUNCTION co_exhibitor_is_dealing();
SELECT note_dealing(c.agency, e.company) FROM co_exhibitor e
    JOIN application x ON x.id = e.application JOIN call c ON c.id = x.call
"""


async def forwards() -> MigrationManager:
    """What is there already is taken over."""
    return by_hand(ID, "consortia", DESCRIPTION, FORWARDS)
