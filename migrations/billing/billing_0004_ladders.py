"""Payment in steps: terms, plans and their due items; instalments, dunning, four eyes."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0004"
VERSION = "1.38.0"
DESCRIPTION = "payment terms and plans, prepayments, instalments, dunning, public payers, approvals"

FORWARDS = """
ALTER TABLE invoice DROP CONSTRAINT invoice_kind;
ALTER TABLE invoice ADD CONSTRAINT invoice_kind CHECK (
    (kind IN ('invoice', 'prepayment') AND credits IS NULL AND total_minor >= 0
        AND state IN ('open', 'part_paid', 'paid', 'overdue', 'credited'))
    OR (kind = 'credit_note' AND credits IS NOT NULL AND total_minor <= 0 AND state = 'credit'));
ALTER TABLE ledger_posting DROP CONSTRAINT ledger_posting_account;
ALTER TABLE ledger_posting ADD CONSTRAINT ledger_posting_account CHECK (account IN
    ('receivable', 'revenue', 'aid', 'vat', 'card', 'bank', 'unallocated', 'aid_receivable',
     'advance', 'dispute', 'fees'));

CREATE TABLE payment_terms (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency (id) ON DELETE RESTRICT,
    name varchar(120) NOT NULL,
    steps jsonb NOT NULL,
    lead_days smallint NOT NULL CHECK (lead_days BETWEEN 0 AND 365),
    made_at timestamptz NOT NULL,
    retired_at timestamptz
);
CREATE UNIQUE INDEX payment_terms_name ON payment_terms (agency, name) WHERE retired_at IS NULL;
CREATE FUNCTION payment_terms_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - 'retired_at' <> to_jsonb(OLD) - 'retired_at' THEN
        RAISE EXCEPTION 'payment terms are never changed: write new ones'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_terms_frozen BEFORE UPDATE ON payment_terms
    FOR EACH ROW EXECUTE FUNCTION payment_terms_frozen();

