"""Enquiries: desks, topics, routes, questions with their conversation, articles with their search."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0001"
VERSION = "1.38.0"
DESCRIPTION = "enquiries, topics, routes, articles"

FORWARDS = """
CREATE TABLE enquiry_desk (
    id serial PRIMARY KEY,
    agency integer NOT NULL UNIQUE REFERENCES agency ON DELETE RESTRICT,
    days smallint[] NOT NULL DEFAULT '{1,2,3,4,5}',
    opens time NOT NULL DEFAULT '09:00',
    closes time NOT NULL DEFAULT '17:00',
    keep_months smallint NOT NULL DEFAULT 24,
    CONSTRAINT enquiry_desk_hours CHECK (opens < closes),
    CONSTRAINT enquiry_desk_days CHECK (cardinality(days) > 0 AND days <@ '{1,2,3,4,5,6,7}'),
    CONSTRAINT enquiry_desk_keeps CHECK (keep_months BETWEEN 1 AND 120)
);
CREATE TABLE enquiry_topic (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency ON DELETE RESTRICT,
    name varchar(120) NOT NULL,
    about text NOT NULL DEFAULT '',
    target_hours smallint NOT NULL CHECK (target_hours BETWEEN 1 AND 400),
    open boolean NOT NULL DEFAULT true,
    CONSTRAINT enquiry_topic_of_agency UNIQUE (agency, id)
);
CREATE UNIQUE INDEX enquiry_topic_name ON enquiry_topic (agency, lower(name));
CREATE TABLE enquiry_topic_person (
    id serial PRIMARY KEY,
    topic integer NOT NULL REFERENCES enquiry_topic ON DELETE CASCADE,
    person integer NOT NULL REFERENCES person ON DELETE RESTRICT,
    CONSTRAINT enquiry_topic_person_once UNIQUE (topic, person)
);
CREATE TABLE enquiry_route (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency ON DELETE RESTRICT,
    topic integer,
    market varchar(2) NOT NULL DEFAULT '',
    language varchar(3) NOT NULL DEFAULT '',
    person integer NOT NULL REFERENCES person ON DELETE RESTRICT,
    from_on date NOT NULL,
    until_on date,
    FOREIGN KEY (agency, topic) REFERENCES enquiry_topic (agency, id) ON DELETE RESTRICT,
    CONSTRAINT enquiry_route_days CHECK (until_on >= from_on)
);
CREATE INDEX enquiry_route_agency ON enquiry_route (agency);
CREATE TABLE enquiry (
    id serial PRIMARY KEY,
    key uuid NOT NULL UNIQUE,
    agency integer NOT NULL REFERENCES agency ON DELETE RESTRICT,
    topic integer NOT NULL,
    state varchar(12) NOT NULL,
    turn integer NOT NULL DEFAULT 0,
    company integer REFERENCES company ON DELETE RESTRICT,
    person integer REFERENCES person ON DELETE RESTRICT,
    name varchar(120) NOT NULL,
    email varchar(254) NOT NULL,
    locale varchar(10) NOT NULL DEFAULT 'en',
    language varchar(3) NOT NULL,
    market varchar(2) NOT NULL DEFAULT '',
    subject varchar(200) NOT NULL,
    question text NOT NULL,
    about varchar(200) NOT NULL DEFAULT '',
    may_pass boolean NOT NULL DEFAULT false,
    address varchar(64) NOT NULL DEFAULT '',
    assignee integer REFERENCES person ON DELETE RESTRICT,
    asked_at timestamptz NOT NULL,
    arrived_at timestamptz,
    due_at timestamptz,
    first_answered_at timestamptz,
    first_minutes integer CHECK (first_minutes >= 0),
    whole_minutes integer CHECK (whole_minutes >= first_minutes),
    in_time boolean,
    moved_at timestamptz NOT NULL,
    closed_at timestamptz,
    reminded_at timestamptz,
    satisfaction smallint CHECK (satisfaction BETWEEN 1 AND 3),
    erased_at timestamptz,
    FOREIGN KEY (agency, topic) REFERENCES enquiry_topic (agency, id) ON DELETE RESTRICT,
    CONSTRAINT enquiry_state CHECK
        (state IN ('unconfirmed', 'waiting', 'consent', 'answered', 'closed', 'passed_on')),
    CONSTRAINT enquiry_arrives CHECK ((state = 'unconfirmed') = (arrived_at IS NULL)),
    CONSTRAINT enquiry_due CHECK ((arrived_at IS NULL) = (due_at IS NULL)),
    CONSTRAINT enquiry_first CHECK ((first_answered_at IS NULL) = (first_minutes IS NULL)
        AND (first_answered_at IS NULL) = (in_time IS NULL)),
    CONSTRAINT enquiry_closed CHECK ((state IN ('closed', 'passed_on')) = (closed_at IS NOT NULL)),
    CONSTRAINT enquiry_forgotten CHECK (erased_at IS NULL OR (name = '' AND email = ''
        AND question = '' AND person IS NULL AND company IS NULL AND address = ''))
);
CREATE INDEX enquiry_of_agency ON enquiry (agency, id);
CREATE INDEX enquiry_of_company ON enquiry (company, id) WHERE company IS NOT NULL;
CREATE INDEX enquiry_waits ON enquiry (due_at) WHERE state = 'waiting' AND reminded_at IS NULL;
CREATE INDEX enquiry_rests ON enquiry (moved_at) WHERE erased_at IS NULL;
CREATE INDEX enquiry_from ON enquiry (address, asked_at) WHERE address <> '';
CREATE INDEX enquiry_topic_of ON enquiry (topic);
CREATE TABLE enquiry_message (
    id serial PRIMARY KEY,
    enquiry integer NOT NULL REFERENCES enquiry ON DELETE RESTRICT,
    kind varchar(10) NOT NULL CHECK (kind IN ('answer', 'follow_up', 'note', 'event')),
    agency integer REFERENCES agency ON DELETE RESTRICT,
    person integer REFERENCES person ON DELETE RESTRICT,
    author varchar(200) NOT NULL,
    body text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT enquiry_message_desk CHECK (kind IN ('follow_up', 'event') OR agency IS NOT NULL)
);
CREATE INDEX enquiry_message_of ON enquiry_message (enquiry, id);
CREATE FUNCTION enquiry_message_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.body <> '' OR NEW.kind <> OLD.kind OR NEW.enquiry <> OLD.enquiry
        OR NEW.at <> OLD.at OR NOT EXISTS
            (SELECT FROM enquiry WHERE id = OLD.enquiry AND erased_at IS NOT NULL) THEN
        RAISE EXCEPTION 'what was written stays, until its enquiry is erased'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'enquiry_message_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER enquiry_message_stays BEFORE UPDATE OR DELETE ON enquiry_message
    FOR EACH ROW EXECUTE FUNCTION enquiry_message_stays();
