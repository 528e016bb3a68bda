"""The tables of proposals."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from booths.proposals.tables import (
    PlacingNeed,
    PlacingWish,
    Proposal,
    ProposedAdmission,
    StandUtility,
)

APP_CONFIG = AppConfig(
    app_name="proposals",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "proposals"),
    table_classes=[StandUtility, PlacingNeed, PlacingWish, Proposal, ProposedAdmission],
    migration_dependencies=["booths.plans.piccolo_app", "booths.calls.piccolo_app"],
)
