"""Statements of the bank and what became of each entry; small differences; closed periods."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0005"
VERSION = "1.38.0"
DESCRIPTION = "bank statements, transfers for several invoices, refunds by file, closed periods"

FORWARDS = """
DO $$
DECLARE
    accounts text := (SELECT string_agg(DISTINCT quote_literal(hit.word[1]), ', ') FROM
        (SELECT pg_get_constraintdef(oid) AS rule FROM pg_constraint
         WHERE conname = 'ledger_posting_account') AS c,
        regexp_matches(c.rule, '''([a-z_]+)''', 'g') AS hit (word));
BEGIN
    ALTER TABLE ledger_posting DROP CONSTRAINT ledger_posting_account;
    EXECUTE 'ALTER TABLE ledger_posting ADD CONSTRAINT ledger_posting_account CHECK (account IN ('
        || accounts || ', ''differences''))';
END $$;

CREATE TABLE bank_setting (
    id serial PRIMARY KEY,
    agency integer NOT NULL UNIQUE REFERENCES agency (id) ON DELETE RESTRICT,
    fee_tolerance_minor bigint NOT NULL DEFAULT 0 CHECK (fee_tolerance_minor BETWEEN 0 AND 5000),
    refunds_by_file boolean NOT NULL DEFAULT false,
    layouts jsonb NOT NULL DEFAULT '{}',
    numbers jsonb NOT NULL DEFAULT '{}',
    adviser integer NOT NULL DEFAULT 1001,
    client integer NOT NULL DEFAULT 1
);
CREATE TABLE bank_account (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency (id) ON DELETE RESTRICT,
    account varchar(40) NOT NULL,
    added_by bigint,
    added_at timestamptz NOT NULL,
    UNIQUE (agency, account)
);

CREATE TABLE bank_file (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency (id) ON DELETE RESTRICT,
    name varchar(200) NOT NULL,
    format varchar(10) NOT NULL CHECK (format IN ('camt.053', 'MT940', 'CSV')),
    sha256 varchar(64) NOT NULL,
    raw bytea NOT NULL,
    read_by bigint,
    read_at timestamptz NOT NULL,
    booked_by bigint,
    booked_at timestamptz,
    UNIQUE (agency, sha256)
);
CREATE INDEX bank_file_agency ON bank_file (agency, id DESC);
CREATE FUNCTION bank_file_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.booked_at IS NOT NULL OR (TG_OP = 'UPDATE'
        AND (NEW.agency, NEW.sha256, NEW.raw) IS DISTINCT FROM (OLD.agency, OLD.sha256, OLD.raw))
    THEN
        RAISE EXCEPTION 'a statement that was booked is kept as it came'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER bank_file_frozen BEFORE UPDATE OR DELETE ON bank_file
    FOR EACH ROW EXECUTE FUNCTION bank_file_frozen();

CREATE TABLE bank_statement (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency (id) ON DELETE RESTRICT,
    file integer NOT NULL REFERENCES bank_file (id) ON DELETE RESTRICT,
    account varchar(40) NOT NULL,
    currency varchar(3) NOT NULL,
    number varchar(40) NOT NULL DEFAULT '',
    from_on date NOT NULL,
    until_on date NOT NULL,
    opening_minor bigint,
    closing_minor bigint,
    moved_minor bigint NOT NULL,
    CONSTRAINT bank_statement_adds_up CHECK (opening_minor IS NULL OR closing_minor IS NULL
        OR opening_minor + moved_minor = closing_minor)
);
CREATE INDEX bank_statement_account ON bank_statement (agency, account, until_on DESC, id DESC);
CREATE INDEX bank_statement_file ON bank_statement (file);
CREATE TRIGGER bank_statement_kept BEFORE UPDATE OR DELETE ON bank_statement
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE bank_entry (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency (id) ON DELETE RESTRICT,
    statement integer NOT NULL REFERENCES bank_statement (id) ON DELETE RESTRICT,
    identity varchar(80) NOT NULL,
    line integer NOT NULL,
    booked_on date NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor <> 0),
    currency varchar(3) NOT NULL,
    bank_ref varchar(140) NOT NULL DEFAULT '',
    end_to_end varchar(140) NOT NULL DEFAULT '',
    text text NOT NULL DEFAULT '',
    name varchar(200) NOT NULL DEFAULT '',
    account_hash varchar(64) NOT NULL DEFAULT '',
    account_hint varchar(12) NOT NULL DEFAULT '',
    returned boolean NOT NULL DEFAULT false,
    state varchar(10) NOT NULL CHECK (state IN ('booked', 'open', 'not_ours', 'refund')),
    why varchar(20) NOT NULL DEFAULT '',
    guesses jsonb NOT NULL DEFAULT '[]',
    decided_by bigint,
    decided_at timestamptz,
    CONSTRAINT bank_entry_once UNIQUE (agency, identity)
);
CREATE INDEX bank_entry_open ON bank_entry (agency, id) WHERE state = 'open';
CREATE INDEX bank_entry_statement ON bank_entry (statement, line);
CREATE FUNCTION bank_entry_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - '{state,why,guesses,decided_by,decided_at}'::text[]
        <> to_jsonb(OLD) - '{state,why,guesses,decided_by,decided_at}'::text[]
    THEN
        RAISE EXCEPTION 'what the bank said is never changed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_entry_frozen BEFORE UPDATE OR DELETE ON bank_entry
    FOR EACH ROW EXECUTE FUNCTION bank_entry_frozen();

