"""`pavilion rank`: work the list of a decision out again, years later if need be."""

from pathlib import Path

import click

from server.commands import instance

LARGEST_DECISION = 50_000_000


@click.command("rank")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--list", "show", is_flag=True, help="Print the list that comes out.")
def command(file: Path, show: bool) -> int:
    """Work a decision's list out again from its own inputs; docs/formats.md describes the file.

    No database is needed. Exit code 1 and a sentence for each difference where it is not identical.
    """
    from booths.ranking import records
    from booths.ranking.ordering import rank
    from server.errors import Refused

    if file.stat().st_size > LARGEST_DECISION:
        raise instance.Problem(f"{file} is larger than 50 MB; a decision of 300 lines has 0.3 MB.")
    content = instance.read_json(file)
    try:
        if not isinstance(content, dict):
            raise instance.Problem(f"{file} holds no decision.")
        differs = records.check(content)
        plan, inputs, edits, _ = records.read(content)
    except ValueError as wrong:
        raise instance.Problem(f"{file} holds no decision: {wrong}.") from None
    except Refused as refused:
        raise instance.Problem(str(refused)) from None
    if show:
        for each in rank(plan, inputs, edits):
            points = "" if each.total is None else f" {each.total}"
            click.echo(f"{each.rank:5} {each.reference}/{each.module} {each.outcome}{points}")
    for difference in differs:
        click.echo(difference, err=True)
    if not differs:
        click.echo(f"Version {content['version']}: {len(content['order'])} lines, identical.")
    return 1 if differs else 0
