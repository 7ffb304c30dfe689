"""bot.toml, the environment and secret files: what loads, and what is said about what does not."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import Config, find_file, load
from bot.errors import ConfigBroken
from bot.model import Endpoint, Secret
from bot.units import parse_duration, parse_size

ROOT = Path(__file__).parent.parent
SECRETS = ("inbox", "outbound", "master", "dav", "key")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the project's own bot.toml and the secret files it names."""
    (tmp_path / "bot.toml").write_bytes((ROOT / "bot.toml").read_bytes())
    (tmp_path / "secrets").mkdir(mode=0o700)
    for name in SECRETS:
        write_secret(tmp_path / "secrets" / name, f"the {name} secret\n")
    return tmp_path


def write_secret(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.write_text(text, "utf-8")


def change(place: Path, old: str, new: str) -> Path:
    file = place / "bot.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    return file


def mistakes(file: Path | None, environ: dict[str, str] | None = None, *, complete: bool = True) -> str:
    with pytest.raises(ConfigBroken) as caught:
        load(file, environ or {}, complete=complete)
    return str(caught.value)


def test_the_projects_own_bot_toml_loads_as_it_is(place: Path) -> None:
    """An example that does not load teaches nothing."""
    config = load(place / "bot.toml", {})

    assert config.inbox.endpoint() == Endpoint(host="imap.host.example", port=993)
    assert config.inbox.poll == timedelta(seconds=30)
    assert config.limits.max_mail == 50 * 1024 * 1024
    assert config.outbound.sender == "Support <support@host.example>"
    assert config.store.state == place / "state"
    assert config.store.database_url() == f"sqlite:///{place}/state/mailferry.db"
    assert config.directory.file == place / "directory.toml"


def test_verbs_that_contact_nobody_need_no_secrets_and_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`explain` runs on a laptop without the production secrets."""
    assert load(ROOT / "bot.toml", {}, complete=False).support.authserv_id == "mx.host.example"
    monkeypatch.chdir(tmp_path)
    assert load(None, {"HOME": str(tmp_path)}, complete=False) == load(None, {}, complete=False)
    assert "mailferry init" in mistakes(None, {"HOME": str(tmp_path)})


def test_secrets_are_read_when_asked_and_never_shown(place: Path) -> None:
    """A rotated password needs no restart, and repr of the configuration may go anywhere."""
    config = load(place / "bot.toml", {})
    assert config.inbox.password() == Secret("the inbox secret")
    assert config.destination.master_password() == Secret("the master secret")

    write_secret(place / "secrets" / "inbox", "  new \n\r\n")

    assert config.inbox.password() == Secret("  new \n")  # one line end, and nothing else, is not part of it
    assert " secret" not in repr(config)


def test_a_secret_may_come_from_a_variable_or_a_command(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Containers hand out variables, people have password managers."""
    monkeypatch.setenv("INBOX_PASSWORD", "from variable")
    change(place, 'password_file = "secrets/inbox"', 'password_env = "INBOX_PASSWORD"')
    file = change(
        place, 'password_file = "secrets/dav"', 'password_command = ["printf", "from command\\\\n"]'
    )

    config = load(file, dict(os.environ))

    assert config.inbox.password() == Secret("from variable")
    assert config.dav.password() == Secret("from command")
    assert "INBOX_PASSWORD (password_env) is not set" in mistakes(file, {})


def test_a_failing_password_command_names_itself_and_nothing_it_printed(place: Path) -> None:
    """Password managers print half a secret before they fail."""
    file = change(
        place, 'password_file = "secrets/dav"', 'password_command = ["sh", "-c", "echo s3cret; exit 1"]'
    )
    with pytest.raises(ConfigBroken, match="the password command sh failed") as caught:
        load(file, {}).dav.password()
    assert "s3cret" not in str(caught.value)


def test_the_environment_wins_over_the_file(place: Path) -> None:
    """One image, several places."""
    config = load(
        place / "bot.toml",
        {
            "BOT_INBOX__POLL": "1m",
            "BOT_INBOX__IDLE": "false",
            "BOT_INBOX__USER": "4711",
            "BOT_ENGINE__MAX_MAILBOXES": "9",
            "BOT_SUPPORT__STAFF": "a@x.example, @y.example",
            "BOT_SOURCE__PORTS": "[993]",
            "BOT_OUTBOUND__FROM": "bot@host.example",
            "BOT_INBOX__PASSWORD_ENV": "IN",
            "IN": "x",
            "BOT_TOKEN": "of some other program",
        },
    )
    assert (config.inbox.poll, config.inbox.idle, config.inbox.user) == (timedelta(minutes=1), False, "4711")
    assert (config.engine.max_mailboxes, config.source.ports) == (9, (993,))
    assert config.support.staff == ("a@x.example", "@y.example")
    assert (config.outbound.sender, config.inbox.password_file) == ("bot@host.example", None)


def test_every_mistake_is_named_at_once_with_its_place(place: Path) -> None:
    """Nobody wants to run a command seven times to learn seven things."""
    file = change(place, "port = 993", 'prot = 993\nport = "993"')
    change(place, 'poll = "30s"', 'poll = "30 parsecs"')
    change(place, 'imap_host = "imap.host.example"', "")
    change(place, "allow_networks = []", 'allow_networks = ["10.0.0.1/8"]')
    change(place, "accept_certificates = {}", 'accept_certificates = {"imap.old.example" = "AA:BB"}')
    change(place, 'timezone = "Europe/Berlin"', 'timezone = "Europe/Bärlin"')
    (place / "secrets" / "dav").unlink()

    said = mistakes(file, {"BOT_INBOXX__PORT": "1", "BOT_LOG__LEVEL": "loud"})

    for part in (
        "10 mistakes in",
        "line 12: [inbox] prot: unknown key; did you mean port?",
        "line 13: [inbox] port: a whole number is wanted",
        "[inbox] poll: a duration is wanted",
        "[destination] imap_host: is missing",
        "[source] allow_networks: a network is wanted",
        "[source] accept_certificates: a SHA-256 fingerprint is wanted",
        "[schedule] timezone: a time zone is wanted",
        f"[dav] password_file: there is no readable file {place}/secrets/dav",
        "BOT_INBOXX__PORT: unknown section; did you mean inbox?",
        "BOT_LOG__LEVEL: ",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("[engine]", "[engin]", "[engin]: unknown section; did you mean engine?"),
        ("hold = false", "timezone = 1", "[outbound] timezone: unknown key; it belongs to [schedule]"),
        ("hold = false", 'hold = "no"', "[outbound] hold: true or false is wanted, without quotes"),
        ("user = ", "user = 5 # ", "[inbox] user: a text in quotes is wanted"),
        ("max_mailboxes = 4", "max_mailboxes = 0", "[engine] max_mailboxes: a number of at least 1 is wanted"),
        ("ports = [993, 143]", "ports = 993", '[source] ports: a list is wanted, such as ["a", "b"]'),
        ('"50MiB"', '"50 cups"', '[limits] max_mail: a size is wanted, such as "25MiB"'),
        ('"@desk.host.example"', '"desk"', "[support] staff: an address or @domain is wanted"),
        ('security = "tls"', 'security = "plain"', '[inbox] security: "plain" sends passwords readable'),
        ("https://", "http://", "[dav] url: http sends passwords readable: https"),
        ("Support <support@host.example>", "Support", "[outbound] from: a sender is wanted"),
        ('# password_env = "INBOX', 'password_env = "INBOX', "[inbox] password_file: one of password_file"),
        ("mx = []", "mx = [", "is not TOML"),
    ],
)  # fmt: skip
def test_a_mistake_says_what_is_wanted(place: Path, old: str, new: str, expected: str) -> None:
    """In the words of the file, not of the library that found it."""
    assert expected in mistakes(change(place, old, new))


