"""One application per company and call, one live allocation per stand, nothing sent is changed."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "one live allocation per stand, append-only submissions"

FORWARDS = """
ALTER TABLE call ADD CONSTRAINT call_instants CHECK (opens_at < closes_at);
ALTER TABLE call ADD CONSTRAINT call_state CHECK
    (state IN ('draft', 'published', 'decided', 'closed_out', 'cancelled'));
ALTER TABLE application ADD CONSTRAINT application_once UNIQUE (call, company);
ALTER TABLE application ADD CONSTRAINT application_state CHECK (state IN ('draft', 'submitted',
    'eligible', 'ineligible', 'wait_listed', 'rejected', 'admitted', 'confirmed', 'exhibited',
    'no_show', 'lapsed', 'released', 'withdrawn'));
ALTER TABLE application ADD CONSTRAINT application_sent CHECK
    (state IN ('draft', 'withdrawn') OR (submitted_at IS NOT NULL AND reference IS NOT NULL));
CREATE INDEX application_by_call ON application (call, state, submitted_at, id);
CREATE UNIQUE INDEX application_place ON application (call, wait_position)
    WHERE state = 'wait_listed';
ALTER TABLE submission ADD CONSTRAINT submission_number UNIQUE (application, number);
CREATE TRIGGER submission_append_only BEFORE UPDATE OR DELETE ON submission
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE UNIQUE INDEX admission_live ON admission (application) WHERE ended_at IS NULL;
ALTER TABLE allocation ADD CONSTRAINT allocation_state CHECK
    (state IN ('held', 'confirmed', 'released'));
ALTER TABLE allocation ADD CONSTRAINT allocation_ends CHECK
    ((state = 'released') = (released_at IS NOT NULL));
CREATE UNIQUE INDEX allocation_one_per_stand ON allocation (stand) WHERE state <> 'released';
CREATE UNIQUE INDEX allocation_one_per_application ON allocation (application)
    WHERE state <> 'released';
CREATE FUNCTION scheme_promised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.legal_basis, NEW.mode, NEW.rate_bp, NEW.fixed_per_m2_minor, NEW.cap_minor,
        NEW.currency, NEW.subsidy_shown)
       IS DISTINCT FROM
       (OLD.legal_basis, OLD.mode, OLD.rate_bp, OLD.fixed_per_m2_minor, OLD.cap_minor,
        OLD.currency, OLD.subsidy_shown)
       AND EXISTS (SELECT FROM call WHERE scheme = OLD.id AND state <> 'draft') THEN
        RAISE EXCEPTION 'a published call promises these terms: write a new scheme instead'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'scheme_promised';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER scheme_promised BEFORE UPDATE ON scheme
    FOR EACH ROW EXECUTE FUNCTION scheme_promised()
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "calls", DESCRIPTION, FORWARDS)
