"""The tables of aid."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from server.aid.tables import (
    AidGrant,
    AidHold,
    AidMoved,
    AidPast,
    AidPayment,
    AidProof,
    AidStatement,
    BudgetLine,
    DeclaredAid,
    PotShare,
    Programme,
    Scheme,
    SizeTest,
    UndertakingLink,
)

APP_CONFIG = AppConfig(
    app_name="aid",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "aid"),
    table_classes=[
        Programme,
        BudgetLine,
        Scheme,
        AidGrant,
        AidHold,
        AidPayment,
        AidProof,
        PotShare,
        AidPast,
        UndertakingLink,
        AidMoved,
        SizeTest,
        DeclaredAid,
        AidStatement,
    ],
    migration_dependencies=["server.organisations.piccolo_app", "server.documents.piccolo_app"],
)
