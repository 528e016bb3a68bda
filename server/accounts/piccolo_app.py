"""The tables of accounts."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from server.accounts.tables import (
    Authenticator,
    OneTimeToken,
    Person,
    RecoveryCode,
    Session,
    SignInTry,
)

APP_CONFIG = AppConfig(
    app_name="accounts",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "accounts"),
    table_classes=[Person, Session, Authenticator, OneTimeToken, RecoveryCode, SignInTry],
)
