"""Logging: events go out, secrets do not, whoever logs and whatever goes wrong."""

import base64
import io
import json
import logging
import re
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import logs
from bot.logs import Redactor, configure, log, register_secret
from bot.model import Secret

CANARIES = (
    "can4ry-Plain",
    "q\"uo\\te's can4ry",
    "ümläut can4ry",
    "tab\tand can4ry\nline",
    "pa ss/w?o&rd=can4ry%20",
    "{can4ry!r}",
    "can4ry\udcff\udc00",
    "\N{ROCKET}can4ry",
)


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test with its own redactor; afterwards logging and the hooks are as they were."""
    monkeypatch.setattr(logs, "_redactor", Redactor())
    root = logging.getLogger()
    before = (root.handlers, root.level, sys.excepthook, threading.excepthook, sys.unraisablehook)
    yield
    root.handlers, level, sys.excepthook, threading.excepthook, sys.unraisablehook = before
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    Secret.witness = None


@pytest.fixture(params=["json", "console"])
def out(request: pytest.FixtureRequest) -> io.StringIO:
    """What has been written, in both forms."""
    stream = io.StringIO()
    configure(form=request.param, stream=stream)
    return stream


def hits(text: str) -> list[str]:
    """Where a canary is left: its unquotable part, in the text or in anything base64 in it."""
    read = [text]
    for token in re.findall(r"[A-Za-z0-9+/_-]{8,}={0,2}", text):
        plain = token.rstrip("=").replace("-", "+").replace("_", "/")
        read += [base64.b64decode(plain[: len(plain) // 4 * 4]).decode("latin-1")]
    return [found for found in read if "can4ry" in found]


def fail_with(password: str) -> None:
    local = f"a local variable with {password}"  # noqa: F841
    try:
        int(password)
    except ValueError as error:
        error.add_note(f"note {password!r}")
        raise ConnectionError(
            f"LOGIN anna {password!r} refused: {error!r}", password.encode("utf-8", "replace")
        ) from error


@pytest.mark.parametrize("canary", CANARIES)
def test_no_exception_text_shows_a_secret(out: io.StringIO, canary: str) -> None:
    """Servers echo passwords, libraries put them into exceptions, and tracebacks print exceptions."""
    Secret(canary)
    try:
        fail_with(canary)
    except ConnectionError as error:
        log.exception(
            "pass.failed", error=error, args=error.args, nested={canary: [canary, {"x": (canary,)}]}
        )
        logging.getLogger("imapclient").warning("refused %s", canary, exc_info=True)
    said = out.getvalue()

    assert "pass.failed" in said
    assert "ConnectionError" in said
    assert "Traceback" in said
    assert "a local variable with" not in said.replace("local = f", "")
    assert hits(said) == []


@pytest.mark.parametrize("canary", CANARIES)
def test_no_protocol_form_shows_a_secret(out: io.StringIO, canary: str) -> None:
    """AUTHENTICATE PLAIN, Basic authentication, a URL, an IMAP quoted string, a JSON body."""
    register_secret(canary)
    raw = canary.encode("utf-8", "surrogatepass")
    for user in ("anna", "bob@x", "ce"):
        log.info("sasl", line=base64.b64encode(b"\0" + user.encode() + b"\0" + raw).decode())
        log.info("basic", line=base64.b64encode(user.encode() + b":" + raw).decode())
    log.info("url", at=f"https://u:{quote_plus(raw)}@host/")
    log.info("imap", line='a LOGIN u "' + canary.replace("\\", "\\\\").replace('"', '\\"') + '"')
    log.info("json", body=json.dumps({"p": canary}), raw=raw, thing=SimpleNamespace(p=canary))

    assert hits(out.getvalue()) == []


def test_a_password_under_its_own_name_never_shows(out: io.StringIO) -> None:
    """Even one nobody registered, and one too short to look for."""
    log.warning("x", password="abc", headers={"Authorization": "Basic abc", "n": 1}, master_password_file="f")

    assert "abc" not in out.getvalue()


def test_json_stays_json_whatever_the_password_is() -> None:
    """`true`, `info` and `", "` are passwords too; a log nobody can parse helps nobody."""
    stream = io.StringIO()
    configure(form="json", stream=stream)
    for odd in ("true", "info", '", "', '":""', "null", "1234"):
        register_secret(odd)
    log.info("pass.finished", ticket="4711", done=True, nothing=None, copied=1234, text='a true ", " info')
    found = json.loads(stream.getvalue())

    assert (found["level"], found["event"], found["done"], found["copied"]) == (
        "info",
        "pass.finished",
        True,
        1234,
    )
    assert found["text"] == "a *** *** ***"
    assert found["ts"].endswith("Z")


def test_terminal_commands_and_lines_are_not_passed_on(out: io.StringIO) -> None:
    """A folder name may hold what clears the operator's screen."""
    log.info("folder", name="a\x1b[2Jb\x9b2Jc\rd\udc9b")

    assert not {"\x1b[2J", "\x9b", "\r"} & {
        part for part in ("\x1b[2J", "\x9b", "\r") if part in out.getvalue()
    }


