"""The tables that belong to no single room."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from server.tables import AuditLine, IdempotentAnswer, KeptForm, WorkerSign

APP_CONFIG = AppConfig(
    app_name="house",
    migrations_folder_path=str(Path(__file__).parents[1] / "migrations" / "house"),
    table_classes=[AuditLine, IdempotentAnswer, KeptForm, WorkerSign],
)
