"""Several price lists for one call: which one prices whom, fixed with the publication."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0013"
VERSION = "1.38.0"
DESCRIPTION = "further price lists of a call"

FORWARDS = """
CREATE TABLE call_price_list (
    id serial PRIMARY KEY,
    call integer NOT NULL REFERENCES call (id) ON DELETE RESTRICT,
    price_list integer NOT NULL REFERENCES price_list (id) ON DELETE RESTRICT,
    applies varchar(12) NOT NULL CHECK (applies IN ('not_eligible', 'undeclared')),
    declarations jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(declarations) = 'array'),
    aided boolean NOT NULL DEFAULT false,
    UNIQUE (call, applies),
    CONSTRAINT call_price_list_declared
        CHECK ((applies = 'undeclared') = (jsonb_array_length(declarations) > 0))
);
CREATE FUNCTION call_price_list_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stands boolean;
BEGIN
    SELECT state <> 'draft' INTO stands FROM call
     WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.call ELSE NEW.call END FOR SHARE;
    IF stands OR TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'the price lists of a published call stand'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'call_price_list_stands';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER call_price_list_stands BEFORE INSERT OR UPDATE OR DELETE ON call_price_list
    FOR EACH ROW EXECUTE FUNCTION call_price_list_stands()
"""


async def forwards() -> MigrationManager:
    """The table, and what holds it still."""
    return by_hand(ID, "calls", DESCRIPTION, FORWARDS)
