"""The `pavilion` command. Each subcommand is a file of `server/commands/`."""

import errno
import importlib
import sys
from typing import Any

import click

COMMANDS = {
    "run": "run",
    "serve": "serve",
    "worker": "worker",
    "migrate": "migrate",
    "demo": "demo",
    "import": "imports",
    "backup": "backup",
    "restore": "restore",
    "doctor": "doctor",
    "create-agency": "create_agency",
    "reset-second-factor": "reset_second_factor",
    "reconcile": "reconcile",
    "quote": "quote",
    "rank": "rank",
    "allocate": "allocate",
    "meetings": "meetings",
}


class Lazy(click.Group):
    """Subcommands are imported when they are asked for: `pavilion --help` needs no database."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"server.commands.{COMMANDS[cmd_name]}")
        command: click.Command = module.command
        return command


@click.command(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Pavilion: joint booths at trade fairs.

    Settings are environment variables; docs/operators.md explains each.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run one command. What an operator can mend is one sentence and exit code 1, no traceback."""
    try:
        status: Any = cli.main(args=arguments, prog_name="pavilion", standalone_mode=False)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.UsageError as wrong:
        wrong.show()
        sys.exit(2)
    except click.ClickException as wrong:
        click.echo(wrong.format_message(), err=True)
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except OSError as wrong:
        if wrong.errno != errno.ENOSPC:
            raise
        click.echo(
            "The disk is full; make room and try again. Nothing half-made was kept.", err=True
        )
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)


if __name__ == "__main__":
    main()
