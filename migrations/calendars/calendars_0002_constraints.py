"""Items stay, revisions only rise, and an item's times fit each other."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "items stay, revisions rise, times fit"

FORWARDS = """
ALTER TABLE calendar_item
    ADD CONSTRAINT calendar_item_status CHECK (status IN ('tentative', 'confirmed', 'cancelled')),
    ADD CONSTRAINT calendar_item_cancelled CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL)),
    ADD CONSTRAINT calendar_item_visibility CHECK (
        visibility = 'public'
        OR (visibility = 'company' AND company IS NOT NULL)
        OR (visibility = 'agency' AND agency IS NOT NULL)),
    ADD CONSTRAINT calendar_item_named CHECK (summary <> '' AND key <> ''),
    ADD CONSTRAINT calendar_item_sequence CHECK (sequence >= 0),
    ADD CONSTRAINT calendar_item_stamp CHECK (
        last_modified = date_trunc('second', last_modified) AND last_modified >= created_at),
    ADD CONSTRAINT calendar_item_days CHECK (
        (start_on IS NULL) = (end_on IS NULL) AND (start_on IS NULL OR end_on > start_on)),
    ADD CONSTRAINT calendar_item_times CHECK (
        (start_on IS NOT NULL AND end_local IS NULL)
        OR (start_on IS NULL AND start_local IS NOT NULL)),
    ADD CONSTRAINT calendar_item_forward CHECK (ends_at >= starts_at);
CREATE INDEX calendar_item_sectors ON calendar_item USING gin (sectors);
CREATE FUNCTION calendar_item_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'calendar items are cancelled, never deleted'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.uid <> OLD.uid OR NEW.key <> OLD.key OR NEW.created_at <> OLD.created_at THEN
        RAISE EXCEPTION 'the identity of a calendar item never changes'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.sequence < OLD.sequence OR NEW.last_modified < OLD.last_modified
       OR (NEW.fragment <> OLD.fragment AND NEW.last_modified = OLD.last_modified) THEN
        RAISE EXCEPTION 'the revision of a calendar item only rises'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER calendar_item_stays BEFORE UPDATE OR DELETE ON calendar_item
    FOR EACH ROW EXECUTE FUNCTION calendar_item_stays();
ALTER TABLE feed
    ADD CONSTRAINT feed_of_one CHECK (num_nonnulls(company, agency) = 1),
    ADD CONSTRAINT feed_labelled CHECK (label <> '');
ALTER TABLE feed_touch ADD CONSTRAINT feed_touch_counts CHECK (n > 0)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "calendars", DESCRIPTION, FORWARDS)