CREATE TABLE payer_account (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency (id) ON DELETE RESTRICT,
    company integer NOT NULL REFERENCES company (id) ON DELETE RESTRICT,
    account_hash varchar(64) NOT NULL,
    since timestamptz NOT NULL,
    UNIQUE (agency, account_hash, company)
);

ALTER TABLE payment
    ADD COLUMN bank_entry integer REFERENCES bank_entry (id) ON DELETE RESTRICT,
    ADD COLUMN part_of integer REFERENCES payment (id) ON DELETE RESTRICT,
    ADD COLUMN received_minor bigint,
    ADD COLUMN fee_minor bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT payment_fee CHECK (fee_minor >= 0),
    ADD CONSTRAINT payment_parts CHECK (part_of IS NULL OR received_minor IS NULL);
CREATE INDEX payment_bank_entry ON payment (bank_entry) WHERE bank_entry IS NOT NULL;
CREATE INDEX payment_part_of ON payment (part_of) WHERE part_of IS NOT NULL;
CREATE OR REPLACE FUNCTION payment_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.agency, NEW.method, NEW.currency, NEW.received_at, NEW.external_ref, NEW.reference,
        NEW.payer, NEW.created_at, NEW.part_of) IS DISTINCT FROM (OLD.agency, OLD.method,
        OLD.currency, OLD.received_at, OLD.external_ref, OLD.reference, OLD.payer, OLD.created_at,
        OLD.part_of)
        OR NEW.amount_minor > OLD.amount_minor
        OR (NEW.amount_minor < OLD.amount_minor AND NEW.received_minor IS NULL
            AND NEW.part_of IS NULL)
        OR NEW.received_minor IS DISTINCT FROM coalesce(OLD.received_minor,
            CASE WHEN NEW.received_minor IS NOT NULL THEN OLD.amount_minor END)
        OR (OLD.bank_entry IS NOT NULL AND NEW.bank_entry IS DISTINCT FROM OLD.bank_entry)
    THEN
        RAISE EXCEPTION 'what was received is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION payment_parts_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    root integer := coalesce(NEW.part_of, NEW.id);
BEGIN
    IF (SELECT coalesce(received_minor, amount_minor) FROM payment WHERE id = root)
        <> (SELECT sum(amount_minor) FROM payment WHERE id = root OR part_of = root)
    THEN
        RAISE EXCEPTION 'the parts of payment % are not what was received', root
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payment_parts_add_up AFTER INSERT OR UPDATE OF amount_minor ON payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.part_of IS NOT NULL OR NEW.received_minor IS NOT NULL)
    EXECUTE FUNCTION payment_parts_add_up();

CREATE TABLE refund_file (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency (id) ON DELETE RESTRICT,
    message varchar(35) NOT NULL UNIQUE,
    xml text NOT NULL,
    made_by bigint,
    made_at timestamptz NOT NULL
);
CREATE TRIGGER refund_file_kept BEFORE UPDATE OR DELETE ON refund_file
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE refund
    ADD COLUMN file integer REFERENCES refund_file (id) ON DELETE RESTRICT,
    ADD COLUMN bank_entry integer UNIQUE REFERENCES bank_entry (id) ON DELETE RESTRICT;

CREATE TABLE ledger_close (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency (id) ON DELETE RESTRICT,
    until_on date NOT NULL,
    closed_by bigint,
    closed_at timestamptz NOT NULL,
    UNIQUE (agency, until_on)
);
CREATE TRIGGER ledger_close_kept BEFORE UPDATE OR DELETE ON ledger_close
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_close_stays BEFORE TRUNCATE ON ledger_close
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE FUNCTION ledger_period_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM ledger_close c JOIN agency a ON a.id = c.agency
        WHERE c.agency = NEW.agency AND (NEW.at AT TIME ZONE a.tz)::date <= c.until_on)
    THEN
        RAISE EXCEPTION 'the books are closed for %: post into the next period', NEW.at
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_period_open BEFORE INSERT ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_period_open()
"""


async def forwards() -> MigrationManager:
    """The tables with their constraints."""
    return by_hand(ID, "billing", DESCRIPTION, FORWARDS)
