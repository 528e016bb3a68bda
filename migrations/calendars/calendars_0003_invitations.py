"""Invitations that are answered, calendars of companies that say when they are busy, own items."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0003"
VERSION = "1.38.0"
DESCRIPTION = "answers to invitations, busy times, feeds of one person"

FORWARDS = """
ALTER TABLE calendar_item ADD COLUMN person integer REFERENCES person (id) ON DELETE RESTRICT;
CREATE INDEX calendar_item_person ON calendar_item (person) WHERE person IS NOT NULL;
ALTER TABLE feed ADD COLUMN own boolean NOT NULL DEFAULT false;
CREATE TABLE invitation (
    id serial PRIMARY KEY,
    item integer NOT NULL REFERENCES calendar_item (id) ON DELETE RESTRICT,
    agency integer REFERENCES agency (id) ON DELETE RESTRICT,
    company integer REFERENCES company (id) ON DELETE RESTRICT,
    email text NOT NULL,
    name text NOT NULL,
    key uuid NOT NULL UNIQUE,
    sequence integer NOT NULL,
    sent_at timestamptz NOT NULL,
    answer text NOT NULL DEFAULT 'needs-action',
    answered_at timestamptz,
    answered_by text NOT NULL DEFAULT '',
    CONSTRAINT invitation_once UNIQUE (item, email),
    CONSTRAINT invitation_answer CHECK (
        answer IN ('needs-action', 'accepted', 'tentative', 'declined')),
    CONSTRAINT invitation_answered CHECK ((answer = 'needs-action') = (answered_at IS NULL)),
    CONSTRAINT invitation_way CHECK (answered_by IN ('', 'page', 'mail')),
    CONSTRAINT invitation_sequence CHECK (sequence >= 0),
    CONSTRAINT invitation_email CHECK (email <> '' AND email = lower(email))
);
CREATE INDEX invitation_agency ON invitation (agency, answered_at DESC)
    WHERE answered_at IS NOT NULL;
CREATE INDEX invitation_company ON invitation (company, answered_at DESC)
    WHERE answered_at IS NOT NULL;
CREATE FUNCTION invitation_rises() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.sequence < OLD.sequence OR NEW.sent_at < OLD.sent_at
       OR NEW.item <> OLD.item OR NEW.email <> OLD.email OR NEW.key <> OLD.key THEN
        RAISE EXCEPTION 'an invitation only rises' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invitation_rises BEFORE UPDATE ON invitation
    FOR EACH ROW EXECUTE FUNCTION invitation_rises();
CREATE TABLE busy_calendar (
    id serial PRIMARY KEY,
    company integer NOT NULL REFERENCES company (id) ON DELETE RESTRICT,
    person integer NOT NULL REFERENCES person (id) ON DELETE RESTRICT,
    everybody boolean NOT NULL,
    host text NOT NULL,
    sealed text NOT NULL,
    created_at timestamptz NOT NULL,
    read_at timestamptz,
    tried_at timestamptz,
    fault text NOT NULL DEFAULT '',
    CONSTRAINT busy_calendar_sealed CHECK (sealed <> '' AND host <> '')
);
CREATE INDEX busy_calendar_company ON busy_calendar (company);
CREATE TABLE busy_range (
    id serial PRIMARY KEY,
    calendar integer NOT NULL REFERENCES busy_calendar (id) ON DELETE CASCADE,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    CONSTRAINT busy_range_once UNIQUE (calendar, starts_at),
    CONSTRAINT busy_range_forward CHECK (ends_at > starts_at)
);
CREATE VIEW busy_time AS
    SELECT c.company, CASE WHEN c.everybody THEN NULL ELSE c.person END AS person,
        r.starts_at, r.ends_at
    FROM busy_range r JOIN busy_calendar c ON c.id = r.calendar
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "calendars", DESCRIPTION, FORWARDS)
