"""Real servers for the session; every test takes accounts of its own on them."""

import itertools
import os
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from demo.servers import Authority, Dovecot, Radicale, dovecot_program
from tests.dav_servers import MAKERS, DavServer, why_not

_numbers = itertools.count(1)

OLD_SPECIAL = {
    "Sent Items": "\\Sent",
    "Entwürfe": "\\Drafts",
    "Spam": "\\Junk",
    "Deleted Items": "\\Trash",
}
MASTER = ("ferry", "m4ster-Secret")
SERVICE = ("ferry", "dav-S3rvice")


@pytest.fixture(scope="session")
def base() -> Iterator[Path]:
    """A short folder (unix sockets) that the mail user may enter."""
    with tempfile.TemporaryDirectory(prefix="mf", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="session")
def authority(base: Path) -> Iterator[Authority]:
    """The run's own certificate authority, trusted through SSL_CERT_FILE as an operator would."""
    made = Authority(base / "ca")
    before = {name: os.environ.get(name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR")}
    os.environ["SSL_CERT_FILE"] = str(made.ca_file)
    os.environ.pop("SSL_CERT_DIR", None)
    yield made
    for name, value in before.items():
        if value is not None:
            os.environ[name] = value
        else:
            os.environ.pop(name, None)


def _need_dovecot() -> None:
    if dovecot_program() is None:
        pytest.fail("Dovecot is not installed: apt-get install dovecot-imapd")


@pytest.fixture(scope="session")
def old_dovecot(base: Path, authority: Authority) -> Iterator[Dovecot]:
    """The previous provider: "." and "INBOX.", folders named its own way."""
    _need_dovecot()
    with Dovecot(base / "old", authority, separator=".", prefix="INBOX.", special=OLD_SPECIAL) as server:
        yield server


@pytest.fixture(scope="session")
def new_dovecot(base: Path, authority: Authority) -> Iterator[Dovecot]:
    """Our own server: "/", no prefix, a master user."""
    _need_dovecot()
    with Dovecot(base / "new", authority, master=MASTER) as server:
        yield server


@pytest.fixture(scope="session")
def radicale(base: Path) -> Iterator[Radicale]:
    """The contacts and calendar server, with a service account."""
    with Radicale(base / "dav", {}, SERVICE) as server:
        yield server


@pytest.fixture(scope="session")
def dav_server(base: Path, authority: Authority) -> Iterator[Callable[[str], DavServer]]:
    """Return the contacts and calendar server of that profile, started when first asked for; skips without it."""
    running: dict[str, DavServer] = {}
    with ExitStack() as stack:

        def start(name: str) -> DavServer:
            if why := why_not(name):
                pytest.skip(why)
            if name not in running:
                running[name] = stack.enter_context(MAKERS[name](base / f"d-{name}", authority))
            return running[name]

        yield start


@pytest.fixture
def unique_address() -> Callable[[str], str]:
    """Return a maker of addresses nobody else in this session uses."""

    def make(name: str = "anna") -> str:
        return f"{name}{next(_numbers)}@kunde.example"

    return make


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name a case of broken Unicode so that test processes can tell each other about it."""
    if isinstance(val, str) and not val.isascii() and "\\ud" in ascii(val):
        return ascii(val)[1:-1]
    return None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let what a test printed pass between test processes whatever it is: some print broken Unicode on purpose."""
    report = yield
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections
    ]
    return report
