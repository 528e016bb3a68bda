"""What is typed is kept apart from what is answered; answers given after sending are append-only."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0004"
VERSION = "1.38.0"
DESCRIPTION = "typed text, answers given later"

FORWARDS = """
ALTER TABLE application ADD COLUMN typed jsonb NOT NULL DEFAULT '{}';
CREATE TABLE supplement (
    id serial PRIMARY KEY,
    application integer NOT NULL REFERENCES application (id) ON DELETE RESTRICT,
    key varchar(40) NOT NULL,
    label varchar(300) NOT NULL,
    said text NOT NULL,
    answer jsonb NOT NULL,
    person_id bigint,
    given_at timestamptz NOT NULL
);
CREATE INDEX supplement_application ON supplement (application, id);
CREATE TRIGGER supplement_append_only BEFORE UPDATE OR DELETE ON supplement
    FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "calls", DESCRIPTION, FORWARDS)
