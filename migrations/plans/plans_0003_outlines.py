"""Stands of any outline, shared areas beside them, and a log of edits that can be undone."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0003"
VERSION = "1.38.0"
DESCRIPTION = "outlines of stands and shared areas, no floor used twice, edits that can be undone"

FORWARDS = """
-- Corners in metres as [["0.00", "0.00"], ...]; the area is exact, and positive only for a ring
-- that runs clockwise as drawn.
CREATE FUNCTION outline_area(outline jsonb) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT sum(x * next_y - next_x * y) / 2 FROM (
        SELECT x, y, coalesce(lead(x) OVER w, first_value(x) OVER w) AS next_x,
               coalesce(lead(y) OVER w, first_value(y) OVER w) AS next_y
        FROM (SELECT (corner ->> 0)::numeric AS x, (corner ->> 1)::numeric AS y, place
              FROM jsonb_array_elements(outline) WITH ORDINALITY AS c (corner, place)) corners
        WINDOW w AS (ORDER BY place)) walls
$$;

-- Left, top, right and bottom of the corners, in metres.
CREATE FUNCTION outline_bounds(outline jsonb) RETURNS numeric[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT ARRAY[min((c ->> 0)::numeric), min((c ->> 1)::numeric),
                 max((c ->> 0)::numeric), max((c ->> 1)::numeric)]
    FROM jsonb_array_elements(outline) AS c
$$;

-- The floor with every wall moved 4.8 mm inwards: neighbours keep 9.6 mm between them, and what
-- overlaps by a whole centimetre still does. PostgreSQL's && on polygons is exact, but counts a
-- touch as an overlap.
CREATE FUNCTION outline_floor(outline jsonb) RETURNS polygon
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    n integer := jsonb_array_length(outline);
    inwards constant float8 := 0.0048;
    x float8[]; y float8[]; nx float8[]; ny float8[];
    i integer; j integer; length float8; reach float8;
    corners text[];
BEGIN
    FOR i IN 1..n LOOP
        x[i] := (outline -> (i - 1) ->> 0)::float8;
        y[i] := (outline -> (i - 1) ->> 1)::float8;
    END LOOP;
    FOR i IN 1..n LOOP
        j := i % n + 1;
        length := sqrt((x[j] - x[i]) ^ 2 + (y[j] - y[i]) ^ 2);
        nx[i] := (y[i] - y[j]) / length;
        ny[i] := (x[j] - x[i]) / length;
    END LOOP;
    FOR i IN 1..n LOOP
        j := (i + n - 2) % n + 1;
        reach := inwards / greatest(1 + nx[i] * nx[j] + ny[i] * ny[j], 0.03);
        corners[i] := format('(%s,%s)', x[i] + reach * (nx[i] + nx[j]),
                             y[i] + reach * (ny[i] + ny[j]));
    END LOOP;
    RETURN ('(' || array_to_string(corners, ',') || ')')::polygon;
END $$;

ALTER TABLE stand ADD COLUMN outline jsonb;
UPDATE stand SET outline = jsonb_build_array(
    jsonb_build_array(x_m::text, y_m::text),
    jsonb_build_array((x_m + width_m)::text, y_m::text),
    jsonb_build_array((x_m + width_m)::text, (y_m + depth_m)::text),
    jsonb_build_array(x_m::text, (y_m + depth_m)::text));
ALTER TABLE stand
    ALTER COLUMN outline SET NOT NULL,
    DROP CONSTRAINT stand_never_overlaps,
    DROP CONSTRAINT stand_area_is_its_floor,
    ADD CONSTRAINT stand_area_is_its_floor CHECK (area_m2 = round(outline_area(outline), 2)),
    ADD CONSTRAINT stand_within_its_bounds CHECK (
        outline_bounds(outline) = ARRAY[x_m, y_m, x_m + width_m, y_m + depth_m]);

CREATE TABLE shared_area (
    id serial PRIMARY KEY,
    booth integer NOT NULL REFERENCES booth ON DELETE RESTRICT,
    kind varchar(9) NOT NULL
        CHECK (kind IN ('info_desk', 'lounge', 'storage', 'aisle', 'other')),
    label varchar(40) NOT NULL CHECK (label <> ''),
    outline jsonb NOT NULL,
    area_m2 numeric(10, 2) NOT NULL
        CONSTRAINT shared_area_is_its_floor
        CHECK (area_m2 > 0 AND area_m2 = round(outline_area(outline), 2)),
    version integer NOT NULL DEFAULT 1
);
CREATE INDEX shared_area_booth ON shared_area (booth);

-- One row for each stand and each shared area, kept by the trigger below: no floor is used twice,
-- whoever writes. Deferrable, so that two stands can change places in one transaction.
CREATE TABLE plan_floor (
    booth integer NOT NULL REFERENCES booth ON DELETE CASCADE,
    stand integer UNIQUE REFERENCES stand ON DELETE CASCADE,
    shared integer UNIQUE REFERENCES shared_area ON DELETE CASCADE,
    floor polygon NOT NULL,
    CONSTRAINT plan_floor_of_one_thing CHECK (num_nonnulls(stand, shared) = 1),
    CONSTRAINT plan_floor_is_used_once EXCLUDE USING gist (booth WITH =, floor WITH &&)
        DEFERRABLE INITIALLY IMMEDIATE
);

CREATE FUNCTION keep_floor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'stand' THEN
        INSERT INTO plan_floor (booth, stand, floor)
        VALUES (NEW.booth, NEW.id, outline_floor(NEW.outline))
        ON CONFLICT (stand) DO UPDATE SET booth = excluded.booth, floor = excluded.floor;
    ELSE
        INSERT INTO plan_floor (booth, shared, floor)
        VALUES (NEW.booth, NEW.id, outline_floor(NEW.outline))
        ON CONFLICT (shared) DO UPDATE SET booth = excluded.booth, floor = excluded.floor;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER stand_keeps_its_floor AFTER INSERT OR UPDATE OF booth, outline ON stand
    FOR EACH ROW EXECUTE FUNCTION keep_floor();
CREATE TRIGGER shared_area_keeps_its_floor AFTER INSERT OR UPDATE OF booth, outline ON shared_area
    FOR EACH ROW EXECUTE FUNCTION keep_floor();
INSERT INTO plan_floor (booth, stand, floor)
    SELECT booth, id, outline_floor(outline) FROM stand;

-- What was done to a plan, with what it was before. An undo is one more row that undoes the one
-- it names, a redo undoes an undo, and each row is undone once.
CREATE TABLE plan_edit (
    id serial PRIMARY KEY,
    booth integer NOT NULL REFERENCES booth ON DELETE RESTRICT,
    person_id integer,
    person_name varchar(200) NOT NULL,
    at timestamptz NOT NULL,
    verb varchar(12) NOT NULL,
    labels varchar[] NOT NULL,
    before jsonb NOT NULL,
    after jsonb NOT NULL,
    way varchar(4) NOT NULL CHECK (way IN ('do', 'undo', 'redo')),
    undoes integer UNIQUE REFERENCES plan_edit,
    CONSTRAINT plan_edit_undoes_something CHECK ((way = 'do') = (undoes IS NULL))
);
CREATE INDEX plan_edit_booth ON plan_edit (booth, id);
CREATE INDEX plan_edit_person ON plan_edit (booth, person_id, id);
CREATE TRIGGER plan_edit_is_kept BEFORE UPDATE OR DELETE ON plan_edit
    FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "plans", DESCRIPTION, FORWARDS)
