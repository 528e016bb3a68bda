"""Slots do not overlap, people take part once, groups and places are their own session's."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "slots apart, people once, everything of one session"

FORWARDS = """
ALTER TABLE meeting_session
    ADD CONSTRAINT meeting_session_kind CHECK (kind IN ('fair', 'online', 'inward', 'office')),
    ADD CONSTRAINT meeting_session_state CHECK
        (state IN ('draft', 'open', 'closed', 'running', 'over', 'cancelled')),
    ADD CONSTRAINT meeting_session_slot CHECK (slot_minutes BETWEEN 5 AND 480),
    ADD CONSTRAINT meeting_session_row CHECK (most_in_a_row BETWEEN 1 AND 40),
    ADD CONSTRAINT meeting_session_fairness CHECK (fairness BETWEEN 0 AND 20),
    ADD CONSTRAINT meeting_session_fee CHECK (fee_minor > 0),
    ADD CONSTRAINT meeting_session_at_a_fair CHECK (kind <> 'fair' OR fair IS NOT NULL),
    ADD CONSTRAINT meeting_session_until CHECK
        (answers_until IS NULL OR requests_until IS NULL OR requests_until <= answers_until);
ALTER TABLE session_slot
    ADD CONSTRAINT session_slot_number UNIQUE (session, number),
    ADD CONSTRAINT session_slot_span CHECK (starts_at < ends_at),
    ADD CONSTRAINT session_slot_half CHECK (half >= 0 AND number >= 0),
    ADD CONSTRAINT session_slot_apart EXCLUDE USING gist
        (session WITH =, tstzrange(starts_at, ends_at) WITH &&);
ALTER TABLE session_place
    ADD CONSTRAINT session_place_kind CHECK
        (kind IN ('table', 'stand', 'room', 'company', 'video')),
    ADD CONSTRAINT session_place_label UNIQUE (session, label),
    ADD CONSTRAINT session_place_seats CHECK (seats BETWEEN 2 AND 100),
    ADD CONSTRAINT session_place_whose CHECK
        (kind NOT IN ('stand', 'company') OR company IS NOT NULL);
CREATE UNIQUE INDEX session_place_stand ON session_place (session, stand);
ALTER TABLE interpreter ADD CONSTRAINT interpreter_name UNIQUE (session, name);
ALTER TABLE interpreter_away ADD CONSTRAINT interpreter_away_once UNIQUE (interpreter, slot);
ALTER TABLE participant_group
    ADD CONSTRAINT participant_group_name UNIQUE (session, name),
    ADD CONSTRAINT participant_group_most CHECK (most_requests >= 0 AND most_meetings >= 0);
ALTER TABLE group_rule ADD CONSTRAINT group_rule_once UNIQUE (asker, asked);
ALTER TABLE meeting_profile
    ADD CONSTRAINT meeting_profile_once UNIQUE (person, company),
    ADD CONSTRAINT meeting_profile_visible CHECK (visible IN ('shown', 'hidden'));
ALTER TABLE profile_good
    ADD CONSTRAINT profile_good_side CHECK (side IN ('offer', 'need')),
    ADD CONSTRAINT profile_good_said CHECK (text <> '' OR cardinality(codes) > 0);
ALTER TABLE participant
    ADD CONSTRAINT participant_once UNIQUE (session, person),
    ADD CONSTRAINT participant_state CHECK
        (state IN ('applied', 'unpaid', 'taking', 'refused', 'left')),
    ADD CONSTRAINT participant_came_by CHECK
        (came_by IN ('invitation', 'application', 'exhibitor', 'agency')),
    ADD CONSTRAINT participant_most CHECK (most_meetings >= 0),
    ADD CONSTRAINT participant_day CHECK
        (day_from BETWEEN 0 AND 23 AND day_until BETWEEN 1 AND 24 AND day_from < day_until);
CREATE INDEX participant_of_session ON participant (session, state);
CREATE UNIQUE INDEX session_invitation_open ON session_invitation (session, email)
    WHERE taken_back_at IS NULL;
ALTER TABLE participant_away
    ADD CONSTRAINT participant_away_once UNIQUE (participant, slot),
    ADD CONSTRAINT participant_away_why CHECK (why IN ('own', 'busy', 'agency'));
CREATE FUNCTION participant_of_one_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM participant_group WHERE id = NEW.in_group
            AND session = NEW.session)
        OR NOT EXISTS (SELECT FROM meeting_profile WHERE id = NEW.profile
            AND person = NEW.person AND company = NEW.company)
        OR (NEW.place IS NOT NULL AND NOT EXISTS (SELECT FROM session_place
            WHERE id = NEW.place AND session = NEW.session)) THEN
        RAISE EXCEPTION 'group, place and profile are those of the participant''s session'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'participant_of_one_session';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER participant_of_one_session BEFORE INSERT OR UPDATE ON participant
    FOR EACH ROW EXECUTE FUNCTION participant_of_one_session()
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "matchmaking", DESCRIPTION, FORWARDS)
