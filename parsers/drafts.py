"""What a letter states, gathered while it is read line by line: one draft for each account."""

from dataclasses import dataclass, field
from typing import Final, Literal

from parsers.labels import Field, Label, Role
from parsers.pairs import Pair
from parsers.result import Problem, StatedRow
from parsers.secret import read_secret
from parsers.values import is_address, read_address, read_host

Service = Literal["mail", "sending", "other", ""]
Origin = Literal["pairs", "alone", "bare", "table", "prose"]
MOST_DRAFTS: Final = 10_000

_ACCOUNT: Final[tuple[Field, ...]] = ("address", "login")


@dataclass(slots=True)
class Draft:
    """One account, as far as the letter has said it."""

    order: int = 0  # of its account among those of the letter
    origin: Origin = "pairs"  # "alone" = its address stands on a line of its own
    stated: dict[Field, str] = field(default_factory=dict)
    other: str = ""  # a second reading of the password
    row: StatedRow | None = None  # a line of a table that could not be read cell by cell
    weak: bool = False  # said in a sentence: "the password is …"
    closed: bool = False  # a blank line came after address and password
    told: bool = False  # it says that the password comes another way, or where it stands
    unsure: bool = False  # a password is there, and nobody can tell which characters it has
    same: bool = False  # its password is said to be that of another row
    suspect: bool = False  # its password may have been cut at the wrong place: taken, and asked for
    after: bool = False  # below the closing phrase, where addresses are the writer's own
    contact: bool = False  # among phone numbers and names: a letterhead, a form
    numbered: bool = False  # its labels bear a number: "Password 2"
    problems: list[Problem] = field(default_factory=list)

    def has(self, *names: Field) -> bool:
        return any(self.stated.get(name, "").strip() for name in names)

    @property
    def answered(self) -> bool:
        """True when something was said about the password, were it only where it is."""
        return self.has("password") or self.told or self.unsure or self.same

    @property
    def account(self) -> str:
        said = self.stated.get("address") or self.stated.get("login") or ""
        return read_address(said).casefold() if "@" in said else ""


