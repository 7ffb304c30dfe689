"""Files however they are packed: zip, winmail.dat, uuencode, signed and encrypted mails; and bombs."""

import base64
import binascii
import io
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.archive import unpack
from parsers.armour import read_armour
from parsers.attachments import Attachment
from parsers.request import Request, read_request
from parsers.tnef import read_tnef
from tests.test_request import DESK, in_process

CSV = b"email,password,imap\nanna@old.example,geheim-1,imap.old.example\n"
HEAD = "From: anna@old.example\nTo: support@host.example\nSubject: Umzug der Postfaecher\nMIME-Version: 1.0\n"


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    return out.getvalue()


def tnef(files: dict[str, bytes], body: bytes = b"") -> bytes:
    def thing(level: int, name: int, kind: int, data: bytes) -> bytes:
        return (
            struct.pack("<BHHI", level, name, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)
        )

    raw = b"\x78\x9f\x3e\x22\x01\x00" + thing(1, 0x9006, 8, struct.pack("<I", 0x10000))
    raw += thing(1, 0x9007, 6, struct.pack("<II", 1252, 0))
    raw += thing(1, 0x800C, 2, body + b"\0") if body else b""
    for name, data in files.items():
        raw += (
            thing(2, 0x9002, 6, bytes(14))
            + thing(2, 0x8010, 1, name.encode() + b"\0")
            + thing(2, 0x800F, 6, data)
        )
    return raw


def mail(part: str, text: str = "Please see the file.") -> Request:
    raw = f"{HEAD}Content-Type: multipart/mixed; boundary=b\n\n--b\n\n{text}\n--b\n{part}\n--b--\n"
    return read_request(raw.encode(), DESK, safely=in_process)


def file(data: bytes, name: str = "x.dat", kind: str = "application/octet-stream") -> str:
    return f"Content-Type: {kind}; name={name}\nContent-Transfer-Encoding: base64\n\n{base64.encodebytes(data).decode()}"


def codes(request: Request) -> set[str]:
    return {problem.code for problem in request.problems}


@pytest.mark.parametrize(
    "part",
    [
        file(CSV, "A.CSV"),
        file(CSV, "list.xls", "application/vnd.ms-excel"),
        f"Content-Type: text/csv\n\n{CSV.decode()}",
        f"Content-Type: text/plain; name=list.txt\nContent-Disposition: inline\n\n{CSV.decode()}",
        "Content-Type: text/csv; name=a.csv\nContent-Transfer-Encoding: base64\n\n" + base64.b64encode(CSV).decode().rstrip("="),
        "Content-Type: text/csv; name=a.csv\nContent-Transfer-Encoding: base64\n\n!! " + base64.encodebytes(CSV).decode(),
        file(zipped(list__csv=CSV), "list.zip", "application/zip"),
        file(zipped(list__csv=CSV), "list.zip"),
        file(zipped(list__csv=CSV), "x.bin"),
        file(tnef({"list.csv": CSV}), "winmail.dat", "application/ms-tnef"),
        file(tnef({"list.csv": CSV}), "x.bin"),
    ],
)  # fmt: skip
def test_a_table_is_found_however_it_came(part: str) -> None:
    """Names and types are what a program guessed; the bytes are what was meant."""
    request = mail(part)

    assert [(row.address, row.password) for row in request.rows] == [("anna@old.example", "geheim-1")]
    assert codes(request) == set()


def test_a_uuencoded_table_is_a_file() -> None:
    """Old programs put it into the text."""
    lines = "".join(binascii.b2a_uu(CSV[at : at + 45]).decode() for at in range(0, len(CSV), 45))
    request = mail(
        "Content-Type: image/png; name=x.png\n\nx", f"See below\n\nbegin 644 list.csv\n{lines}`\nend\n"
    )

    assert [row.password for row in request.rows] == ["geheim-1"]


def test_the_letter_of_a_winmail_is_read_where_there_is_no_other() -> None:
    raw = f"{HEAD}" + file(tnef({}, b"Email: anna@old.example\r\nPassword: geheim-1\r\nIMAP: imap.old.example\r\n"), "winmail.dat", "application/ms-tnef")  # fmt: skip

    assert [row.password for row in read_request(raw.encode(), DESK, safely=in_process).rows] == ["geheim-1"]


def test_a_winmail_that_is_damaged_is_asked_for_again() -> None:
    """Half a file is no file; and an ask needs a request."""
    whole = tnef({"list.csv": CSV})
    for bad in (whole[:-20], whole[:60] + b"\xff" + whole[61:], b"\x78\x9f\x3e\x22", b"junk"):
        request = mail(file(bad, "winmail.dat", "application/ms-tnef"))
        assert (codes(request), request.rows, request.kind) == ({"winmail-dat"}, (), "request")


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (zipped(**{f"f{n}__csv": CSV for n in range(21)}), "archive-unreadable"),
        (zipped(a__csv=bytes(3 << 20)), "archive-unreadable"),
        (zipped(a__bin=bytes(21 << 20)), "archive-unreadable"),
        (zipped(inner__zip=zipped(a__csv=CSV)), "archive-unreadable"),
        (zipped(a__csv=CSV)[:-30], "archive-unreadable"),
        (zipped(a__csv=CSV).replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00"), "encrypted"),
        (b"PK\x03\x04 no archive", "archive-unreadable"),
    ],
)  # fmt: skip
def test_an_archive_beyond_the_limits_is_a_problem_and_nothing_of_it_is_used(bad: bytes, code: str) -> None:
    """A thousandfold bomb, twenty-one files, archives in archives, a password."""
    request = mail(file(bad, "list.zip", "application/zip"))

    assert (codes(request), request.rows) == ({code}, ())


