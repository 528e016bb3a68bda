"""Who asks an agency something has to do with it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0009"
VERSION = "1.38.0"
DESCRIPTION = "dealings by enquiries"

FORWARDS = """
CREATE FUNCTION enquiry_is_dealing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_dealing(NEW.agency, NEW.company);
    RETURN NULL;
END $$;
CREATE TRIGGER enquiry_is_dealing AFTER INSERT OR UPDATE OF agency, company ON enquiry
    FOR EACH ROW EXECUTE FUNCTION enquiry_is_dealing();
SELECT note_dealing(agency, company) FROM enquiry
"""


async def forwards() -> MigrationManager:
    """What is there already is taken over."""
    return by_hand(ID, "enquiries", DESCRIPTION, FORWARDS)
