"""Sessions of meetings: slots, places, groups, people, profiles, invitations."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0001"
VERSION = "1.38.0"
DESCRIPTION = "tables of sessions of meetings"

FORWARDS = """
CREATE TABLE meeting_session (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency ON DELETE RESTRICT,
    fair integer REFERENCES fair ON DELETE RESTRICT,
    slug varchar(80) NOT NULL UNIQUE,
    kind varchar(8) NOT NULL,
    title varchar(200) NOT NULL,
    description text NOT NULL DEFAULT '',
    venue varchar(200) NOT NULL DEFAULT '',
    country varchar(2) NOT NULL DEFAULT '',
    tz varchar(60) NOT NULL,
    state varchar(10) NOT NULL DEFAULT 'draft',
    slot_minutes smallint NOT NULL,
    requests_until timestamptz,
    answers_until timestamptz,
    by_invitation boolean NOT NULL DEFAULT true,
    by_application boolean NOT NULL DEFAULT false,
    of_exhibitors boolean NOT NULL DEFAULT false,
    most_in_a_row smallint,
    fairness smallint,
    walking boolean NOT NULL DEFAULT false,
    fee_minor bigint,
    currency varchar(3) NOT NULL DEFAULT 'EUR',
    version integer NOT NULL DEFAULT 1,
    changed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX meeting_session_by_agency ON meeting_session (agency);
CREATE INDEX meeting_session_by_fair ON meeting_session (fair);
CREATE TABLE session_slot (
    id serial PRIMARY KEY,
    session integer NOT NULL REFERENCES meeting_session ON DELETE CASCADE,
    number smallint NOT NULL,
    half smallint NOT NULL,
    start_local timestamp NOT NULL,
    end_local timestamp NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL
);
CREATE TABLE session_place (
    id serial PRIMARY KEY,
    session integer NOT NULL REFERENCES meeting_session ON DELETE CASCADE,
    kind varchar(8) NOT NULL,
    label varchar(60) NOT NULL,
    area varchar(60) NOT NULL DEFAULT '',
    seats smallint NOT NULL DEFAULT 4,
    company integer REFERENCES company ON DELETE RESTRICT,
    stand bigint,
    position integer NOT NULL DEFAULT 0,
    closed boolean NOT NULL DEFAULT false
);
CREATE TABLE interpreter (
    id serial PRIMARY KEY,
    session integer NOT NULL REFERENCES meeting_session ON DELETE CASCADE,
    name varchar(120) NOT NULL,
    languages varchar(3)[] NOT NULL DEFAULT '{}'
);
CREATE TABLE interpreter_away (
    id serial PRIMARY KEY,
    interpreter integer NOT NULL REFERENCES interpreter ON DELETE CASCADE,
    slot integer NOT NULL REFERENCES session_slot ON DELETE CASCADE
);
CREATE TABLE participant_group (
    id serial PRIMARY KEY,
    session integer NOT NULL REFERENCES meeting_session ON DELETE CASCADE,
    name varchar(60) NOT NULL,
    position integer NOT NULL DEFAULT 0,
    most_requests smallint,
    most_meetings smallint
);
CREATE TABLE group_rule (
    id serial PRIMARY KEY,
    asker integer NOT NULL REFERENCES participant_group ON DELETE CASCADE,
    asked integer NOT NULL REFERENCES participant_group ON DELETE CASCADE
);
CREATE TABLE meeting_profile (
    id serial PRIMARY KEY,
    person integer NOT NULL REFERENCES person ON DELETE RESTRICT,
    company integer NOT NULL REFERENCES company ON DELETE RESTRICT,
    position varchar(120) NOT NULL DEFAULT '',
    phone varchar(40) NOT NULL DEFAULT '',
    intro text NOT NULL DEFAULT '',
    visible varchar(8) NOT NULL DEFAULT 'shown',
    sectors varchar(12)[] NOT NULL DEFAULT '{}',
    languages varchar(3)[] NOT NULL DEFAULT '{}',
    markets varchar(2)[] NOT NULL DEFAULT '{}',
    aims varchar(2)[] NOT NULL DEFAULT '{}',
    gives varchar(12)[] NOT NULL DEFAULT '{}',
    seeks varchar(12)[] NOT NULL DEFAULT '{}',
    certificates varchar(60)[] NOT NULL DEFAULT '{}',
    asks varchar(60)[] NOT NULL DEFAULT '{}',
    sizes varchar(12)[] NOT NULL DEFAULT '{}',
    version integer NOT NULL DEFAULT 1,
    changed_at timestamptz NOT NULL
);
CREATE INDEX meeting_profile_by_person ON meeting_profile (person);
CREATE INDEX meeting_profile_by_company ON meeting_profile (company);
CREATE TABLE profile_good (
    id serial PRIMARY KEY,
    profile integer NOT NULL REFERENCES meeting_profile ON DELETE CASCADE,
    side varchar(5) NOT NULL,
    text varchar(300) NOT NULL DEFAULT '',
    codes varchar(20)[] NOT NULL DEFAULT '{}',
    position integer NOT NULL DEFAULT 0
);
CREATE INDEX profile_good_by_profile ON profile_good (profile);
CREATE TABLE participant (
    id serial PRIMARY KEY,
    session integer NOT NULL REFERENCES meeting_session ON DELETE RESTRICT,
    in_group integer NOT NULL REFERENCES participant_group ON DELETE RESTRICT,
    person integer NOT NULL REFERENCES person ON DELETE RESTRICT,
    company integer NOT NULL REFERENCES company ON DELETE RESTRICT,
    profile integer NOT NULL REFERENCES meeting_profile ON DELETE RESTRICT,
    key uuid NOT NULL UNIQUE,
    state varchar(9) NOT NULL,
    came_by varchar(11) NOT NULL,
    place integer REFERENCES session_place ON DELETE SET NULL,
    most_meetings smallint,
    online boolean NOT NULL DEFAULT false,
    tz varchar(60) NOT NULL DEFAULT '',
    day_from smallint NOT NULL DEFAULT 8,
    day_until smallint NOT NULL DEFAULT 20,
    invoice integer REFERENCES invoice ON DELETE RESTRICT,
    why text NOT NULL DEFAULT '',
    checked_in_at timestamptz,
    changed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX participant_by_person ON participant (person);
CREATE INDEX participant_by_company ON participant (company);
CREATE TABLE session_invitation (
    id serial PRIMARY KEY,
    session integer NOT NULL REFERENCES meeting_session ON DELETE RESTRICT,
    in_group integer NOT NULL REFERENCES participant_group ON DELETE RESTRICT,
    email varchar(254) NOT NULL,
    name varchar(200) NOT NULL DEFAULT '',
    company_name varchar(200) NOT NULL DEFAULT '',
    token_hash bytea NOT NULL UNIQUE,
    sent_at timestamptz NOT NULL,
    answered_at timestamptz,
    taken_back_at timestamptz,
    participant integer REFERENCES participant ON DELETE RESTRICT
);
CREATE TABLE participant_away (
    id serial PRIMARY KEY,
    participant integer NOT NULL REFERENCES participant ON DELETE CASCADE,
    slot integer NOT NULL REFERENCES session_slot ON DELETE CASCADE,
    why varchar(8) NOT NULL DEFAULT 'own'
)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "matchmaking", DESCRIPTION, FORWARDS)
