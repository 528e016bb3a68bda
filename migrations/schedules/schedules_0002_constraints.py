"""One meeting per participant, place and interpreter in a slot; no more than a person's most."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "one meeting per participant and slot, per place and slot, per interpreter and slot"

FORWARDS = """
ALTER TABLE schedule_run
    ADD CONSTRAINT schedule_run_number UNIQUE (session, number),
    ADD CONSTRAINT schedule_run_kind CHECK (kind IN ('whole', 'again', 'back')),
    ADD CONSTRAINT schedule_run_state CHECK (state IN
        ('waiting', 'working', 'draft', 'failed', 'published', 'discarded')),
    ADD CONSTRAINT schedule_run_seconds CHECK (seconds BETWEEN 1 AND 3600),
    ADD CONSTRAINT schedule_run_published CHECK
        ((state = 'published') = (published_at IS NOT NULL));
CREATE UNIQUE INDEX schedule_run_in_hand ON schedule_run (session)
    WHERE state IN ('waiting', 'working');
ALTER TABLE run_meeting ADD CONSTRAINT run_meeting_once UNIQUE (run, request);
CREATE INDEX run_meeting_of_request ON run_meeting (request);
ALTER TABLE meeting
    ADD CONSTRAINT meeting_state CHECK (state IN ('planned', 'held', 'cancelled', 'missed')),
    ADD CONSTRAINT meeting_live CHECK (live = (state IN ('planned', 'held'))),
    ADD CONSTRAINT meeting_place_once EXCLUDE USING btree (place WITH =, slot WITH =)
        WHERE (live AND place IS NOT NULL) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT meeting_interpreter_once EXCLUDE USING btree
        (interpreter WITH =, slot WITH =)
        WHERE (live AND interpreter IS NOT NULL) DEFERRABLE INITIALLY DEFERRED;
CREATE UNIQUE INDEX meeting_of_request ON meeting (request) WHERE live;
CREATE INDEX meeting_of_session ON meeting (session, slot);
ALTER TABLE meeting_seat
    ADD CONSTRAINT meeting_seat_once UNIQUE (meeting, participant),
    ADD CONSTRAINT meeting_seat_person_once EXCLUDE USING btree
        (participant WITH =, slot WITH =) WHERE (live) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX meeting_seat_of_participant ON meeting_seat (participant);
CREATE FUNCTION meeting_seat_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.slot, NEW.live) IS NOT DISTINCT FROM (OLD.slot, OLD.live) THEN
        RETURN NEW;
    END IF;
    UPDATE meeting_seat SET slot = NEW.slot, live = NEW.live WHERE meeting = NEW.id;
    RETURN NEW;
END $$;
CREATE TRIGGER meeting_seat_follows AFTER UPDATE ON meeting
    FOR EACH ROW EXECUTE FUNCTION meeting_seat_follows();
CREATE FUNCTION meeting_seat_within_most() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    most integer;
BEGIN
    IF NOT NEW.live OR NOT EXISTS (SELECT FROM meeting_seat WHERE id = NEW.id AND live) THEN
        RETURN NEW;
    END IF;
    SELECT least(p.most_meetings, g.most_meetings) INTO most FROM participant p
        JOIN participant_group g ON g.id = p.in_group WHERE p.id = NEW.participant;
    IF most < (SELECT count(*) FROM meeting_seat
            WHERE participant = NEW.participant AND live) THEN
        RAISE EXCEPTION 'participant % has no more than % meetings', NEW.participant, most
            USING ERRCODE = 'check_violation', CONSTRAINT = 'meeting_seat_within_most';
    END IF;
    RETURN NEW;
END $$;
CREATE CONSTRAINT TRIGGER meeting_seat_within_most AFTER INSERT OR UPDATE ON meeting_seat
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION meeting_seat_within_most()
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "schedules", DESCRIPTION, FORWARDS)
