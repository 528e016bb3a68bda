"""The tables of calls."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from booths.calls.tables import (
    Admission,
    Allocation,
    Application,
    Call,
    CallPayment,
    CallPriceList,
    CallSupply,
    CallTerms,
    Correction,
    MoveIn,
    Submission,
    Supplement,
)

APP_CONFIG = AppConfig(
    app_name="calls",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "calls"),
    table_classes=[
        Call,
        Application,
        Submission,
        Supplement,
        Admission,
        Allocation,
        CallPriceList,
        CallSupply,
        CallTerms,
        Correction,
        CallPayment,
        MoveIn,
    ],
    migration_dependencies=[
        "server.organisations.piccolo_app",
        "server.aid.piccolo_app",
        "booths.plans.piccolo_app",
        "booths.fees.piccolo_app",
    ],
)