CREATE TABLE enquiry_pass (
    id serial PRIMARY KEY,
    enquiry integer NOT NULL REFERENCES enquiry ON DELETE RESTRICT,
    from_agency integer NOT NULL REFERENCES agency ON DELETE RESTRICT,
    to_agency integer REFERENCES agency ON DELETE RESTRICT,
    to_topic integer,
    to_name varchar(200) NOT NULL DEFAULT '',
    to_email varchar(254) NOT NULL DEFAULT '',
    reason text NOT NULL,
    person integer REFERENCES person ON DELETE RESTRICT,
    asked_at timestamptz NOT NULL,
    consent varchar(8) NOT NULL CHECK (consent IN ('waiting', 'given', 'refused')),
    decided_at timestamptz,
    FOREIGN KEY (to_agency, to_topic) REFERENCES enquiry_topic (agency, id) ON DELETE RESTRICT,
    CONSTRAINT enquiry_pass_to CHECK ((to_agency IS NULL) = (to_topic IS NULL)
        AND (to_agency IS NULL) = (to_email <> '') AND to_agency IS DISTINCT FROM from_agency),
    CONSTRAINT enquiry_pass_decided CHECK ((consent = 'waiting') = (decided_at IS NULL))
);
CREATE UNIQUE INDEX enquiry_pass_open ON enquiry_pass (enquiry) WHERE consent = 'waiting';
CREATE INDEX enquiry_pass_from ON enquiry_pass (from_agency, id);
CREATE INDEX enquiry_pass_enquiry ON enquiry_pass (enquiry);

