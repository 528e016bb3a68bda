"""A published call asks what it said it would ask; only a deadline may still be moved, to later."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "forms of published calls are frozen"

FORWARDS = """
ALTER TABLE section
    ADD CONSTRAINT section_call_known FOREIGN KEY (call) REFERENCES call (id) ON DELETE RESTRICT,
    ADD CONSTRAINT section_of_call UNIQUE (id, call),
    ADD CONSTRAINT section_titled CHECK (title <> '');
ALTER TABLE question
    ADD CONSTRAINT question_of_call FOREIGN KEY (section, call) REFERENCES section (id, call),
    ADD CONSTRAINT question_key_once UNIQUE (call, key),
    ADD CONSTRAINT question_key CHECK (key ~ '^[a-z][a-z0-9_]*$'),
    ADD CONSTRAINT question_kind CHECK (kind IN ('text', 'long_text', 'number', 'choice', 'choices',
        'yes_no', 'file', 'date')),
    ADD CONSTRAINT question_options CHECK (jsonb_typeof(options) = 'array'
        AND (kind IN ('choice', 'choices')) = (jsonb_array_length(options) > 0)),
    ADD CONSTRAINT question_limits CHECK (minimum <= maximum),
    ADD CONSTRAINT question_longest CHECK (longest > 0);

-- The share lock holds off a publication that would otherwise slip between look and write.
CREATE FUNCTION form_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held record;
BEGIN
    SELECT state, closes_at INTO held FROM call
    WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.call ELSE NEW.call END FOR SHARE;
    IF held.state = 'draft' THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_TABLE_NAME = 'question' AND TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - '{answer_until,version}'::text[]
                = to_jsonb(OLD) - '{answer_until,version}'::text[]
            AND NEW.answer_until > coalesce(OLD.answer_until, held.closes_at) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a published call asks what it said it would ask'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'form_frozen';
END $$;
CREATE TRIGGER section_frozen BEFORE INSERT OR UPDATE OR DELETE ON section
    FOR EACH ROW EXECUTE FUNCTION form_frozen();
CREATE TRIGGER question_frozen BEFORE INSERT OR UPDATE OR DELETE ON question
    FOR EACH ROW EXECUTE FUNCTION form_frozen()
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "questions", DESCRIPTION, FORWARDS)
