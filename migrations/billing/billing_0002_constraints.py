"""What money may never do, whatever the code above it believes."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "balanced ledger, frozen invoices, numbers without gaps, one live checkout"

FORWARDS = """
ALTER TABLE ledger_posting
    ADD CONSTRAINT ledger_posting_account CHECK (account IN
        ('receivable', 'revenue', 'aid', 'vat', 'card', 'bank', 'unallocated')),
    ADD CONSTRAINT ledger_posting_moves CHECK (amount_minor <> 0),
    ADD CONSTRAINT ledger_posting_company CHECK (account <> 'receivable' OR company IS NOT NULL);
CREATE INDEX ledger_posting_statement ON ledger_posting (account, company);
CREATE INDEX ledger_entry_time ON ledger_entry (agency, at DESC, id DESC);
CREATE INDEX ledger_entry_about ON ledger_entry (about);
CREATE TRIGGER ledger_entry_kept BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_posting_kept BEFORE UPDATE OR DELETE ON ledger_posting
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_entry_stays BEFORE TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_posting_stays BEFORE TRUNCATE ON ledger_posting
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION ledger_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM ledger_entry
        WHERE id = NEW.entry
        AND xmin::text::bigint = (pg_current_xact_id()::text::numeric % 4294967296)::bigint
    ) THEN
        RAISE EXCEPTION 'entry % is closed: post a new one', NEW.entry
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_posting_closed BEFORE INSERT ON ledger_posting
    FOR EACH ROW EXECUTE FUNCTION ledger_closed();

CREATE FUNCTION ledger_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    this_entry bigint := CASE TG_TABLE_NAME WHEN 'ledger_entry'
        THEN (to_jsonb(NEW) ->> 'id')::bigint ELSE (to_jsonb(NEW) ->> 'entry')::bigint END;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM ledger_posting WHERE entry = this_entry) THEN
        RAISE EXCEPTION 'entry % has no postings', this_entry USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM ledger_posting WHERE entry = this_entry
               GROUP BY currency HAVING sum(amount_minor) <> 0) THEN
        RAISE EXCEPTION 'entry % does not balance', this_entry USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_entry_balances AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balances();
CREATE CONSTRAINT TRIGGER ledger_posting_balances AFTER INSERT ON ledger_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balances();

ALTER TABLE number_series
    ADD CONSTRAINT number_series_once UNIQUE (agency, series, year),
    ADD CONSTRAINT number_series_grows CHECK (last > 0);
CREATE FUNCTION number_series_steps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.last <> OLD.last + 1
        OR (NEW.agency, NEW.series, NEW.year) IS DISTINCT FROM (OLD.agency, OLD.series, OLD.year)
    THEN
        RAISE EXCEPTION 'numbers go up one by one' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER number_series_steps BEFORE UPDATE OR DELETE ON number_series
    FOR EACH ROW EXECUTE FUNCTION number_series_steps();

ALTER TABLE invoice
    ADD CONSTRAINT invoice_number_once UNIQUE (agency, number),
    ADD CONSTRAINT invoice_credits FOREIGN KEY (credits) REFERENCES invoice (id),
    ADD CONSTRAINT invoice_credited_once UNIQUE (credits),
    ADD CONSTRAINT invoice_kind CHECK (
        (kind = 'invoice' AND credits IS NULL AND total_minor >= 0
            AND state IN ('open', 'part_paid', 'paid', 'overdue', 'credited'))
        OR (kind = 'credit_note' AND credits IS NOT NULL AND total_minor <= 0
            AND state = 'credit')),
    ADD CONSTRAINT invoice_adds_up CHECK (net_minor + vat_minor = total_minor),
    ADD CONSTRAINT invoice_paid CHECK (paid_minor BETWEEN 0 AND greatest(total_minor, 0)),
    ADD CONSTRAINT invoice_paid_state CHECK (state <> 'paid' OR paid_minor = total_minor);