def test_a_password_in_bot_toml_is_refused_and_not_repeated(place: Path) -> None:
    """bot.toml is copied into tickets and chats; so are error messages."""
    file = change(place, "user = ", 'password = "hunter2"\nuser = ')
    said = mistakes(file, {"BOT_DESTINATION__MASTER_PASSWORD": "hunter2"})

    assert "[inbox] password: no secret in bot.toml" in said
    assert "master_password_file" in said
    assert "hunter2" not in said


def test_a_secret_file_open_to_others_is_refused(place: Path) -> None:
    """The key must not even be open to the group: it opens everything."""
    (place / "secrets" / "inbox").chmod(0o604)
    (place / "secrets" / "key").chmod(0o640)
    (place / "secrets" / "dav").chmod(0o640)

    said = mistakes(place / "bot.toml")

    assert f"chmod 600 {place}/secrets/inbox" in said
    assert f"chmod 600 {place}/secrets/key" in said
    assert "secrets/dav" not in said


def test_systemds_credentials_folder_may_be_named(place: Path) -> None:
    """LoadCredential puts secrets in a folder that only systemd knows the name of."""
    file = change(place, '"secrets/key"', '"$CREDENTIALS_DIRECTORY/key"')

    assert (
        load(file, {"CREDENTIALS_DIRECTORY": str(place / "secrets")}).store.key_file == place / "secrets/key"
    )


