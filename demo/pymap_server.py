"""A poor IMAP server for where Dovecot cannot be had: pymap in memory, as a process of its own.

No NAMESPACE, SPECIAL-USE, CONDSTORE or STATUS=SIZE, and no master users: what is there when it ends is gone.
"""

import asyncio
import ssl
import sys
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, Identity, Login, Session
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxData, MailboxSet
from pymap.exceptions import InvalidAuth
from pymap.imap import IMAPServer
from pymap.parsing.specials import Flag, ObjectId
from pymap.parsing.specials.flag import Wildcard
from pymap.user import UserMetadata
from pysasl.creds.server import ServerCredentials
from pysasl.identity import ClearIdentity
from pysasl.prep import noprep

LONGEST_LINE = 2**20  # bytes; a command that names many UIDs is a long line


class Folder(MailboxData):
    """A folder that says that it keeps keywords; pymap does keep them."""

    @property
    def permanent_flags(self) -> frozenset[Flag]:
        return super().permanent_flags | {Wildcard}


class Folders(MailboxSet):
    """An account's folders with a delimiter of choice; "." is Courier's."""

    def __init__(self, separator: str) -> None:
        super().__init__()
        self._separator = separator
        self._inbox = Folder(self._content_cache, self._thread_cache)

    @property
    def delimiter(self) -> str:
        return self._separator

    async def add_mailbox(self, name: str) -> ObjectId:
        await super().add_mailbox(name)
        self._set[name] = Folder(self._content_cache, self._thread_cache)
        return self._set[name].mailbox_id


class Account(Identity):
    """One account; its customary folders are made at its first login."""

    @asynccontextmanager
    async def new_session(self) -> AsyncIterator[Session]:
        config = self.config
        assert isinstance(config, Settings)
        if self.name not in config.set_cache:
            made = Folders(config.separator)
            config.set_cache[self.name] = made, FilterSet()
            for folder in config.folders:
                await made.add_mailbox(folder)
                await made.set_subscribed(folder, subscribed=True)
        async with super().new_session() as session:
            yield session


class Settings(Config):
    """What this server is started with: one folder holds a file per account, whose content is the password."""

    def __init__(self, base: Path, separator: str, folders: tuple[str, ...]) -> None:
        self.base, self.separator, self.folders = base, separator, folders
        super().__init__(
            Namespace(passlib_cfg=None, proxy_protocol=None),
            host="127.0.0.1",
            port=0,
            demo_data=False,
            demo_user="",
            demo_password="",
            invalid_user_sleep=0,
            reject_dnsbl=False,
            cert_file=str(base / "cert.pem"),
            key_file=str(base / "key.pem"),
        )


class Door(Login):
    """Compares passwords as they are: pymap's own way costs half a million hash rounds for each login."""

    async def authenticate(self, credentials: ServerCredentials) -> Identity:
        name = credentials.authcid
        settings = self.config
        assert isinstance(settings, Settings)
        file = settings.base / "users" / name
        if "/" in name or not file.is_file():
            raise InvalidAuth
        if not credentials.verify(ClearIdentity(name, file.read_text("utf-8"), prepare=noprep)):
            raise InvalidAuth
        self.users_dict.setdefault(name, UserMetadata(settings, name))
        return Account(name, self, None, frozenset())

    async def authorize(self, authenticated: object, authzid: str) -> Identity:
        if not isinstance(authenticated, Account) or authzid != authenticated.name:
            raise InvalidAuth
        return authenticated


async def serve(base: Path, port: int, tls_port: int, separator: str, folders: tuple[str, ...]) -> None:
    """Listen on loopback, with STARTTLS on one port and TLS on the other, until killed."""
    settings = Settings(base, separator, folders)
    settings.apply_context()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(base / "cert.pem", base / "key.pem")
    answer = ProxyProtocolReader(settings.proxy_protocol).get_callback(IMAPServer(Door(settings), settings))
    plain = await asyncio.start_server(answer, "127.0.0.1", port, limit=LONGEST_LINE)
    await asyncio.start_server(answer, "127.0.0.1", tls_port, limit=LONGEST_LINE, ssl=context)
    await plain.serve_forever()


if __name__ == "__main__":
    folder, first, second, delimiter, *names = sys.argv[1:]
    asyncio.run(serve(Path(folder), int(first), int(second), delimiter, tuple(names)))
