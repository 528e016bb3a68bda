"""Taking part in a session is a dealing with its agency."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0009"
VERSION = "1.38.0"
DESCRIPTION = "dealings by sessions"

FORWARDS = """
CREATE FUNCTION participant_is_dealing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_dealing((SELECT s.agency FROM meeting_session s WHERE s.id = NEW.session), NEW.company);
    RETURN NULL;
END $$;
CREATE TRIGGER participant_is_dealing AFTER INSERT ON participant
    FOR EACH ROW EXECUTE FUNCTION participant_is_dealing();
SELECT note_dealing(s.agency, p.company) FROM participant p
    JOIN meeting_session s ON s.id = p.session
"""


async def forwards() -> MigrationManager:
    """What is there already is taken over."""
    return by_hand(ID, "matchmaking", DESCRIPTION, FORWARDS)
