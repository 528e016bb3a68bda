"""Programmes and budget lines above schemes; more modes; holds, payments, proofs; links."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0003"
VERSION = "1.38.0"
DESCRIPTION = "programmes, budget lines, holds, payments, proofs, pots and links of undertakings"

FORWARDS = """
CREATE TABLE programme (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency (id) ON DELETE RESTRICT,
    name varchar(200) NOT NULL,
    currency varchar(3) NOT NULL,
    ceiling_minor bigint CHECK (ceiling_minor >= 0),
    committed_minor bigint NOT NULL DEFAULT 0,
    usual boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    CONSTRAINT programme_ceiling CHECK (0 <= committed_minor
        AND committed_minor <= coalesce(ceiling_minor, committed_minor))
);
CREATE INDEX programme_agency ON programme (agency);
CREATE UNIQUE INDEX programme_usual ON programme (agency, currency) WHERE usual;
CREATE TABLE budget_line (
    id serial PRIMARY KEY,
    programme integer NOT NULL REFERENCES programme (id) ON DELETE RESTRICT,
    name varchar(200) NOT NULL,
    funds varchar(200) NOT NULL DEFAULT '',
    year smallint CHECK (year BETWEEN 2000 AND 2100),
    ceiling_minor bigint CHECK (ceiling_minor >= 0),
    committed_minor bigint NOT NULL DEFAULT 0,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    CONSTRAINT budget_line_ceiling CHECK (0 <= committed_minor
        AND committed_minor <= coalesce(ceiling_minor, committed_minor))
);
CREATE INDEX budget_line_programme ON budget_line (programme);

ALTER TABLE scheme
    ADD COLUMN budget_line integer REFERENCES budget_line (id) ON DELETE RESTRICT,
    ADD COLUMN amount_minor bigint,
    ADD COLUMN tiers jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN tier_by varchar(14) NOT NULL DEFAULT 'participation',
    ADD COLUMN bounds jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN after_funder boolean NOT NULL DEFAULT false,
    ADD COLUMN proof text NOT NULL DEFAULT '',
    DROP CONSTRAINT scheme_mode,
    ADD CONSTRAINT scheme_mode CHECK (
        (mode IN ('rate', 'pot') AND rate_bp BETWEEN 1 AND 10000 AND fixed_per_m2_minor IS NULL
            AND amount_minor IS NULL)
        OR (mode = 'fixed_price' AND rate_bp IS NULL AND coalesce(fixed_per_m2_minor, 0) >= 0
            AND amount_minor IS NULL)
        OR (mode = 'amount' AND amount_minor > 0 AND rate_bp IS NULL
            AND fixed_per_m2_minor IS NULL)),
    ADD CONSTRAINT scheme_tier_by CHECK (tier_by IN ('participation', 'fair', 'year'));

-- Every scheme that exists gets the usual programme of its agency, which has no ceiling of its own.
INSERT INTO programme (agency, name, currency, committed_minor, usual, created_at)
    SELECT agency, 'Schemes of their own', currency, sum(committed_minor), true, min(created_at)
      FROM scheme GROUP BY agency, currency;
INSERT INTO budget_line (programme, name, committed_minor, created_at)
    SELECT id, 'Schemes of their own', committed_minor, created_at FROM programme;
UPDATE scheme s SET budget_line = l.id FROM budget_line l JOIN programme p ON p.id = l.programme
 WHERE p.agency = s.agency AND p.currency = s.currency AND p.usual;
ALTER TABLE scheme ALTER COLUMN budget_line SET NOT NULL;
CREATE INDEX scheme_budget_line ON scheme (budget_line);

-- What a scheme commits, its line and its programme commit: nothing passes any of the three.
CREATE FUNCTION scheme_commits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    free bigint;
BEGIN
    IF NEW.budget_line <> OLD.budget_line THEN
        UPDATE budget_line SET committed_minor = committed_minor - OLD.committed_minor
         WHERE id = OLD.budget_line;
        UPDATE budget_line SET committed_minor = committed_minor + NEW.committed_minor
         WHERE id = NEW.budget_line;
    ELSIF NEW.committed_minor <> OLD.committed_minor THEN
        UPDATE budget_line SET committed_minor =
            committed_minor + NEW.committed_minor - OLD.committed_minor
         WHERE id = NEW.budget_line AND committed_minor + NEW.committed_minor
            - OLD.committed_minor <= coalesce(ceiling_minor, 9223372036854775807);
        IF NOT FOUND THEN
            SELECT ceiling_minor - committed_minor INTO free FROM budget_line
             WHERE id = NEW.budget_line;
            RAISE EXCEPTION 'the budget line has % left', free USING ERRCODE = 'check_violation',
                CONSTRAINT = 'budget_line_ceiling', DETAIL = free::text;
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER scheme_commits AFTER UPDATE ON scheme
    FOR EACH ROW EXECUTE FUNCTION scheme_commits();
