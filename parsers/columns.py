"""Which column of a table holds what: told by its header, else by its cells."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from parsers.labels import Field, Label, Role, fold, read_label
from parsers.values import is_address, is_host, read_address, read_host

_PROFILES: Final[tuple[dict[str, Field], ...]] = (
    # Hetzner konsoleH: the IMAP columns are the source, the bare ones the new mailbox
    {"imap server": "host", "imap username": "login", "imap password": "password", "mailbox": "destination"},
    # LWS, TrekMail, MigrationWiz and imapsync's job file need no profile: "source_", "dest_" and 1, 2 are roles
)
_SIDED: Final = frozenset(
    {"password", "host", "port", "security", "login"}
)  # the old server has them, and the new
# Words that say no more than a side, or half of something: only where other columns make it a header.
_OLD: Final = frozenset(
    re.findall(
        r"\w+", "old source src from alt bisher quelle von ancien antiguo vecchio oud antigo stary vechi"
    )
)
_NEW: Final = frozenset(
    re.findall(r"\w+", "new target dest dst to neu ziel nach nouveau nuevo nuovo nieuw novo nowy nou")
)
_TIMES: Final = frozenset(re.findall(r"\w+", "time uhrzeit zeit heure hora ora tijd godzina"))
_DATES: Final = frozenset(re.findall(r"\w+", "date datum data fecha day tag"))
_LOCALS: Final = ("mail name", "mailname", "local part", "localpart")
_FLAG: Final = re.compile(
    r"true|false|yes|no|ja|nein|oui|non|si|sí|x|on|off|wahr|falsch|enabled|disabled|active|aktiv|inactive",
    re.IGNORECASE,
)
_NAME: Final = re.compile(r"[^\W\d_][\w.'\u2019-]*(?: [^\W\d_(][\w.'\u2019)-]*){1,4}")
_SIZE: Final = re.compile(r"[\d.,]{1,12} ?[kmgt]i?b", re.IGNORECASE)
_PHONE: Final = re.compile(r"\+[\d ()/-]{6,20}|0\d{1,5}[ /-][\d ]{4,12}")
_AMOUNT: Final = re.compile(
    r"(?:[$\u20ac\u00a3]|eur|usd|gbp)? ?-?\d{1,9}[.,]\d\d ?(?:[$\u20ac\u00a3]|eur|usd|gbp|zl)?", re.IGNORECASE
)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[T ][\d:]{4,8})?|\d{1,2}[./]\d{1,2}[./]\d{2,4}(?: [\d:]{4,8})?")
_KINDS: Final = frozenset({"imap", "imap4", "pop", "pop3", "mailbox", "user", "active", "aktiv", "ok"})


@dataclass(frozen=True, slots=True)
class Columns:
    """What each column holds. `start` may stand twice: a date and a time."""

    fields: dict[int, Field] = field(default_factory=dict)
    width: int = 0  # cells a line has; named columns, or the usual number where none is named
    new_password: int | None = None  # the column of the new account's password, which we leave alone
    domain: int | None = None  # the column of the part right of the @
    unsure: bool = False  # several columns could be the password: none is taken

    def at(self, name: Field) -> int | None:
        """Return the first column of that field."""
        return next((at for at, field in self.fields.items() if field == name), None)


def map_columns(header: list[str]) -> dict[int, Field]:
    """Return which column holds which field; {} when this is no header (fewer than one address and one more label)."""
    columns = read_header(header)
    return columns.fields if columns else {}


def read_header(header: Sequence[str]) -> Columns | None:
    """Return the columns a header names; None when it is none (fewer than one address and one more label).

    A column of the new side names the destination or is left out; "host2", "user2" are the new side (imapsync).
    Of two password columns that say no side, each is of the side of the address before it.
    """
    width = max((at + 1 for at, cell in enumerate(header) if cell.strip()), default=0)
    folded = [fold(cell) for cell in header]
    for profile in _PROFILES:
        if profile.keys() <= set(folded):
            fields = {folded.index(name): field for name, field in profile.items()}
            new = folded.index("password") if "password" in folded else None
            return Columns(fields, width, new)
    labels = _with_sides(_with_sparse([read_label(cell) for cell in header], folded))
    fields, new, twice = _fields(labels)
    known = set(fields.values())
    if len(known) < 2 or not known & {"address", "login"}:
        return None
    domain = next(
        (folded.index(word) for word in ("domain", "domaene", "domane", "domaine") if word in folded), None
    )
    local = next((folded.index(word) for word in _LOCALS if word in folded), None)
    if domain is not None and local is not None:  # Plesk's "Mailbox" beside it says whether there is one
        fields = {at: name for at, name in fields.items() if name != "address"} | {local: "address"}
    return Columns(fields, width, new, domain, unsure=twice)


def without_flags(columns: Columns, rows: Sequence[Sequence[str]]) -> Columns:
    """Return the columns a header names, without one of addresses in which nothing but "yes" and "true" stands."""
    at = columns.at("address")
    cells = [] if at is None else [cell for row in rows if at < len(row) and (cell := row[at].strip())]
    if not cells or not all(_FLAG.fullmatch(cell) for cell in cells):
        return columns
    return replace(columns, fields={n: name for n, name in columns.fields.items() if n != at})


def _with_sparse(labels: list[Label | None], folded: list[str]) -> list[Label | None]:
    """Return the labels with those of sparse words: "Old", "New", "Password"; "Date", "Time" beside an address."""
    names = {label.field for label in labels if label is not None}
    dated = "start" in names or _DATES & set(folded)
    for at, word in enumerate(folded):
        if word in _OLD and not names & {"address", "login"}:
            labels[at] = Label("address", "old")
        elif word in _NEW and "destination" not in names:
            labels[at] = Label("destination")
        elif (word in _TIMES and dated) or (word in _DATES and _TIMES & set(folded)):
            labels[at] = Label("start")
    return labels


def _with_sides(labels: list[Label | None]) -> list[tuple[Field, bool] | None]:
    """Return field and "of the new side" for each label."""
    asked = [label.field for label in labels if label is not None and label.role is None]
    side: Role | None = None
    found: list[tuple[Field, bool] | None] = []
    for label in labels:
        if label is None or label.field == "ignored":
            found.append(None)
            continue
        if label.field in {"address", "destination"}:
            side = "new" if label.field == "destination" else label.role
        doubled = label.role is None and label.field in _SIDED and asked.count(label.field) > 1
        role = side if doubled else label.role
        found.append((label.field, role == "new" or label.index == 2))
    return found


def _fields(labels: list[tuple[Field, bool] | None]) -> tuple[dict[int, Field], int | None, bool]:
    """Return the columns to read, the one of the new password, and whether two could be the password."""
    fields: dict[int, Field] = {}
    new_password, twice = None, False
    for at, label in enumerate(labels):
        if label is None:
            continue
        name, is_new = label
        if is_new and name == "password":
            new_password = at
        if is_new and name in {"address", "login"}:
            name = "destination"
        elif is_new and name != "destination":
            continue
        if name not in fields.values() or name == "start":
            fields[at] = name
        elif name == "password":
            twice = True
    if twice:
        fields = {at: name for at, name in fields.items() if name != "password"}
    return fields, new_password, twice


def are_names(logins: Iterable[str]) -> bool:
    """Say whether cells that could be logins are people's names ("Anna Berg"): no login holds a blank between words."""
    return any(_NAME.fullmatch(cell.strip()) for cell in logins)


