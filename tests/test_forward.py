"""Who asks where staff passes a mail on: every client and language, plain and HTML; and where a customer does."""

import html as page

import pytest

from parsers.request import Request, read_request
from parsers.subject import strip_prefixes, tags_of
from tests.test_request import DESK, in_process

ANN, ANNA = "Ann Staff <ann@host.example>", "anna@old.example"
DATA = f"Email: {ANNA}\nPassword: geheim-1\nIMAP: imap.old.example\n"


def read(body: str, head: str = "Subject: Fwd: Umzug", sender: str = ANN, to: str = "ferry@host.example", kind: str = "plain") -> Request:  # fmt: skip
    fields = f"From: {sender}\nTo: {to}\nMessage-ID: <9@host.example>\n{head}\nContent-Type: text/{kind}; charset=utf-8"
    return read_request(f"{fields}\n\n{body}".encode(), DESK, safely=in_process)


HEADS = {
    "outlook-en": "-----Original Message-----\nFrom: Anna Berg <anna@old.example>\nSent: Tuesday, May 12, 2026 9:14 AM\nTo: Support <support@host.example>\nSubject: Umzug [#4711]\n",
    "outlook-de": "Von: Anna Berg <anna@old.example>\nGesendet: Dienstag, 12. Mai 2026 09:14\nAn: Support <support@host.example>\nBetreff: Umzug [#4711]\n",
    "outlook-fr": "De : Anna Berg <anna@old.example>\nEnvoyé : mardi 12 mai 2026 09:14\nÀ : Support <support@host.example>\nObjet : Umzug [#4711]\n",
    "outlook-es": "De: Anna Berg <anna@old.example>\nEnviado el: martes, 12 de mayo de 2026 9:14\nPara: support@host.example\nAsunto: Umzug [#4711]\n",
    "outlook-it": "Da: Anna Berg <anna@old.example>\nInviato: martedì 12 maggio 2026 09:14\nA: support@host.example\nOggetto: Umzug [#4711]\n",
    "outlook-nl": "Van: Anna Berg <anna@old.example>\nVerzonden: dinsdag 12 mei 2026 09:14\nAan: support@host.example\nOnderwerp: Umzug [#4711]\n",
    "outlook-pt": "De: Anna Berg <anna@old.example>\nEnviada em: terça-feira, 12 de maio de 2026 09:14\nPara: support@host.example\nAssunto: Umzug [#4711]\n",
    "outlook-pl": "Od: Anna Berg <anna@old.example>\nWysłano: wtorek, 12 maja 2026 09:14\nDo: support@host.example\nTemat: Umzug [#4711]\n",
    "outlook-mailto": "From: Anna Berg [mailto:anna@old.example]\nSent: Tuesday, May 12, 2026 9:14 AM\nTo: support@host.example\nSubject: Umzug [#4711]\n",
    "outlook-com": "________________________________\nVon: Anna Berg <anna@old.example>\nGesendet: Dienstag, 12. Mai 2026 09:14\nAn: support@host.example <support@host.example>\nCc: Ben <ben@old.example>\nBetreff: Umzug [#4711]\n",
    "gmx": 'Gesendet: Dienstag, 12. Mai 2026 um 09:14 Uhr\nVon: "Anna Berg" <anna@old.example>\nAn: support@host.example\nBetreff: Umzug [#4711]\n',
    "gmail-en": "---------- Forwarded message ---------\nFrom: Anna Berg <anna@old.example>\nDate: Tue, 12 May 2026 at 09:14\nSubject: Umzug [#4711]\nTo: <support@host.example>\n\n",
    "gmail-de": "---------- Forwarded message ---------\nVon: Anna Berg <anna@old.example>\nDate: Di., 12. Mai 2026 um 09:14 Uhr\nSubject: Umzug [#4711]\nTo: <support@host.example>\n\n",
    "gmail-fr": "---------- Message transféré ---------\nDe : Anna Berg <anna@old.example>\nDate : mar. 12 mai 2026 à 09:14\nObjet : Umzug [#4711]\nTo: <support@host.example>\n\n",
    "gmail-es": "---------- Mensaje reenviado ---------\nDe: Anna Berg <anna@old.example>\nDate: mar, 12 may 2026 a las 9:14\nSubject: Umzug [#4711]\nTo: <support@host.example>\n\n",
    "gmail-it": "---------- Messaggio inoltrato ----------\nDa: Anna Berg <anna@old.example>\nData: 12 maggio 2026 09:14\nOggetto: Umzug [#4711]\nA: support@host.example\n\n",
    "apple-en": "Begin forwarded message:\n\n> From: Anna Berg <anna@old.example>\n> Subject: Umzug [#4711]\n> Date: 12 May 2026 at 09:14:03 CEST\n> To: support@host.example\n> \n",
    "apple-de": "Anfang der weitergeleiteten Nachricht:\n\n> Von: Anna Berg <anna@old.example>\n> Betreff: Umzug [#4711]\n> Datum: 12. Mai 2026 um 09:14:03 MESZ\n> An: support@host.example\n> \n",
    "apple-fr": "Début du message réexpédié :\n\nDe: Anna Berg <anna@old.example>\nObjet: Umzug [#4711]\nDate: 12 mai 2026 à 09:14:03 UTC+2\nÀ: support@host.example\n\n",
    "apple-es": "Inicio del mensaje reenviado:\n\nDe: Anna Berg <anna@old.example>\nAsunto: Umzug [#4711]\nFecha: 12 de mayo de 2026, 9:14:03 CEST\nPara: support@host.example\n\n",
    "thunderbird-en": "-------- Forwarded Message --------\nSubject: \tUmzug [#4711]\nDate: \tTue, 12 May 2026 09:14:03 +0200\nFrom: \tAnna Berg <anna@old.example>\nTo: \tsupport@host.example\n\n\n",
    "thunderbird-de": "-------- Weitergeleitete Nachricht --------\nBetreff: \tUmzug [#4711]\nDatum: \tTue, 12 May 2026 09:14:03 +0200\nVon: \tAnna Berg <anna@old.example>\nAn: \tsupport@host.example\n\n\n",
    "thunderbird-fr": "-------- Message transféré --------\nSujet : \tUmzug [#4711]\nDate : \tTue, 12 May 2026 09:14:03 +0200\nDe : \tAnna Berg <anna@old.example>\nPour : \tsupport@host.example\n\n\n",
    "thunderbird-es": "-------- Mensaje reenviado --------\nAsunto: \tUmzug [#4711]\nFecha: \tTue, 12 May 2026 09:14:03 +0200\nDe: \tAnna Berg <anna@old.example>\nPara: \tsupport@host.example\n\n\n",
    "thunderbird-pl": "-------- Przekazana wiadomość --------\nTemat: \tUmzug [#4711]\nData: \tTue, 12 May 2026 09:14:03 +0200\nNadawca: \tAnna Berg <anna@old.example>\nAdresat: \tsupport@host.example\n\n\n",
    "yahoo": "----- Forwarded Message -----\nFrom: Anna Berg <anna@old.example>\nTo: support@host.example <support@host.example>\nSent: Tuesday, 12 May 2026 at 09:14:03 CEST\nSubject: Umzug [#4711]\n",
    "roundcube": "-------- Originalnachricht --------\nBetreff: Umzug [#4711]\nDatum: 12.05.2026 09:14\nVon: Anna Berg <anna@old.example>\nAn: support@host.example\n\n",
    "proton": "------- Forwarded Message -------\nFrom: Anna Berg <anna@old.example>\nDate: On Tuesday, May 12th, 2026 at 9:14 AM\nSubject: Umzug [#4711]\nTo: support@host.example\n\n",
}  # fmt: skip


