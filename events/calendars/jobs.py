"""What a worker does for the calendars."""

from events.calendars import actions
from server.jobs import every


@every("calendars.add_up", minutes=2)
async def add_up() -> None:
    """Keep the versions of busy feeds short."""
    await actions.add_up()
