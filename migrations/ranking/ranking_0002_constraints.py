"""A published rule stands, a conflict locks its evaluator out, a decision is never changed."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "frozen plans, conflicts that lock out, append-only scores and decisions"

FORWARDS = """
ALTER TABLE ranking_plan
    ADD CONSTRAINT ranking_plan_promise CHECK (
        (frozen_at IS NULL) = (seed IS NULL) AND (seed IS NULL) = (commitment IS NULL)
        AND (seed IS NULL OR commitment = encode(sha256(convert_to(seed, 'UTF8')), 'hex')));
CREATE FUNCTION ranking_plan_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.frozen_at IS NOT NULL THEN
        RAISE EXCEPTION 'the call is published with this rule: it stands'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ranking_plan_stands';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER ranking_plan_stands BEFORE UPDATE OR DELETE ON ranking_plan
    FOR EACH ROW EXECUTE FUNCTION ranking_plan_stands();

CREATE UNIQUE INDEX evaluator_once ON evaluator (call, person) WHERE ended_at IS NULL;
CREATE INDEX evaluator_by_person ON evaluator (person) WHERE ended_at IS NULL;

CREATE INDEX conflict_declaration_latest ON conflict_declaration (application, person, id);
CREATE FUNCTION conflict_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('evaluation', NEW.person));
    IF EXISTS (SELECT FROM conflict_declaration WHERE application = NEW.application
               AND person = NEW.person AND conflict) THEN
        RAISE EXCEPTION 'a declared conflict of interest stands'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'conflict_stands';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER conflict_stands BEFORE INSERT ON conflict_declaration
    FOR EACH ROW EXECUTE FUNCTION conflict_stands();
CREATE TRIGGER conflict_declaration_append_only BEFORE UPDATE OR DELETE ON conflict_declaration
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

ALTER TABLE evaluation ADD CONSTRAINT evaluation_number UNIQUE (application, person, number);
CREATE FUNCTION evaluation_allowed() RETURNS trigger LANGUAGE plpgsql AS $$
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
    IF EXISTS (SELECT FROM ranking_decision d JOIN application x ON x.call = d.call
               WHERE x.id = NEW.application) THEN
        RAISE EXCEPTION 'the decision has frozen the scores'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'evaluation_before_decision';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER evaluation_allowed BEFORE INSERT ON evaluation
    FOR EACH ROW EXECUTE FUNCTION evaluation_allowed();
CREATE TRIGGER evaluation_append_only BEFORE UPDATE OR DELETE ON evaluation
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE INDEX noted_fact_latest ON noted_fact (application, word, id);
CREATE TRIGGER noted_fact_append_only BEFORE UPDATE OR DELETE ON noted_fact
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

ALTER TABLE ranking_decision
    ADD CONSTRAINT ranking_decision_version UNIQUE (call, version),
    ADD CONSTRAINT ranking_decision_why CHECK (version = 1 OR length(why) >= 5),
    ADD CONSTRAINT ranking_decision_fingerprint
        CHECK (sha256 = encode(sha256(convert_to(content, 'UTF8')), 'hex'));
CREATE TRIGGER ranking_decision_append_only BEFORE UPDATE OR DELETE ON ranking_decision
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

ALTER TABLE ranking_place
    ADD CONSTRAINT ranking_place_rank UNIQUE (decision, rank),
    ADD CONSTRAINT ranking_place_once UNIQUE (application, decision, module),
    ADD CONSTRAINT ranking_place_outcome CHECK (outcome IN ('selected', 'waiting', 'below'));
CREATE TRIGGER ranking_place_append_only BEFORE UPDATE OR DELETE ON ranking_place
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

ALTER TABLE decision_applied ADD CONSTRAINT decision_applied_once UNIQUE (decision);
CREATE TRIGGER decision_applied_append_only BEFORE UPDATE OR DELETE ON decision_applied
    FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "ranking", DESCRIPTION, FORWARDS)