def body_of(name: str) -> str:
    mark = "> " if name.startswith("apple") and "\n> " in HEADS[name] else ""
    return HEADS[name] + "".join(f"{mark}{line}\n" for line in f"Please move us.\n\n{DATA}\nAnna".split("\n"))


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("subject", ["Fwd: Umzug", "WG: Umzug", "TR : Umzug", "RV: Umzug", "Umzug"])
def test_the_customer_of_a_forward_is_found_in_its_header_block(name: str, subject: str) -> None:
    """Whichever program passed it on, in whichever language; the note above is the desk's."""
    request = read(f"Please take this one, customer 4711.\n\n{body_of(name)}", f"Subject: {subject}")

    assert (request.kind, request.via, request.requester) == ("request", "staff-forward", ANNA)
    assert [(row.address, row.password, row.host) for row in request.rows] == [(ANNA, "geheim-1", "imap.old.example")]  # fmt: skip
    assert (request.subject, request.ticket_tags) == ("Umzug [#4711]", ("[#4711]",))


@pytest.mark.parametrize("name", HEADS)
def test_a_customers_forward_leaves_them_the_requester(name: str) -> None:
    """The inner From is anybody's to write."""
    text = body_of(name).replace("Anna Berg <anna@old", "Ben <ben@other").replace("[mailto:anna@old", "[mailto:ben@other")  # fmt: skip
    request = read(f"Please migrate this.\n\n{text}", sender=ANNA)

    assert (request.via, request.requester, request.kind) == ("direct", ANNA, "request")
    assert [row.password for row in request.rows] == ["geheim-1"]


