"""A child ends with its parent, even when the parent was killed and could say nothing."""

import os
import signal
import threading

import click

option = click.option("--leash", is_flag=True, hidden=True, help="End when standard input closes.")


def hold() -> None:
    """Watch standard input, a pipe whose other end the parent holds; end when it closes."""

    def watch() -> None:
        while os.read(0, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True, name="leash").start()
