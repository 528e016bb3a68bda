"""The demonstration's mail server: takes every mail and keeps it as a file; sends nothing.

`python -m server.commands.mail_catcher PORT FOLDER`
"""

import signal
import sys
import time
import uuid
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from server.commands.leash import hold

LARGEST_MAIL = 25_000_000
KEPT = 1000


class Keeper:
    """Writes each mail to `folder` as one .eml file, newest last by name, and drops the oldest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        data = content.encode() if isinstance(content, str) else content or b""
        name = f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}"
        fresh = self.folder / f"{name}.part"
        fresh.write_bytes(data)
        fresh.rename(fresh.with_suffix(".eml"))
        for old in sorted(self.folder.glob("*.eml"))[:-KEPT]:
            old.unlink()
        return "250 Kept"


def main(port: int, folder: Path) -> None:
    """Catch mail until SIGTERM."""
    controller = Controller(
        Keeper(folder), hostname="127.0.0.1", port=port, data_size_limit=LARGEST_MAIL
    )
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    controller.start()
    hold()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    controller.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
