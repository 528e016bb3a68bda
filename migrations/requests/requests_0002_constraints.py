"""Nobody asks themselves or their own company; two people have one request between them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "one live request for two people, none inside a company"

FORWARDS = """
ALTER TABLE meeting_request
    ADD CONSTRAINT meeting_request_state CHECK
        (state IN ('open', 'accepted', 'declined', 'cancelled', 'expired')),
    ADD CONSTRAINT meeting_request_others CHECK (asker <> asked),
    ADD CONSTRAINT meeting_request_priority CHECK
        (priority BETWEEN 1 AND 3 AND answer_priority BETWEEN 1 AND 3),
    ADD CONSTRAINT meeting_request_answered CHECK
        (state NOT IN ('accepted', 'declined') OR answered_at IS NOT NULL),
    ADD CONSTRAINT meeting_request_ended CHECK
        (state NOT IN ('cancelled', 'expired') OR ended_at IS NOT NULL);
CREATE UNIQUE INDEX meeting_request_live ON meeting_request
    (session, least(asker, asked), greatest(asker, asked)) WHERE state IN ('open', 'accepted');
CREATE INDEX meeting_request_of_session ON meeting_request (session, state, id);
CREATE INDEX meeting_request_of_asker ON meeting_request (asker, state);
CREATE INDEX meeting_request_expiring ON meeting_request (expires_at) WHERE state = 'open';
ALTER TABLE request_guest ADD CONSTRAINT request_guest_once UNIQUE (request, participant);
ALTER TABLE request_order
    ADD CONSTRAINT request_order_once UNIQUE (earlier, later),
    ADD CONSTRAINT request_order_two CHECK (earlier <> later);
ALTER TABLE meeting_block
    ADD CONSTRAINT meeting_block_once UNIQUE (person, other),
    ADD CONSTRAINT meeting_block_two CHECK (person <> other);
CREATE INDEX meeting_block_of_other ON meeting_block (other);
ALTER TABLE meeting_signal
    ADD CONSTRAINT meeting_signal_once UNIQUE (participant, other),
    ADD CONSTRAINT meeting_signal_kind CHECK (kind IN ('wish', 'refused')),
    ADD CONSTRAINT meeting_signal_two CHECK (participant <> other);
ALTER TABLE meeting_suggestion
    ADD CONSTRAINT meeting_suggestion_once UNIQUE (participant, other),
    ADD CONSTRAINT meeting_suggestion_two CHECK (participant <> other);
CREATE INDEX meeting_suggestion_of_other ON meeting_suggestion (other);
CREATE FUNCTION meeting_request_between() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM participant WHERE id IN (NEW.asker, NEW.asked)
            AND session = NEW.session) <> 2 THEN
        RAISE EXCEPTION 'a request is between two people of its session'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'meeting_request_one_session';
    END IF;
    IF (SELECT count(DISTINCT company) FROM participant WHERE id IN (NEW.asker, NEW.asked)) <> 2
    THEN
        RAISE EXCEPTION 'a request is between people of two companies'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'meeting_request_two_companies';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER meeting_request_between BEFORE INSERT OR UPDATE OF session, asker, asked
    ON meeting_request FOR EACH ROW EXECUTE FUNCTION meeting_request_between()
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "requests", DESCRIPTION, FORWARDS)
