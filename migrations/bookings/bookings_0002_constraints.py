"""No two bookings of one unit overlap, buffers included; a booking is never deleted."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "one booking of a unit at a time"

FORWARDS = """
ALTER TABLE booking_group ADD CONSTRAINT booking_group_kind CHECK
    (kind IN ('series', 'package', 'parts'));
ALTER TABLE booking
    ADD CONSTRAINT booking_state CHECK (state IN ('held', 'pending', 'confirmed', 'done',
        'no_show', 'refused', 'expired', 'cancelled')),
    ADD CONSTRAINT booking_span CHECK (starts_at < ends_at
        AND blocked_from <= starts_at AND blocked_until >= ends_at),
    ADD CONSTRAINT booking_hold CHECK ((state = 'held') <= (held_until IS NOT NULL)),
    ADD CONSTRAINT booking_money CHECK (price_minor >= 0 AND free_minor >= 0
        AND free_days >= 0 AND (due_minor IS NULL OR due_minor BETWEEN 0 AND price_minor)),
    ADD CONSTRAINT booking_people CHECK (people BETWEEN 1 AND 1000),
    ADD CONSTRAINT booking_unit_of_resource FOREIGN KEY (unit, resource)
        REFERENCES resource_unit (id, resource) ON DELETE RESTRICT,
    ADD CONSTRAINT booking_resource_of_office FOREIGN KEY (resource, office)
        REFERENCES resource (id, office) ON DELETE RESTRICT,
    ADD CONSTRAINT booking_apart EXCLUDE USING gist
        (unit WITH =, tstzrange(blocked_from, blocked_until) WITH &&)
        WHERE (state IN ('held', 'pending', 'confirmed', 'done'));
CREATE INDEX booking_when ON booking USING gist (resource, tstzrange(blocked_from, blocked_until))
    WHERE state IN ('held', 'pending', 'confirmed', 'done');
CREATE INDEX booking_of_company ON booking (company, starts_at);
CREATE INDEX booking_of_undertaking ON booking (undertaking, starts_at);
CREATE INDEX booking_of_office ON booking (office, starts_at);
CREATE INDEX booking_holds ON booking (held_until) WHERE state = 'held';
CREATE INDEX booking_waiting ON booking (office, id) WHERE state = 'pending';
CREATE INDEX booking_ending ON booking (ends_at) WHERE state = 'confirmed';
CREATE INDEX booking_starting ON booking (starts_at) WHERE state IN ('pending', 'confirmed');
CREATE INDEX booking_of_invoice ON booking (invoice) WHERE invoice IS NOT NULL;
CREATE FUNCTION booking_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a booking is cancelled, not deleted'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_stays';
END $$;
CREATE TRIGGER booking_stays BEFORE DELETE ON booking
    FOR EACH ROW EXECUTE FUNCTION booking_stays()
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "bookings", DESCRIPTION, FORWARDS)
