"""`init` and `check`: a person answers questions, real servers say whether the answers are right."""

import json
import stat
import time
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import checks
from bot.checks import (
    Finding,
    check_clock,
    check_key,
    check_state,
    check_store,
    probe_account,
    probe_dav,
    probe_inbox,
    probe_smtp,
)
from bot.config import load
from bot.model import Endpoint, Login, Secret
from bot.setup import Interview, check, init, render_toml
from bot.units import check_address
from demo.exchanger import MailExchanger
from demo.servers import Dovecot, Radicale, free_port

MASTER, SERVICE = (
    ("ferry", "m4ster-Secret"),
    ("ferry", "dav-S3rvice"),
)  # as tests/conftest.py starts the servers
ROOT = Path(__file__).parent.parent
PASSWORD = 'pass w"ört#\\'


@pytest.fixture
def exchanger() -> Iterator[MailExchanger]:
    with MailExchanger("mx.host.example") as running:
        yield running


class Operator:
    """Answers each question from a list (the last one again and again), or takes the default."""

    def __init__(self, **answers: str | list[str]) -> None:
        self.answers = {key.replace("_", " "): [v] if isinstance(v, str) else v for key, v in answers.items()}
        self.heard: list[str] = []
        self.asked: list[str] = []

    def ask(self, question: str, default: str = "", *, secret: bool = False) -> str:
        self.asked.append(f"{question} [{'' if secret else default}]")
        for key, given in self.answers.items():
            if question.startswith(key):
                return (given.pop(0) if len(given) > 1 else given[0]) or default
        return default

    def say(self, line: str) -> None:
        self.heard.append(line)


def add_user(server: Dovecot, address: str, password: str) -> None:
    """Make an account and wait until Dovecot knows it: it looks at its file once a second at most."""
    server.add_user(address, password)
    login = Login(
        endpoint=Endpoint(host="localhost", port=server.tls_port), user=address, password=Secret(password)
    )
    for _ in range(40):
        if probe_account(login, address).state == "ok":
            return
        time.sleep(0.1)
    pytest.fail("Dovecot does not know the new account")


@pytest.fixture
def operator(
    new_dovecot: Dovecot, radicale: Radicale, exchanger: MailExchanger, unique_address: Callable[[str], str]
) -> Operator:
    """Somebody who knows all the answers for the servers of this session."""
    mailbox, account = unique_address("support"), unique_address("anna")
    new_dovecot.add_user(account, "whatever")
    add_user(new_dovecot, mailbox, PASSWORD)
    return Operator(
        support_address=mailbox,
        IMAP_server="localhost",
        IMAP_port=str(new_dovecot.tls_port),
        IMAP_password=PASSWORD,
        SMTP_server="localhost",
        SMTP_port=str(exchanger.port),
        SMTP_login="-",
        our_IMAP_server="localhost",
        our_IMAP_port=str(new_dovecot.tls_port),
        master_user=MASTER[0],
        master_password=MASTER[1],
        one_of_our_accounts=account,
        url=radicale.url,
        DAV_password=SERVICE[1],
        service_login=SERVICE[0],
        time_zone="Europe/Berlin",
        its_name="mx.host.example",
        staff="ann@host.example, @desk.host.example",
        again="keep",
    )


