"""Consortia and co-exhibitors."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0001"
VERSION = "1.38.0"
DESCRIPTION = "consortia"

FORWARDS = """
CREATE TABLE consortium (
    id serial PRIMARY KEY,
    call integer NOT NULL REFERENCES call (id) ON DELETE RESTRICT,
    lead integer NOT NULL REFERENCES company (id) ON DELETE RESTRICT,
    name varchar(200) NOT NULL,
    state varchar(10) NOT NULL,
    in_force bigint,
    ended_why text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL
);
CREATE INDEX consortium_call ON consortium (call, id);
CREATE TABLE consortium_member (
    id serial PRIMARY KEY,
    consortium integer NOT NULL REFERENCES consortium (id) ON DELETE RESTRICT,
    company integer REFERENCES company (id) ON DELETE RESTRICT,
    application integer REFERENCES application (id) ON DELETE RESTRICT,
    state varchar(10) NOT NULL,
    invited_name varchar(200) NOT NULL,
    invited_email varchar(254) NOT NULL,
    invited_at timestamptz NOT NULL,
    left_why text NOT NULL DEFAULT ''
);
CREATE INDEX consortium_member_consortium ON consortium_member (consortium, id);
CREATE INDEX consortium_member_application ON consortium_member (application);
CREATE TABLE consortium_terms (
    id serial PRIMARY KEY,
    consortium integer NOT NULL REFERENCES consortium (id) ON DELETE RESTRICT,
    version integer NOT NULL,
    key varchar(6) NOT NULL,
    stand_kind varchar(6) NOT NULL,
    island_m2 numeric(8, 2) NOT NULL,
    answer_by timestamptz,
    why text NOT NULL DEFAULT '',
    made_at timestamptz NOT NULL
);
CREATE TABLE consortium_part (
    id serial PRIMARY KEY,
    terms integer NOT NULL REFERENCES consortium_terms (id) ON DELETE RESTRICT,
    member integer NOT NULL REFERENCES consortium_member (id) ON DELETE RESTRICT,
    share_bp integer,
    area_m2 numeric(8, 2) NOT NULL
);
CREATE TABLE consortium_answer (
    id serial PRIMARY KEY,
    terms integer NOT NULL REFERENCES consortium_terms (id) ON DELETE RESTRICT,
    member integer NOT NULL REFERENCES consortium_member (id) ON DELETE RESTRICT,
    agrees boolean NOT NULL,
    total_minor bigint NOT NULL,
    person_id bigint,
    answered_at timestamptz NOT NULL
);
CREATE INDEX consortium_answer_terms ON consortium_answer (terms, member, id)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "consortia", DESCRIPTION, FORWARDS)
