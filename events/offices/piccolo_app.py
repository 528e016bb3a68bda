"""The tables of offices."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from events.offices.tables import (
    Blackout,
    CancellationRung,
    FreeDays,
    Office,
    OfficeAgency,
    OfficeDay,
    OfficeHost,
    OpeningHours,
    Package,
    PackagePart,
    Resource,
    ResourceAllotment,
    ResourceRate,
    ResourceUnit,
)

APP_CONFIG = AppConfig(
    app_name="offices",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "offices"),
    table_classes=[
        Office,
        OfficeAgency,
        OfficeHost,
        OfficeDay,
        Resource,
        OpeningHours,
        ResourceUnit,
        ResourceRate,
        ResourceAllotment,
        FreeDays,
        CancellationRung,
        Blackout,
        Package,
        PackagePart,
    ],
    migration_dependencies=["events.fairs.piccolo_app", "server.aid.piccolo_app"],
)
