"""How a call is paid: its terms, and the plan of each contract."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0016"
VERSION = "1.38.0"
DESCRIPTION = "payment terms of calls, plans of admissions, who may move in unpaid"

FORWARDS = """
CREATE TABLE call_payment (
    id serial PRIMARY KEY,
    call integer NOT NULL UNIQUE REFERENCES call (id) ON DELETE RESTRICT,
    terms integer REFERENCES payment_terms (id) ON DELETE RESTRICT,
    move_in boolean NOT NULL DEFAULT false
);
CREATE FUNCTION call_payment_promised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM call WHERE id = coalesce(NEW.call, OLD.call) AND state <> 'draft') THEN
        RAISE EXCEPTION 'a published call promises how it is paid'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'call_payment_promised';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER call_payment_promised BEFORE INSERT OR UPDATE OR DELETE ON call_payment
    FOR EACH ROW EXECUTE FUNCTION call_payment_promised();

CREATE TABLE move_in (
    id serial PRIMARY KEY,
    admission integer NOT NULL UNIQUE REFERENCES admission (id) ON DELETE RESTRICT,
    why text NOT NULL,
    allowed_by bigint,
    allowed_at timestamptz NOT NULL
);

ALTER TABLE admission ADD COLUMN plan integer REFERENCES payment_plan (id) ON DELETE RESTRICT;
INSERT INTO payment_plan (agency, company, about, currency, supply, made_at, ended_at)
    SELECT i.agency, i.company, 'admission:' || ad.id, i.currency, '{}', ad.admitted_at, ad.ended_at
    FROM admission ad JOIN invoice i ON i.id = ad.invoice;
UPDATE admission ad SET plan = p.id FROM payment_plan p WHERE p.about = 'admission:' || ad.id;
UPDATE payment_plan p SET about = 'application:' || ad.application
    FROM admission ad WHERE ad.plan = p.id;
INSERT INTO due_item (plan, n, name, net_minor, total_minor, issue_on, due_on, guarantees, invoice)
    SELECT ad.plan, 1, 'Participation', i.net_minor, i.total_minor, i.issued_on, i.due_on, true, i.id
    FROM admission ad JOIN invoice i ON i.id = ad.invoice;
ALTER TABLE admission ALTER COLUMN plan SET NOT NULL;
CREATE UNIQUE INDEX admission_plan ON admission (plan)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "calls", DESCRIPTION, FORWARDS)
