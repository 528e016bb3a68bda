"""Rules of a published call stand still; findings and waivers are never changed."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "rules that stand, append-only findings"

FORWARDS = """
ALTER TABLE check_rule
    ADD CONSTRAINT check_rule_position UNIQUE (call, position),
    ADD CONSTRAINT check_rule_parameters CHECK (jsonb_typeof(parameters) = 'object');
CREATE TRIGGER check_rule_stands BEFORE INSERT OR UPDATE OR DELETE ON check_rule
    FOR EACH ROW EXECUTE FUNCTION call_settings_stand();
ALTER TABLE check_run
    ADD CONSTRAINT check_run_occasion CHECK (occasion IN ('sent', 'again', 'payment'));
CREATE INDEX check_run_latest ON check_run (application, id DESC);
ALTER TABLE check_finding
    ADD CONSTRAINT check_finding_once UNIQUE (run, rule),
    ADD CONSTRAINT check_finding_outcome CHECK (outcome IN ('ok', 'failed', 'unknown'));
ALTER TABLE check_waiver
    ADD CONSTRAINT check_waiver_once UNIQUE (application, rule, saw),
    ADD CONSTRAINT check_waiver_why CHECK (why <> '');
CREATE TRIGGER check_run_append_only BEFORE UPDATE OR DELETE ON check_run
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER check_finding_append_only BEFORE UPDATE OR DELETE ON check_finding
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER check_waiver_append_only BEFORE UPDATE OR DELETE ON check_waiver
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Editions of one fair have its name in common, without years and numbers of editions.
CREATE FUNCTION fair_series(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT btrim(regexp_replace(lower(name), '[0-9[:punct:][:space:]]+', ' ', 'g'))
$$;
CREATE INDEX fair_by_series ON fair (fair_series(name), starts_on)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "checks", DESCRIPTION, FORWARDS)
