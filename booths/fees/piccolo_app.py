"""The tables of fees."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from booths.fees.tables import Fee, KeptQuote, PriceList

APP_CONFIG = AppConfig(
    app_name="fees",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "fees"),
    table_classes=[PriceList, Fee, KeptQuote],
    migration_dependencies=[
        "server.organisations.piccolo_app",
        "server.aid.piccolo_app",
        "booths.plans.piccolo_app",
    ],
)
