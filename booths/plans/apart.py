"""Files of strangers are read in a process of their own, with an end to its time and memory.

A drawing of a few kilobytes can repeat itself for hours: nobody else waits for it, and what it
takes goes when its process ends. `python -m booths.plans.apart` reads one task from its input and
writes what came out.
"""

import asyncio
import os
import resource
import sys
from typing import Any

import msgspec

from booths.plans import reading
from booths.plans.drawn import Drawn
from booths.plans.understanding import Understood, understand
from server.errors import Refused
from server.text import N_

SECONDS = 15
MEMORY = 2 << 30
"""Bytes of address space: libraries and their threads count too."""


class _Task(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file to read, or a drawing to understand."""

    filename: str = ""
    data: bytes = b""
    drawn: Drawn | None = None
    metres_per_unit: float | None = None
    upside_down: bool = False


class _Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came out; or the sentence of a refusal with its values."""

    drawn: Drawn | None = None
    understood: Understood | None = None
    refused: str = ""
    values: dict[str, Any] = {}


async def read(filename: str, data: bytes) -> Drawn:
    """As `reading.read`; Refused too where it takes more than a plan should."""
    found = await _done(_Task(filename=filename, data=data))
    assert found.drawn is not None
    return found.drawn


async def understood(
    drawn: Drawn, metres_per_unit: float | None, *, upside_down: bool
) -> Understood:
    """As `understanding.understand`; Refused where it takes more than a plan should."""
    found = await _done(
        _Task(drawn=drawn, metres_per_unit=metres_per_unit, upside_down=upside_down)
    )
    assert found.understood is not None
    return found.understood


async def _done(task: _Task) -> _Outcome:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "booths.plans.apart",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    try:
        out, _ = await asyncio.wait_for(process.communicate(msgspec.json.encode(task)), 2 * SECONDS)
    except TimeoutError:
        out = b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode or not out:
        raise Refused(
            N_(
                "This file takes more time or memory than a plan of stands should. Nothing was"
                " changed. Take only the part with your block, or save it in a simpler form."
            ),
            field="file",
        )
    found = msgspec.json.decode(out, type=_Outcome)
    if found.refused:
        raise Refused(found.refused, field="file", **found.values)
    return found


def _work(task: _Task) -> _Outcome:
    try:
        if task.drawn is None:
            return _Outcome(drawn=reading.read(task.filename, task.data))
    except Refused as refused:
        return _Outcome(refused=refused.text, values=refused.values)
    return _Outcome(
        understood=understand(task.drawn, task.metres_per_unit, upside_down=task.upside_down)
    )


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    given = msgspec.json.decode(sys.stdin.buffer.read(), type=_Task)
    sys.stdout.buffer.write(msgspec.json.encode(_work(given)))
