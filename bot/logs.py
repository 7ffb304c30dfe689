"""What we say while working: events to stderr, JSON or colours, never a secret.

`log.info("pass.finished", ticket=…, appended=…)` works anywhere and costs nothing until `configure` is called. Everything
else that logs (dbos, alembic, imapclient, caldav, Python itself) goes the same way, at WARNING. The last step before
rendering replaces every registered secret, in every form a protocol or a traceback may give it, by ***.
"""

import base64
import html
import logging
import re
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field
from functools import cached_property
from types import TracebackType
from typing import Any, Final, TextIO, cast

from bot.model import Secret

MASK: Final = "***"
SHORTEST: Final = 4  # shorter ones would blank half of every line; the Secret type alone guards them
KEPT: Final = 5_000  # secrets at a time; a daemon opens a few of them a minute
OURS: Final = ("bot", "parsers", "mailferry")
NAMES: Final = re.compile(r"password|passwd|secret|token|api_?key|authorization", re.IGNORECASE)
STAMPS: Final = frozenset({"ts", "level"})  # ours alone, and "info" is somebody's password
NAMED: Final = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f"}  # as repr and JSON write them
CONTROLS: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)  # all but tab and line feed: terminals obey them


class EventLog:
    """Says what happened as an event and its facts; no sentences, no message text, no passwords."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    def debug(self, event: str, **facts: Any) -> None:
        """Say what only a developer asks for."""
        self._logger.debug(event, extra={"facts": facts})

    def info(self, event: str, **facts: Any) -> None:
        """Say what went as it should."""
        self._logger.info(event, extra={"facts": facts})

    def warning(self, event: str, **facts: Any) -> None:
        """Say what the operator should look at some time."""
        self._logger.warning(event, extra={"facts": facts})

    def error(self, event: str, **facts: Any) -> None:
        """Say what needs the operator now."""
        self._logger.error(event, extra={"facts": facts})

    def exception(self, event: str, **facts: Any) -> None:
        """Say what needs the operator, with the traceback of the exception being handled."""
        self._logger.error(event, exc_info=sys.exc_info(), extra={"facts": facts})


log: Final = EventLog(logging.getLogger("mailferry"))


class Redactor:
    """Replaces every registered secret by ***."""

    def __init__(self) -> None:
        self._found_by: OrderedDict[str, Finder] = OrderedDict()
        self._longest_first: list[Finder] | None = None  # None = has to be sorted again
        self._lock = threading.Lock()

    def register(self, value: str) -> None:
        """Never let this value appear; values under 4 characters are not taken."""
        if len(value) < SHORTEST or value in self._found_by:
            return
        with self._lock:
            self._found_by[value] = finder(value)
            self._longest_first = None
            if len(self._found_by) > KEPT:
                self._found_by.popitem(last=False)

    def clean(self, text: str) -> str:
        """Return the text without any registered secret."""
        with self._lock:
            if self._longest_first is None:
                self._longest_first = sorted(self._found_by.values(), key=lambda found: -found.length)
            known = self._longest_first
        for one in known:
            text = one.replace(text)
        return text

    def clean_value(self, value: Any, name: str = "") -> Any:
        """Return the value as JSON can say it, without any registered secret or terminal command."""
        if NAMES.search(name) and not isinstance(value, bool | int | float | None):
            return MASK
        if isinstance(value, bool | int | float | None):
            return value
        if isinstance(value, dict):
            return {self.clean(str(key)): self.clean_value(item, str(key)) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.clean_value(item) for item in value]
        text = self.clean(value if isinstance(value, str) else repr(value))
        plain = CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
        return plain.encode("utf-8", "backslashreplace").decode()

    def __call__(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
        """Stand last before the renderer (structlog's processor protocol)."""
        return {key: value if key in STAMPS else self.clean_value(value, key) for key, value in event.items()}


@dataclass(frozen=True)
class Finder:
    """Finds one secret in text, however often somebody quoted it."""

    length: int
    hint: str = field(repr=False)  # what no way of quoting changes: the longest run of letters and digits
    runs: tuple[str, ...] = field(repr=False)
    encoded: tuple[str, ...] = field(repr=False)  # the parts of its base64 that depend on nothing else

    @cached_property
    def written(self) -> re.Pattern[str]:
        """Every way of quoting, as one pattern; made when the hint first appears somewhere."""
        return re.compile("".join(_backslashes(len(r)) if r[0] == "\\" else _character(r) for r in self.runs))

    def replace(self, text: str) -> str:
        """Return the text with *** for the secret."""
        if self.hint in text:
            text = self.written.sub(MASK, text)
        for form in self.encoded:
            text = text.replace(form, MASK)
        return text


def finder(value: str) -> Finder:
    """Return what finds the secret as it is, and in repr, JSON, IMAP, URL, HTML or base64, also one inside the other."""
    hint = max(re.findall(r"[A-Za-z0-9]*", value), key=len)
    runs = tuple(re.findall(r"\\+|[^\\]", value))
    return Finder(len(value), hint, runs, tuple(_base64_parts(_bytes(value))))


def _backslashes(number: int) -> str:
    return (
        rf"(?:\\{{{number},}}+|(?:%5[Cc]){{{number}}})"  # possessive: backtracking here would be exponential
    )


def _character(char: str) -> str:
    """Quoting puts backslashes before a character, or writes it as a code; letters and digits stay as they are."""
    if char.isascii() and char.isalnum():
        return char
    number, wide = ord(char), char.encode("utf-16-be", "surrogatepass").hex()
    plain = {char, html.escape(char), "+" if char == " " else char, char if char.isascii() else "?"}
    codes = {f"x{number:02x}", f"u{number:04x}", f"U{number:08x}", NAMED.get(char, f"x{number:02x}")}
    codes.add(r"\\++".join(f"u{wide[place : place + 4]}" for place in range(0, len(wide), 4)))  # JSON
    for raw in (_bytes(char), char.encode("utf-8", "surrogatepass")):
        plain |= {raw.decode("latin-1"), "".join(f"%{byte:02x}" for byte in raw)}
        codes.add(r"\\++".join(f"x{byte:02x}" for byte in raw))
    return rf"(?i:\\*+(?:{'|'.join(map(re.escape, sorted(plain)))})|\\++(?:{'|'.join(sorted(codes))}))"


def _base64_parts(raw: bytes) -> Iterator[str]:
    for shift in range(3):  # SASL PLAIN encodes NUL user NUL password as one (RFC 4616): any alignment
        encoded = base64.b64encode(b"\0" * shift + raw).decode()
        part = encoded[(0, 2, 3)[shift] : (len(raw) + shift) * 8 // 6]  # characters made of the secret alone
        yield from {part, part.translate(str.maketrans("+/", "-_"))} if len(part) >= SHORTEST else ()


def _bytes(value: str) -> bytes:
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")


_redactor: Final = Redactor()


def register_secret(value: str) -> None:
    """Never let this value appear in a log line; every `Secret` made after `configure` registers itself."""
    _redactor.register(value)


class _Handler(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        """Python would print the record's arguments here, unredacted."""
        sys.stderr.write(f"a log line of {record.name} could not be written\n")


def configure(level: str = "info", form: str = "auto", stream: TextIO | None = None) -> None:
    """Send all logging to `stream` (stderr), redacted. Calling it again replaces the former set-up.

    Args:
        level: of our own events; other packages speak from WARNING.
        form: "json", "console", or "auto" (colours on a terminal, JSON otherwise).
        stream: for tests.
    """
    target = stream or sys.stderr
    handler = _Handler(target)
    handler.setFormatter(_formatter(form == "console" or (form == "auto" and target.isatty()), target))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())
    logging.getLogger("dbos").handlers = [logging.NullHandler()]  # else it adds one of its own, unredacted
    logging.getLogger("dbos").propagate = True
    logging.captureWarnings(capture=True)
    Secret.witness = register_secret
    sys.excepthook = _crashed
    threading.excepthook = _thread_crashed
    sys.unraisablehook = _unraisable


def _formatter(console: bool, target: TextIO) -> logging.Formatter:
    import structlog

    render: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if console:
        render = structlog.dev.ConsoleRenderer(
            colors=target.isatty(),
            timestamp_key="ts",
            exception_formatter=structlog.dev.plain_traceback,  # the other one shows local variables
        )
    before: list[Any] = [
        structlog.stdlib.add_log_level,
        _add_facts,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        structlog.processors.format_exc_info,
    ]
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before, processors=[strip, _redactor, render]
    )


def _add_facts(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    record: logging.LogRecord = event["_record"]
    facts = getattr(record, "facts", {})
    name = {} if record.name == "mailferry" else {"logger": record.name}
    return {**name, **{key: value for key, value in facts.items() if key not in STAMPS}, **event}


def _crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        logging.getLogger("mailferry").critical("crash", exc_info=(kind, error, trace))


def _thread_crashed(args: threading.ExceptHookArgs) -> None:
    if args.exc_type is not SystemExit and args.exc_value is not None:
        name = args.thread.name if args.thread else "?"
        facts = {"facts": {"thread": name}}
        found = (args.exc_type, args.exc_value, args.exc_traceback)
        logging.getLogger("mailferry").critical("thread.crash", exc_info=found, extra=facts)


def _unraisable(args: Any) -> None:
    found = (args.exc_type, args.exc_value, args.exc_traceback)
    logging.getLogger("mailferry").error("unraisable", exc_info=cast("Any", found))
