"""The tables of offers."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from booths.offers.tables import Choosing, Gap, Gate, Offer, Skip, WaitingRule

APP_CONFIG = AppConfig(
    app_name="offers",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "offers"),
    table_classes=[WaitingRule, Gap, Offer, Skip, Gate, Choosing],
    migration_dependencies=["booths.plans.piccolo_app", "booths.calls.piccolo_app"],
)
