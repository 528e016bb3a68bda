"""A booking is a dealing with the agency that it goes through."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0009"
VERSION = "1.38.0"
DESCRIPTION = "dealings by bookings"

FORWARDS = """
CREATE FUNCTION booking_is_dealing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_dealing(NEW.agency, NEW.company);
    RETURN NULL;
END $$;
CREATE TRIGGER booking_is_dealing AFTER INSERT ON booking
    FOR EACH ROW EXECUTE FUNCTION booking_is_dealing();
SELECT note_dealing(agency, company) FROM booking
"""


async def forwards() -> MigrationManager:
    """What is there already is taken over."""
    return by_hand(ID, "bookings", DESCRIPTION, FORWARDS)
