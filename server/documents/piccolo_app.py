"""The table of documents."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from server.documents.tables import Document

APP_CONFIG = AppConfig(
    app_name="documents",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "documents"),
    table_classes=[Document],
    migration_dependencies=["server.organisations.piccolo_app"],
)
