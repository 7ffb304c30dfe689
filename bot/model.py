"""The nouns of a migration."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, Literal, NoReturn

Security = Literal["tls", "starttls", "plain"]


class Secret:
    """A password or key. Prints as ***; only reveal() opens it.

    Not a dataclass, so that asdict() cannot open it; it refuses to be pickled or copied into JSON.
    """

    __slots__ = ("_value",)
    witness: ClassVar[Callable[[str], None] | None] = None  # bot.logs: learns what no log line may show

    def __init__(self, value: str) -> None:
        self._value = value
        if Secret.witness is not None:
            Secret.witness(value)

    def reveal(self) -> str:
        """Return the characters, for the one login that needs them."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return format("***", spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(("Secret", self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not written anywhere: seal it with bot.vault first")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where an IMAP or SMTP server listens, and how the connection is protected."""

    host: str
    port: int
    security: Security = "tls"
    certificate: str = (
        ""  # SHA-256, in hex, of the one certificate the operator accepts here; "" = verified as usual
    )

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """One account on one server, with what opens it."""

    endpoint: Endpoint
    user: str  # the login name as the server wants it (for a master user: "anna@host.example*master")
    password: Secret
    authorize_as: str | None = (
        None  # SASL PLAIN authzid (RFC 4616 section 2): act as this account; None = as `user`
    )
    checked: bool = False  # True = the operator named this server: no address policy applies


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedMessage:
    """A message that is at the source and not at the destination, named so that a person can find it."""

    folder: str
    uid: int
    date: str  # INTERNALDATE as the source gives it
    sender: str
    subject: str
    size_bytes: int
    code: str  # why: an errors code or "rejected-<response code>"


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderReport:
    """What one pass found and did in one folder."""

    source: str  # decoded name, with the source's delimiter
    destination: str  # decoded name, with the destination's delimiter
    messages: int  # at the source now
    size_bytes: int
    copied: int = 0  # appended by this pass
    matched: int = 0  # found at the destination already, by the journal or by content
    present: int = 0  # source messages verified to be at the destination
    removed: int = 0  # of these, copies the user moved or deleted there since
    moved: int = 0  # copies that followed their message from another source folder
    unmoved: int = (
        0  # messages moved here whose earlier copy could not follow (no MOVE): copied anew, it stays
    )
    elsewhere: int = 0  # at the source beside `messages`: copied in the folder of another label only (Gmail)
    reread: int = 0  # copies whose bytes were read back and found equal
    doubtful: int = 0  # copied though the like of it was there: nothing proved that it is the same
    flags_changed: int = 0


# Codes of messages that are at the destination, but not byte for byte, or with another date.
ALTERED: Final = "altered"
REDATED: Final = "redated"
THERE: Final = (ALTERED, REDATED)

# Why a folder may be left out without anything being lost: it holds no mail, is not the account's, or was not wanted.
EXPECTED_FOLDER_REASONS: Final = (
    *("no-messages", "shared", "virtual", "role-", "excluded", "not-mail-"),
    "hidden-label",  # its messages are copied, but not under that name
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PassReport:
    """The outcome of one mail pass of one account; every number comes from the journal and the verification."""

    folders: tuple[FolderReport, ...] = ()
    skipped: tuple[SkippedMessage, ...] = ()
    folders_skipped: tuple[tuple[str, str], ...] = ()  # (source name, reason code)
    renamed: tuple[tuple[str, str], ...] = ()  # (source name, destination name) where they had to differ
    keywords_dropped: int = 0
    copied_bytes: int = 0
    waited_seconds: float = 0.0  # because a server asked for it
    reconnects: int = 0  # connections that broke and were taken up again
    seconds: float = 0.0

    @property
    def messages(self) -> int:
        return sum(folder.messages for folder in self.folders)

    @property
    def copied(self) -> int:
        return sum(folder.copied for folder in self.folders)

    @property
    def present(self) -> int:
        return sum(folder.present for folder in self.folders)

    @property
    def size_bytes(self) -> int:
        return sum(folder.size_bytes for folder in self.folders)

    @property
    def verified(self) -> bool:
        """True when every source message is at the destination or named in `skipped`, and no folder was refused."""
        absent = sum(one.code not in THERE for one in self.skipped)
        return self.present + absent >= self.messages and not refused_folders(self.folders_skipped)


def refused_folders(skipped: Iterable[tuple[str, str]]) -> list[str]:
    """Return the folders that were to be copied and were not: their messages were never even counted."""
    return [name for name, reason in skipped if not reason.startswith(EXPECTED_FOLDER_REASONS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCount:
    """What the login check found in one account."""

    folders: int = 0
    messages: int = 0
    size_bytes: int = 0
    quota_free_bytes: int | None = None  # None = no quota told
    append_limit_bytes: int | None = None  # largest message it takes (RFC 7889); None = not told
    too_large: int | None = None  # messages larger than the destination takes; None = not counted
    too_large_named: tuple[SkippedMessage, ...] = ()  # the first of them


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemNote:
    """One card or calendar object worth naming in the report."""

    name: str  # FN, or SUMMARY and date
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What importing one .vcf or .ics did, verified by reading back."""

    kind: Literal["contacts", "calendar"]
    file: str
    target: str  # the account it went into
    imported: int = 0
    updated: int = 0  # was there as we wrote it, and the file has it otherwise now
    same: int = 0  # was there already
    repaired: tuple[ItemNote, ...] = ()
    skipped: tuple[ItemNote, ...] = ()
    failed: tuple[ItemNote, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a pass or import is; sent often, kept nowhere."""

    done: int
    total: int
    done_bytes: int = 0
    total_bytes: int = 0
    folder: str = ""
    waiting_until: str = ""  # ISO instant, UTC: a server asked us to wait; "" = at work


@dataclass(frozen=True, slots=True, kw_only=True)
class PassOptions:
    """How a mail pass is to be run. Folder names are as people know them, with the delimiter of their server."""

    skip_roles: tuple[
        str, ...
    ] = ()  # special uses (RFC 6154) to leave out with all below, e.g. ("trash", "junk")
    exclude: tuple[str, ...] = ()  # source folders to leave out with all below
    folder_map: tuple[
        tuple[str, str], ...
    ] = ()  # (source folder, destination folder): wins over every rule of ours
    into: str = ""  # a destination folder below which everything goes, INBOX too; "" = each to its own place
    connections: int = 4  # to either server at most; fewer when one of them wants no more
    per_source_host: int = 8  # connections to it of all passes of this machine together, at most
    per_destination_host: int = 32  # likewise
    verify: Literal["digest", "full"] = (
        "digest"  # full = every copy is read back and compared (line ends and NUL aside)
    )
    labels: Literal["every", "primary"] = (
        "every"  # Gmail: a copy in the folder of each label, or in the first one only
    )
    compress: bool = False  # COMPRESS=DEFLATE (RFC 4978) where a server has it: for slow lines
    restore: bool = False  # copies that the user removed at the destination are copied again


def utc(moment: datetime) -> datetime:
    """Return `moment` if it is aware; a naive time is a bug of ours."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment


Json = dict[str, Any]
