"""The tables of runs and meetings."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from events.schedules.tables import Meeting, RunMeeting, ScheduleRun, Seat

APP_CONFIG = AppConfig(
    app_name="schedules",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "schedules"),
    table_classes=[ScheduleRun, RunMeeting, Meeting, Seat],
    migration_dependencies=["events.requests.piccolo_app"],
)