def test_our_events_show_from_info_and_other_packages_from_warning(out: io.StringIO) -> None:
    """DBOS and alembic tell their life story at INFO."""
    log.debug("debug.event")
    log.info("info.event", ticket="4711", level="fact", event_="x")
    for name in ("dbos", "alembic.runtime", "imapclient", "caldav"):
        logging.getLogger(name).info("chatter of %s", name)
        logging.getLogger(name).warning("trouble of %s", name)
    logging.getLogger("bot.store").info("ours too")
    said = out.getvalue()

    assert "debug.event" not in said
    assert "chatter" not in said
    assert said.count("trouble of") == 4
    for part in ("info.event", "4711", "alembic.runtime", "ours too"):
        assert part in said


def test_warnings_go_the_same_way(out: io.StringIO) -> None:
    """Python prints them to stderr with the source line otherwise."""
    Secret("can4ry-Plain")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.warn("deprecated: can4ry-Plain", UserWarning, stacklevel=1)

    assert "deprecated: ***" in out.getvalue()


def test_a_log_call_that_cannot_be_formatted_prints_no_arguments(
    out: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python's own handler shows the arguments when it cannot format them."""
    logging.getLogger().handlers = [ours for ours in logging.getLogger().handlers if ours.stream is out]
    logging.getLogger("caldav").warning("%d", "can4ry-Plain")

    said = capsys.readouterr().err
    assert said == "a log line of caldav could not be written\n"
    assert hits(out.getvalue() + said) == []


def test_a_crashing_thread_is_logged_redacted(out: io.StringIO) -> None:
    """Python prints a thread's traceback straight to stderr otherwise."""
    Secret("can4ry-Plain")
    thread = threading.Thread(target=fail_with, args=("can4ry-Plain",), name="worker")
    thread.start()
    thread.join()

    assert "thread.crash" in out.getvalue()
    assert "worker" in out.getvalue()
    assert hits(out.getvalue()) == []


def test_a_crashing_process_is_logged_redacted() -> None:
    """The last thing a daemon says must not be a password either; stderr of a service goes into the journal."""
    program = (
        "from bot.logs import configure; from bot.model import Secret; configure()\n"
        "class Odd:\n    def __del__(self): raise ValueError(Secret('can4ry-Plain').reveal())\n"
        "Odd()\nraise RuntimeError('it was ' + Secret('can4ry-Plain').reveal())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert [json.loads(line)["event"] for line in done.stderr.splitlines()] == ["unraisable", "crash"]
    assert hits(done.stderr) == []


def test_importing_the_log_costs_nothing() -> None:
    """`copy mail` starts in a blink; structlog is imported by `configure`."""
    program = "import sys, bot.logs; print('structlog' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


@given(st.text(min_size=4, max_size=30), st.text(max_size=20), st.text(max_size=20))
def test_whatever_the_secret_it_is_gone(secret: str, before: str, after: str) -> None:
    """In the text itself, in a repr of it, and when another secret is a part of it."""
    redactor = Redactor()
    redactor.register(secret[:4])
    redactor.register(secret)

    for text in (before + secret + after, before + repr(secret) + after, json.dumps(before + secret)):
        cleaned = redactor.clean(text)
        assert secret not in cleaned or set(secret) == {"*"}


def test_a_secret_inside_another_leaves_nothing_of_the_longer_one() -> None:
    """Two accounts, "summer" and "summer2026!"."""
    redactor = Redactor()
    redactor.register("summer")
    redactor.register("summer2026!")

    assert redactor.clean("summer2026! summer") == "*** ***"


def test_the_job_engine_adds_no_handler_of_its_own() -> None:
    """DBOS writes to stderr by itself when nobody has given it a handler."""
    program = (
        "import logging; from bot.logs import configure; from bot.model import Secret; configure()\n"
        "Secret('can4ry-Plain')\n"
        "from dbos._logger import init_logger; init_logger()\n"
        "logging.getLogger('dbos').warning('retrying %s', 'can4ry-Plain')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert [json.loads(line)["event"] for line in done.stderr.splitlines()] == ["retrying ***"]


def test_old_secrets_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon that runs for a year opens many thousands."""
    monkeypatch.setattr(logs, "KEPT", 3)
    redactor = Redactor()
    for number in range(5):
        redactor.register(f"secret-{number}")

    assert redactor.clean("secret-0 secret-4") == "secret-0 ***"


def test_nothing_is_configured_by_importing(caplog: Any) -> None:
    """A test or a script that only imports us keeps its own logging."""
    log.warning("unheard", ticket=1)
    assert "unheard" in caplog.text
