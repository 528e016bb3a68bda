"""A document keeps what it was issued with: its file may be filled in once, nothing else changes."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "frozen documents, logos that exist"

FORWARDS = """
ALTER TABLE document
    ADD CONSTRAINT document_has_source CHECK (bytes IS NOT NULL OR template IS NOT NULL),
    ADD CONSTRAINT document_hash CHECK ((bytes IS NULL) = (sha256 = ''));
CREATE INDEX document_company_new ON document (company, created_at DESC);
CREATE FUNCTION document_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.bytes IS NOT NULL
        OR (NEW.kind, NEW.title, NEW.filename, NEW.media_type, NEW.agency, NEW.company, NEW.about,
            NEW.template, NEW.content, NEW.created_at)
        IS DISTINCT FROM (OLD.kind, OLD.title, OLD.filename, OLD.media_type, OLD.agency,
            OLD.company, OLD.about, OLD.template, OLD.content, OLD.created_at)
    THEN
        RAISE EXCEPTION 'a document is never changed: issue a new one'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER document_frozen BEFORE UPDATE ON document
    FOR EACH ROW EXECUTE FUNCTION document_frozen();
CREATE TRIGGER document_kept BEFORE DELETE ON document
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE company ADD CONSTRAINT company_logo
    FOREIGN KEY (logo_document) REFERENCES document (id)
"""


async def forwards() -> MigrationManager:
    """The constraints."""
    return by_hand(ID, "documents", DESCRIPTION, FORWARDS)
