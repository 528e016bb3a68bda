"""What a grant comes to in euro, with the rate of its day; the closed years of a size test."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0005"
VERSION = "1.38.0"
DESCRIPTION = "grants and holds in euro, in which all ceilings are; years of size tests"

FORWARDS = """
ALTER TABLE aid_grant
    ADD COLUMN euro_minor bigint,
    ADD COLUMN euro_rate numeric(18, 8) CHECK (euro_rate > 0),
    ADD COLUMN euro_rate_on date,
    ADD COLUMN euro_rate_source varchar(200) NOT NULL DEFAULT '',
    ADD COLUMN series varchar(200) NOT NULL DEFAULT '';
ALTER TABLE aid_hold ADD COLUMN euro_minor bigint;

-- Until today a scheme under a ceiling had to be in euro; what is in another currency has none.
ALTER TABLE aid_grant DISABLE TRIGGER aid_grant_append_only;
UPDATE aid_grant g SET euro_minor = g.amount_minor FROM scheme s
 WHERE s.id = g.scheme AND (s.currency = 'EUR' OR jsonb_array_length(g.limits) > 0);
ALTER TABLE aid_grant ENABLE TRIGGER aid_grant_append_only;
UPDATE aid_hold SET euro_minor = amount_minor;
ALTER TABLE aid_grant
    ADD CONSTRAINT aid_grant_euro CHECK ((euro_minor IS NOT NULL OR jsonb_array_length(limits) = 0)
        AND sign(euro_minor) = sign(amount_minor)
        AND (euro_rate IS NULL) = (euro_rate_on IS NULL));

ALTER TABLE size_test ADD COLUMN years jsonb NOT NULL DEFAULT '[]'
    CHECK (jsonb_typeof(years) = 'array');

CREATE OR REPLACE VIEW aid_received AS
    SELECT company, member_state, granted_on, euro_minor AS amount_minor, legal_basis, about,
           'grant' AS what FROM aid_grant WHERE euro_minor IS NOT NULL
    UNION ALL
    SELECT company, member_state, granted_on, amount_minor, legal_basis, '', 'declared'
      FROM declared_aid
    UNION ALL
    SELECT company, member_state, granted_on, amount_minor, legal_basis, '', 'moved'
      FROM aid_moved
    UNION ALL
    SELECT company, member_state, held_on, euro_minor, legal_basis, about, 'hold'
      FROM aid_hold WHERE released_at IS NULL AND euro_minor IS NOT NULL;

CREATE OR REPLACE FUNCTION aid_grant_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    origin aid_grant;
    together bigint;
BEGIN
    IF NEW.reverses IS NOT NULL THEN
        UPDATE undertaking SET name = name WHERE id = NEW.undertaking;
        SELECT * INTO origin FROM aid_grant WHERE id = NEW.reverses;
        IF origin.reverses IS NOT NULL OR NEW.amount_minor <> -origin.amount_minor
            OR NEW.euro_minor IS DISTINCT FROM -origin.euro_minor
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
    PERFORM aid_within(NEW.undertaking, NEW.member_state, NEW.limits, NEW.euro_minor, NEW.about);
    IF NEW.cost_minor IS NOT NULL THEN
        SELECT coalesce(sum(amount_minor), 0) INTO together FROM aid_grant WHERE about = NEW.about;
        IF together + NEW.amount_minor > NEW.cost_minor THEN
            RAISE EXCEPTION 'the sources together would pass the cost: % granted of %', together,
                NEW.cost_minor
                USING ERRCODE = 'check_violation', CONSTRAINT = 'aid_grant_cost';
        END IF;
    END IF;
    RETURN NEW;
END $$
"""


async def forwards() -> MigrationManager:
    """Columns, what they hold for earlier grants, and the guard."""
    return by_hand(ID, "aid", DESCRIPTION, FORWARDS)
