"""`pavilion meetings`: times for one-to-one meetings, from a file or made up. No database."""

import json
from pathlib import Path

import click

from server.commands import instance

LARGEST_INSTANCE = 5_000_000


@click.group("meetings")
def command() -> None:
    """Find times for one-to-one meetings and say how good they are."""


@command.command("solve")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--fairness", type=click.IntRange(0), default=2, show_default=True,
              help="The largest difference between the breaks of two participants.")  # fmt: skip
@click.option("--time-limit", type=click.FloatRange(0.1, 86_400), default=60.0, show_default=True,
              help="Seconds.")  # fmt: skip
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def solve(file: Path, fairness: int, time_limit: float, seed: int, as_json: bool) -> int:
    """Place every meeting of an instance (MiniZinc data; see docs/formats.md) with few breaks.

    Exit code 0: a plan was found, or it was shown that there is none. 1: neither in this time, or
    the file has an error.
    """
    from events.matchmaking.scheduler import dzn
    from events.matchmaking.scheduler.problem import Status
    from events.matchmaking.scheduler.solving import solve as search
    from server.errors import Refused

    if file.stat().st_size > LARGEST_INSTANCE:
        raise instance.Problem(f"{file} is larger than 5 MB.")
    try:
        problem = dzn.read(file.read_text(encoding="utf-8"), fairness)
    except UnicodeDecodeError:
        raise instance.Problem(f"{file} is not text in UTF-8.") from None
    except Refused as refused:
        raise instance.Problem(f"{file}: {refused}") from None
    found = search(problem, time_limit, seed=seed)
    placed = [] if found.plan is None else list(enumerate(found.plan, 1))
    if as_json:
        click.echo(json.dumps({
            "status": found.status.value,
            "breaks": found.breaks,
            "bound": None if found.status is Status.INFEASIBLE else found.bound,
            "seconds": round(found.seconds, 3),
            "meetings": [{"meeting": meeting, "slot": slot + 1} for meeting, slot in placed],
        }))  # fmt: skip
        return 1 if found.status is Status.UNKNOWN else 0
    click.echo(f"{found.status.value}: {len(problem.meetings)} meetings of"
               f" {problem.participants} participants in {problem.slots} slots")  # fmt: skip
    for note in found.notes:
        click.echo(note)
    if found.plan is not None:
        click.echo(f"{found.breaks} breaks; no plan has fewer than {found.bound}")
        for slot in range(problem.slots):
            here = [str(meeting) for meeting, at in placed if at == slot]
            click.echo(f"slot {slot + 1}: {' '.join(here)}")
    return 1 if found.status is Status.UNKNOWN else 0


@command.command("simulate")
@click.option("--participants", type=click.IntRange(2, 20_000), default=1_000, show_default=True)
@click.option("--requests", type=click.IntRange(1, 200_000), default=5_000, show_default=True)
@click.option("--slots", type=click.IntRange(1, 240), default=40, show_default=True)
@click.option("--tables", type=click.IntRange(1, 20_000), default=200, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--time-limit", type=click.FloatRange(0.1, 86_400), default=20.0, show_default=True,
              help="Seconds.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def simulate(
    participants: int, requests: int, slots: int, tables: int, seed: int, time_limit: float,
    as_json: bool,
) -> int:  # fmt: skip
    """Make up a large event and find times for it: what fits, by weight, with few breaks."""
    from events.matchmaking.scheduler.simulate import large
    from events.matchmaking.scheduler.solving import solve as search

    problem = large(participants, requests, slots, tables, seed)
    found = search(problem, time_limit, seed=seed)
    plan = found.plan or ()
    placed = [(meeting, slot + 1) for meeting, slot in enumerate(plan, 1) if slot >= 0]
    if as_json:
        click.echo(json.dumps({
            "status": found.status.value,
            "breaks": found.breaks,
            "bound": found.bound,
            "seconds": round(found.seconds, 3),
            "placed": len(placed),
            "weight": found.weight,
            "upper_bound": found.upper,
            "meetings": [{"meeting": meeting, "slot": slot} for meeting, slot in placed],
        }))  # fmt: skip
        return 0
    click.echo(f"{found.status.value}: {len(placed)} of {len(problem.meetings)} meetings placed in"
               f" {found.seconds:.1f} s")  # fmt: skip
    click.echo(f"weight {found.weight}; no plan has more than {found.upper}")
    click.echo(f"{found.breaks} breaks; with these meetings no plan has fewer than {found.bound}")
    return 0
