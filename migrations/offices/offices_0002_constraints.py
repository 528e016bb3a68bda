"""Hours lie within a day and apart, lengths fit their grid, everything is of one office."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "hours apart, lengths on their grid, units numbered once"

FORWARDS = """
ALTER TABLE office
    ADD CONSTRAINT office_names CHECK (names_hours BETWEEN 0 AND 720);
ALTER TABLE office_agency ADD CONSTRAINT office_agency_once UNIQUE (office, agency);
ALTER TABLE office_host ADD CONSTRAINT office_host_once UNIQUE (office, person);
ALTER TABLE office_day
    ADD CONSTRAINT office_day_once UNIQUE (office, "on"),
    ADD CONSTRAINT office_day_hours CHECK ((opens IS NULL AND closes IS NULL)
        OR (opens IS NOT NULL AND closes IS NOT NULL
            AND opens >= 0 AND opens < closes AND closes <= 1440));
ALTER TABLE resource
    ADD CONSTRAINT resource_of_office UNIQUE (id, office),
    ADD CONSTRAINT resource_kind CHECK (kind IN ('hot_desk', 'desk', 'private_office',
        'meeting_room', 'showroom_shelf', 'virtual_address', 'advisor', 'interpreter',
        'reception')),
    ADD CONSTRAINT resource_span CHECK (span IN ('minutes', 'days', 'weeks', 'months')),
    ADD CONSTRAINT resource_step CHECK (step BETWEEN 5 AND 1440),
    ADD CONSTRAINT resource_length CHECK (least >= 1 AND least <= most
        AND (span <> 'minutes' OR (most <= 1440 AND least % step = 0 AND most % step = 0))
        AND (span <> 'days' OR most <= 366) AND (span <> 'weeks' OR most <= 104)
        AND (span <> 'months' OR most <= 36)),
    ADD CONSTRAINT resource_ahead CHECK (notice_minutes BETWEEN 0 AND 129600
        AND horizon_days BETWEEN 1 AND 1100),
    ADD CONSTRAINT resource_buffers CHECK (before_minutes BETWEEN 0 AND 1440
        AND after_minutes BETWEEN 0 AND 1440),
    ADD CONSTRAINT resource_supply CHECK (supply IN ('bare_space', 'advice', 'admission',
        'catering', 'transport', 'package')),
    ADD CONSTRAINT resource_seats CHECK (seats BETWEEN 1 AND 1000);
ALTER TABLE opening_hours
    ADD CONSTRAINT opening_hours_day CHECK (weekday BETWEEN 0 AND 6
        AND opens >= 0 AND opens < closes AND closes <= 1440),
    ADD CONSTRAINT opening_hours_resource_of_office FOREIGN KEY (resource, office)
        REFERENCES resource (id, office) ON DELETE CASCADE,
    ADD CONSTRAINT opening_hours_apart EXCLUDE USING gist (office WITH =,
        coalesce(resource, 0) WITH =, weekday WITH =, int4range(opens, closes) WITH &&);
ALTER TABLE resource_unit
    ADD CONSTRAINT resource_unit_number UNIQUE (resource, number),
    ADD CONSTRAINT resource_unit_of_resource UNIQUE (id, resource),
    ADD CONSTRAINT resource_unit_counts CHECK (number >= 1);
ALTER TABLE resource_rate
    ADD CONSTRAINT resource_rate_once UNIQUE (resource, since, per),
    ADD CONSTRAINT resource_rate_per CHECK
        (per IN ('hour', 'day', 'week', 'month', 'booking')),
    ADD CONSTRAINT resource_rate_price CHECK (price_minor >= 0);
ALTER TABLE resource_allotment
    ADD CONSTRAINT resource_allotment_once UNIQUE (resource, agency),
    ADD CONSTRAINT resource_allotment_units CHECK (units >= 0);
ALTER TABLE free_days
    ADD CONSTRAINT free_days_once UNIQUE (agency, year),
    ADD CONSTRAINT free_days_some CHECK (per_company >= 0 AND per_undertaking >= 0),
    ADD CONSTRAINT free_days_scheme FOREIGN KEY (scheme) REFERENCES scheme (id)
        ON DELETE RESTRICT;
ALTER TABLE cancellation_rung
    ADD CONSTRAINT cancellation_rung_once UNIQUE (office, since, hours),
    ADD CONSTRAINT cancellation_rung_share CHECK
        (hours >= 0 AND share_bp BETWEEN 0 AND 10000);
ALTER TABLE blackout
    ADD CONSTRAINT blackout_span CHECK (starts_at < ends_at),
    ADD CONSTRAINT blackout_resource_of_office FOREIGN KEY (resource, office)
        REFERENCES resource (id, office) ON DELETE RESTRICT;
CREATE INDEX blackout_live ON blackout USING gist (office, tstzrange(starts_at, ends_at))
    WHERE lifted_at IS NULL;
ALTER TABLE package ADD CONSTRAINT package_name UNIQUE (office, name);
ALTER TABLE package_part ADD CONSTRAINT package_part_shape CHECK
    (count BETWEEN 1 AND 50 AND day BETWEEN 0 AND 366 AND length >= 1
        AND (opens IS NULL OR opens BETWEEN 0 AND 1439))
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "offices", DESCRIPTION, FORWARDS)