CREATE FUNCTION budget_line_commits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    free bigint;
BEGIN
    IF NEW.programme <> OLD.programme THEN
        RAISE EXCEPTION 'a budget line stays in its programme' USING ERRCODE = 'restrict_violation';
    ELSIF NEW.committed_minor <> OLD.committed_minor THEN
        UPDATE programme SET committed_minor =
            committed_minor + NEW.committed_minor - OLD.committed_minor
         WHERE id = NEW.programme AND committed_minor + NEW.committed_minor
            - OLD.committed_minor <= coalesce(ceiling_minor, 9223372036854775807);
        IF NOT FOUND THEN
            SELECT ceiling_minor - committed_minor INTO free FROM programme
             WHERE id = NEW.programme;
            RAISE EXCEPTION 'the programme has % left', free USING ERRCODE = 'check_violation',
                CONSTRAINT = 'programme_ceiling', DETAIL = free::text;
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER budget_line_commits AFTER UPDATE ON budget_line
    FOR EACH ROW EXECUTE FUNCTION budget_line_commits();

CREATE OR REPLACE FUNCTION scheme_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.agency, NEW.legal_basis, NEW.mode, NEW.rate_bp, NEW.fixed_per_m2_minor, NEW.cap_minor,
        NEW.currency, NEW.subsidy_shown, NEW.amount_minor, NEW.tiers, NEW.tier_by, NEW.bounds)
       IS DISTINCT FROM
       (OLD.agency, OLD.legal_basis, OLD.mode, OLD.rate_bp, OLD.fixed_per_m2_minor, OLD.cap_minor,
        OLD.currency, OLD.subsidy_shown, OLD.amount_minor, OLD.tiers, OLD.tier_by, OLD.bounds)
        AND EXISTS (SELECT FROM aid_grant WHERE scheme = OLD.id)
    THEN
        RAISE EXCEPTION 'aid was granted under these terms: write a new scheme instead'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'scheme_frozen';
    END IF;
    RETURN NEW;
END $$;

ALTER TABLE aid_grant
    ADD COLUMN fair varchar(200) NOT NULL DEFAULT '',
    ADD COLUMN fair_on date,
    ADD COLUMN cost_minor bigint,
    ADD COLUMN charge_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN published_on date,
    ADD COLUMN publish_due_on date;
CREATE INDEX aid_grant_of_company ON aid_grant (company, member_state, granted_on);
CREATE INDEX aid_grant_to_publish ON aid_grant (publish_due_on, id)
    WHERE publish_due_on IS NOT NULL AND published_on IS NULL;

CREATE TABLE aid_hold (
    id serial PRIMARY KEY,
    scheme integer NOT NULL REFERENCES scheme (id) ON DELETE RESTRICT,
    company integer NOT NULL REFERENCES company (id) ON DELETE RESTRICT,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    legal_basis varchar(40) NOT NULL,
    member_state varchar(2) NOT NULL,
    about varchar(120) NOT NULL,
    held_on date NOT NULL,
    held_at timestamptz NOT NULL,
    released_at timestamptz
);
CREATE UNIQUE INDEX aid_hold_once ON aid_hold (scheme, about) WHERE released_at IS NULL;
CREATE INDEX aid_hold_company ON aid_hold (company) WHERE released_at IS NULL;
CREATE INDEX aid_hold_about ON aid_hold (about);

