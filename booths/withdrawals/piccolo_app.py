"""The tables of withdrawals."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from booths.withdrawals.tables import Withdrawal, WithdrawalTerms

APP_CONFIG = AppConfig(
    app_name="withdrawals",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "withdrawals"),
    table_classes=[WithdrawalTerms, Withdrawal],
    migration_dependencies=["booths.calls.piccolo_app", "booths.plans.piccolo_app"],
)
