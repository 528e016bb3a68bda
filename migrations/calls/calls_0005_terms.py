"""A call names its declarations; corrections have a deadline and keep the time of arrival."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0005"
VERSION = "1.38.0"
DESCRIPTION = "terms of a call, requests for correction, exclusion"

FORWARDS = """
CREATE TABLE call_terms (
    id serial PRIMARY KEY,
    call integer NOT NULL UNIQUE REFERENCES call (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    declarations jsonb NOT NULL CHECK (jsonb_typeof(declarations) = 'array'),
    appeal text NOT NULL DEFAULT '',
    at_once boolean NOT NULL DEFAULT false
);
CREATE TABLE correction (
    id serial PRIMARY KEY,
    application integer NOT NULL REFERENCES application (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    points jsonb NOT NULL CHECK (jsonb_array_length(points) > 0),
    asked_by bigint,
    asked_at timestamptz NOT NULL,
    until timestamptz NOT NULL CHECK (until > asked_at),
    arrived_at timestamptz NOT NULL CHECK (arrived_at <= asked_at),
    answered_at timestamptz CHECK (answered_at >= asked_at AND answered_at < until),
    ended_at timestamptz,
    CHECK (answered_at IS NULL OR ended_at IS NULL)
);
CREATE UNIQUE INDEX correction_running ON correction (application)
    WHERE answered_at IS NULL AND ended_at IS NULL;
CREATE INDEX correction_until ON correction (until) WHERE answered_at IS NULL AND ended_at IS NULL;
CREATE INDEX correction_of_application ON correction (application, id);
ALTER TABLE application DROP CONSTRAINT application_state;
ALTER TABLE application ADD CONSTRAINT application_state CHECK (state IN ('draft', 'submitted',
    'to_correct', 'eligible', 'ineligible', 'wait_listed', 'rejected', 'admitted', 'confirmed',
    'exhibited', 'no_show', 'lapsed', 'released', 'withdrawn', 'excluded'));

-- Companies rely on what a published call asks for: from then on it stands still.
CREATE FUNCTION call_settings_stand() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked integer;
BEGIN
    IF TG_OP = 'DELETE' THEN asked := OLD.call; ELSE asked := NEW.call; END IF;
    PERFORM 1 FROM call WHERE id = asked AND state = 'draft' FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a published call keeps its conditions'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'call_settings_stand';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER call_terms_stand BEFORE INSERT OR UPDATE OR DELETE ON call_terms
    FOR EACH ROW EXECUTE FUNCTION call_settings_stand();

-- What a company ticked in an application that is being written is asked anew, as a declaration
-- with a date. What was sent stays as it was sent.
UPDATE application SET draft = draft - 'declarations' WHERE draft ? 'declarations'
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "calls", DESCRIPTION, FORWARDS)