@pytest.mark.parametrize("name", ["outlook-de", "outlook-fr", "outlook-en", "gmail-en"])
def test_a_forward_in_html_is_read_alike(name: str) -> None:
    """Outlook's block is bold labels and <br>, Gmail's a div of class gmail_quote."""
    lines = [page.escape(line) for line in body_of(name).split("\n")]
    bold = "<br>".join(f"<b>{a}:</b>{b}" if b else a for a, _, b in (line.partition(":") for line in lines))
    box = "gmail_quote" if name.startswith("gmail") else "x"
    request = read(f"<p>please</p><div class={box}>{bold}</div>", "Subject: WG: Umzug", kind="html")

    assert (request.via, request.requester) == ("staff-forward", ANNA)
    assert [row.password for row in request.rows] == ["geheim-1"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Anna Berg <anna@old.example>", "Anna Berg"),
        ("Anna Berg <anna@old.example>", "<anna@old.example>, <ben@other.example>"),
        ("Anna Berg <anna@old.example>", "ann@host.example"),
    ],
)
def test_a_block_that_names_not_one_customer_is_asked_about(old: str, new: str) -> None:
    """Nobody is made a requester by a guess."""
    request = read(body_of("gmail-en").replace(old, new))

    assert (request.via, request.requester) == ("staff-forward", None)
    assert "requester-unclear" in {problem.code for problem in request.problems}


def test_a_forward_of_a_colleagues_forward_means_the_customer() -> None:
    """The outer block is the desk's own."""
    outer = "---------- Forwarded message ---------\nFrom: Bo <bo@desk.host.example>\nDate: today\nSubject: Fwd: Umzug\nTo: Ann <ann@host.example>\n\n"
    request = read(outer + body_of("gmail-de"))

    assert (request.requester, [row.password for row in request.rows]) == (ANNA, ["geheim-1"])


def test_staff_on_a_thread_with_a_customer_hands_it_over() -> None:
    """Row 3: the one outside address in To; the quotation counts only here."""
    quoted = "".join(f"> {line}\n" for line in DATA.split("\n"))
    text = f"We do that.\n\nOn Tue, Anna wrote:\n{quoted}"
    request = read(text, "Subject: Re: Umzug\nCc: ferry@host.example", to=f"Anna <{ANNA}>")

    assert (request.via, request.requester, request.kind) == ("staff-cc", ANNA, "request")
    assert [row.password for row in request.rows] == ["geheim-1"]
    two = read(text, "Subject: Re: Umzug", to=f"{ANNA}, ben@other.example")
    assert (two.via, two.requester) == ("staff-cc", None)


def test_a_customers_own_quotation_states_nothing() -> None:
    """Our example, or their first mail: neither is new."""
    quoted = "".join(f"> {line}\n" for line in DATA.split("\n"))

    assert read(f"Thanks!\n\nOn Tue, Support wrote:\n{quoted}", "Subject: Re: x", sender=ANNA).rows == ()


