"""The tables of agencies and companies."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from server.organisations.tables import (
    Agency,
    AgencyMember,
    Company,
    CompanyMember,
    Dealing,
    Undertaking,
)

APP_CONFIG = AppConfig(
    app_name="organisations",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "organisations"),
    table_classes=[Agency, Undertaking, Company, AgencyMember, CompanyMember, Dealing],
    migration_dependencies=["server.accounts.piccolo_app"],
)
