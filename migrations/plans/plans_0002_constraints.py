"""What no race and no slip may make of a plan."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "areas add up, labels are unique, stands never overlap"

FORWARDS = """
ALTER TABLE booth
    ADD CONSTRAINT booth_allocated_within_net CHECK (allocated_m2 >= 0 AND allocated_m2 <= net_m2),
    ADD CONSTRAINT booth_net_within_gross CHECK (net_m2 > 0 AND net_m2 <= gross_m2),
    ADD CONSTRAINT booth_gross_is_its_block CHECK (abs(gross_m2 - width_m * depth_m) <= 0.01),
    ADD CONSTRAINT booth_can_be_entered CHECK (
        cardinality(open_edges) >= 1 AND open_edges <@ '{top,right,bottom,left}'::varchar[]);

ALTER TABLE stand
    ADD CONSTRAINT stand_has_floor CHECK (x_m >= 0 AND y_m >= 0 AND width_m > 0 AND depth_m > 0),
    ADD CONSTRAINT stand_area_is_its_floor CHECK (abs(area_m2 - width_m * depth_m) <= 0.01),
    ADD CONSTRAINT stand_kind_by_open_sides CHECK (
        (kind, open_sides) IN (('row', 1), ('corner', 2), ('head', 3), ('island', 4))),
    ADD CONSTRAINT stand_never_overlaps EXCLUDE USING gist (
        booth WITH =,
        box(point((x_m + 0.005)::float8, (y_m + 0.005)::float8),
            point((x_m + width_m - 0.005)::float8, (y_m + depth_m - 0.005)::float8)) WITH &&);

CREATE UNIQUE INDEX stand_label_once ON stand (booth, lower(label))
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "plans", DESCRIPTION, FORWARDS)
