"""A support desk for tests: a database, a bot.toml in memory, and a support mailbox on a real server."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.config import Config
from bot.model import Login
from bot.store import Store, open_store, sqlite_url
from bot.vault import new_key, open_vault

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
AUTHSERV = "mx.host.example"
SUPPORT = "support@host.example"


def make_store(folder: Path) -> Store:
    """Return an empty database in this folder."""
    (folder / "key").write_text(new_key())
    (folder / "key").chmod(0o600)
    return open_store(sqlite_url(folder / "mailferry.db"), open_vault(folder / "key"))


@contextmanager
def a_store(folder: Path) -> Iterator[Store]:
    """Give an empty database in this folder, closed at the end."""
    store = make_store(folder)
    try:
        yield store
    finally:
        store.close()


def make_config(folder: Path, mailbox: Login | None = None, **sections: dict[str, Any]) -> Config:
    """Return a configuration with a support mailbox; `sections` are merged in."""
    stated: dict[str, dict[str, Any]] = {
        "support": {"addresses": [SUPPORT], "authserv_id": AUTHSERV, "staff": ["ann@host.example"]},
        "outbound": {"from": f"Host Example <{SUPPORT}>", "host": "localhost", "security": "plain"},
    }
    if mailbox is not None:
        (folder / "inbox").write_text(mailbox.password.reveal())
        (folder / "inbox").chmod(0o600)
        where = mailbox.endpoint
        stated["inbox"] = {"host": where.host, "port": where.port, "security": where.security}
        stated["inbox"] |= {"user": mailbox.user, "password_file": str(folder / "inbox")}
    for name, keys in sections.items():
        stated[name] = stated.get(name, {}) | keys
    for section in Config.model_fields:
        stated.setdefault(section, {})  # relative default paths then know their folder
    return Config.model_validate(stated, context={"base": folder, "environ": {}})


def later(seconds: float) -> datetime:
    """Return a moment after NOW."""
    return NOW + timedelta(seconds=seconds)
