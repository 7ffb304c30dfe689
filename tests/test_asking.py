"""Who asks us to move mail, and who only speaks of it."""

import pytest

from parsers.asking import asks_us


@pytest.mark.parametrize(
    "text",
    [
        "We're switching from Rackspace to you. We've got 6 mailboxes that will need migrating.",
        "I'd like all my old emails brought across from BT please - there's about 10 years' worth.",
        "My inbox is at the old host. Please move it!",
        "hiermit beauftrage ich Sie mit der Übernahme meiner Postfächer von 1&1. Welche Unterlagen benötigen Sie?",
        "Mein altes Postfach liegt bei GMX. Bitte umziehen!",
        "könntet ihr meine Mails von Strato zu euch rüberziehen? Welche Daten braucht ihr dazu?",
        "merci de récupérer mes mails de chez Orange et de les mettre sur ma nouvelle boîte chez vous.",
        "Pourriez-vous migrer nos 4 boîtes mail depuis OVH ?",
        "quería pediros que paséis mi correo de Hostinger a vuestro servidor.",
        "vorremmo spostare le nostre tre caselle da Aruba a voi.",
        "Kunnen jullie mijn oude mail van Ziggo overzetten?",
        "preciso de transferir a minha caixa de correio para o vosso serviço.",
        "proszę o przeniesienie mojej poczty z home.pl na Państwa serwer.",
        "am vrea să mutăm conturile de email la dumneavoastră.",
        "Bitte die beiden Postfächer umziehen.",
        "Merci de migrer les deux boîtes avant Noël.",
        "ich habe jetzt die Domain hier und möchte meine Mails von web.de gern mitnehmen.",
        "Könnt ihr bitte unsere Mailboxen zügeln?",
    ],
)
def test_a_wish_for_the_writers_own_mail_asks_us(text: str) -> None:
    """Without any data: all of it is asked for then."""
    assert asks_us(text)


@pytest.mark.parametrize(
    "text",
    [
        # asked about
        "how much would it cost to migrate 12 mailboxes from Google Workspace to you?",
        "I'd like to know how long it takes to move a mailbox of 20 GB to your servers.",
        "falls ich zu Ihnen wechsle: würden Sie dann auch meine E-Mails und Kalender umziehen?",
        "¿Se puede migrar el correo desde Gmail a vuestro servidor?",
        "Wann ist der Umzug meines Postfachs fertig?",
        # something else shall move
        "ich möchte meine Domain u.example zu Ihnen umziehen.",
        "I'd like to move our meeting about the mailboxes to Friday.",
        "Please transfer 500 EUR to my account.",
        "Please forward all mail of my old address to the new one and move on.",
        # the reader's mailbox, or everybody's
        "please transfer your e-mail account to the new Outlook Web App by filling in:",
        "We would like to inform you that all mailboxes are to be moved to our new server. Please move your mailbox now.",
        "Por favor migre su cuenta de correo al nuevo servidor antes de 24 horas.",
        "in der Nacht ziehen wir Ihre Postfächer auf eine neue Plattform um.",
        "Please migrate all mailboxes here: https://x.example/m",
        "We offer mailbox migration for companies. Our experts move your mailboxes.",
        # somebody else's wish
        "the customer wants to migrate 20 mailboxes next month. Can you prepare an offer?",
        # over, gone wrong, called off
        "I moved my mailbox myself over the weekend, so you can close this.",
        "The migration of my mailbox last month was a disaster.",
        "Please stop the transfer of my mailbox.",
        "I want to cancel my contract and move my mailboxes to another provider.",
    ],
)
def test_a_question_an_offer_or_a_notice_asks_for_no_move(text: str) -> None:
    """All of them have a word for moving and a thing that moves."""
    assert not asks_us(text)


def test_an_order_with_a_link_or_about_the_readers_mail_asks_the_reader() -> None:
    """Phishing gives the same order."""
    assert not asks_us("Bitte das Postfach umziehen: https://x.example")
    assert not asks_us("Bitte migrieren Sie Ihr Postfach auf den neuen Server.")
    assert not asks_us("Please migrate your mailbox before Friday.")


def test_a_subject_alone_asks_where_it_names_the_writers_mail() -> None:
    """The body may be sealed, or a list."""
    assert asks_us("", "Umzug unserer Postfächer")
    assert asks_us("Siehe Liste.", "Umzug unserer Postfächer")
    assert not asks_us("Seit dem Umzug fehlen Mails.", "Umzug unserer Postfächer")
    assert not asks_us("Join: https://x.example", "Mailbox migration kick-off")


@pytest.mark.parametrize("text", ["", "?", "\x00", "please move my mailbox " * 5000, "i would " * 20000])
def test_any_text_is_judged(text: str) -> None:
    """Never raises."""
    asks_us(text, text)
