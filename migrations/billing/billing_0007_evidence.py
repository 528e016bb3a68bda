"""What VIES said about VAT IDs; payers other than the exhibitor; rates of exchange for the VAT."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0007"
VERSION = "1.38.0"
DESCRIPTION = "answers of VIES, payers, rates of exchange"

FORWARDS = """
CREATE TABLE vat_check (
    id serial PRIMARY KEY,
    company integer NOT NULL REFERENCES company (id) ON DELETE RESTRICT,
    agency integer REFERENCES agency (id) ON DELETE RESTRICT,
    invoice integer REFERENCES invoice (id) ON DELETE RESTRICT,
    vat_id varchar(30) NOT NULL CHECK (vat_id <> ''),
    answer varchar(12) NOT NULL CHECK (answer IN ('valid', 'invalid', 'unavailable')),
    consultation varchar(60) NOT NULL DEFAULT '',
    name text NOT NULL DEFAULT '',
    address text NOT NULL DEFAULT '',
    raw jsonb NOT NULL,
    why varchar(10) NOT NULL CHECK (why IN ('profile', 'invoice', 'later', 'desk')),
    asked_by bigint,
    asked_by_name varchar(200) NOT NULL,
    asked_at timestamptz NOT NULL
);
CREATE INDEX vat_check_company ON vat_check (company, id DESC);
CREATE INDEX vat_check_invoice ON vat_check (invoice) WHERE answer = 'invalid';
CREATE TRIGGER vat_check_kept BEFORE UPDATE OR DELETE ON vat_check
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER vat_check_stays BEFORE TRUNCATE ON vat_check
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE payer (
    id serial PRIMARY KEY,
    company integer NOT NULL REFERENCES company (id) ON DELETE RESTRICT,
    about varchar(120) NOT NULL DEFAULT '',
    name varchar(200) NOT NULL CHECK (name <> ''),
    street varchar(200) NOT NULL,
    postcode varchar(20) NOT NULL,
    city varchar(120) NOT NULL,
    country varchar(2) NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    vat_id varchar(30) NOT NULL DEFAULT '',
    email varchar(254) NOT NULL,
    order_reference varchar(80) NOT NULL DEFAULT '',
    buyer_reference varchar(80) NOT NULL DEFAULT '',
    share varchar(8) NOT NULL CHECK (share IN ('all', 'percent', 'amount')),
    share_bp integer CHECK (share_bp BETWEEN 1 AND 9999),
    share_minor bigint CHECK (share_minor > 0),
    named_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT payer_share CHECK ((share = 'percent') = (share_bp IS NOT NULL)
        AND (share = 'amount') = (share_minor IS NOT NULL))
);
CREATE UNIQUE INDEX payer_once ON payer (company, about) WHERE ended_at IS NULL;
ALTER TABLE invoice ADD COLUMN beside integer REFERENCES invoice (id) ON DELETE RESTRICT;
CREATE INDEX invoice_beside ON invoice (beside) WHERE beside IS NOT NULL;

CREATE TABLE exchange_rate (
    id serial PRIMARY KEY,
    agency integer NOT NULL REFERENCES agency (id) ON DELETE RESTRICT,
    currency varchar(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    national varchar(3) NOT NULL CHECK (national ~ '^[A-Z]{3}$' AND national <> currency),
    rate numeric(18, 8) NOT NULL CHECK (rate > 0),
    on_day date NOT NULL,
    source varchar(200) NOT NULL CHECK (source <> ''),
    kept_at timestamptz NOT NULL,
    CONSTRAINT exchange_rate_once UNIQUE (agency, currency, national, on_day)
);
CREATE TRIGGER exchange_rate_kept BEFORE UPDATE OR DELETE ON exchange_rate
    FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""


async def forwards() -> MigrationManager:
    """The tables."""
    return by_hand(ID, "billing", DESCRIPTION, FORWARDS)
