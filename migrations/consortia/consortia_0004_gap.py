"""A common stand may have an empty place, which those who stay pay for."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0004"
VERSION = "1.38.0"
DESCRIPTION = "parts and an empty place add up to the stand"

FORWARDS = """
ALTER TABLE consortium_terms
    ADD COLUMN gap_m2 numeric(8, 2) NOT NULL DEFAULT 0,
    ADD CONSTRAINT consortium_terms_gap CHECK (gap_m2 >= 0 AND gap_m2 < island_m2);
CREATE OR REPLACE FUNCTION consortium_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
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
    IF areas + agreed.gap_m2 IS DISTINCT FROM agreed.island_m2 THEN
        RAISE EXCEPTION 'the parts of a common stand add up to the stand'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'consortium_parts_area';
    END IF;
    IF shares IS DISTINCT FROM (CASE WHEN agreed.key = 'shares' THEN 10000 END) THEN
        RAISE EXCEPTION 'stated shares add up to 100 %%'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'consortium_parts_share';
    END IF;
    RETURN NULL;
END $$
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "consortia", DESCRIPTION, FORWARDS)
