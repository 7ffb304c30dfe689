"""The CSV customers fill in: the empty template, and the one that comes back with only the rows that need them. Pure."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from parsers.columns import Columns, read_header
from parsers.labels import Field
from parsers.rows import PLACEHOLDERS

_RISKY: Final = ("=", "+", "-", "@")  # a spreadsheet would run it as a formula (OWASP CSV injection)
_ESSENTIAL: Final[tuple[Field, ...]] = ("address", "password", "host", "destination")


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The columns of our own table in one language."""

    address: str
    password: str
    host: str
    destination: str
    note: str
    problem: str
    example: str  # what the example row says of itself
    delimiter: str = ";"  # the one a spreadsheet set to that language opens without asking

    def of(self, name: Field) -> str:
        """Return the name of one of the essential columns."""
        return {
            "address": self.address,
            "password": self.password,
            "host": self.host,
            "destination": self.destination,
        }[name]


TEMPLATES: Final[Mapping[str, Names]] = {
    "en": Names(
        address="email",
        password="password",  # noqa: S106 - the name of a column; so are the next seven
        host="imap_server",
        destination="new_email",
        note="note",
        problem="problem",
        example="an example: replace this line",
        delimiter=",",
    ),
    "de": Names(
        address="E-Mail-Adresse",
        password="Passwort",  # noqa: S106
        host="IMAP-Server",
        destination="Neue E-Mail-Adresse",
        note="Bemerkung",
        problem="Problem",
        example="ein Beispiel: bitte diese Zeile ersetzen",
    ),
    "fr": Names(
        address="adresse e-mail",
        password="mot de passe",  # noqa: S106
        host="serveur IMAP",
        destination="nouvelle adresse e-mail",
        note="remarque",
        problem="problème",
        example="un exemple : remplacez cette ligne",
    ),
    "es": Names(
        address="correo electrónico",
        password="contraseña",  # noqa: S106
        host="servidor IMAP",
        destination="nuevo correo electrónico",
        note="nota",
        problem="problema",
        example="un ejemplo: sustituya esta línea",
    ),
    "it": Names(
        address="indirizzo e-mail",
        password="password",  # noqa: S106
        host="server IMAP",
        destination="nuovo indirizzo e-mail",
        note="nota",
        problem="problema",
        example="un esempio: sostituire questa riga",
    ),
    "nl": Names(
        address="e-mailadres",
        password="wachtwoord",  # noqa: S106
        host="IMAP-server",
        destination="nieuw e-mailadres",
        note="opmerking",
        problem="probleem",
        example="een voorbeeld: vervang deze regel",
    ),
    "pt": Names(
        address="endereço de e-mail",
        password="palavra-passe",  # noqa: S106
        host="servidor IMAP",
        destination="novo endereço de e-mail",
        note="observação",
        problem="problema",
        example="um exemplo: substitua esta linha",
    ),
    "pl": Names(
        address="adres e-mail",
        password="hasło",  # noqa: S106
        host="serwer IMAP",
        destination="nowy adres e-mail",
        note="uwagi",
        problem="problem",
        example="przykład: zastąp ten wiersz",
    ),
    "ro": Names(
        address="adresă de e-mail",
        password="parolă",  # noqa: S106
        host="server IMAP",
        destination="adresă de e-mail nouă",
        note="observații",
        problem="problemă",
        example="un exemplu: înlocuiți acest rând",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """One row that needs the customer, as it stands; its password is never among it."""

    address: str
    host: str = ""
    port: int = 993
    security: str = "tls"
    login: str = ""  # "" = the address
    destination: str = ""  # "" = the same address
    problem: str = ""


def names_in(language: str) -> Names:
    """Return the columns in a language; English where we do not have it."""
    return TEMPLATES.get(language.casefold().partition("-")[0], TEMPLATES["en"])


def render_template(language: str = "en", delimiter: str = "") -> bytes:
    """Return the template as UTF-8 with a BOM, so that Excel opens it right: the header and one example row."""
    names = names_in(language)
    placeholder = PLACEHOLDERS.get(language, PLACEHOLDERS["en"])
    header = (names.address, names.password, names.host, names.destination, names.note)
    example = ("anna@example.com", placeholder, "imap.old-provider.example", "", names.example)
    return _render((header, example), delimiter or names.delimiter)


def render_corrected(
    rows: Sequence[BadRow], language: str = "en", layout: Sequence[str] = (), delimiter: str = ""
) -> bytes:
    """Return a CSV with only the rows that need the customer, in the columns of their own file.

    The password column is empty: passwords never leave us. No cell can run as a formula. What their header has no
    column for is added at its end, the problem last.

    Args:
        rows: in the order of their lines.
        language: of the names of columns that are ours.
        layout: the delimiter and the header of their file; () = our own columns.
        delimiter: for our own columns; "" = the usual one of the language.
    """
    names = names_in(language)
    header, columns = _columns_of(layout, names)
    lines = [_line(row, header, columns) for row in rows]
    chosen = (layout[0] if layout else "") or delimiter or names.delimiter
    return _render(([*header, names.problem], *lines), chosen)


def _columns_of(layout: Sequence[str], names: Names) -> tuple[list[str], Columns]:
    """Return the header and what its columns hold."""
    header = [cell for cell in layout[1:] if cell not in {one.problem for one in TEMPLATES.values()}]
    columns = read_header(header) if header else None
    usable = columns is not None and not columns.unsure and len(set(header)) == len(header)
    fields = dict(columns.fields) if columns and usable else {}
    header = header[: columns.width] if columns and usable else []
    known = set(fields.values())
    for name in _ESSENTIAL:
        if name not in known and not (name == "address" and "login" in known):
            fields[len(header)] = name
            header.append(names.of(name))
    return header, Columns(fields, len(header))


def _line(row: BadRow, header: Sequence[str], columns: Columns) -> list[str]:
    known = set(columns.fields.values())
    odd = row.host and row.port != 993 and "port" not in known
    values: dict[Field, str] = {
        "address": row.address,
        "login": row.login if "address" in known else row.login or row.address,
        "host": f"{row.host}:{row.port}" if odd else row.host,
        "port": str(row.port) if row.host else "",
        "security": {"tls": "SSL/TLS", "starttls": "STARTTLS"}.get(row.security, "") if row.host else "",
        "destination": row.destination,
    }
    filled = [values.get(columns.fields[at], "") if at in columns.fields else "" for at in range(len(header))]
    return [*filled, row.problem]


def render_cells(rows: Iterable[Iterable[str]], delimiter: str = ",") -> bytes:
    """Return any table as a CSV; no cell can run as a formula."""
    return _render(rows, delimiter)


def safe(cell: str) -> str:
    """Return the cell so that no spreadsheet takes it for a formula."""
    begins = unicodedata.normalize("NFKC", cell).lstrip(' "\t\r\n')  # some take the wide forms, too
    return f"'{cell}" if begins.startswith(_RISKY) or cell.startswith(("\t", "\r", "\n")) else cell


def _render(rows: Iterable[Iterable[str]], delimiter: str) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")