CREATE TABLE payment_plan (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency (id) ON DELETE RESTRICT,
    company integer NOT NULL REFERENCES company (id) ON DELETE RESTRICT,
    about varchar(120) NOT NULL,
    currency varchar(3) NOT NULL,
    supply jsonb NOT NULL,
    made_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX payment_plan_about ON payment_plan (about);
CREATE TABLE due_item (
    id serial PRIMARY KEY,
    plan integer NOT NULL REFERENCES payment_plan (id) ON DELETE RESTRICT,
    n smallint NOT NULL CHECK (n > 0),
    name varchar(200) NOT NULL,
    net_minor bigint NOT NULL CHECK (net_minor >= 0),
    total_minor bigint NOT NULL CHECK (total_minor >= 0),
    issue_on date NOT NULL,
    due_on date NOT NULL,
    guarantees boolean NOT NULL,
    after_fair boolean NOT NULL DEFAULT false,
    invoice integer UNIQUE REFERENCES invoice (id) ON DELETE RESTRICT,
    UNIQUE (plan, n)
);
CREATE INDEX due_item_to_issue ON due_item (issue_on) WHERE invoice IS NULL;
CREATE FUNCTION due_item_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - 'invoice' <> to_jsonb(OLD) - 'invoice' OR OLD.invoice IS NOT NULL THEN
        RAISE EXCEPTION 'a plan is never changed: write a new one'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER due_item_frozen BEFORE UPDATE ON due_item
    FOR EACH ROW EXECUTE FUNCTION due_item_frozen();
CREATE TRIGGER due_item_kept BEFORE DELETE ON due_item
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE instalment (
    id serial PRIMARY KEY,
    invoice integer NOT NULL REFERENCES invoice (id) ON DELETE RESTRICT,
    n smallint NOT NULL CHECK (n > 0),
    due_on date NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    why text NOT NULL,
    agreed_by bigint,
    agreed_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE UNIQUE INDEX instalment_once ON instalment (invoice, n) WHERE ended_at IS NULL;

CREATE TABLE public_payer (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency (id) ON DELETE RESTRICT,
    company integer NOT NULL REFERENCES company (id) ON DELETE RESTRICT,
    term_days smallint NOT NULL CHECK (term_days BETWEEN 1 AND 365),
    why text NOT NULL,
    marked_by bigint,
    since timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE UNIQUE INDEX public_payer_once ON public_payer (agency, company) WHERE ended_at IS NULL;

CREATE TABLE dunning_policy (
    id serial PRIMARY KEY,
    agency integer NOT NULL UNIQUE REFERENCES agency (id) ON DELETE RESTRICT,
    levels jsonb NOT NULL
);
CREATE TABLE dunning_pause (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency (id) ON DELETE RESTRICT,
    company integer NOT NULL REFERENCES company (id) ON DELETE RESTRICT,
    invoice integer REFERENCES invoice (id) ON DELETE RESTRICT,
    why text NOT NULL,
    until date,
    paused_by bigint,
    since timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE UNIQUE INDEX dunning_pause_once ON dunning_pause (agency, company, coalesce(invoice, 0))
    WHERE ended_at IS NULL;
CREATE TABLE dunning_notice (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency (id) ON DELETE RESTRICT,
    company integer NOT NULL REFERENCES company (id) ON DELETE RESTRICT,
    invoice integer NOT NULL REFERENCES invoice (id) ON DELETE RESTRICT,
    instalment integer NOT NULL DEFAULT 0,
    level smallint NOT NULL CHECK (level > 0),
    name varchar(120) NOT NULL,
    open_minor bigint NOT NULL CHECK (open_minor > 0),
    fee_minor bigint NOT NULL CHECK (fee_minor >= 0),
    interest_minor bigint NOT NULL CHECK (interest_minor >= 0),
    currency varchar(3) NOT NULL,
    document integer NOT NULL REFERENCES document (id) ON DELETE RESTRICT,
    fee_invoice integer REFERENCES invoice (id) ON DELETE RESTRICT,
    sent_by bigint,
    sent_at timestamptz NOT NULL,
    UNIQUE (invoice, instalment, level)
);
CREATE INDEX dunning_notice_agency ON dunning_notice (agency, id DESC);
CREATE TRIGGER dunning_notice_kept BEFORE UPDATE OR DELETE ON dunning_notice
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE approval_limit (
    id serial PRIMARY KEY,
    agency integer NOT NULL UNIQUE REFERENCES agency (id) ON DELETE RESTRICT,
    limit_minor bigint NOT NULL CHECK (limit_minor >= 0)
);
CREATE TABLE approval (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency (id) ON DELETE RESTRICT,
    act varchar(40) NOT NULL,
    about varchar(120) NOT NULL,
    payload jsonb NOT NULL,
    seen varchar(200) NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency varchar(3) NOT NULL,
    why text NOT NULL,
    asked_by bigint,
    asked_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    state varchar(10) NOT NULL CHECK (state IN
        ('waiting', 'approved', 'refused', 'expired', 'stale')),
    decided_by bigint,
    decided_at timestamptz,
    decided_why text NOT NULL DEFAULT '',
    CONSTRAINT approval_four_eyes CHECK (decided_by IS NULL OR decided_by IS DISTINCT FROM asked_by),
    CONSTRAINT approval_decided CHECK ((state = 'waiting') = (decided_at IS NULL))
);
CREATE UNIQUE INDEX approval_one_waiting ON approval (act, about) WHERE state = 'waiting';
CREATE INDEX approval_agency ON approval (agency, id DESC);
CREATE FUNCTION approval_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'waiting' OR
        to_jsonb(NEW) - '{state,decided_by,decided_at,decided_why}'::text[]
        <> to_jsonb(OLD) - '{state,decided_by,decided_at,decided_why}'::text[]
    THEN
        RAISE EXCEPTION 'what was asked for and decided is never changed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER approval_frozen BEFORE UPDATE ON approval
    FOR EACH ROW EXECUTE FUNCTION approval_frozen();
CREATE TRIGGER approval_kept BEFORE DELETE ON approval
    FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""


async def forwards() -> MigrationManager:
    """The tables with their constraints."""
    return by_hand(ID, "billing", DESCRIPTION, FORWARDS)
