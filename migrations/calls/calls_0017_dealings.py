"""An application that was sent, or shown to another agency, is a dealing."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0017"
VERSION = "1.38.0"
DESCRIPTION = "dealings by applications"

FORWARDS = """
CREATE FUNCTION application_is_dealing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.submitted_at IS NOT NULL THEN
        PERFORM note_dealing((SELECT c.agency FROM call c WHERE c.id = NEW.call), NEW.company);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER application_is_dealing AFTER INSERT OR UPDATE OF submitted_at ON application
    FOR EACH ROW EXECUTE FUNCTION application_is_dealing();
CREATE FUNCTION share_is_dealing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_dealing(NEW.agency, (SELECT x.company FROM application x WHERE x.id = NEW.application));
    RETURN NULL;
END $$;
CREATE TRIGGER share_is_dealing AFTER INSERT ON application_share
    FOR EACH ROW EXECUTE FUNCTION share_is_dealing();
SELECT note_dealing(c.agency, x.company) FROM application x JOIN call c ON c.id = x.call
    WHERE x.submitted_at IS NOT NULL;
SELECT note_dealing(s.agency, x.company) FROM application_share s
    JOIN application x ON x.id = s.application
"""


async def forwards() -> MigrationManager:
    """What is there already is taken over."""
    return by_hand(ID, "calls", DESCRIPTION, FORWARDS)
