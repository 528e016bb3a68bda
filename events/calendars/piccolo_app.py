"""The tables of the calendars."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from events.calendars.tables import (
    BusyCalendar,
    BusyRange,
    CalendarItem,
    Feed,
    FeedCache,
    FeedChunk,
    FeedTouch,
    Invitation,
)

APP_CONFIG = AppConfig(
    app_name="calendars",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "calendars"),
    migration_dependencies=["server.accounts.piccolo_app", "server.organisations.piccolo_app"],
    table_classes=[
        CalendarItem,
        Feed,
        FeedTouch,
        FeedCache,
        FeedChunk,
        Invitation,
        BusyCalendar,
        BusyRange,
    ],
)
