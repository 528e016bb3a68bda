"""The tables of joint booths and their stands."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from booths.plans.tables import (
    Booth,
    PlanBackdrop,
    PlanEdit,
    PlanImport,
    PlanVersion,
    SharedArea,
    Stand,
)

APP_CONFIG = AppConfig(
    app_name="plans",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "plans"),
    table_classes=[Booth, Stand, SharedArea, PlanEdit, PlanVersion, PlanImport, PlanBackdrop],
    migration_dependencies=["server.organisations.piccolo_app", "events.fairs.piccolo_app"],
)
