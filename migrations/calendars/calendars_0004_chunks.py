"""Large feeds are kept in parts: an edit makes one of them anew."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0004"
VERSION = "1.38.0"
DESCRIPTION = "feeds in parts"

FORWARDS = """
ALTER TABLE feed_touch ADD COLUMN chunk smallint NOT NULL DEFAULT -1;
CREATE INDEX calendar_item_chunk ON calendar_item ((id % 64));
CREATE TABLE feed_chunk (
    id serial PRIMARY KEY,
    feed_key text NOT NULL,
    chunk smallint NOT NULL,
    version text NOT NULL,
    deflated bytea NOT NULL,
    crc bigint NOT NULL,
    length bigint NOT NULL,
    digest bytea NOT NULL,
    items integer NOT NULL,
    hurry boolean NOT NULL,
    zones jsonb NOT NULL,
    CONSTRAINT feed_chunk_once UNIQUE (feed_key, chunk),
    CONSTRAINT feed_chunk_of_64 CHECK (chunk BETWEEN 0 AND 63)
);
ALTER TABLE feed_chunk ALTER COLUMN deflated SET STORAGE EXTERNAL;
ALTER TABLE feed_cache ALTER COLUMN body_gz SET STORAGE EXTERNAL
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "calendars", DESCRIPTION, FORWARDS)