def test_a_members_name_is_no_path() -> None:
    found, _ = unpack(
        [Attachment(name="a.zip", content_type="", kind="other", data=zipped(**{"../../etc/cron__csv": CSV}))]
    )

    assert [one.name for one in found] == ["cron.csv"]


def test_the_archive_and_its_folders_are_kept_as_names() -> None:
    """They may say whose export it is; they are never a path."""
    data = zipped(**{"Takeout/Anna Meier/../Kontakte__vcf": CSV})
    found, _ = unpack([Attachment(name="a.zip", content_type="", kind="other", data=data)])
    assert [(one.name, one.folders) for one in found] == [
        ("Kontakte.vcf", ("a.zip", "Takeout", "Anna Meier"))
    ]


CARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Dora\r\nN:Dora;;;;\r\nEND:VCARD\r\n"
EVENT = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:bob@old.example\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261201T100000Z\r\nSUMMARY:x\r\nORGANIZER:mailto:Anna@old.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
OLD = EVENT.replace(b"VERSION:2.0", b"VERSION:1.0")


def test_an_export_of_contacts_brings_a_picture_of_each() -> None:
    """Google's has all cards in one file and the pictures beside it."""
    pictures = {f"Takeout/Contacts/{n}__jpg": b"\xff\xd8" for n in range(60)}
    data = zipped(**{"Takeout/Contacts/All Contacts__vcf": CARD, **pictures})
    request = mail(file(data, "takeout.zip", "application/zip"))
    assert [(one.file, one.count) for one in request.contacts] == [("All Contacts.vcf", 1)]


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (EVENT, "kontakte.vcf", "calendar"),
        (CARD, "kalender.ics", "contacts"),
        (b"\r\n\r\nexported by hand\r\n" + CARD, "kalender.ics", "contacts"),
        (EVENT.decode().encode("utf-16-le"), "x.dat", "calendar"),
        (OLD, "termine.vcs", "calendar"),
        (zipped(**{"a/work__ics": EVENT}), "kalender.ics", "calendar"),
        (zipped(**{"a/work__vcs": OLD}), "x.bin", "calendar"),
    ],
)
def test_an_export_is_known_by_what_is_in_it(data: bytes, name: str, kind: str) -> None:
    """Whatever its name and type say."""
    request = mail(file(data, name, "text/calendar" if name.endswith("vcf") else "text/plain"))
    found = {"contacts": request.contacts, "calendar": request.calendars}
    assert {one: sum(file.count for file in files) for one, files in found.items()} == {
        "contacts": 0,
        "calendar": 0,
        kind: 1,
    }


def test_an_export_says_whose_it_seems_to_be() -> None:
    (export,) = mail(file(zipped(**{"anna/work__ics": EVENT}), "x.zip", "application/zip")).calendars
    assert (export.folders, export.owners, export.organizer) == (
        ("x.zip", "anna"),
        ("bob@old.example",),
        "anna@old.example",
    )


@given(data=st.binary(max_size=300), at=st.integers(0, 200), whole=st.booleans())
@settings(max_examples=150, deadline=None)
def test_no_archive_makes_it_fail(data: bytes, at: int, whole: bool) -> None:
    """Random bytes, and random bytes inside a real one."""
    for good, name in ((zipped(a__csv=CSV), "a.zip"), (tnef({"a.csv": CSV}), "winmail.dat")):
        raw = data if whole else good[:at] + data + good[at:]
        unpack([Attachment(name=name, content_type="", kind="other", data=raw)])
        read_tnef(b"\x78\x9f\x3e\x22" + data)


# --- signed and encrypted -----------------------------------------------------------------------------------------

LETTER = "Email: anna@old.example\nPassword: -geheim-1\nIMAP: imap.old.example\n"


@pytest.mark.parametrize("protocol", ["application/pkcs7-signature", "application/pgp-signature"])
def test_a_signed_letter_is_read(protocol: str) -> None:
    """S/MIME and PGP/MIME clear-signed: the letter stands beside its signature."""
    body = f"--b\nContent-Type: text/plain; charset=utf-8\n\n{LETTER}\n--b\nContent-Type: {protocol}; name=smime.p7s\n\nxyz\n--b--\n"
    raw = f"{HEAD}Content-Type: multipart/signed; protocol={protocol}; boundary=b\n\n{body}"
    request = read_request(raw.encode(), DESK, safely=in_process)

    assert ([row.password for row in request.rows], codes(request)) == (["-geheim-1"], set())


def test_a_clear_signed_text_loses_its_escapes() -> None:
    """RFC 9580 section 7.2: a line that began with a dash has "- " before it."""
    text = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nEmail: anna@old.example\n- -----\nPassword:\n- -geheim-1\n"
        "IMAP: imap.old.example\n-----BEGIN PGP SIGNATURE-----\n\niQEz: abc\n-----END PGP SIGNATURE-----\n"
    )
    request = read_request(f"{HEAD}\n{text}".encode(), DESK, safely=in_process)

    assert {row.password for row in request.rows} == {"-geheim-1"}
    assert "\n-geheim-1\n" in read_armour(text)[0]


@pytest.mark.parametrize(
    "rest",
    [
        'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b\n\n--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b\nContent-Type: application/octet-stream\n\nx\n--b--\n',
        "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n\nMIAG\n",
        "Content-Type: text/plain\n\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n=abcd\n-----END PGP MESSAGE-----\n",
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n\n--b\nContent-Type: application/octet-stream; name=list.csv.gpg\n\nx\n--b--\n",
    ],
)
def test_an_encrypted_letter_is_asked_back(rest: str) -> None:
    """With the subject as the only word of what it is about."""
    request = read_request(f"{HEAD}{rest}".encode(), DESK, safely=in_process)

    assert ("encrypted" in codes(request), request.kind, request.rows) == (True, "request", ())