@pytest.mark.server
def test_a_few_answers_make_a_configuration_that_loads(
    tmp_path: Path, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first quarter of an hour decides whether somebody stays."""
    trust_ports_of_the_session(monkeypatch)
    file = tmp_path / "bot.toml"

    assert init(file, operator.ask, operator.say, {}) == 0

    config = load(file, {})
    assert (config.inbox.password(), config.destination.master_password()) == (
        Secret(PASSWORD),
        Secret(MASTER[1]),
    )
    assert config.support.staff == ("ann@host.example", "@desk.host.example")
    assert config.schedule.timezone == "Europe/Berlin"
    for line in ("told of new mail at once (IDLE)", "may send as support", "entered, ", "logged in"):
        assert any(line in heard for heard in operator.heard), "\n".join(operator.heard)
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in (tmp_path / "secrets").iterdir()}
    assert modes == dict.fromkeys(("inbox", "master", "dav", "key"), 0o600)
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    everything = "".join(operator.heard + operator.asked) + file.read_text("utf-8")
    assert PASSWORD not in everything
    assert MASTER[1] not in everything


def trust_ports_of_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Test servers speak TLS and clear text on any port; real ones by the port's number."""
    monkeypatch.setattr("bot.setup.SECURITY_OF_PORT", AnyPort())


class AnyPort(dict[int, str]):
    def get(self, port: int, default: str = "") -> str:  # type: ignore[override]
        return "plain" if port in PLAIN else "tls"


PLAIN: set[int] = set()


@pytest.fixture(autouse=True)
def plain_smtp(exchanger: MailExchanger) -> Iterator[None]:
    PLAIN.add(exchanger.port)
    yield
    PLAIN.clear()


@pytest.mark.server
def test_a_wrong_password_is_said_at_once_and_asked_again(
    tmp_path: Path, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not after the last of twelve questions."""
    trust_ports_of_the_session(monkeypatch)
    operator.answers["IMAP password"] = ["wrong", PASSWORD]
    operator.answers["again"] = ["again", "keep"]

    assert init(tmp_path / "bot.toml", operator.ask, operator.say, {}) == 0

    refused = [line for line in operator.heard if "FAIL  inbox" in line]
    assert len(refused) == 1
    assert "the login was refused: check user and password" in refused[0]
    assert load(tmp_path / "bot.toml", {}).inbox.password() == Secret(PASSWORD)


def test_an_invalid_answer_is_not_offered_as_the_default() -> None:
    """Else the next Enter says the same wrong thing again."""
    offered: list[str] = []
    answers = iter(["Anna", "support@host.example"])

    def ask(_question: str, default: str = "", *, secret: bool = False) -> str:
        offered.append(default)
        return next(answers)

    interview = Interview(ask, lambda _line: None)
    assert interview.checked("support", "addresses", "support address", "", check_address)
    assert offered == ["", ""]


def test_an_existing_configuration_is_not_touched_unasked(tmp_path: Path) -> None:
    """Somebody types `init` a second time."""
    file = tmp_path / "bot.toml"
    file.write_text("precious")
    operator = Operator()

    assert init(file, operator.ask, operator.say, {}) == 78
    assert file.read_text() == "precious"
    assert [each.name for each in tmp_path.iterdir()] == ["bot.toml"]


@pytest.mark.server
def test_init_again_keeps_the_key_and_the_old_file(
    tmp_path: Path, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new key would make every kept password unreadable."""
    trust_ports_of_the_session(monkeypatch)
    file = tmp_path / "bot.toml"
    assert init(file, operator.ask, operator.say, {}) == 0
    key, before = (tmp_path / "secrets" / "key").read_text(), file.read_text("utf-8")
    (tmp_path / "directory.toml").write_text("# mine")
    operator.answers[str(file)] = ["yes"]

    assert init(file, operator.ask, operator.say, {}) == 0
    assert (tmp_path / "secrets" / "key").read_text() == key
    assert (tmp_path / "directory.toml").read_text() == "# mine"
    assert (tmp_path / "bot.toml.old").read_text("utf-8") == before


@pytest.mark.server
def test_check_says_one_line_each_and_says_what_to_do(
    tmp_path: Path, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first thing to run when something is wrong."""
    trust_ports_of_the_session(monkeypatch)
    assert init(tmp_path / "bot.toml", operator.ask, operator.say, {}) == 0
    config = load(tmp_path / "bot.toml", {})
    account = operator.answers["one of our accounts"][0]
    heard: list[str] = []

    assert check(config, heard.append, account=account) == 0, "\n".join(heard)
    assert {line.split()[1] for line in heard} == {
        *("config", "key", "state", "store", "clock", "inbox", "outbound", "destination", "dav", "directory", "authserv_id"),
    }  # fmt: skip
    assert all(line.startswith("ok ") for line in heard)
    assert list((tmp_path / "state").iterdir()) == []  # a check by root leaves nothing of root's behind

    (tmp_path / "secrets" / "master").write_text("wrong\n")
    heard.clear()
    assert check(config, heard.append, account=account, as_json=True) == 69
    found = {each["part"]: each for each in json.loads(heard[0])}
    assert found["destination"]["state"] == "FAIL"
    assert "master_password" in found["destination"]["do"]

    (tmp_path / "directory.toml").write_text("[senders")
    assert check(config, heard.append) == 78


@pytest.mark.server
def test_the_support_mailbox_is_described_as_it_is(
    new_dovecot: Dovecot, old_dovecot: Dovecot, unique_address: Callable[[str], str]
) -> None:
    """What the daemon will rely on."""
    address = unique_address("support")
    add_user(new_dovecot, address, "secret")
    endpoint = Endpoint(host="localhost", port=new_dovecot.tls_port)
    good = Login(endpoint=endpoint, user=address, password=Secret("secret"))
    assert "copies go to Sent" in probe_inbox(good, "INBOX", "$X").said
    assert "there is no folder Tickets" in probe_inbox(good, "Tickets", "$X").said
    wrong = Login(endpoint=endpoint, user=address, password=Secret("s3cret-wrong"))
    said = str(probe_inbox(wrong, "INBOX", "$X"))
    assert "the login was refused" in said
    assert "s3cret-wrong" not in said
    nobody = Login(endpoint=Endpoint(host="localhost", port=free_port()), user=address, password=Secret("x"))
    assert "no answer" in probe_inbox(nobody, "INBOX", "$X").said
    clear = Login(
        endpoint=Endpoint(host="localhost", port=old_dovecot.port), user=address, password=Secret("x")
    )
    assert "no TLS" in probe_inbox(clear, "INBOX", "$X").said


def test_smtp_trouble_is_named(exchanger: MailExchanger) -> None:
    """Refused login, refused sender, no TLS, nobody there: four different things to do."""
    here = Endpoint(host="localhost", port=exchanger.port, security="plain")
    assert probe_smtp(here, "", None, "support@host.example").state == "ok"
    assert exchanger.passed == []
    assert "takes no login" in probe_smtp(here, "u", Secret("p"), "support@host.example").said
    tls = Endpoint(host="localhost", port=exchanger.port, security="tls")
    assert "no TLS" in probe_smtp(tls, "", None, "s@host.example").said
    starttls = Endpoint(host="localhost", port=exchanger.port, security="starttls")
    assert "STARTTLS" in probe_smtp(starttls, "", None, "s@host.example").said
    nobody = Endpoint(host="localhost", port=free_port(), security="plain")
    assert "no answer" in probe_smtp(nobody, "", None, "s@host.example").said


@pytest.mark.server
def test_dav_trouble_is_named(radicale: Radicale) -> None:
    """A wrong password and a wrong address need different hands."""
    assert probe_dav(radicale.url, SERVICE[0], Secret(SERVICE[1])).state == "ok"
    assert "the login was refused" in probe_dav(radicale.url, SERVICE[0], Secret("wrong")).said
    assert "no answer" in probe_dav(f"http://localhost:{free_port()}/", "u", Secret("p")).said


def test_local_trouble_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Key, state folder, database, clock, disk."""
    (tmp_path / "bot.toml").write_text('[store]\nkey_file = "state/key"\n')
    config = load(tmp_path / "bot.toml", {}, complete=False)
    state = tmp_path / "state"
    assert check_key(config).state == "FAIL"
    assert check_state(state).state == "ok"
    assert "will be made" in check_store(config).said
    state.mkdir(mode=0o700)
    (state / "mailferry.db").write_bytes(b"no database at all" * 100)
    assert "restore it from the backup" in check_store(config).do
    state.chmod(0o755)
    assert f"chmod 700 {state}" in check_state(state).do
    state.chmod(0o700)
    monkeypatch.setattr(checks, "FREE_BYTES", 2**62)
    assert check_state(state).state == "warn"
    assert check_clock(state).state == "ok"
    assert check_clock(state, datetime.now(UTC) + timedelta(hours=1)).state == "FAIL"


def test_a_finding_is_one_line() -> None:
    """Lines can be read in a ticket, and counted by a script."""
    assert (
        str(Finding(part="key", state="FAIL", said="no key", do="make one"))
        == "FAIL  key           no key: make one"
    )


def test_the_template_takes_values_in_their_section_and_stays_toml() -> None:
    """`host` exists four times."""
    template = (ROOT / "bot.toml").read_text("utf-8")
    odd = 'a "quoted" \\ name # not a comment'
    text = render_toml(
        template, {("outbound", "host"): odd, ("engine", "max_mailboxes"): 9, ("dns", "mx"): ["a", "b"]}
    )
    found = tomllib.loads(text)

    assert (found["outbound"]["host"], found["inbox"]["host"]) == (odd, "imap.host.example")
    assert (found["engine"]["max_mailboxes"], found["dns"]["mx"]) == (9, ["a", "b"])
    assert render_toml(template, {}) == template


def test_an_unknown_port_is_asked_about() -> None:
    """Guessed wrong, both sides wait for the other to speak first, and the operator looks at nothing."""
    answers = iter(["mail.host.example", "34399", "maybe", "starttls"])
    said: list[str] = []
    interview = Interview(lambda _question, _default="", *, secret=False: next(answers), said.append)
    endpoint = interview.server("inbox", "host", "IMAP", "imap.host.example", 993)
    assert (endpoint.port, endpoint.security) == (34399, "starttls")
    assert any('answer "tls" or "starttls"' in line for line in said)
