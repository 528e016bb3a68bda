"""One company per VAT ID, one role per person and organisation, figures that can be true."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "unique VAT IDs and memberships, known roles"

FORWARDS = """
ALTER TABLE agency
    ADD CONSTRAINT agency_country CHECK (country ~ '^[A-Z]{2}$'),
    ADD CONSTRAINT agency_slug CHECK (slug ~ '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$'),
    ADD CONSTRAINT agency_colour CHECK (brand_colour ~ '^#[0-9a-f]{6}$');
ALTER TABLE company
    ADD CONSTRAINT company_country CHECK (country ~ '^[A-Z]{2}$'),
    ADD CONSTRAINT company_nace CHECK ((nace_code = '') = (nace_revision = '')
        AND nace_revision IN ('', '2', '2.1')),
    ADD CONSTRAINT company_figures CHECK (employees_awu >= 0 AND turnover_minor >= 0
        AND balance_minor >= 0);
CREATE UNIQUE INDEX company_vat_id ON company (vat_id) WHERE vat_id <> '';
CREATE INDEX company_name ON company (lower(name), id);
ALTER TABLE agency_member
    ADD CONSTRAINT agency_member_role CHECK (role IN ('viewer', 'finance', 'manager', 'owner')),
    ADD CONSTRAINT agency_member_once UNIQUE (agency, person);
ALTER TABLE company_member
    ADD CONSTRAINT company_member_role CHECK (role IN ('member', 'admin')),
    ADD CONSTRAINT company_member_once UNIQUE (company, person)
"""


async def forwards() -> MigrationManager:
    """The constraints."""
    return by_hand(ID, "organisations", DESCRIPTION, FORWARDS)
