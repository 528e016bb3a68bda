"""The tables of the outbox."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from server.mail.tables import Message

APP_CONFIG = AppConfig(
    app_name="mail",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "mail"),
    table_classes=[Message],
    migration_dependencies=["server.organisations.piccolo_app", "server.documents.piccolo_app"],
)
