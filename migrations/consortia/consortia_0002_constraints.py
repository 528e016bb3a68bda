"""Parts add up to the stand, terms and answers are never changed, one consortium per application."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "parts add up, terms stand"

FORWARDS = """
ALTER TABLE consortium
    ADD CONSTRAINT consortium_state CHECK (state IN ('forming', 'sent', 'admitted', 'dissolved')),
    ADD CONSTRAINT consortium_in_force CHECK
        (state NOT IN ('sent', 'admitted') OR in_force IS NOT NULL);
ALTER TABLE consortium_member
    ADD CONSTRAINT consortium_member_state CHECK (state IN ('invited', 'joined', 'declined', 'left')),
    ADD CONSTRAINT consortium_member_joined CHECK
        (state <> 'joined' OR (company IS NOT NULL AND application IS NOT NULL));
CREATE UNIQUE INDEX consortium_member_once ON consortium_member (application)
    WHERE state = 'joined';
ALTER TABLE consortium_terms
    ADD CONSTRAINT consortium_terms_version UNIQUE (consortium, version),
    ADD CONSTRAINT consortium_terms_key CHECK (key IN ('equal', 'by_m2', 'shares')),
    ADD CONSTRAINT consortium_terms_island CHECK (island_m2 > 0);
ALTER TABLE consortium_part
    ADD CONSTRAINT consortium_part_once UNIQUE (terms, member),
    ADD CONSTRAINT consortium_part_area CHECK (area_m2 > 0);
CREATE FUNCTION consortium_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    agreed consortium_terms;
    areas numeric;
    shares bigint;
BEGIN
    IF TG_TABLE_NAME = 'consortium_terms' THEN
        agreed := NEW;
    ELSE
        SELECT * INTO agreed FROM consortium_terms WHERE id = NEW.terms;
    END IF;
    SELECT sum(area_m2), sum(share_bp) INTO areas, shares
      FROM consortium_part WHERE terms = agreed.id;
    IF areas IS DISTINCT FROM agreed.island_m2 THEN
        RAISE EXCEPTION 'the parts of a common stand add up to the stand'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'consortium_parts_area';
    END IF;
    IF shares IS DISTINCT FROM (CASE WHEN agreed.key = 'shares' THEN 10000 END) THEN
        RAISE EXCEPTION 'stated shares add up to 100 %%'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'consortium_parts_share';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER consortium_terms_add_up AFTER INSERT ON consortium_terms
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consortium_adds_up();
CREATE CONSTRAINT TRIGGER consortium_parts_add_up AFTER INSERT ON consortium_part
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consortium_adds_up();
CREATE TRIGGER consortium_terms_append_only BEFORE UPDATE OR DELETE ON consortium_terms
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER consortium_part_append_only BEFORE UPDATE OR DELETE ON consortium_part
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER consortium_answer_append_only BEFORE UPDATE OR DELETE ON consortium_answer
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE INDEX allocation_of_consortium ON allocation (consortium)
    WHERE consortium IS NOT NULL AND state <> 'released'
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "consortia", DESCRIPTION, FORWARDS)
