"""A call names further sources of co-financing in order; grants say which fair they were for."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0014"
VERSION = "1.38.0"
DESCRIPTION = "several sources of co-financing for one call"

FORWARDS = """
CREATE TABLE call_scheme (
    id serial PRIMARY KEY,
    call integer NOT NULL REFERENCES call (id) ON DELETE RESTRICT,
    scheme integer NOT NULL REFERENCES scheme (id) ON DELETE RESTRICT,
    position smallint NOT NULL CHECK (position >= 2),
    UNIQUE (call, scheme),
    UNIQUE (call, position)
);
CREATE INDEX call_scheme_scheme ON call_scheme (scheme);

-- Who applies relies on the sources of a published call.
CREATE FUNCTION call_scheme_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    about integer := CASE WHEN TG_OP = 'DELETE' THEN OLD.call ELSE NEW.call END;
BEGIN
    IF EXISTS (SELECT FROM call WHERE id = about AND state <> 'draft') THEN
        RAISE EXCEPTION 'a published call keeps its sources of co-financing'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'call_scheme_fixed';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER call_scheme_fixed BEFORE INSERT OR UPDATE OR DELETE ON call_scheme
    FOR EACH ROW EXECUTE FUNCTION call_scheme_fixed();

ALTER TABLE aid_grant DISABLE TRIGGER aid_grant_append_only;
UPDATE aid_grant g SET fair = f.name, fair_on = f.starts_on
  FROM application x JOIN call c ON c.id = x.call JOIN booth b ON b.id = c.booth
  JOIN fair f ON f.id = b.fair
 WHERE g.about = 'application:' || x.id AND g.fair = '';
ALTER TABLE aid_grant ENABLE TRIGGER aid_grant_append_only
"""


async def forwards() -> MigrationManager:
    """The table, its first rows, and the fairs of the grants that exist."""
    return by_hand(ID, "calls", DESCRIPTION, FORWARDS)
