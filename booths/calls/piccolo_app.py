"""The tables of calls."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from booths.calls.tables import (
    Admission,
    Allocation,
    Application,
    ApplicationShare,
    Call,
    CallPayment,
    CallPriceList,
    CallScheme,
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
        ApplicationShare,
        Submission,
        Supplement,
        Admission,
        Allocation,
        CallPriceList,
        CallScheme,
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
