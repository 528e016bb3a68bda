"""Quotes keep every source of aid; fees say which kind of cost they are."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0004"
VERSION = "1.38.0"
DESCRIPTION = "several sources of aid in a quote, kinds of cost"

FORWARDS = """
ALTER TABLE fee ADD COLUMN cost_kind varchar(12) NOT NULL DEFAULT ''
    CHECK (cost_kind IN ('', 'space', 'construction', 'registration', 'running', 'travel',
        'other'));
ALTER TABLE quote
    ADD COLUMN awards jsonb,
    ADD COLUMN later_minor bigint CHECK (later_minor BETWEEN 0 AND aid_minor),
    ALTER COLUMN scheme_name TYPE varchar(1000),
    DROP CONSTRAINT quote_sums,
    ADD CONSTRAINT quote_sums CHECK (0 <= aid_minor AND aid_minor <= full_minor + vat_minor
        AND eligible_minor <= full_minor AND total_minor = net_minor + vat_minor
        AND net_minor = full_minor - aid_minor
            + coalesce(later_minor, CASE WHEN aid_later THEN aid_minor ELSE 0 END))
"""


async def forwards() -> MigrationManager:
    """The columns and what they must add up to."""
    return by_hand(ID, "fees", DESCRIPTION, FORWARDS)
