"""The tables of the day itself."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from events.agendas.tables import (
    ContactConsent,
    Declined,
    Lateness,
    NoShow,
    Note,
    OtherTime,
    Rating,
    ToTell,
)

APP_CONFIG = AppConfig(
    app_name="agendas",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "agendas"),
    table_classes=[Lateness, NoShow, Rating, Note, ContactConsent, OtherTime, Declined, ToTell],
    migration_dependencies=["events.schedules.piccolo_app"],
)
