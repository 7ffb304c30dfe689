"""The shape of the code, held by tests: which way imports point, and which module speaks with which package."""

import ast
import subprocess
import sys
import time
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("parsers", "bot", "demo")

# From the inside out: a module may import its own layer and those above it in this list. A folder speaks for its files.
LAYERS = {
    "parsers": ("parsers",),
    "nouns": ("bot", "bot.model", "bot.errors", "bot.units", "bot.freemail"),
    "deciders": (
        *(
            "bot.access",
            "bot.mistakes",
            "bot.states",
            "bot.providers",
            "bot.whose",
            "bot.whosewords",
            "bot.records",
            "bot.events",
            "bot.timing",
            "bot.pace",
            "bot.starts",
            "bot.conversation",
            "bot.cutover",
            "bot.aftercare",
            "bot.spf",
            "bot.zone",
            "bot.switch",
            "bot.tickets",
            "bot.replay",
            "bot.intake",
        ),
        *(
            "bot.page",
            "bot.sheet",
            "bot.words",
            "bot.wording",
            "bot.tables",
            "bot.filenotes",
            "bot.phrases",
            "bot.acknowledging",
            "bot.switching",
            "bot.reporting",
            "bot.replies",
            "bot.compose",
            "bot.drafts",
        ),
    ),
    "doors": (
        *(
            "bot.config",
            "bot.textfolder",
            "bot.secretfile",
            "bot.logs",
            "bot.net",
            "bot.vault",
            "bot.schema",
            "bot.migrations",
        ),
        *(
            "bot.store",
            "bot.work",
            "bot.dns",
            "bot.survey",
            "bot.autoconfig",
            "bot.greeting",
            "bot.mail",
            "bot.dav",
            "bot.inbox",
            "bot.outbox",
        ),
    ),
    "work": (
        *("bot.turn", "bot.outlook", "bot.watch", "bot.search", "bot.speech", "bot.reception", "bot.steps"),
        "bot.jobs",
    ),
    "hands": (
        *("bot.daemon", "bot.cli", "bot.__main__", "bot.setup", "bot.checks", "bot.show", "bot.look"),
        "demo",
    ),
}

# One third-party package, one importing module: its exceptions become ours there.
PACKAGES = {
    "alembic": {"bot.store", "bot.migrations"},
    "babel": {"bot.words"},
    "caldav": {"bot.dav.wire"},
    "cryptography": {"bot.vault"},
    "dateparser": {"parsers.whenforeign"},
    "dbos": {"bot.jobs"},
    "dns": {"bot.dns"},
    "icalendar": {"parsers.readable", "bot.dav.occurrences"},
    "imapclient": {"bot.mail.session"},
    "jinja2": {"bot.words"},
    "mailparser": {"parsers.message"},
    "pandas": {"parsers.frame"},
    "python_calamine": {"parsers.sheet"},
    "pydantic": {"bot.config"},
    "recurring_ical_events": {"bot.dav.occurrences"},
    "rich": {"bot.cli", "bot.show"},
    "schedule": {"bot.daemon"},
    "sqlalchemy": {"bot.store", "bot.work", "bot.schema", "bot.migrations"},
    "structlog": {"bot.logs"},
    "tnefparse": {"parsers.tnef"},
    "typer": {"bot.cli"},
    "vobject": {"parsers.opinion"},
}

# What a pure module cannot need. (Reading a file of our own package is no decision.)
WORLD = {
    *(
        "asyncio",
        "ftplib",
        "http",
        "imaplib",
        "multiprocessing",
        "random",
        "secrets",
        "select",
        "shutil",
        "signal",
    ),
    *("smtplib", "socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "time"),
}
PURE = (
    *LAYERS["deciders"],
    *LAYERS["nouns"],
    "bot.mail.plan",
    "bot.mail.pairing",
    "bot.mail.throttle",
    "bot.mail.patience",
    "bot.mail.suspects",
    "bot.mail.names",
    "bot.mail.roles",
    "bot.mail.nonmail",
    "bot.mail.folders",
    "bot.mail.place",
    "bot.mail.wishes",
    "bot.mail.mapping",
    "bot.mail.report",
    "bot.dav.compare",
    "bot.dav.protocol",
    "bot.dav.detect",
    "bot.dav.target",
)


def modules() -> dict[str, Path]:
    files = [file for package in ("parsers", "bot") for file in (ROOT / package).rglob("*.py")]
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
        for file in files
    }