def test_what_is_quoted_twice_is_not_the_customers_answer() -> None:
    """Inside the quotation stands our own example."""
    text = f"Ok.\n\nOn Tue, Anna wrote:\n> Here it is\n>\n> On Mon, Support wrote:\n>> Email: x@example.org\n>> Password: EXAMPLE\n> {DATA.splitlines()[0]}\n"
    request = read(text, "Subject: Re: Umzug", to=ANNA)

    assert all(row.password is None for row in request.rows)


@pytest.mark.parametrize("where", ["message/rfc822", "application/octet-stream; name=x.eml"])
def test_an_attached_mail_is_the_request(where: str) -> None:
    """Rows 5 and 7: by staff its sender asks, by a customer the customer does; its files count."""
    inner = (
        f"From: Anna <{ANNA}>\nSubject: Umzug\nMessage-ID: <5@old.example>\nContent-Type: multipart/mixed; boundary=i\n\n"
        f"--i\n\nPlease move us.\n--i\nContent-Type: text/csv; name=a.csv\n\nemail,password,imap\n{ANNA},geheim-1,imap.old.example\n--i--\n"
    )
    body = f"--b\n\nfyi\n--b\nContent-Type: {where}\n\n{inner}\n--b--\n"

    def attached(sender: str) -> Request:
        head = f"From: {sender}\nTo: ferry@host.example\nSubject: WG: Umzug [#7]\nContent-Type: multipart/mixed; boundary=b"
        return read_request(f"{head}\n\n{body}".encode(), DESK, safely=in_process)

    staff, ben = attached(ANN), attached("ben@other.example")
    assert (staff.via, staff.requester, staff.thread and staff.thread.message_id) == ("staff-eml", ANNA, "<5@old.example>")  # fmt: skip
    assert (ben.via, ben.requester, ben.thread) == ("direct", "ben@other.example", None)
    assert [row.password for row in staff.rows] == [row.password for row in ben.rows] == ["geheim-1"]
    assert staff.subject == "Umzug [#7]"


def test_a_mail_redirected_by_staff_is_its_senders() -> None:
    """Row 6: Resent-From says by whose hands."""
    request = read(DATA, f"Subject: x\nResent-From: {ANN}", sender=ANNA)

    assert (request.via, request.requester, request.kind) == ("other", ANNA, "request")


# --- subjects -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "tags"),
    [
        ("[Ticket ID: 839203] Umzug", ("[Ticket ID: 839203]",)),
        ("Re: [#TID-839203] Umzug", ("[#TID-839203]",)),
        ("Umzug [#123456]", ("[#123456]",)),
        ("[Ticket#31001] Umzug", ("[Ticket#31001]",)),
        ("[host.example #123] Umzug", ("[host.example #123]",)),
        ("[#INC-1234] Umzug", ("[#INC-1234]",)),
        ("Re: [Ticket#2026051200042] Umzug", ("[Ticket#2026051200042]",)),
        ("[Request #12] [EXT] Umzug [MF-7F3K9]", ("[Request #12]", "[MF-7F3K9]")),
        ("[HOST-123] Umzug", ("[HOST-123]",)),
        ("[EXTERN] [Office 365] [2 Mailboxes] [URGENT] Umzug [1/2]", ()),
        ("[Case:4711] Umzug [Case:4711]", ("[Case:4711]",)),
    ],
)
def test_tags_are_kept_and_nothing_else_is_one(subject: str, tags: tuple[str, ...]) -> None:
    """Verbatim, each once: the other desk finds its ticket by them."""
    assert tags_of(subject) == tags


@pytest.mark.parametrize(
    "subject",
    ["AW: Re: [EXTERN] WG: x", "Fwd: Fw: TR : RV: x", "R: I: x", "Re[2]: Antw: x", "Odp: PD: x", "Re : x"],
)
def test_prefixes_are_taken_off(subject: str) -> None:
    assert strip_prefixes(subject) == "x"
