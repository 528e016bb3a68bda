"""`pavilion allocate`: try a placement on any applicants and stands, from a file."""

import json
from pathlib import Path

import click

from server.commands import instance

LARGEST_CASE = 5_000_000


@click.command("allocate")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--seconds",
    type=click.FloatRange(0.5, 3600),
    default=60,
    show_default=True,
    help="Stop searching after about this long and say how good the placement is.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the whole answer as JSON.")
def command(file: Path, seconds: float, as_json: bool) -> int:
    """Place applicants on stands; docs/formats.md describes the file. No database is needed.

    Exit code 1 if the case expects another placement than the one that comes out.
    """
    from booths.proposals.cases import answer
    from server.errors import Refused

    if file.stat().st_size > LARGEST_CASE:
        raise instance.Problem(f"{file} is larger than 5 MB.")
    case = instance.read_json(file)
    try:
        found = answer(case, seconds)
    except Refused as refused:
        raise instance.Problem(" ".join(refused.errors.values())) from None
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        _print(found)
    for difference in found["differences"]:
        click.echo(f"Expected something else: {difference}", err=True)
    return 1 if found["differences"] else 0


def _print(found: dict[str, object]) -> None:
    lines: list[object] = [found["title"]] if found["title"] else []
    cut, told, goals = found.get("cutting", []), found["told"], found["goals"]
    assert isinstance(cut, list)
    assert isinstance(told, list)
    assert isinstance(goals, list)
    lines += cut
    for each in told:
        lines += [each["said"], *(f"  {unmet}" for unmet in each["unmet"])]
    lines += [each["said"] for each in goals]
    prices = found.get("prices")
    if isinstance(prices, dict):
        lines.append(prices["said"])
    click.echo("\n".join(str(line) for line in lines))
    click.echo(f"{found['seconds']} seconds.")
