"""A budget is never overdrawn, a ceiling never passed, a grant never changed."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "budgets, ceilings and an append-only register"

FORWARDS = """
ALTER TABLE scheme
    ADD CONSTRAINT scheme_budget CHECK (0 <= committed_minor AND committed_minor <= budget_minor),
    ADD CONSTRAINT scheme_mode CHECK (
        (mode = 'rate' AND rate_bp BETWEEN 1 AND 10000 AND fixed_per_m2_minor IS NULL)
        OR (mode = 'fixed_price' AND rate_bp IS NULL AND coalesce(fixed_per_m2_minor, 0) >= 0)),
    ADD CONSTRAINT scheme_cap CHECK (cap_minor > 0),
    ADD CONSTRAINT scheme_shown CHECK (subsidy_shown IN ('discount', 'third_party', 'after_proof')),
    ADD CONSTRAINT scheme_dates CHECK (valid_from <= valid_until);
ALTER TABLE aid_grant
    ADD CONSTRAINT aid_grant_sign CHECK (
        (reverses IS NULL AND amount_minor > 0 AND amount_minor <= eligible_minor)
        OR (reverses IS NOT NULL AND amount_minor < 0)),
    ADD CONSTRAINT aid_grant_limits CHECK (jsonb_typeof(limits) = 'array'),
    ADD CONSTRAINT aid_grant_reversed_once UNIQUE (reverses);
CREATE INDEX aid_grant_window ON aid_grant (undertaking, member_state, granted_on);
CREATE INDEX aid_grant_about ON aid_grant (about);
CREATE INDEX aid_grant_to_register ON aid_grant (register_due_on, id) WHERE registered_on IS NULL;
ALTER TABLE declared_aid
    ADD CONSTRAINT declared_aid_sign CHECK ((reverses IS NULL) = (amount_minor > 0)
        AND amount_minor <> 0),
    ADD CONSTRAINT declared_aid_reversed_once UNIQUE (reverses);
CREATE INDEX declared_aid_window ON declared_aid (undertaking, member_state, granted_on);
ALTER TABLE aid_statement
    ADD CONSTRAINT aid_statement_answers
        CHECK (in_difficulty IN ('yes', 'no') AND recovery_order IN ('yes', 'no'));

-- The last guard. The update of the undertaking makes every other grant to it wait, and clash at
-- stricter isolation levels; the sums are read after it.
CREATE FUNCTION aid_grant_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    one jsonb;
    used bigint;
    members integer[];
    origin aid_grant;
BEGIN
    UPDATE undertaking SET name = name WHERE id = NEW.undertaking;
    IF NEW.reverses IS NOT NULL THEN
        SELECT * INTO origin FROM aid_grant WHERE id = NEW.reverses;
        IF origin.reverses IS NOT NULL OR NEW.amount_minor <> -origin.amount_minor
            OR (NEW.scheme, NEW.undertaking, NEW.company, NEW.legal_basis, NEW.granted_on,
                NEW.member_state, NEW.about) IS DISTINCT FROM
               (origin.scheme, origin.undertaking, origin.company, origin.legal_basis,
                origin.granted_on, origin.member_state, origin.about)
        THEN
            RAISE EXCEPTION 'a reversal takes back one grant, all of it, on its own date'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'aid_grant_reversal';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.legal_basis <> 'none' AND jsonb_array_length(NEW.limits) = 0 THEN
        RAISE EXCEPTION 'a grant under % needs its ceilings', NEW.legal_basis
            USING ERRCODE = 'check_violation', CONSTRAINT = 'aid_grant_ceiling';
    END IF;
    -- What a company got before it came under this control counts as well.
    members := ARRAY (SELECT id FROM company WHERE undertaking = NEW.undertaking);
    FOR one IN SELECT * FROM jsonb_array_elements(NEW.limits) LOOP
        SELECT coalesce(sum(amount_minor), 0) INTO used FROM (
            SELECT amount_minor FROM aid_grant
             WHERE (undertaking = NEW.undertaking OR company = ANY (members))
               AND member_state = NEW.member_state
               AND granted_on > (one->>'after')::date AND one->'bases' ? legal_basis
            UNION ALL
            SELECT amount_minor FROM declared_aid
             WHERE (undertaking = NEW.undertaking OR company = ANY (members))
               AND member_state = NEW.member_state
               AND granted_on > (one->>'after')::date AND one->'bases' ? legal_basis
        ) AS received;
        IF used + NEW.amount_minor > (one->>'ceiling_minor')::bigint THEN
            RAISE EXCEPTION 'undertaking % would pass its ceiling: % used of %',
                NEW.undertaking, used, one->>'ceiling_minor'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'aid_grant_ceiling';
        END IF;
    END LOOP;
    RETURN NEW;
