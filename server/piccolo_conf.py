"""What Piccolo looks for: the engine and the list of rooms that own tables; and those without."""

from piccolo.conf.apps import AppRegistry
from piccolo.engine.postgres import PostgresEngine

from server.database import connection_options
from server.settings import load


class Engine(PostgresEngine):
    """Piccolo's engine without its connection at import time: `pavilion doctor` checks versions."""

    async def check_version(self) -> None:
        """Nothing is asked before the pool is open."""

    async def prep_database(self) -> None:
        """Extensions are made by migrations."""


DB = Engine(config=connection_options(load().database_url), extensions=())

ROOMS = (
    "server",
    "server.accounts",
    "server.organisations",
    "server.documents",
    "server.mail",
    "server.aid",
    "server.declarations",
    "server.billing",
    "events.calendars",
    "events.fairs",
    "events.offices",
    "events.bookings",
    "events.enquiries",
    "events.matchmaking",
    "events.requests",
    "events.schedules",
    "events.agendas",
    "booths.plans",
    "booths.partners",
    "booths.fees",
    "booths.questions",
    "booths.calls",
    "booths.withdrawals",
    "booths.checks",
    "booths.ranking",
    "booths.offers",
    "booths.consortia",
    "booths.proposals",
    "booths.hub",
)

TABLELESS = ("booths.meetings",)
"""Rooms above those that own no table."""

APP_REGISTRY = AppRegistry(apps=[f"{room}.piccolo_app" for room in ROOMS])
