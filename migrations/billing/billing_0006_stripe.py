"""An account at Stripe for each agency; disputes, payouts, and what comparing found."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0006"
VERSION = "1.38.0"
DESCRIPTION = "accounts at Stripe, disputes, movements, payouts, comparisons"

FORWARDS = """
CREATE TABLE stripe_account (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency (id) ON DELETE RESTRICT,
    way varchar(8) NOT NULL CHECK (way IN ('keys', 'connect', 'none')),
    account varchar(80) NOT NULL DEFAULT '',
    live boolean NOT NULL DEFAULT false,
    token varchar(60) NOT NULL UNIQUE,
    secret text NOT NULL DEFAULT '',
    webhooks jsonb NOT NULL DEFAULT '[]',
    seen jsonb NOT NULL DEFAULT '{}',
    seen_at timestamptz,
    ready boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE UNIQUE INDEX stripe_account_of_agency ON stripe_account (agency) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX stripe_account_of_one ON stripe_account (account, live)
    WHERE ended_at IS NULL AND account <> '';

ALTER TABLE checkout
    ADD COLUMN account integer REFERENCES stripe_account (id) ON DELETE RESTRICT,
    ADD COLUMN live boolean,
    ADD COLUMN instrument varchar(40) NOT NULL DEFAULT '',
    ADD COLUMN under_way_since timestamptz,
    ADD COLUMN failed_at timestamptz;
ALTER TABLE payment
    ADD COLUMN account integer REFERENCES stripe_account (id) ON DELETE RESTRICT,
    ADD COLUMN live boolean,
    ADD COLUMN instrument varchar(40) NOT NULL DEFAULT '';
CREATE INDEX checkout_failed ON checkout (invoice, failed_at) WHERE failed_at IS NOT NULL;

ALTER TABLE stripe_event
    ADD COLUMN account integer REFERENCES stripe_account (id) ON DELETE RESTRICT,
    DROP CONSTRAINT IF EXISTS stripe_event_event_id_key;
CREATE UNIQUE INDEX stripe_event_once ON stripe_event (coalesce(account, 0), event_id);

CREATE TABLE dispute (
    id serial PRIMARY KEY,
    payment integer NOT NULL REFERENCES payment (id) ON DELETE RESTRICT,
    external_ref varchar(120) NOT NULL UNIQUE,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    held_minor bigint NOT NULL CHECK (held_minor BETWEEN 0 AND amount_minor),
    currency varchar(3) NOT NULL,
    reason varchar(60) NOT NULL DEFAULT '',
    state varchar(30) NOT NULL CHECK (state IN ('warning_needs_response', 'warning_under_review',
        'warning_closed', 'needs_response', 'under_review', 'won', 'lost', 'prevented')),
    stance varchar(6) NOT NULL DEFAULT 'none' CHECK (stance IN ('none', 'held', 'lost')),
    due_at timestamptz,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz
);
CREATE INDEX dispute_payment ON dispute (payment);
CREATE INDEX dispute_open ON dispute (due_at) WHERE closed_at IS NULL;
CREATE TRIGGER dispute_kept BEFORE DELETE ON dispute
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE dispute_evidence (
    id serial PRIMARY KEY,
    dispute integer NOT NULL REFERENCES dispute (id) ON DELETE RESTRICT,
    key varchar(80) NOT NULL UNIQUE,
    words jsonb NOT NULL,
    papers jsonb NOT NULL,
    sent_by bigint,
    created_at timestamptz NOT NULL,
    sent_at timestamptz,
    note text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX dispute_evidence_once ON dispute_evidence (dispute) WHERE note = '';

CREATE TABLE stripe_movement (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency (id) ON DELETE RESTRICT,
    account integer REFERENCES stripe_account (id) ON DELETE RESTRICT,
    external_ref varchar(120) NOT NULL UNIQUE,
    kind varchar(60) NOT NULL,
    source varchar(120) NOT NULL DEFAULT '',
    amount_minor bigint NOT NULL,
    fee_minor bigint NOT NULL,
    currency varchar(3) NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX stripe_movement_agency ON stripe_movement (agency, at DESC, id DESC);
CREATE TRIGGER stripe_movement_kept BEFORE UPDATE OR DELETE ON stripe_movement
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE payout (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency (id) ON DELETE RESTRICT,
    account integer REFERENCES stripe_account (id) ON DELETE RESTRICT,
    external_ref varchar(120) NOT NULL UNIQUE,
    amount_minor bigint NOT NULL,
    currency varchar(3) NOT NULL,
    arrives_on date NOT NULL,
    state varchar(12) NOT NULL CHECK (state IN
        ('pending', 'in_transit', 'paid', 'failed', 'canceled')),
    posted boolean NOT NULL DEFAULT false,
    statement_ref varchar(200) NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL
);
CREATE INDEX payout_agency ON payout (agency, arrives_on DESC, id DESC);
CREATE TRIGGER payout_kept BEFORE DELETE ON payout
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE stripe_comparison (
    id serial PRIMARY KEY,
    account integer REFERENCES stripe_account (id) ON DELETE RESTRICT,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    since timestamptz NOT NULL,
    fault text NOT NULL DEFAULT '',
    balances jsonb NOT NULL DEFAULT '[]'
);
CREATE INDEX stripe_comparison_last ON stripe_comparison (account, id DESC);
CREATE TABLE stripe_difference (
    id serial PRIMARY KEY,
    comparison integer NOT NULL REFERENCES stripe_comparison (id) ON DELETE CASCADE,
    agency integer REFERENCES agency (id) ON DELETE RESTRICT,
    kind varchar(20) NOT NULL,
    external_ref varchar(120) NOT NULL,
    amount_minor bigint NOT NULL,
    currency varchar(3) NOT NULL,
    mended boolean NOT NULL
);
CREATE INDEX stripe_difference_of ON stripe_difference (comparison);

DO $$
DECLARE
    known text := (SELECT string_agg(DISTINCT quote_literal(hit[1]), ', ') FROM
        (SELECT regexp_matches(pg_get_constraintdef(oid), '''([a-z_]+)''', 'g') AS hit
         FROM pg_constraint WHERE conname = 'ledger_posting_account') AS c);
BEGIN
    ALTER TABLE ledger_posting DROP CONSTRAINT ledger_posting_account;
    EXECUTE 'ALTER TABLE ledger_posting ADD CONSTRAINT ledger_posting_account CHECK (account IN ('
        || known || ', ''dispute'', ''fees'', ''exchange''))';
END $$
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "billing", DESCRIPTION, FORWARDS)
