"""The tables of requests for meetings."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from events.requests.tables import (
    Block,
    MeetingRequest,
    RequestGuest,
    RequestOrder,
    Signal,
    Suggested,
    Suggesting,
)

APP_CONFIG = AppConfig(
    app_name="requests",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "requests"),
    table_classes=[
        MeetingRequest,
        RequestGuest,
        RequestOrder,
        Block,
        Signal,
        Suggested,
        Suggesting,
    ],
    migration_dependencies=["events.matchmaking.piccolo_app"],
)
