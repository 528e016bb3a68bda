"""What the rooms say about their tables is what the database has."""

from importlib import import_module
from typing import Any

from server.database import rows
from server.piccolo_conf import ROOMS
from tests.cast import Cast

BY_OTHERS = ("pgqueuer", "migration")
KEPT_BY_TRIGGERS = {"plan_floor"}  # polygons, which no table class can hold


async def test_every_table_and_column_of_the_database_stands_in_a_room(cast: Cast) -> None:
    found: dict[str, set[str]] = {}
    for one in await rows(
        "SELECT c.table_name, c.column_name FROM information_schema.columns c"
        " JOIN information_schema.tables t USING (table_schema, table_name)"
        " WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'"
    ):
        if not one["table_name"].startswith(BY_OTHERS):
            found.setdefault(one["table_name"], set()).add(one["column_name"])
    said: dict[str, set[str]] = {}
    for room in ROOMS:
        table: Any
        for table in import_module(f"{room}.piccolo_app").APP_CONFIG.table_classes:
            said[table._meta.tablename] = {
                each._meta.db_column_name for each in table._meta.columns
            }
    assert set(found) - KEPT_BY_TRIGGERS == set(said)
    assert {name: found[name] ^ said[name] for name in said if found[name] != said[name]} == {}
