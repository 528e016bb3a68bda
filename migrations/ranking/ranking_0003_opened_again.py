"""A frozen decision that is opened again, with a reason, so that what it was made of may change."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0003"
VERSION = "1.38.0"
DESCRIPTION = "decisions opened again"

FORWARDS = """
CREATE TABLE ranking_reopening (
    id serial PRIMARY KEY,
    decision integer NOT NULL REFERENCES ranking_decision (id) ON DELETE RESTRICT,
    why text NOT NULL,
    person_id bigint,
    at timestamptz NOT NULL,
    CONSTRAINT ranking_reopening_once UNIQUE (decision),
    CONSTRAINT ranking_reopening_why CHECK (length(why) >= 5)
);
CREATE TRIGGER ranking_reopening_append_only BEFORE UPDATE OR DELETE ON ranking_reopening
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE FUNCTION ranking_decided(the_call integer) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM (SELECT id FROM ranking_decision WHERE call = the_call
                     ORDER BY version DESC LIMIT 1) latest
        WHERE NOT EXISTS (SELECT FROM ranking_reopening WHERE decision = latest.id))
$$;
CREATE OR REPLACE FUNCTION evaluation_allowed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE declared boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('evaluation', NEW.person));
    SELECT bool_or(conflict) INTO declared FROM conflict_declaration
        WHERE application = NEW.application AND person = NEW.person;
    IF declared IS NULL OR declared THEN
        RAISE EXCEPTION 'no score without the declaration that there is no conflict of interest'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'evaluation_without_conflict';
    END IF;
    IF NOT EXISTS (SELECT FROM evaluator e JOIN application x ON x.call = e.call
                   WHERE x.id = NEW.application AND e.person = NEW.person AND e.ended_at IS NULL)
    THEN
        RAISE EXCEPTION 'only evaluators of the call score its applications'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'evaluation_by_evaluator';
    END IF;
    IF ranking_decided((SELECT call FROM application WHERE id = NEW.application)) THEN
        RAISE EXCEPTION 'the decision has frozen the scores'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'evaluation_before_decision';
    END IF;
    RETURN NEW;
END $$
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "ranking", DESCRIPTION, FORWARDS)
