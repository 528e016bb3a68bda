"""The tables of the hub."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from booths.hub.tables import (
    CatalogueEntry,
    HubReminder,
    HubSettings,
    HubTask,
    ShopLine,
    ShopOrder,
    ShopTerms,
    TaskAnswer,
)

APP_CONFIG = AppConfig(
    app_name="hub",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "hub"),
    table_classes=[
        HubTask,
        TaskAnswer,
        HubSettings,
        HubReminder,
        CatalogueEntry,
        ShopTerms,
        ShopOrder,
        ShopLine,
    ],
    migration_dependencies=["booths.fees.piccolo_app", "booths.calls.piccolo_app"],
)
