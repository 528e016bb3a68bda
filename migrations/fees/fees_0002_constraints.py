"""Stock is never oversold, a frozen price list never changed, a quote never rewritten."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "stock, frozen price lists, append-only quotes"

FORWARDS = """
ALTER TABLE price_list
    ADD CONSTRAINT price_list_amounts CHECK (per_m2_minor >= 0
        AND full_per_m2_minor >= per_m2_minor AND corner_minor >= 0 AND head_minor >= 0
        AND island_minor >= 0),
    ADD CONSTRAINT price_list_minimum CHECK (minimum_m2 > 0);
ALTER TABLE fee
    ADD CONSTRAINT fee_kind CHECK (kind IN ('mandatory', 'service')),
    ADD CONSTRAINT fee_unit CHECK (unit IN ('participation', 'm2', 'piece')),
    ADD CONSTRAINT fee_amount CHECK (amount_minor >= 0),
    ADD CONSTRAINT fee_stock CHECK (0 <= taken AND (stock IS NULL OR taken <= stock)),
    ADD CONSTRAINT fee_mandatory CHECK (kind = 'service' OR (stock IS NULL AND ends_at IS NULL));
ALTER TABLE quote
    ADD CONSTRAINT quote_sums CHECK (0 <= aid_minor AND aid_minor <= eligible_minor
        AND eligible_minor <= full_minor AND total_minor = net_minor + vat_minor
        AND net_minor = full_minor - CASE WHEN aid_later THEN 0 ELSE aid_minor END);

CREATE FUNCTION price_list_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.frozen_at IS NOT NULL THEN
        RAISE EXCEPTION 'a frozen price list is copied, not changed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'price_list_frozen';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER price_list_frozen BEFORE UPDATE OR DELETE ON price_list
    FOR EACH ROW EXECUTE FUNCTION price_list_frozen();

-- Of a fee on a frozen list, only the pieces taken may move. The share lock holds off a freeze
-- that would otherwise slip between the look and the write.
CREATE FUNCTION fee_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    at timestamptz;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - 'taken' = to_jsonb(OLD) - 'taken' THEN
            RETURN NEW;
        END IF;
    END IF;
    IF TG_OP = 'INSERT' THEN
        SELECT frozen_at INTO at FROM price_list WHERE id = NEW.price_list FOR SHARE;
    ELSE
        SELECT frozen_at INTO at FROM price_list WHERE id = OLD.price_list FOR SHARE;
    END IF;
    IF at IS NOT NULL THEN
        RAISE EXCEPTION 'a frozen price list is copied, not changed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'price_list_frozen';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fee_frozen BEFORE INSERT OR UPDATE OR DELETE ON fee
    FOR EACH ROW EXECUTE FUNCTION fee_frozen();
CREATE TRIGGER quote_append_only BEFORE UPDATE OR DELETE ON quote
    FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""


async def forwards() -> MigrationManager:
    """The constraints and triggers."""
    return by_hand(ID, "fees", DESCRIPTION, FORWARDS)
