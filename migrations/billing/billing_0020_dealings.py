"""An invoice is a dealing."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0020"
VERSION = "1.38.0"
DESCRIPTION = "dealings by invoices"

FORWARDS = """
CREATE FUNCTION invoice_is_dealing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_dealing(NEW.agency, NEW.company);
    RETURN NULL;
END $$;
CREATE TRIGGER invoice_is_dealing AFTER INSERT ON invoice
    FOR EACH ROW EXECUTE FUNCTION invoice_is_dealing();
SELECT note_dealing(agency, company) FROM invoice
"""


async def forwards() -> MigrationManager:
    """What is there already is taken over."""
    return by_hand(ID, "billing", DESCRIPTION, FORWARDS)
