"""When a session's suggestions were worked out; guests are people of the request's session."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0003"
VERSION = "1.38.0"
DESCRIPTION = "when suggestions were worked out, guests of one session"

FORWARDS = """
CREATE TABLE meeting_suggesting (
    id serial PRIMARY KEY,
    session integer NOT NULL UNIQUE REFERENCES meeting_session (id) ON DELETE CASCADE,
    stamp varchar(64) NOT NULL DEFAULT '',
    made_at timestamptz,
    people integer NOT NULL DEFAULT 0
);
CREATE INDEX meeting_request_asked_open ON meeting_request (asked, id) WHERE state = 'open';
CREATE FUNCTION request_guest_of_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM meeting_request r JOIN participant p ON p.session = r.session
            WHERE r.id = NEW.request AND p.id = NEW.participant
            AND p.id NOT IN (r.asker, r.asked)) THEN
        RAISE EXCEPTION 'a guest is a further participant of the session'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'request_guest_of_session';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER request_guest_of_session BEFORE INSERT OR UPDATE ON request_guest
    FOR EACH ROW EXECUTE FUNCTION request_guest_of_session()
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "requests", DESCRIPTION, FORWARDS)
