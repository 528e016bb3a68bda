"""The tables of questions."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from booths.questions.tables import Question, Section

APP_CONFIG = AppConfig(
    app_name="questions",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "questions"),
    table_classes=[Section, Question],
    migration_dependencies=["booths.fees.piccolo_app"],
)
