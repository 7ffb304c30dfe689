"""Debian's SOGo 5.8 with PostgreSQL and memcached, unpacked below .servers: it overwrites, and it writes to people."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from demo.servers import Child, free_port, wait_for_port
from tests.servers import ENDING, Programs
from tests.sink import Sink

_TABLES: Final[Mapping[str, str]] = {
    "OCSFolderInfoURL": "folder_info",
    "SOGoProfileURL": "user_profile",
    "OCSSessionsFolderURL": "sessions",
    "OCSEMailAlarmsFolderURL": "alarms",
    "OCSStoreURL": "store",
    "OCSAclURL": "acl",
    "OCSCacheFolderURL": "cache",
    "OCSAdminURL": "admin",
}


class Sogo(Child):
    """SOGo with its people in a table; it mails by its own default settings for appointments.

    Args:
        base: its own folder.
        domain: of its people.
    """

    name = "sogo"

    def __init__(self, base: Path, domain: str) -> None:
        self.base, self.port, self._database = base, free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}/SOGo/dav/"
        self.sink = Sink()
        self.programs = Programs("sogo", base)
        (base / "run").mkdir()
        self.programs.give([base, base / "run"])
        self._children: list[subprocess.Popen[bytes]] = []
        self._start_database()
        self._child(self.programs.root / "usr/bin/memcached", "-p", "0", "-s", base / "run/memcached")
        self.process = self._child(self.programs.root / "usr/sbin/sogod", *self._settings(domain))
        wait_for_port(self.port, self.process)

    def add_user(self, address: str, password: str) -> None:
        """Make an account; works while the server runs. The first request makes its calendar and address book."""
        self._sql(
            "insert into people values (:'user', :'user', :'word', :'user', :'user')",
            user=address,
            word=password,
        )

    def stop(self) -> None:
        for child in reversed(self._children):  # SOGo and PostgreSQL would wait for each other's connections
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait(20)
        self.sink.stop()

    def _start_database(self) -> None:
        there = self.programs.root / "usr/lib/postgresql/15/bin"
        self._run(
            there / "initdb",
            "-D",
            self.base / "pg",
            "-U",
            "sogo",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
        )
        options = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "jit=off")
        self._child(
            there / "postgres", "-D", self.base / "pg", "-p", str(self._database),
            *(word for option in options for word in ("-c", option)),
        )  # fmt: skip
        wait_for_port(self._database, self._children[-1])
        end = time.monotonic() + 20
        while not self._sql("select 1", check=False) and time.monotonic() < end:
            time.sleep(0.1)
        self._sql(
            "create table people (c_uid text primary key, c_name text, c_password text, c_cn text, mail text)"
        )

    def _settings(self, domain: str) -> list[str]:
        database = f"postgresql://sogo@127.0.0.1:{self._database}/postgres"
        people = (
            f'({{type = sql; id = people; viewURL = "{database}/people"; canAuthenticate = YES;'
            " isAddressBook = NO; userPasswordAlgorithm = plain; })"
        )
        settings = {
            "WONoDetach": "YES",
            "WOWorkersCount": "3",
            "WOPort": f"127.0.0.1:{self.port}",
            "WOLogFile": "-",
            "WOPidFile": str(self.base / "run/sogod.pid"),
            "SxVMemLimit": "2000",
            "SOGoMemcachedHost": str(self.base / "run/memcached"),
            "SOGoUserSources": people,
            "SOGoMailingMechanism": "smtp",
            "SOGoSMTPServer": f'"smtp://127.0.0.1:{self.sink.port}"',
            "SOGoAppointmentSendEMailNotifications": "YES",
            "SOGoMailDomain": domain,
            "SOGoTimeZone": "UTC",
            **{key: f'"{database}/sogo_{table}"' for key, table in _TABLES.items()},
        }
        return [word for key, value in settings.items() for word in (f"-{key}", value)]

    def _environment(self) -> dict[str, str]:
        root = self.programs.root
        where = self.base / "GNUstep.conf"
        text = (root / "etc/GNUstep/GNUstep.conf").read_text()
        where.write_text(re.sub(r"(?m)=(?=/(?:usr|etc)\b)", f"={root}", text))
        plain = self.programs.environment(GNUSTEP_CONFIG_FILE=str(where), HOME=str(self.base / "run"))
        return {**plain, "LD_LIBRARY_PATH": f"{plain['LD_LIBRARY_PATH']}:{root}/usr/lib/sogo"}

    def _child(self, *command: str | Path) -> subprocess.Popen[bytes]:
        with (self.base / "log").open("ab") as out:
            child = subprocess.Popen(
                [*ENDING, *command], stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.base,
                env=self._environment(), start_new_session=True, **self.programs.as_user(),
            )  # fmt: skip
        self._children.append(child)
        return child

    def _run(
        self, *command: str | Path, check: bool = True, **how: Any
    ) -> subprocess.CompletedProcess[bytes]:
        user = self.programs.as_user()
        return subprocess.run(
            command, capture_output=True, cwd=self.base, env=self._environment(), check=check, timeout=60, **user, **how
        )  # fmt: skip

    def _sql(self, statement: str, *, check: bool = True, **values: str) -> bool:
        named = [word for key, value in values.items() for word in ("-v", f"{key}={value}")]
        psql = self.programs.root / "usr/lib/postgresql/15/bin/psql"
        where = ("-h", "127.0.0.1", "-p", str(self._database), "-U", "sogo", "-d", "postgres")
        done = self._run(
            psql, "-qX", "-v", "ON_ERROR_STOP=1", *where, *named, check=check, input=statement.encode()
        )
        return done.returncode == 0