CREATE INDEX invoice_agency_list ON invoice (agency, id DESC);
CREATE INDEX invoice_company_list ON invoice (company, id DESC);
CREATE INDEX invoice_to_pay ON invoice (due_on) WHERE state IN ('open', 'part_paid');
CREATE FUNCTION invoice_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - '{paid_minor,state,document}'::text[]
        <> to_jsonb(OLD) - '{paid_minor,state,document}'::text[]
        OR (OLD.document IS NOT NULL AND NEW.document IS DISTINCT FROM OLD.document)
    THEN
        RAISE EXCEPTION 'an invoice is never changed: issue a credit note'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_frozen BEFORE UPDATE ON invoice
    FOR EACH ROW EXECUTE FUNCTION invoice_frozen();
CREATE TRIGGER invoice_kept BEFORE DELETE ON invoice
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

ALTER TABLE checkout
    ADD CONSTRAINT checkout_amount CHECK (amount_minor > 0),
    ADD CONSTRAINT checkout_state CHECK (state IN
        ('starting', 'open', 'processing', 'paid', 'expired', 'failed'));
CREATE UNIQUE INDEX checkout_one_live ON checkout (invoice)
    WHERE state IN ('starting', 'open', 'processing');
CREATE INDEX checkout_to_look_up ON checkout (seen_at)
    WHERE state IN ('starting', 'open', 'processing');

ALTER TABLE payment
    ADD CONSTRAINT payment_once UNIQUE (method, external_ref),
    ADD CONSTRAINT payment_method CHECK (method IN ('card', 'transfer')),
    ADD CONSTRAINT payment_amount CHECK (amount_minor > 0),
    ADD CONSTRAINT payment_adds_up CHECK (matched_minor >= 0 AND back_minor >= 0
        AND matched_minor + back_minor <= amount_minor
        AND back_minor <= asked_back_minor AND asked_back_minor <= amount_minor),
    ADD CONSTRAINT payment_state CHECK (
        state IN ('matched', 'flagged', 'unmatched', 'late', 'refunded')),
    ADD CONSTRAINT payment_matched CHECK (matched_minor = 0 OR invoice IS NOT NULL),
    ADD CONSTRAINT payment_never_by_itself CHECK (
        state NOT IN ('flagged', 'unmatched', 'late') OR matched_minor = 0);
CREATE INDEX payment_agency_list ON payment (agency, received_at DESC, id DESC);
CREATE INDEX payment_waiting ON payment (agency)
    WHERE matched_minor + back_minor < amount_minor;
CREATE FUNCTION payment_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.agency, NEW.method, NEW.amount_minor, NEW.currency, NEW.received_at, NEW.external_ref,
        NEW.reference, NEW.payer, NEW.created_at)
        IS DISTINCT FROM (OLD.agency, OLD.method, OLD.amount_minor, OLD.currency, OLD.received_at,
        OLD.external_ref, OLD.reference, OLD.payer, OLD.created_at)
    THEN
        RAISE EXCEPTION 'what was received is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_frozen BEFORE UPDATE ON payment
    FOR EACH ROW EXECUTE FUNCTION payment_frozen();
CREATE TRIGGER payment_kept BEFORE DELETE ON payment
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

ALTER TABLE refund
    ADD CONSTRAINT refund_amount CHECK (amount_minor > 0),
    ADD CONSTRAINT refund_state CHECK (state IN ('asked', 'sent', 'done', 'failed'));
CREATE UNIQUE INDEX refund_one_under_way ON refund (payment) WHERE state IN ('asked', 'sent');
CREATE TRIGGER refund_kept BEFORE DELETE ON refund
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE INDEX stripe_event_todo ON stripe_event (received_at) WHERE processed_at IS NULL;
CREATE TRIGGER stripe_event_kept BEFORE DELETE ON stripe_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""


async def forwards() -> MigrationManager:
    """The constraints."""
    return by_hand(ID, "billing", DESCRIPTION, FORWARDS)
