"""When a mail is tried again, when it is given up, and what may stand in a header."""

import hashlib
import re
from datetime import datetime, timedelta
from enum import StrEnum

from server.errors import Refused
from server.text import N_


class MessageState(StrEnum):
    """Waiting, taken by a mail server, or given up: a dead letter that a person looks at."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


TRIES = 12
LEASE = timedelta(minutes=5)
"""How long one worker has a mail to itself; longer than any delivery may take."""
LONGEST_DELIVERY = timedelta(seconds=60)
_LONGEST_WAIT = timedelta(hours=6)


def next_try(attempts: int, now: datetime) -> datetime | None:
    """When to try again after `attempts` failures: 1, 2, 4 ... minutes; None once it is enough.

    Twelve tries last more than a day, so a night without a mail server loses nothing.
    """
    if attempts >= TRIES:
        return None
    return now + min(timedelta(minutes=2 ** (attempts - 1)), _LONGEST_WAIT)


def message_id(key: str, host: str) -> str:
    """The Message-ID of the mail for `key`: the same at every try, so that a second copy shows."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:40]
    return f"<{digest}@{host}>"


def one_line(text: str) -> str:
    """`text` if it can stand in a header; refused where a line break would start another one."""
    if re.search(r"[\x00-\x1f\x7f\u2028\u2029]", text):
        raise Refused(
            N_("“{text}” holds a line break or another character that no mail header may hold."),
            text=re.sub(r"\s+", " ", text)[:60],
        )
    return text.strip()
