"""The tables of checks."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from booths.checks.tables import CheckFinding, CheckRule, CheckRun, CheckWaiver

APP_CONFIG = AppConfig(
    app_name="checks",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "checks"),
    table_classes=[CheckRule, CheckRun, CheckFinding, CheckWaiver],
    migration_dependencies=["booths.calls.piccolo_app"],
)
