"""`pavilion serve`: the web server."""

import asyncio
import errno
import os
import socket

import click
import uvicorn

from server.commands import instance
from server.commands.leash import hold, option


def require_free_port(host: str, port: int) -> None:
    """A Problem when somebody else listens there already, or when we may not listen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as wrong:
            if wrong.errno == errno.EADDRINUSE:
                said = f"Port {port} is taken by another program; stop it or set PAVILION_PORT."
            elif wrong.errno == errno.EACCES:
                said = f"This account may not use port {port}; set PAVILION_PORT above 1023."
            else:
                said = f"Pavilion cannot listen on {host}: {wrong.strerror}; set PAVILION_HOST."
            raise instance.Problem(said) from None


@click.command("serve")
@click.option("--port", type=int, help="Instead of PAVILION_PORT.")
@option
def command(port: int | None, leash: bool) -> None:
    """Run the web server alone; the worker and the database run elsewhere."""
    if port is not None:
        os.environ["PAVILION_PORT"] = str(port)
    asked = instance.peek()
    require_free_port(asked.host, asked.port)
    with instance.opened() as settings:

        async def check() -> None:
            async with instance.pool(settings, size=1):
                await instance.require_current_schema()

        asyncio.run(check())
        if leash:
            hold()
        uvicorn.run(
            "server.app:create",
            factory=True,
            host=settings.host,
            port=settings.port,
            workers=settings.workers,
            proxy_headers=bool(settings.trusted_proxy),
            forwarded_allow_ips=settings.trusted_proxy or None,
            access_log=False,
            server_header=False,
            date_header=True,
            log_level="warning",
            timeout_graceful_shutdown=30,
        )
