"""A proposal stays as it was asked and answered; needs and wishes make sense."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "answered proposals never change"

FORWARDS = """
ALTER TABLE stand_utility ADD CONSTRAINT stand_utility_power CHECK (power_kw >= 0);
ALTER TABLE placing_need
    ADD CONSTRAINT placing_need_area CHECK (0 < minimum_m2 AND minimum_m2 <= maximum_m2),
    ADD CONSTRAINT placing_need_sides CHECK (open_sides BETWEEN 0 AND 4),
    ADD CONSTRAINT placing_need_power CHECK (power_kw >= 0),
    ADD CONSTRAINT placing_need_known CHECK (needs <@ ARRAY['water', 'drain', 'internet']::varchar[]);
ALTER TABLE placing_wish
    ADD CONSTRAINT placing_wish_kind CHECK (kind IN ('neighbour', 'apart')),
    ADD CONSTRAINT placing_wish_other CHECK (other <> application),
    ADD CONSTRAINT placing_wish_once UNIQUE (application, kind, other);
ALTER TABLE proposal
    ADD CONSTRAINT proposal_number UNIQUE (call, number),
    ADD CONSTRAINT proposal_done CHECK
        ((done_at IS NULL) = (answer IS NULL AND failed = ''));
ALTER TABLE proposed_admission
    ADD CONSTRAINT proposed_admission_once UNIQUE (proposal, application),
    ADD CONSTRAINT proposed_admission_state CHECK (state IN ('waiting', 'done', 'refused'));
CREATE FUNCTION proposal_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.done_at IS NOT NULL OR NEW.content <> OLD.content THEN
        RAISE EXCEPTION 'a proposal stays as it was asked and answered: make a new one'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'proposal_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER proposal_stays BEFORE UPDATE OR DELETE ON proposal
    FOR EACH ROW EXECUTE FUNCTION proposal_stays()
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "proposals", DESCRIPTION, FORWARDS)
