"""The tables of questions."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0001"
VERSION = "1.38.0"
DESCRIPTION = "sections and questions"

FORWARDS = """
CREATE TABLE section (
    id serial PRIMARY KEY,
    call bigint NOT NULL,
    title varchar(200) NOT NULL,
    intro text NOT NULL DEFAULT '',
    position integer NOT NULL DEFAULT 0,
    version integer NOT NULL DEFAULT 1
);
CREATE INDEX section_call ON section (call);
CREATE TABLE question (
    id serial PRIMARY KEY,
    section integer NOT NULL REFERENCES section (id) ON DELETE RESTRICT,
    call bigint NOT NULL,
    key varchar(40) NOT NULL,
    kind varchar(12) NOT NULL,
    label varchar(300) NOT NULL,
    hint varchar(500) NOT NULL DEFAULT '',
    required boolean NOT NULL DEFAULT true,
    options jsonb NOT NULL DEFAULT '[]',
    minimum numeric(16, 4),
    maximum numeric(16, 4),
    unit varchar(20) NOT NULL DEFAULT '',
    longest integer,
    answer_until timestamptz,
    show_if jsonb,
    position integer NOT NULL DEFAULT 0,
    version integer NOT NULL DEFAULT 1
);
CREATE INDEX question_section ON question (section)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "questions", DESCRIPTION, FORWARDS)
