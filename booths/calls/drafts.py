"""What is typed and not yet an answer: kept page by page, and never written over unseen.

Each open page has a `hand`, a name of its own, and the `revision` it was opened with. A page may
write when nobody else has written since; two pages of one person are two hands.
"""

import re
import secrets
from collections.abc import Mapping
from typing import Any

import msgspec

from booths.calls.rows import Dossier, Slip
from server import clock
from server.accounts.permissions import Actor
from server.database import execute, step
from server.errors import Conflict, Refused
from server.text import N_
from server.web.formats import moment
from server.web.forms import LONGEST

MOST_FIELDS = 400
MOST_CHARACTERS = 60_000
OWN = ("csrf_token", "revision", "hand")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Guard(msgspec.Struct, frozen=True):
    """Which page writes. A program that names none is trusted to know what it does."""

    revision: int | None = None
    hand: str = ""


def opened(found: Dossier, task: str) -> Guard:
    """The guard of a page that is opened now."""
    return Guard(revision=found.slip(task).revision, hand=secrets.token_hex(8))


def guard_of(given: Mapping[str, object]) -> Guard:
    """The guard that a page sent."""
    revision, hand = str(given.get("revision", "")), str(given.get("hand", ""))
    known = re.fullmatch(r"[0-9]{1,9}", revision) and re.fullmatch(r"[0-9a-f]{16}", hand)
    return Guard(revision=int(revision), hand=hand) if known else Guard()


def check(found: Dossier, task: str, guard: Guard) -> None:
    """Refuse to write over what somebody else has kept since the page was opened."""
    slip = found.slip(task)
    if guard.revision in (None, slip.revision) or guard.hand == slip.hand:
        return
    raise Conflict(
        N_(
            "{person} kept something on this page at {at}, after you had opened it. Nothing of"
            " yours was saved; what you typed is still here. Open the page a second time and"
            " compare; saving again writes over it."
        ),
        person=slip.person,
        at=moment(slip.at, found.call.tz),
    )


@step
async def note(
    actor: Actor,
    found: Dossier,
    task: str,
    guard: Guard,
    values: dict[str, Any] | None,
) -> Slip:
    """Keep the slip of a page: typed values, or None once they are answers."""
    slip = Slip(
        revision=found.slip(task).revision + 1,
        hand=guard.hand,
        at=clock.now(),
        person=actor.name,
        values=values,
    )
    await execute(
        "UPDATE application SET typed = typed || jsonb_build_object($2::text, $3::jsonb)"
        " WHERE id = $1",
        found.row.id,
        task,
        msgspec.to_builtins(slip),
    )
    return slip


def keepable(given: Mapping[str, object]) -> dict[str, Any]:
    """The text of a page as it can be kept: files aside, nothing judged but its size."""
    kept: dict[str, Any] = {}
    size = 0
    for name, raw in given.items():
        many = raw if isinstance(raw, list) else [raw]
        texts = [_CONTROL.sub("", each)[:LONGEST] for each in many if isinstance(each, str)]
        if name in OWN or not texts:
            continue
        kept[_CONTROL.sub("", name)[:100]] = texts if isinstance(raw, list) else texts[0]
        size += sum(len(each) for each in texts)
    if len(kept) > MOST_FIELDS or size > MOST_CHARACTERS:
        raise Refused(N_("This is more than one page can keep. Shorten it and save it."))
    return kept