class Collector:
    """Puts pairs into drafts in the order of the text; opens a new draft where a label repeats or a rule parts."""

    def __init__(self) -> None:
        self.drafts = [Draft()]
        self.shared = Draft()  # what is said to be for all rows
        self.role: Role | None = None
        self.start: str | None = None
        self._open = self.drafts[0]
        self._numbered: dict[int, Draft] = {}
        self._by_account: dict[str, Draft] = {}
        self._accounts = 0
        self._other_server = False  # the lines tell of a server for sending, or of POP
        self._other_service = False  # FTP, a database, a shop: nothing of it is mail
        self._after = False

    def add(self, pair: Pair) -> None:
        label, value = pair.label, pair.value
        if label.field == "start":
            self.start = ", ".join(dict.fromkeys(one for one in (self.start, value.strip()) if one)) or None
            return
        if self._is_of_others(label.field, value):
            return
        if pair.shared and label.field in {"password", "host", "port", "security"}:
            self._put(self.shared, label.field, value)
            return
        role = label.role or self.role
        if role == "new":
            self._new_side(label.field, value)
            return
        draft = self._of_account(pair.address) if pair.address else self._draft_for(label, value)
        self._put(draft, label.field, value)
        draft.weak = draft.weak or pair.weak

    def alone(self, address: str, *, sure: bool) -> Draft:
        """Take an address that stands alone on its line: it belongs to the labels that follow, if any do."""
        draft = self._open
        if draft.has(*_ACCOUNT) or draft.answered:
            draft = self._fresh()
        draft.origin = "alone" if not draft.stated else draft.origin
        self._put(draft, "address", address)
        draft.contact = not sure
        self._other_service = False
        return draft

    def insert(self, draft: Draft) -> None:
        """Take an account stated in its own way (a table's line, a bare line, a sentence)."""
        if len(self.drafts) < MOST_DRAFTS:
            draft.after = self._after
            self._note_account(draft)
            self.drafts.append(draft)

    def forget(self) -> None:
        """Leave out all that was stated so far."""
        self.drafts, self.shared, self._numbered, self._by_account = [Draft()], Draft(), {}, {}
        self._open = self.drafts[0]

    def blank(self) -> None:
        self._open.closed = self._open.answered and self._open.has(*_ACCOUNT)
        self._other_server = False

    def rule(self) -> None:
        self.role = None
        self._other_server = self._other_service = False
        self._numbered = {}
        self._fresh()

    def heading(self, role: Role | None, *, service: Service) -> None:
        self.role = role or self.role
        if service:
            self._other_server = service == "sending"
            self._other_service = service == "other"

    def sign_off(self, *, over: bool) -> None:
        """Begin, or with `over` end, the part below the closing phrase."""
        if over != self._after:
            return
        self._after = not over
        self.rule()

    @property
    def elsewhere(self) -> bool:
        """True among lines about FTP, a shop or the like."""
        return self._other_service

    def contact(self) -> None:
        """A phone number, a company: what stands around it is a letterhead."""
        self._open.contact = True

    def _is_of_others(self, name: Field, value: str) -> bool:
        """Say whether the pair is of a server for sending, of FTP or the like; and where such a part begins or ends."""
        if name == "ignored":
            self._other_server = True
            return True
        if name in {"address", "host"} and not (
            name == "host" and self._other_server and not _is_imap(value)
        ):
            self._other_server = False
        if name == "address" or (name == "host" and _is_imap(value)):
            self._other_service = False
        if self._other_service:
            return True
        if not self._other_server:
            return False
        draft = self._open
        return (
            name in {"port", "security", "host"}
            or (name == "password" and draft.answered)
            or (name == "login" and draft.has("login", "address"))
        )

    def _new_side(self, name: Field, value: str) -> None:
        if name in {"address", "login", "destination"} and "@" in value:
            self._open.stated.setdefault("destination", value)
        elif name == "password" and read_secret(value) == "value":
            self._open.problems.append(Problem(code="new-password-ignored", field="password"))

    def _of_account(self, address: str) -> Draft:
        folded = address.casefold()
        if folded not in self._by_account:
            self._put(self._fresh(), "address", address)
        return self._by_account[folded]

    def _draft_for(self, label: Label, value: str) -> Draft:
        if label.index is not None:
            if label.index not in self._numbered:
                self._numbered[label.index] = self._fresh()
                self._numbered[label.index].numbered = True
            return self._numbered[label.index]
        return self._open if self._fits(self._open, label.field, value) else self._fresh()

    @staticmethod
    def _fits(draft: Draft, name: Field, value: str) -> bool:
        """Say whether the value goes on with this account, rather than beginning another."""
        if draft.closed and name in _ACCOUNT:
            return False
        if name == "password":
            return not draft.answered or (draft.told and not draft.has("password"))
        if not draft.has(name) or name in {"port", "security"}:
            return True
        if name == "host":
            return not _names_another_host(draft.stated["host"], value)
        letterhead = draft.contact and draft.origin == "alone" and name == "address"
        return letterhead or (
            name in _ACCOUNT and not draft.answered and draft.stated[name].strip() == value.strip()
        )

    def _fresh(self) -> Draft:
        if self._open.stated or self._open.answered:
            self._open = Draft(after=self._after)
            if len(self.drafts) < MOST_DRAFTS:
                self.drafts.append(self._open)
        self._open.after = self._after
        return self._open

    def _note_account(self, draft: Draft) -> None:
        if not draft.order:
            self._accounts += 1
            draft.order = self._accounts if draft.has(*_ACCOUNT) or draft.answered or draft.row else 0
        if draft.account:
            self._by_account.setdefault(draft.account, draft)

    def _put(self, draft: Draft, name: Field, value: str) -> None:
        if name == "password":
            _put_password(draft, value)
            self._note_account(draft)
            return
        if name == "host" and draft.has("host") and read_host(value).name is None:
            return
        if name in {"port", "security"} and draft.has(name):
            return
        if any(char.isalnum() for char in value):  # not the line of a form, to be filled in
            draft.stated[name] = value
            self._note_account(draft)


def _put_password(draft: Draft, value: str) -> None:
    reading = read_secret(value)
    if reading == "value":
        draft.stated["password"] = value
    elif reading == "same":
        draft.same = True
    elif reading == "unsure":
        draft.unsure = True
    else:
        draft.told = True


def _is_imap(value: str) -> bool:
    return (read_host(value).name or "").startswith(("imap", "mail", "in.", "incoming"))


def _names_another_host(said: str, value: str) -> bool:
    before, now = read_host(said).name, read_host(value).name
    return before is not None and now is not None and before != now


def has_valid_address(draft: Draft) -> bool:
    """Say whether the account is named by a whole address."""
    return any(is_address(read_address(draft.stated.get(name, ""))) for name in ("address", "login"))
