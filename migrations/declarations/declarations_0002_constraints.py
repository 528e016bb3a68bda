"""What was declared stays as it was signed; it can only be withdrawn, once."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "append-only declarations"

FORWARDS = """
ALTER TABLE declaration
    ADD CONSTRAINT declaration_text CHECK (text <> ''),
    ADD CONSTRAINT declaration_days CHECK (given_on <= valid_until);
CREATE INDEX declaration_latest ON declaration (company, kind, id DESC);
CREATE INDEX declaration_ends ON declaration (valid_until) WHERE withdrawn_at IS NULL;
CREATE FUNCTION declaration_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.withdrawn_at IS NULL
           AND to_jsonb(NEW) - 'withdrawn_at' = to_jsonb(OLD) - 'withdrawn_at' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a declaration is replaced or withdrawn, not changed'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'declaration_stands';
END $$;
CREATE TRIGGER declaration_stands BEFORE UPDATE OR DELETE ON declaration
    FOR EACH ROW EXECUTE FUNCTION declaration_stands()
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "declarations", DESCRIPTION, FORWARDS)