CREATE FUNCTION article_config(language text) RETURNS regconfig
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT CASE language
        WHEN 'ar' THEN 'pg_catalog.arabic'::regconfig
        WHEN 'da' THEN 'pg_catalog.danish'::regconfig
        WHEN 'de' THEN 'pg_catalog.german'::regconfig
        WHEN 'el' THEN 'pg_catalog.greek'::regconfig
        WHEN 'en' THEN 'pg_catalog.english'::regconfig
        WHEN 'es' THEN 'pg_catalog.spanish'::regconfig
        WHEN 'fi' THEN 'pg_catalog.finnish'::regconfig
        WHEN 'fr' THEN 'pg_catalog.french'::regconfig
        WHEN 'hu' THEN 'pg_catalog.hungarian'::regconfig
        WHEN 'it' THEN 'pg_catalog.italian'::regconfig
        WHEN 'lt' THEN 'pg_catalog.lithuanian'::regconfig
        WHEN 'nb' THEN 'pg_catalog.norwegian'::regconfig
        WHEN 'nl' THEN 'pg_catalog.dutch'::regconfig
        WHEN 'pt' THEN 'pg_catalog.portuguese'::regconfig
        WHEN 'ro' THEN 'pg_catalog.romanian'::regconfig
        WHEN 'ru' THEN 'pg_catalog.russian'::regconfig
        WHEN 'sv' THEN 'pg_catalog.swedish'::regconfig
        WHEN 'tr' THEN 'pg_catalog.turkish'::regconfig
        ELSE 'pg_catalog.simple'::regconfig END $$;
CREATE TABLE article (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency ON DELETE RESTRICT,
    topic integer,
    slug varchar(140) NOT NULL UNIQUE,
    family uuid NOT NULL,
    language varchar(3) NOT NULL,
    title varchar(200) NOT NULL,
    body text NOT NULL,
    state varchar(10) NOT NULL CHECK (state IN ('draft', 'published', 'withdrawn')),
    version integer NOT NULL DEFAULT 1,
    enquiry integer REFERENCES enquiry ON DELETE RESTRICT,
    published_at timestamptz,
    changed_at timestamptz NOT NULL,
    helped integer NOT NULL DEFAULT 0 CHECK (helped >= 0),
    unhelped integer NOT NULL DEFAULT 0 CHECK (unhelped >= 0),
    search tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector(article_config(language), title), 'A')
        || setweight(to_tsvector(article_config(language), body), 'C')) STORED,
    FOREIGN KEY (agency, topic) REFERENCES enquiry_topic (agency, id) ON DELETE RESTRICT,
    CONSTRAINT article_published CHECK (state <> 'published' OR published_at IS NOT NULL),
    CONSTRAINT article_once_per_language UNIQUE (family, language)
);
CREATE INDEX article_search ON article USING gin (search) WHERE state = 'published';
CREATE INDEX article_of_agency ON article (agency, id);
CREATE TABLE article_version (
    id serial PRIMARY KEY,
    article integer NOT NULL REFERENCES article ON DELETE RESTRICT,
    version integer NOT NULL,
    title varchar(200) NOT NULL,
    body text NOT NULL,
    person integer REFERENCES person ON DELETE RESTRICT,
    at timestamptz NOT NULL,
    CONSTRAINT article_version_once UNIQUE (article, version)
);
CREATE FUNCTION article_version_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a version of an article stays as it was'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'article_version_stays';
END $$;
CREATE TRIGGER article_version_stays BEFORE UPDATE OR DELETE ON article_version
    FOR EACH ROW EXECUTE FUNCTION article_version_stays();
CREATE TABLE article_vote (
    id serial PRIMARY KEY,
    article integer NOT NULL REFERENCES article ON DELETE CASCADE,
    voter varchar(64) NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT article_vote_once UNIQUE (article, voter)
)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "enquiries", DESCRIPTION, FORWARDS)
