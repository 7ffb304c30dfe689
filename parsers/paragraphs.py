"""The lines of one paragraph that state nothing by themselves, read together when it ends."""

from dataclasses import dataclass, field
from itertools import pairwise

from parsers.bare import Bare
from parsers.drafts import Collector, Draft
from parsers.examples import says_example
from parsers.prose import Told, read_prose
from parsers.secret import is_secret_like, read_secret
from parsers.values import is_address, is_host, read_address, read_host


@dataclass(slots=True)
class Reading:
    """What is gathered while the lines are read."""

    lines: list[str]
    asked: bool
    collector: Collector = field(default_factory=Collector)
    bare: list[Bare] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)  # lines of this paragraph that state nothing by themselves
    alone: dict[int, Draft] = field(
        default_factory=dict
    )  # those of them that are an address, by index in `loose`
    servers: list[str] = field(default_factory=list)
    same_for_all: bool = False
    example: bool = False  # the lines show what a row could look like
    parted: bool = False  # a blank line came since


def end_paragraph(letter: Reading) -> None:
    """Read the lines gathered since the last end together, as sentences."""
    loose, alone = letter.loose, letter.alone
    letter.loose, letter.alone = [], {}
    if not loose:
        return
    if any("@" not in line and says_example(line) for line in loose) or says_example(" ".join(loose)):
        _forget(letter)
        return
    if alone:
        _read_columns(loose, alone)
    told = read_prose(" ".join(line for at, line in enumerate(loose) if at not in alone), asked=letter.asked)
    _take_told(letter, told, loose)


def _forget(letter: Reading) -> None:
    """Take nothing of what stands above: it was an example."""
    letter.collector.forget()
    letter.bare, letter.servers = [], []


def _take_told(letter: Reading, told: Told, loose: list[str]) -> None:
    for draft in told.drafts:
        letter.collector.insert(draft)
    hosts = [line for line in loose if is_host(line) and line.count(".") >= 2]
    if not any(draft.has("host") for draft in told.drafts):
        letter.servers += [*told.servers, *(host for host in hosts if read_host(host).name)]
    if told.shared_password:
        letter.collector.shared.stated["password"] = told.shared_password
    letter.same_for_all |= told.same_for_all


def _read_columns(loose: list[str], alone: dict[int, Draft]) -> None:
    """Give each address that stands alone the password and server that stand alone below it."""
    starts = [*sorted(alone), len(loose)]
    for at, following in pairwise(starts):
        below = loose[at + 1 : following]
        hosts = [line for line in below if read_host(line).name and " " not in line]
        rest = [line for line in below if line not in hosts]
        if len(below) > 3 or len(hosts) > 1 or len(rest) != 1 or alone[at].answered:
            continue
        if (
            " " in rest[0]
            or is_address(read_address(rest[0]))
            or read_secret(rest[0]) != "value"
            or not (hosts or is_secret_like(rest[0]))
        ):
            continue
        alone[at].stated["password"] = rest[0]
        if hosts:
            alone[at].stated["host"] = hosts[0]
            loose[loose.index(hosts[0])] = ""
