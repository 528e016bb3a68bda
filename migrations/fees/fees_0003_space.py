"""Ways to take space with steps, modules and packages; early and late rates; versions of a list."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0003"
VERSION = "1.38.0"
DESCRIPTION = "ways to take space, early and late rates, versions of a price list"

FORWARDS = """
ALTER TABLE price_list
    ADD COLUMN spaces jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(spaces) = 'array'),
    ADD COLUMN side_minor bigint NOT NULL DEFAULT 0 CHECK (side_minor >= 0),
    ADD COLUMN sides_most integer NOT NULL DEFAULT 4 CHECK (sides_most BETWEEN 1 AND 4),
    ADD COLUMN early_until date,
    ADD COLUMN early_bp integer NOT NULL DEFAULT 0 CHECK (early_bp BETWEEN 0 AND 10000),
    ADD COLUMN early_minor bigint NOT NULL DEFAULT 0 CHECK (early_minor >= 0),
    ADD COLUMN late_from date,
    ADD COLUMN late_bp integer NOT NULL DEFAULT 0 CHECK (late_bp BETWEEN 0 AND 10000),
    ADD COLUMN late_minor bigint NOT NULL DEFAULT 0 CHECK (late_minor >= 0),
    ADD COLUMN edition integer NOT NULL DEFAULT 1 CHECK (edition >= 1),
    ADD COLUMN succeeds integer REFERENCES price_list (id) ON DELETE RESTRICT,
    ADD CONSTRAINT price_list_rates CHECK ((early_until IS NOT NULL OR early_bp + early_minor = 0)
        AND (late_from IS NOT NULL OR late_bp + late_minor = 0)),
    ADD CONSTRAINT price_list_late CHECK (early_until IS NULL OR late_from > early_until
        OR late_from IS NULL),
    ADD CONSTRAINT price_list_edition CHECK ((edition = 1) = (succeeds IS NULL));
CREATE UNIQUE INDEX price_list_succeeds ON price_list (succeeds);
ALTER TABLE fee
    ADD COLUMN reduced_minor bigint CHECK (reduced_minor BETWEEN 0 AND amount_minor),
    ADD COLUMN included_in jsonb NOT NULL DEFAULT '[]'
        CHECK (jsonb_typeof(included_in) = 'array');
ALTER TABLE quote
    ADD COLUMN cost_minor bigint CHECK (cost_minor >= full_minor)
"""


async def forwards() -> MigrationManager:
    """The columns and what must be true of them."""
    return by_hand(ID, "fees", DESCRIPTION, FORWARDS)
