"""The tables of bookings."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from events.bookings.tables import Booking, BookingGroup, BookingVisitor

APP_CONFIG = AppConfig(
    app_name="bookings",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "bookings"),
    table_classes=[BookingGroup, Booking, BookingVisitor],
    migration_dependencies=["events.offices.piccolo_app", "server.billing.piccolo_app"],
)