def test_the_file_is_found_here_or_in_the_users_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No verb needs --config in daily use."""
    monkeypatch.chdir(tmp_path)
    users = tmp_path / ".config" / "mailferry" / "bot.toml"
    users.parent.mkdir(parents=True)
    users.touch()
    assert find_file({"HOME": str(tmp_path)}) == users
    (tmp_path / "bot.toml").touch()
    assert find_file({"HOME": str(tmp_path)}) == Path("bot.toml")


def test_the_directory_is_read_when_asked_and_may_be_missing(place: Path) -> None:
    """Staff add a customer without a restart."""
    config = load(place / "bot.toml", {})
    assert config.directory.read().senders == {}
    (place / "directory.toml").write_text('[senders]\n"Anna@kunde.example" = ["other.example"]\n', "utf-8")
    assert config.directory.read().domains_of("anna@KUNDE.example") == {"other.example"}


def test_secrets_of_parts_not_used_are_not_asked_for(place: Path) -> None:
    """No DAV server, no DAV password."""
    file = change(place, 'url = "https://dav.host.example/"', 'url = ""')
    (place / "secrets" / "dav").unlink()

    assert load(file, {}).dav.url == ""
    assert load(file, {}).outbound.address() == "support@host.example"


def test_a_configuration_cannot_be_changed() -> None:
    """Every part sees the same values for as long as the process lives."""
    with pytest.raises(ValueError, match="frozen"):
        Config().inbox.port = 1  # type: ignore[misc]


@given(st.integers(0, 999_999), st.sampled_from("smhdw"))
def test_durations_keep_their_seconds(number: int, unit: str) -> None:
    """ "90m" is an hour and a half, whatever the unit."""
    factor = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}[unit]
    assert parse_duration(f"{number}{unit}").total_seconds() == number * factor


@pytest.mark.parametrize("text", ["", "30", "s", "-3s", "1.5h", "30 S", "٣s", "9999999s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """Guessing a unit is how a day becomes a second."""
    with pytest.raises(ValueError, match="a duration is wanted"):
        parse_duration(text)


def test_sizes_are_powers_of_1024_with_an_i_and_of_1000_without() -> None:
    """IEC 80000-13."""
    assert (parse_size("25MiB"), parse_size("25MB"), parse_size("1 GiB")) == (26_214_400, 25_000_000, 2**30)
    with pytest.raises(ValueError, match="a size is wanted"):
        parse_size("25m")
