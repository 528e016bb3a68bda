"""`pavilion quote`: try a programme on one company before it is published."""

import json
from pathlib import Path

import click

from server.commands import instance

LARGEST_CASE = 1_000_000


@click.command("quote")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--json", "as_json", is_flag=True, help="Print the whole answer as JSON.")
def command(file: Path, as_json: bool) -> int:
    """Work out the quote of a case; docs/formats.md describes the file. No database is needed.

    Exit code 1 if the case expects other figures than those that come out.
    """
    from booths.fees.cases import compute
    from server.errors import Refused

    if file.stat().st_size > LARGEST_CASE:
        raise instance.Problem(f"{file} is larger than 1 MB; a case is a page long.")
    case = instance.read_json(file)
    try:
        answer = compute(case)
    except Refused as refused:
        raise instance.Problem(" ".join(refused.errors.values())) from None
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        for line in answer["lines"]:
            click.echo(line["sentence"])
        currency = answer["currency"]
        click.echo(f"Full price: {answer['full']} {currency}")
        if answer["aid"] != "0.00" or answer["citation"]:
            click.echo(
                f"Aid: {answer['aid']} {currency}, {answer['intensity']} of the eligible cost"
            )
            click.echo(f"  {answer['citation']}")
        click.echo(f"Before VAT: {answer['net']} {currency}")
        click.echo(f"VAT {answer['vat_rate']}: {answer['vat']} {currency}. {answer['vat_reason']}")
        click.echo(f"To pay: {answer['total']} {currency}")
        for note in answer["notes"]:
            click.echo(note)
    for difference in answer["differences"]:
        click.echo(f"Expected something else: {difference}", err=True)
    return 1 if answer["differences"] else 0
