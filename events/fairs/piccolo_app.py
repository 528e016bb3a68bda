"""The tables of trade fairs."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from events.fairs.tables import Fair, FairDay

APP_CONFIG = AppConfig(
    app_name="fairs",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "fairs"),
    table_classes=[Fair, FairDay],
    migration_dependencies=["server.organisations.piccolo_app"],
)