END $$;
CREATE TRIGGER aid_grant_ceiling BEFORE INSERT ON aid_grant
    FOR EACH ROW EXECUTE FUNCTION aid_grant_guard();

CREATE FUNCTION declared_aid_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE undertaking SET name = name WHERE id = NEW.undertaking;
    IF NEW.reverses IS NOT NULL AND NOT EXISTS (
        SELECT FROM declared_aid WHERE id = NEW.reverses AND reverses IS NULL
            AND company = NEW.company AND undertaking = NEW.undertaking
            AND amount_minor = -NEW.amount_minor AND granted_on = NEW.granted_on
            AND legal_basis = NEW.legal_basis AND member_state = NEW.member_state)
    THEN
        RAISE EXCEPTION 'a correction takes back one declaration, all of it, on its own date'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'declared_aid_reversal';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER declared_aid_order BEFORE INSERT ON declared_aid
    FOR EACH ROW EXECUTE FUNCTION declared_aid_guard();

-- A grant changes in two ways only, once each: it is entered in the register, it gets its letter.
CREATE FUNCTION aid_grant_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR to_jsonb(NEW) - '{registered_on,register_reference,letter}'::text[]
           <> to_jsonb(OLD) - '{registered_on,register_reference,letter}'::text[]
        OR (OLD.registered_on IS NOT NULL AND (NEW.registered_on, NEW.register_reference)
            IS DISTINCT FROM (OLD.registered_on, OLD.register_reference))
        OR (OLD.letter IS NOT NULL AND NEW.letter IS DISTINCT FROM OLD.letter)
    THEN
        RAISE EXCEPTION 'aid_grant is append-only: write a reversal instead'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER aid_grant_append_only BEFORE UPDATE OR DELETE ON aid_grant
    FOR EACH ROW EXECUTE FUNCTION aid_grant_frozen();
CREATE TRIGGER declared_aid_append_only BEFORE UPDATE OR DELETE ON declared_aid
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER aid_statement_append_only BEFORE UPDATE OR DELETE ON aid_statement
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION scheme_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.agency, NEW.legal_basis, NEW.mode, NEW.rate_bp, NEW.fixed_per_m2_minor, NEW.cap_minor,
        NEW.currency, NEW.subsidy_shown) IS DISTINCT FROM
       (OLD.agency, OLD.legal_basis, OLD.mode, OLD.rate_bp, OLD.fixed_per_m2_minor, OLD.cap_minor,
        OLD.currency, OLD.subsidy_shown)
        AND EXISTS (SELECT FROM aid_grant WHERE scheme = OLD.id)
    THEN
        RAISE EXCEPTION 'aid was granted under these terms: write a new scheme instead'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'scheme_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER scheme_frozen BEFORE UPDATE ON scheme
    FOR EACH ROW EXECUTE FUNCTION scheme_frozen()
"""


async def forwards() -> MigrationManager:
    """The constraints and triggers."""
    return by_hand(ID, "aid", DESCRIPTION, FORWARDS)
