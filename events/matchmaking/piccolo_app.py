"""The tables of sessions of meetings."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from events.matchmaking.tables import (
    Away,
    GroupRule,
    Interpreter,
    InterpreterAway,
    MeetingProfile,
    MeetingSession,
    Participant,
    ParticipantGroup,
    ProfileGood,
    SessionInvitation,
    SessionPlace,
    SessionSlot,
)

APP_CONFIG = AppConfig(
    app_name="matchmaking",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "matchmaking"),
    table_classes=[
        MeetingSession,
        SessionSlot,
        SessionPlace,
        Interpreter,
        InterpreterAway,
        ParticipantGroup,
        GroupRule,
        MeetingProfile,
        ProfileGood,
        Participant,
        SessionInvitation,
        Away,
    ],
    migration_dependencies=["events.fairs.piccolo_app", "server.billing.piccolo_app"],
)
