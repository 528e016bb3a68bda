"""The tables of the hub."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0001"
VERSION = "1.38.0"
DESCRIPTION = "tasks, answers, reminders, catalogue entries, shop orders"

FORWARDS = """
CREATE TABLE hub_task (
    id serial PRIMARY KEY,
    call integer NOT NULL REFERENCES call ON DELETE RESTRICT ON UPDATE CASCADE,
    kind varchar(10) NOT NULL,
    title varchar(120) NOT NULL,
    explanation text NOT NULL DEFAULT '',
    days_before integer,
    due_on date,
    required boolean NOT NULL DEFAULT true,
    limits jsonb NOT NULL DEFAULT '{}',
    position integer NOT NULL DEFAULT 0,
    version integer NOT NULL DEFAULT 1
);
CREATE INDEX hub_task_call ON hub_task (call);
CREATE TABLE task_answer (
    id serial PRIMARY KEY,
    task integer NOT NULL REFERENCES hub_task ON DELETE RESTRICT ON UPDATE CASCADE,
    application integer NOT NULL REFERENCES application ON DELETE RESTRICT ON UPDATE CASCADE,
    state varchar(10) NOT NULL,
    content jsonb NOT NULL DEFAULT '{}',
    file bigint,
    why text NOT NULL DEFAULT '',
    person_id bigint,
    changed_at timestamptz NOT NULL
);
CREATE INDEX task_answer_application ON task_answer (application);
CREATE TABLE hub_settings (
    id serial PRIMARY KEY,
    call integer NOT NULL UNIQUE REFERENCES call ON DELETE RESTRICT ON UPDATE CASCADE,
    remind_days integer[] NOT NULL
);
CREATE TABLE hub_reminder (
    id serial PRIMARY KEY,
    application integer NOT NULL REFERENCES application ON DELETE RESTRICT ON UPDATE CASCADE,
    kind varchar(4) NOT NULL,
    day date NOT NULL,
    tasks jsonb NOT NULL,
    person_id bigint,
    sent_at timestamptz NOT NULL
);
CREATE TABLE catalogue_entry (
    id serial PRIMARY KEY,
    application integer NOT NULL UNIQUE REFERENCES application ON DELETE RESTRICT ON UPDATE CASCADE,
    headline varchar(400) NOT NULL,
    text text NOT NULL,
    products text NOT NULL DEFAULT '',
    contact_name varchar(120) NOT NULL DEFAULT '',
    contact_email varchar(254) NOT NULL DEFAULT '',
    contact_phone varchar(40) NOT NULL DEFAULT '',
    website varchar(300) NOT NULL DEFAULT '',
    languages text[] NOT NULL DEFAULT '{}',
    changed_at timestamptz NOT NULL
);
CREATE TABLE shop_terms (
    id serial PRIMARY KEY,
    fee integer NOT NULL UNIQUE REFERENCES fee ON DELETE RESTRICT ON UPDATE CASCADE,
    offered boolean NOT NULL DEFAULT true,
    late_days integer,
    surcharge_bp integer NOT NULL DEFAULT 0,
    last_days integer
);
CREATE TABLE shop_order (
    id serial PRIMARY KEY,
    application integer NOT NULL REFERENCES application ON DELETE RESTRICT ON UPDATE CASCADE,
    invoice bigint NOT NULL UNIQUE,
    state varchar(9) NOT NULL,
    placed_at timestamptz NOT NULL,
    person_id bigint,
    cancelled_at timestamptz,
    why text NOT NULL DEFAULT ''
);
CREATE INDEX shop_order_application ON shop_order (application);
CREATE TABLE shop_line (
    id serial PRIMARY KEY,
    shop_order integer NOT NULL REFERENCES shop_order ON DELETE RESTRICT ON UPDATE CASCADE,
    fee integer REFERENCES fee ON DELETE RESTRICT ON UPDATE CASCADE,
    label varchar(200) NOT NULL,
    unit varchar(14) NOT NULL,
    pieces integer NOT NULL,
    quantity numeric(10, 2) NOT NULL,
    unit_minor bigint NOT NULL,
    net_minor bigint NOT NULL,
    surcharge_bp integer NOT NULL DEFAULT 0,
    surcharge_minor bigint NOT NULL DEFAULT 0
);
CREATE INDEX shop_line_order ON shop_line (shop_order)
"""


async def forwards() -> MigrationManager:
    """The tables as SQL."""
    return by_hand(ID, "hub", DESCRIPTION, FORWARDS)
