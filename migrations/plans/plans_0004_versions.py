"""Published versions of a plan, files that plans are read from, a picture under the drawing."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0004"
VERSION = "1.38.0"
DESCRIPTION = "plan versions, imports and backdrops"

FORWARDS = """
CREATE TABLE plan_version (
    id serial PRIMARY KEY,
    booth integer NOT NULL REFERENCES booth (id) ON DELETE RESTRICT,
    number integer NOT NULL,
    width_m numeric(7, 2) NOT NULL,
    depth_m numeric(7, 2) NOT NULL,
    stands jsonb NOT NULL,
    shared jsonb NOT NULL,
    note text NOT NULL DEFAULT '',
    told integer NOT NULL DEFAULT 0,
    person_name varchar(200) NOT NULL,
    published_at timestamptz NOT NULL,
    CONSTRAINT plan_version_number UNIQUE (booth, number)
);
CREATE TRIGGER plan_version_append_only BEFORE UPDATE OR DELETE ON plan_version
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TABLE plan_import (
    id serial PRIMARY KEY,
    booth integer NOT NULL REFERENCES booth (id) ON DELETE RESTRICT,
    filename varchar(200) NOT NULL,
    drawn jsonb NOT NULL,
    person_name varchar(200) NOT NULL,
    created_at timestamptz NOT NULL,
    applied_at timestamptz
);
CREATE INDEX plan_import_booth ON plan_import (booth);
CREATE TABLE plan_backdrop (
    id serial PRIMARY KEY,
    booth integer NOT NULL UNIQUE REFERENCES booth (id) ON DELETE RESTRICT,
    document bigint NOT NULL,
    x_m numeric(7, 2) NOT NULL,
    y_m numeric(7, 2) NOT NULL,
    width_m numeric(7, 2) NOT NULL CHECK (width_m > 0),
    depth_m numeric(7, 2) NOT NULL CHECK (depth_m > 0),
    strength integer NOT NULL CHECK (strength BETWEEN 5 AND 100)
)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "plans", DESCRIPTION, FORWARDS)
