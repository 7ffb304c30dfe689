"""All SQL: mails taken, tickets, events, replies, jobs and what is sealed; SQLite by default, PostgreSQL by url.

Work happens inside `with store.begin() as work:`: one short transaction, all or nothing. On SQLite it takes the write
lock at once (BEGIN IMMEDIATE), so a reader that decides cannot be overtaken. `store.look()` only reads: one consistent
view that makes nobody wait.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from bot.errors import ConfigBroken
from bot.vault import Vault
from bot.work import Work

HEAD: Final = "0005"  # the newest migration


class Store:
    """The database of one installation. Share one among all threads."""

    def __init__(self, engine: sa.Engine, vault: Vault) -> None:
        self.engine, self.vault = engine, vault

    @contextmanager
    def begin(self) -> Iterator[Work]:
        """Open one short transaction; commit at the end, roll back on any exception."""
        with self.engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield Work(connection, self.vault)

    @contextmanager
    def look(self) -> Iterator[Work]:
        """Open one transaction that only reads; on SQLite it neither waits for writers nor holds them up."""
        with self.engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            else:
                connection.execution_options(isolation_level="REPEATABLE READ")
            try:
                yield Work(connection, self.vault, writes=False)
            finally:
                connection.rollback()

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def open_store(url: str, vault: Vault) -> Store:
    """Open the database at an SQLAlchemy url and bring its tables up to date.

    The first open makes the file; an older file is migrated forward in one transaction.

    Raises:
        ConfigBroken: the file is damaged, or of a newer Mailferry; nothing was changed in it.
    """
    try:
        engine = _sqlite(url) if url.startswith("sqlite") else sa.create_engine(url, pool_pre_ping=True)
        version = _version(engine)
        if version != HEAD:
            _migrate(engine, version)
    except (sa.exc.SQLAlchemyError, OSError) as error:
        raise ConfigBroken(
            what=f"the database cannot be used ({type(error).__name__}): {_mending(url)}"
        ) from None
    return Store(engine, vault)


def _mending(url: str) -> str:
    path = sa.make_url(url).database if url.startswith("sqlite") else None
    return f"look at {path}, or restore it" if path else "look at [store] url, and whether it runs"


def _version(engine: sa.Engine) -> str | None:
    """Return the version of the tables; None = there are none yet."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def sqlite_url(path: Path) -> str:
    """Return the url of an SQLite file."""
    return f"sqlite:///{path}"


def _sqlite(url: str) -> sa.Engine:
    engine = sa.create_engine(
        url,
        connect_args={"timeout": 10, "check_same_thread": False, "isolation_level": "IMMEDIATE"},
        pool_size=20,
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    path = sa.make_url(url).database
    if path:
        Path(path).touch(mode=0o600)
    return engine


def _migrate(engine: sa.Engine, version: str | None) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", "bot:migrations")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if version is not None and version not in known:
        raise ConfigBroken(
            what=f"the database is of a newer Mailferry (tables {version}, known up to {HEAD}): install that one again"
        )
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:  # two hosts may start at once
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(640311)")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
