"""The tables of ranking."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from booths.ranking.tables import (
    ConflictDeclaration,
    DecisionApplied,
    Evaluation,
    Evaluator,
    NotedFact,
    RankingDecision,
    RankingPlace,
    RankingPlan,
    RankingReopening,
)

APP_CONFIG = AppConfig(
    app_name="ranking",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "ranking"),
    table_classes=[
        RankingPlan,
        Evaluator,
        ConflictDeclaration,
        Evaluation,
        NotedFact,
        RankingDecision,
        RankingReopening,
        RankingPlace,
        DecisionApplied,
    ],
    migration_dependencies=["booths.calls.piccolo_app", "server.accounts.piccolo_app"],
)
