"""No partner takes more than its allotment, no allotment more than the booth has."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "allotments hold, and add up with the booth"

FORWARDS = """
ALTER TABLE booth_partner
    ADD CONSTRAINT booth_partner_state CHECK (state IN ('invited', 'accepted', 'declined', 'ended')),
    ADD CONSTRAINT booth_partner_area CHECK (taken_m2 >= 0 AND taken_m2 <= allotted_m2),
    ADD CONSTRAINT booth_partner_budget CHECK (
        committed_minor >= 0 AND (budget_minor IS NULL OR committed_minor <= budget_minor)),
    ADD CONSTRAINT booth_partner_price CHECK (price_per_m2_minor >= 0),
    ADD CONSTRAINT booth_partner_gone CHECK (
        state NOT IN ('declined', 'ended') OR (allotted_m2 = taken_m2 AND taken_m2 = 0));
CREATE UNIQUE INDEX booth_partner_once ON booth_partner (booth, agency)
    WHERE state IN ('invited', 'accepted');
CREATE FUNCTION booth_partner_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    at integer := coalesce(NEW.booth, OLD.booth);
    promised numeric := (SELECT coalesce(sum(allotted_m2 - taken_m2), 0) FROM booth_partner WHERE booth = at);
BEGIN
    IF promised <> (SELECT reserved_m2 FROM booth WHERE id = at) THEN
        RAISE EXCEPTION 'the allotments of booth % add up to % m2 that are not reserved', at, promised
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'booth_partner_adds_up';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER booth_partner_adds_up AFTER INSERT OR UPDATE OR DELETE ON booth_partner
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION booth_partner_adds_up()
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "partners", DESCRIPTION, FORWARDS)
