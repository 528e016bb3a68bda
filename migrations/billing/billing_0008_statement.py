"""Every entry of a bank statement stands in the books, whatever became of it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0008"
VERSION = "1.38.0"
DESCRIPTION = "entries of statements that are open or not ours stand in the ledger"

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
        || accounts || ', ''suspense'', ''other''))';
END $$;

-- Which invoice an entry was about, on the day it was posted: payments move on, entries do not.
ALTER TABLE ledger_entry ADD COLUMN invoice integer REFERENCES invoice (id) ON DELETE RESTRICT;
ALTER TABLE ledger_entry DISABLE TRIGGER USER;
UPDATE ledger_entry e SET invoice = CASE split_part(e.about, ':', 1)
    WHEN 'invoice' THEN (SELECT id FROM invoice WHERE id::text = split_part(e.about, ':', 2))
    ELSE coalesce((SELECT (l.before ->> 'invoice')::integer FROM audit_line l
        WHERE l.thing = 'payment' AND l.thing_id::text = split_part(e.about, ':', 2)
        AND l.verb = 'payment.unmatch' AND l.at >= e.at ORDER BY l.at, l.id LIMIT 1),
        (SELECT invoice FROM payment WHERE id::text = split_part(e.about, ':', 2))) END
WHERE e.about LIKE 'invoice:%' OR e.about LIKE 'payment:%';
ALTER TABLE ledger_entry ENABLE TRIGGER USER;
CREATE INDEX ledger_entry_invoice ON ledger_entry (agency, invoice) WHERE invoice IS NOT NULL;
CREATE FUNCTION ledger_entry_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.about ~ '^invoice:[0-9]+$' THEN
        NEW.invoice := (SELECT id FROM invoice WHERE id = split_part(NEW.about, ':', 2)::bigint);
    ELSIF NEW.about ~ '^payment:[0-9]+$' THEN
        NEW.invoice := (SELECT invoice FROM payment
            WHERE id = split_part(NEW.about, ':', 2)::bigint);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_entry_invoice BEFORE INSERT ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_invoice();

UPDATE payment p SET bank_entry = r.bank_entry FROM payment r
WHERE r.id = p.part_of AND p.bank_entry IS NULL AND r.bank_entry IS NOT NULL;

INSERT INTO ledger_entry (agency, at, kind, about, key)
SELECT agency, now(), 'statement', 'bank_entry:' || id, 'bank_entry:' || id || ':0'
FROM bank_entry WHERE state = 'open' OR (state = 'not_ours' AND why <> 'payout');
INSERT INTO ledger_posting (entry, account, amount_minor, currency)
SELECT l.id, x.account, x.sign * e.amount_minor, e.currency FROM bank_entry e
JOIN ledger_entry l ON l.key = 'bank_entry:' || e.id || ':0'
CROSS JOIN LATERAL (VALUES ('bank', 1),
    (CASE e.state WHEN 'open' THEN 'suspense' ELSE 'other' END, -1)) AS x (account, sign)
"""


async def forwards() -> MigrationManager:
    """The accounts, and what was in no book until now."""
    return by_hand(ID, "billing", DESCRIPTION, FORWARDS)