CREATE TABLE aid_payment (
    id serial PRIMARY KEY,
    aid_grant integer NOT NULL REFERENCES aid_grant (id) ON DELETE RESTRICT,
    kind varchar(10) NOT NULL CHECK (kind IN ('paid', 'accounted')),
    amount_minor bigint NOT NULL CHECK (amount_minor <> 0),
    charge_minor bigint NOT NULL DEFAULT 0,
    paid_on date NOT NULL,
    reference varchar(140) NOT NULL DEFAULT '',
    why text NOT NULL DEFAULT '',
    recorded_by bigint,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX aid_payment_grant ON aid_payment (aid_grant);
CREATE FUNCTION aid_payment_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    granted bigint;
    paid bigint;
BEGIN
    SELECT amount_minor INTO granted FROM aid_grant WHERE id = NEW.aid_grant AND reverses IS NULL
       FOR NO KEY UPDATE;
    SELECT coalesce(sum(amount_minor), 0) INTO paid FROM aid_payment WHERE aid_grant = NEW.aid_grant;
    IF granted IS NULL OR paid + NEW.amount_minor > granted OR paid + NEW.amount_minor < 0
        OR (NEW.amount_minor > 0 AND EXISTS (SELECT FROM aid_grant WHERE reverses = NEW.aid_grant))
    THEN
        RAISE EXCEPTION 'no more is paid than was granted'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'aid_payment_granted';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER aid_payment_granted BEFORE INSERT ON aid_payment
    FOR EACH ROW EXECUTE FUNCTION aid_payment_guard();
CREATE TRIGGER aid_payment_append_only BEFORE UPDATE OR DELETE ON aid_payment
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE aid_proof (
    id serial PRIMARY KEY,
    aid_grant integer NOT NULL REFERENCES aid_grant (id) ON DELETE RESTRICT,
    report text NOT NULL,
    proven_minor bigint NOT NULL CHECK (proven_minor >= 0),
    documents jsonb NOT NULL DEFAULT '[]',
    state varchar(10) NOT NULL CHECK (state IN ('handed_in', 'returned', 'accepted')),
    accepted_minor bigint CHECK (accepted_minor >= 0),
    payout_minor bigint CHECK (payout_minor >= 0),
    why text NOT NULL DEFAULT '',
    funder_paid_on date,
    handed_in_by bigint,
    handed_in_at timestamptz NOT NULL,
    decided_by bigint,
    decided_at timestamptz,
    CONSTRAINT aid_proof_decided CHECK ((state = 'handed_in') = (decided_at IS NULL)
        AND (state = 'accepted') = (payout_minor IS NOT NULL))
);
CREATE INDEX aid_proof_of ON aid_proof (aid_grant);
CREATE UNIQUE INDEX aid_proof_once ON aid_proof (aid_grant) WHERE state <> 'returned';

CREATE TABLE pot_share (
    id serial PRIMARY KEY,
    scheme integer NOT NULL REFERENCES scheme (id) ON DELETE RESTRICT,
    about varchar(120) NOT NULL,
    company integer NOT NULL REFERENCES company (id) ON DELETE RESTRICT,
    claim_minor bigint NOT NULL CHECK (claim_minor >= 0),
    share_minor bigint NOT NULL,
    fixed_at timestamptz NOT NULL,
    UNIQUE (scheme, about),
    CONSTRAINT pot_share_claim CHECK (0 <= share_minor AND share_minor <= claim_minor)
);

CREATE TABLE aid_past (
    id serial PRIMARY KEY,
    scheme integer NOT NULL REFERENCES scheme (id) ON DELETE RESTRICT,
    company integer NOT NULL REFERENCES company (id) ON DELETE RESTRICT,
    fair varchar(200) NOT NULL,
    fair_on date NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    said_by bigint,
    said_at timestamptz NOT NULL
);
CREATE INDEX aid_past_company ON aid_past (company, scheme);

CREATE TABLE undertaking_link (
    id serial PRIMARY KEY,
    company integer NOT NULL REFERENCES company (id) ON DELETE RESTRICT,
    other integer NOT NULL REFERENCES company (id) ON DELETE RESTRICT,
    kind varchar(12) NOT NULL CHECK (kind IN ('votes', 'board', 'contract', 'agreement')),
    since_on date NOT NULL,
    state varchar(10) NOT NULL CHECK (state IN ('declared', 'confirmed', 'refused', 'ended')),
    why text NOT NULL DEFAULT '',
    declared_by bigint,
    declared_at timestamptz NOT NULL,
    decided_by bigint,
    decided_at timestamptz,
    ended_on date,
    CHECK (company <> other)
);
CREATE UNIQUE INDEX undertaking_link_once
    ON undertaking_link (least(company, other), greatest(company, other))
    WHERE state IN ('declared', 'confirmed');
CREATE INDEX undertaking_link_other ON undertaking_link (other);

CREATE TABLE aid_moved (
    id serial PRIMARY KEY,
    link integer NOT NULL REFERENCES undertaking_link (id) ON DELETE RESTRICT,
    company integer NOT NULL REFERENCES company (id) ON DELETE RESTRICT,
    amount_minor bigint NOT NULL CHECK (amount_minor <> 0),
    granted_on date NOT NULL,
    legal_basis varchar(40) NOT NULL,
    member_state varchar(2) NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX aid_moved_company ON aid_moved (company);
CREATE TRIGGER aid_moved_append_only BEFORE UPDATE OR DELETE ON aid_moved
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE size_test (
    id serial PRIMARY KEY,
    company integer NOT NULL REFERENCES company (id) ON DELETE RESTRICT,
    inputs jsonb NOT NULL,
    result varchar(8) NOT NULL CHECK (result IN ('micro', 'small', 'medium', 'large')),
    data_year smallint NOT NULL,
    said_by bigint,
    said_at timestamptz NOT NULL
);
CREATE INDEX size_test_company ON size_test (company, id);
CREATE TRIGGER size_test_append_only BEFORE UPDATE OR DELETE ON size_test
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

ALTER TABLE declared_aid
    ADD COLUMN evidence integer REFERENCES document (id) ON DELETE RESTRICT;
ALTER TABLE aid_statement
    ADD COLUMN vat_recoverable varchar(3) NOT NULL DEFAULT 'yes'
        CHECK (vat_recoverable IN ('yes', 'no'));

-- Everything that counts towards ceilings, by the company that had it: it goes where its company
-- goes, when companies come under one control or leave it (Article 3(8) and (9)).
CREATE VIEW aid_received AS
    SELECT company, member_state, granted_on, amount_minor, legal_basis, about, 'grant' AS what
      FROM aid_grant
    UNION ALL
    SELECT company, member_state, granted_on, amount_minor, legal_basis, '', 'declared'
      FROM declared_aid
    UNION ALL
    SELECT company, member_state, granted_on, amount_minor, legal_basis, '', 'moved'
      FROM aid_moved
    UNION ALL
    SELECT company, member_state, held_on, amount_minor, legal_basis, about, 'hold'
      FROM aid_hold WHERE released_at IS NULL;

CREATE FUNCTION aid_within(who integer, state text, bounds jsonb, amount bigint, own text)
    RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    one jsonb;
    used bigint;
BEGIN
    UPDATE undertaking SET name = name WHERE id = who;
    FOR one IN SELECT * FROM jsonb_array_elements(bounds) LOOP
        SELECT coalesce(sum(r.amount_minor), 0) INTO used FROM aid_received r
         WHERE r.company IN (SELECT id FROM company WHERE undertaking = who)
           AND r.member_state = state AND r.granted_on > (one->>'after')::date
           AND one->'bases' ? r.legal_basis
           AND NOT (r.what = 'hold' AND r.about = own);
        IF used + amount > (one->>'ceiling_minor')::bigint THEN
            RAISE EXCEPTION 'undertaking % would pass its ceiling: % used of %',
                who, used, one->>'ceiling_minor'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'aid_grant_ceiling';
        END IF;
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION aid_grant_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    origin aid_grant;
    together bigint;
BEGIN
    IF NEW.reverses IS NOT NULL THEN
        UPDATE undertaking SET name = name WHERE id = NEW.undertaking;
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
    PERFORM aid_within(NEW.undertaking, NEW.member_state, NEW.limits, NEW.amount_minor, NEW.about);
    IF NEW.cost_minor IS NOT NULL THEN
        SELECT coalesce(sum(amount_minor), 0) INTO together FROM aid_grant WHERE about = NEW.about;
        IF together + NEW.amount_minor > NEW.cost_minor THEN
            RAISE EXCEPTION 'the sources together would pass the cost: % granted of %', together,
                NEW.cost_minor
                USING ERRCODE = 'check_violation', CONSTRAINT = 'aid_grant_cost';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION aid_grant_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR to_jsonb(NEW) - '{registered_on,register_reference,letter,published_on}'::text[]
           <> to_jsonb(OLD) - '{registered_on,register_reference,letter,published_on}'::text[]
        OR (OLD.registered_on IS NOT NULL AND (NEW.registered_on, NEW.register_reference)
            IS DISTINCT FROM (OLD.registered_on, OLD.register_reference))
        OR (OLD.published_on IS NOT NULL AND NEW.published_on IS DISTINCT FROM OLD.published_on)
        OR (OLD.letter IS NOT NULL AND NEW.letter IS DISTINCT FROM OLD.letter)
    THEN
        RAISE EXCEPTION 'aid_grant is append-only: write a reversal instead'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""


async def forwards() -> MigrationManager:
    """Tables, columns, backfill and guards."""
    return by_hand(ID, "aid", DESCRIPTION, FORWARDS)
