"""The table of declarations."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from server.declarations.tables import Declaration

APP_CONFIG = AppConfig(
    app_name="declarations",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "declarations"),
    table_classes=[Declaration],
    migration_dependencies=["server.organisations.piccolo_app", "server.documents.piccolo_app"],
)