# --- no header ----------------------------------------------------------------------------------------------------


def columns_by_type(rows: list[list[str]]) -> Columns:
    """Return what each column holds, told by its cells: address, host, port, names; what is left is the password.

    Where more than one column is left, none is taken for the password.
    """
    rows = [
        row for row in rows if any("@" in cell and is_address(read_address(cell)) for cell in row)
    ] or rows
    widths = [len(row) for row in rows]
    width = max(set(widths), key=lambda w: (widths.count(w), -w), default=0)
    fitting = [[cell.strip() for cell in row] for row in rows if len(row) == width]
    fields: dict[int, Field] = {}
    left: list[int] = []
    for at in range(width):
        cells = [row[at] for row in fitting if row[at]]
        name = _type_of(cells)
        if name == "address" and "address" in fields.values():
            name = "destination"
        if name is None:
            left.append(at)
        elif name not in fields.values():
            fields[at] = name
    address = next((at for at, name in fields.items() if name == "address"), None)
    filled = [at for at in left if any(row[at] for row in fitting)]
    likely = [at for at in filled if not _is_beside_the_point([row[at] for row in fitting], fitting, address)]
    if len(likely) == 1 or _is_job_file(fields, likely):
        fields[likely[0]] = "password"
        return Columns(fields, width, new_password=likely[1] if likely[1:] else None)
    return Columns(fields, width, unsure=bool(filled))


def _type_of(cells: list[str]) -> Field | None:
    def most(test: Callable[[str], bool]) -> bool:
        return bool(cells) and sum(map(test, cells)) * 2 > len(cells)

    if most(lambda cell: is_address(read_address(cell))):
        return "address"
    if most(lambda cell: is_host(cell.lower()) or (read_host(cell).name is not None and " " not in cell)):
        return "host"
    if most(lambda cell: cell in {"993", "143"}):
        return "port"
    if most(lambda cell: cell.casefold() in {"ssl", "tls", "starttls", "ssl/tls"}):
        return "security"
    return None


def _is_beside_the_point(cells: list[str], rows: list[list[str]], address: int | None) -> bool:
    """True for a column that is hardly the password: numbered, the login, names, sizes, telephone numbers."""
    filled = [cell for cell in cells if cell]
    if len(filled) > 1 and filled == [str(n) for n in range(1, len(filled) + 1)]:
        return True
    if address is not None and all(
        row[address].partition("@")[0].casefold() == cell.casefold()
        for row, cell in zip(rows, cells, strict=True)
    ):
        return True
    return all(cell.casefold() in _KINDS for cell in filled) or any(
        all(shape.fullmatch(cell) for cell in filled) for shape in (_NAME, _SIZE, _PHONE, _AMOUNT, _DAY)
    )


def _is_job_file(fields: dict[int, Field], left: list[int]) -> bool:
    """True for imapsync's `host;user;password;host;user;password`, whose first half is the old side."""
    return left[:2] == [2, 5] and [fields.get(at) for at in (0, 1, 4)] == ["host", "address", "destination"]
