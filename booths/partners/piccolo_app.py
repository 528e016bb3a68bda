"""The tables of partners."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from booths.partners.tables import Partner

APP_CONFIG = AppConfig(
    app_name="partners",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "partners"),
    table_classes=[Partner],
    migration_dependencies=[
        "server.organisations.piccolo_app",
        "booths.plans.piccolo_app",
    ],
)
