"""What no slip may make of a fair."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "days in order, one line of hours a day, an edition imported once"

FORWARDS = """
ALTER TABLE fair
    ADD CONSTRAINT fair_days_in_order CHECK (ends_on >= starts_on AND ends_on < starts_on + 60),
    ADD CONSTRAINT fair_country_is_a_code CHECK (country ~ '^[A-Z]{2}$'),
    ADD CONSTRAINT fair_slug_is_plain CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    ADD CONSTRAINT fair_setup_in_order CHECK (
        (setup_from IS NULL) = (setup_until IS NULL) AND setup_until > setup_from),
    ADD CONSTRAINT fair_dismantling_in_order CHECK (
        (dismantling_from IS NULL) = (dismantling_until IS NULL)
        AND dismantling_until > dismantling_from);

CREATE UNIQUE INDEX fair_imported_once ON fair (agency, import_key) WHERE import_key IS NOT NULL;
CREATE INDEX fair_by_start ON fair (starts_on, id);
CREATE INDEX fair_published_by_start ON fair (starts_on, id) WHERE published_at IS NOT NULL;

ALTER TABLE fair_day
    ADD CONSTRAINT fair_day_in_order CHECK (closes_at > opens_at),
    ADD CONSTRAINT fair_day_once UNIQUE (fair, day);
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "fairs", DESCRIPTION, FORWARDS)
