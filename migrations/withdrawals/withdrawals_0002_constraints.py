"""Terms that companies have read stay as they are."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "published terms of withdrawal stay"

FORWARDS = """
CREATE FUNCTION withdrawal_terms_promised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM call WHERE id = coalesce(NEW.call, OLD.call) AND state <> 'draft') THEN
        RAISE EXCEPTION 'a published call promises its terms of withdrawal'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'withdrawal_terms_promised';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER withdrawal_terms_promised BEFORE INSERT OR UPDATE OR DELETE ON withdrawal_terms
    FOR EACH ROW EXECUTE FUNCTION withdrawal_terms_promised()
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "withdrawals", DESCRIPTION, FORWARDS)
