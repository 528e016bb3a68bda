"""The tables of consortia."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from booths.consortia.tables import (
    CoExhibitor,
    CoExhibitorRule,
    Consortium,
    ConsortiumAnswer,
    ConsortiumMember,
    ConsortiumPart,
    ConsortiumTerms,
)

APP_CONFIG = AppConfig(
    app_name="consortia",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "consortia"),
    table_classes=[
        Consortium, ConsortiumMember, ConsortiumTerms, ConsortiumPart, ConsortiumAnswer,
        CoExhibitorRule, CoExhibitor,
    ],
    migration_dependencies=[
        "server.organisations.piccolo_app",
        "booths.calls.piccolo_app",
    ],
)  # fmt: skip
