"""Xandikos for many users over plain HTTP on loopback: its own program asks for passwords only over TLS.

Run as: python -m tests.xandikos_process BASE PORT SMTP_PORT; BASE/users holds one file per login with its password.
"""

import argparse
import asyncio
import hmac
import sys
from pathlib import Path
from typing import Any

from aiohttp import web
from xandikos.imip_transport import add_arguments, from_args
from xandikos.multi_user import MultiUserFilesystemBackend, MultiUserXandikosApp
from xandikos.web import basic_auth_middleware


class Passwords:
    """Who may log in; read at each request, so that accounts can be made while the server runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def check(self, user: str, password: str) -> bool:
        """Return whether that is the user's password."""
        file = self._folder / user
        return "/" not in user and file.is_file() and hmac.compare_digest(file.read_text("utf-8"), password)


def make_app(base: Path, smtp_port: int) -> web.Application:
    """Return the server; it mails what it schedules to the SMTP server on that loopback port."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    smtp = ["--imip-send", "smtp", "--smtp-host", "127.0.0.1", "--smtp-port", str(smtp_port)]
    options = parser.parse_args([*smtp, "--smtp-from", "server@kunde.example"])
    backend = MultiUserFilesystemBackend(
        str(base / "data"),
        create_defaults=True,
        imip_transport=from_args(options),
        imip_from=options.smtp_from,
    )
    server = MultiUserXandikosApp(backend, current_user_principal="/%(REMOTE_USER)s/")

    async def answer(request: web.Request) -> Any:
        return await server.aiohttp_handler(request, "/")

    app = web.Application(
        middlewares=[basic_auth_middleware(Passwords(base / "users"))], client_max_size=1 << 30
    )
    app.router.add_route("*", "/{path_info:.*}", answer)
    return app


async def serve(base: Path, port: int, smtp_port: int) -> None:
    runner = web.AppRunner(make_app(base, smtp_port))
    await runner.setup()
    await web.TCPSite(runner, "localhost", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
