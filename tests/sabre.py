"""Debian's sabre/dav 1.8 on PHP's own server, unpacked below .servers: the engine of Baikal and Nextcloud, without mail.

Debian has no newer one. 1.8 refuses what sabre/dav refuses (section 1b of the study), but it schedules only by a POST to
an outbox: nobody gets mail by a PUT, so its sink stays empty whatever we send.
"""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from demo.servers import Child, free_port
from tests.servers import Programs
from tests.sink import Sink

_EXTENSIONS = ("pdo", "sqlite3", "pdo_sqlite", "ctype", "iconv", "mbstring", "dom", "xmlreader", "xmlwriter")
_HERE = Path(__file__).parent


class Sabre(Child):
    """sabre/dav with four workers; its people are rows of a table."""

    name = "sabre"

    def __init__(self, base: Path) -> None:
        self.base, self.port, self.sink = base, free_port(), Sink()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.programs = Programs("sabre", base)
        root = self.programs.root
        self._database = base / "db.sqlite"
        examples = root / "usr/share/doc/php-sabre-dav/examples/sql"
        with closing(sqlite3.connect(self._database)) as db:
            for name in ("principals", "addressbooks", "calendars"):
                db.executescript((examples / f"sqlite.{name}.sql").read_text())
            db.execute("CREATE TABLE people (name TEXT PRIMARY KEY, password TEXT NOT NULL)")
            db.execute("PRAGMA journal_mode = WAL")
        router = base / "server.php"
        shutil.copy(_HERE / "sabre_server.php", router)
        self.programs.give([base, *base.glob("db.sqlite*"), router])
        extensions = [f"-dextension={one}" for one in _EXTENSIONS]
        folder = next(root.glob("usr/lib/php/2*"))
        command = (
            "/usr/bin/env",
            *(f"{key}={value}" for key, value in self._environment().items()),
            root / "usr/bin/php8.2",
            "-n",
            f"-dextension_dir={folder}",
            f"-dinclude_path={root}/usr/share/php",
            "-dmemory_limit=512M",
            *extensions,
            *("-S", f"127.0.0.1:{self.port}", router),
        )
        self.start(command, self.port, base / "log")

    def add_user(self, address: str, password: str) -> None:
        """Make an account with one calendar and one address book."""
        principal = f"principals/{address}"
        with closing(sqlite3.connect(self._database, timeout=20)) as db, db:
            db.execute("INSERT INTO people VALUES (?, ?)", (address, password))
            db.execute(
                "INSERT INTO principals (uri, email, displayname) VALUES (?, ?, ?)",
                (principal, address, address),
            )
            db.execute(
                "INSERT INTO calendars (principaluri, displayname, uri, ctag, components, transparent)"
                " VALUES (?, 'Calendar', 'default', 1, 'VEVENT,VTODO', 0)",
                (principal,),
            )
            db.execute(
                "INSERT INTO addressbooks (principaluri, displayname, uri, ctag) VALUES (?, 'Contacts', 'default', 1)",
                (principal,),
            )

    def stop(self) -> None:
        super().stop()
        self.sink.stop()

    def _environment(self) -> dict[str, str]:
        plain = self.programs.environment(SABRE_BASE=str(self.base), PHP_CLI_SERVER_WORKERS="4")
        return {**plain, "HOME": str(self.base), "LANG": os.environ.get("LANG", "C.UTF-8")}
