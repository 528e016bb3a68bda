"""What a worker does for the calendars."""

from events.calendars import actions, disputes, free
from events.calendars.holidays import keep_holidays
from server.jobs import every, job

_clocks_read: list[bool] = []


@every("calendars.add_up", minutes=2)
async def add_up() -> None:
    """Keep the versions of busy feeds short."""
    await actions.add_up()


@job("dispute.changed")
async def dispute_deadline(dispute_id: int) -> None:
    """A dispute began, moved or is over."""
    await disputes.write_deadline(dispute_id)


@every("calendars.clocks", minutes=15)
async def read_clocks_again() -> None:
    """Once in the life of a worker, which is how long it goes by one tz database."""
    if not _clocks_read:
        await actions.read_clocks_again()
        _clocks_read.append(True)


@every("calendars.holidays", minutes=30)
async def holidays() -> None:
    """Public holidays of the countries where there are fairs to come."""
    await keep_holidays()


@job(free.READ)
async def read_busy(calendar_id: int) -> None:
    """A calendar was given."""
    await free.read(calendar_id)


@every("calendars.busy", minutes=15)
async def read_busy_due() -> None:
    """Calendars of companies, each once an hour."""
    await free.read_due()