MODULES = modules()


def imports(file: Path) -> Iterator[str]:
    """Every imported module, also those inside functions and under TYPE_CHECKING."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.name}: imports are absolute"
            for name in node.names:
                full = f"{node.module}.{name.name}"
                yield full if full in MODULES else str(node.module)


def under(module: str, names: tuple[str, ...] | set[str]) -> str:
    """Return the longest of the names that is the module or a folder above it, or ""."""
    return max(
        (n for n in names if module == n or (n != "bot" and module.startswith(n + "."))), key=len, default=""
    )


def layer(module: str) -> int:
    found = [
        (len(name), place) for place, names in enumerate(LAYERS.values()) if (name := under(module, names))
    ]
    assert found, f"{module} has no layer: name it in tests/test_architecture.py"
    return max(found)[1]


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_point_inwards(module: str) -> None:
    """What decides does not know what acts; so it can be tested by values alone, and read alone."""
    for used in imports(MODULES[module]):
        if used.partition(".")[0] in OURS:
            assert layer(used) <= layer(module), f"{module} imports {used}"


def test_parsers_know_nothing_of_the_bot() -> None:
    """They run in a child process that holds nothing worth stealing."""
    for module, file in MODULES.items():
        if module.startswith("parsers"):
            assert not [used for used in imports(file) if used.partition(".")[0] in ("bot", "demo")], module


def test_there_are_no_import_cycles() -> None:
    """Also none hidden inside functions: two modules that need each other are one, or three."""
    graph = {
        m: {used for used in imports(file) if used in MODULES and used != m} for m, file in MODULES.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_package_is_imported_in_its_one_module(module: str) -> None:
    """So that a package can be replaced, and its exceptions are caught, in one place."""
    for used in imports(MODULES[module]):
        package = used.partition(".")[0]
        if package not in sys.stdlib_module_names and package not in OURS:
            assert under(module, PACKAGES.get(package, set())), f"{module} imports {package}"


@pytest.mark.parametrize("module", sorted(m for m in MODULES if m in PURE))
def test_a_pure_module_does_not_touch_the_world(module: str) -> None:
    """Time, chance and connections come in as arguments."""
    assert not WORLD & {used.partition(".")[0] for used in imports(MODULES[module])}
    calls = {
        f"{node.func.value.id}.{node.func.attr}"
        for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
    }
    assert not calls & {
        "datetime.now",
        "datetime.today",
        "date.today",
        "os.getenv",
        "os.urandom",
        "uuid.uuid4",
    }


HEAVY = {
    "pandas",
    "numpy",
    "dbos",
    "sqlalchemy",
    "alembic",
    "caldav",
    "icalendar",
    "vobject",
    "cryptography",
    "jinja2",
}


def imported_by(program: str) -> set[str]:
    code = f"import sys\n{program}\nprint(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}


def test_copying_mail_imports_nothing_it_does_not_need() -> None:
    """Start-up counts in every comparison with doveadm and mbsync; pandas alone takes half a second."""
    assert not imported_by("import bot.mail.command, bot.mail.child") & (
        HEAVY | {"pydantic", "structlog", "typer"}
    )


def test_help_comes_at_once() -> None:
    """`mailferry --help` in under 0.3 s on an idle machine; here the packages are counted and the time is generous."""
    program = "import contextlib\nfrom bot.cli import main\nsys.argv = ['mailferry', '--help']\n"
    program += "with contextlib.suppress(SystemExit):\n    main()"
    assert not imported_by(program) & (HEAVY | {"pydantic", "structlog", "imapclient"})

    def seconds() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "bot", "--help"], capture_output=True, check=True, cwd=ROOT)
        return time.perf_counter() - start

    assert min(seconds() for _ in range(3)) < 1.5
