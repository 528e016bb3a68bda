"""Audit lines stay as written; an idempotency key counts once per caller."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "append-only audit, unique idempotency keys"

FORWARDS = """
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: write a new row instead', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_line_append_only BEFORE UPDATE OR DELETE ON audit_line
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE UNIQUE INDEX idempotent_answer_once ON idempotent_answer (caller, key);
CREATE INDEX audit_line_thing ON audit_line (thing, thing_id, at)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "house", DESCRIPTION, FORWARDS)
