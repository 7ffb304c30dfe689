"""Letters as customers write them, each with what a careful agent would understand. Read by test_bodies.py."""

from typing import Final, NamedTuple

from parsers.result import TransportSecurity


class R(NamedTuple):
    """One row. `other` = the second password worth a try; `host` as shared by the whole letter."""

    address: str | None
    password: str | None
    host: str | None = None
    port: int | None = None
    security: TransportSecurity | None = None
    login: str | None = None
    destination: str | None = None
    other: str | None = None
    problems: tuple[str, ...] = ()


class Body(NamedTuple):
    """A letter and its rows; `start` = the wanted start as said behind a label."""

    name: str
    text: str
    rows: tuple[R, ...] = ()
    start: str | None = None
    remarks: tuple[str, ...] = ()  # problems of the letter itself


A, B, C = "anna@old.example", "ben@old.example", "cora@old.example"
H, G = "imap.old.example", "imap.other.example"
NO_HOST, NO_PW, UNSURE = ("host-missing",), ("password-missing",), ("password-unsure",)

# The thirty of the study, in its order.
STUDY: Final = (
    Body("01-labels", f"Email: {A}\nPassword: Blue!42\nIMAP: {H}", (R(A, "Blue!42", H),)),
    Body("02-german", f"E-Mail-Adresse: {A}\nKennwort: Grüße&42\nPosteingangsserver: {H}", (R(A, "Grüße&42", H),)),
    Body("02-local-part-not-ascii", f"E-Mail-Adresse: jörn@old.example\nKennwort: x1\nPosteingangsserver: {H}",
         (R("jörn@old.example", "x1", H, problems=("address-invalid",)),)),
    Body("03-french", f"Adresse e-mail : {A}\nMot de passe : été;2026\nServeur IMAP : {H}", (R(A, "été;2026", H),)),
    Body("04-spanish", f"Correo electrónico: {A}\nContraseña: ñandú=1\nServidor: {H}", (R(A, "ñandú=1", H),)),
    Body("05-equals-signs", f"User = {B}\nPass = =p:w=1\nHost = {H}:993", (R(B, "=p:w=1", H, 993),)),
    Body("06-two-blocks", f"Email: {A}\nPassword: one\nServer: {H}\n\nEmail: {B}\nPassword: two\nServer: {G}",
         (R(A, "one", H), R(B, "two", G))),
    Body("07-bare-lines", f"Server: {H}\n\n{A} / one\n{B} / t/wo", (R(A, "one", H), R(B, "t/wo", H))),
    Body("08-values-below", f"Email\n{A}\nPassword\np w 1\nServer\n{H}", (R(A, "p w 1", H),)),
    Body("09-links", f"Email: {A}<mailto:{A}>\nPassword: foo@bar.com<mailto:foo@bar.com>\nIMAP: {H}<http://{H}/>",
         (R(A, "foo@bar.com", H, other="foo@bar.com<mailto:foo@bar.com>"),)),
    Body("10-quotes", f'Email: {A}\nPassword: "ab c"\nServer: {H}', (R(A, "ab c", H, other='"ab c"'),)),
    Body("11-smart", f"Email: {A}\nPassword: it\u2019s\u2013me\u2026\nServer: {H}",
         (R(A, "it\u2019s\u2013me\u2026", H, other="it's-me..."),)),
    Body("12-nbsp", f"Email: {A}\nPassword:\u00a0x\u00a0y\u00a0\nServer: {H}", (R(A, "x\u00a0y", H, other="x y"),)),
    Body("13-asterisks", f"*Email:* {A}\n*Password:* *pw*\n*Server:* {H}", (R(A, "*pw*", H, other="pw"),)),
    Body("14-numbered-lines", f"1. Email: {A}\n2. Password: 2. second\n3. Server: {H}", (R(A, "2. second", H),)),
    Body("15-pipes", f"| Email | Password |\n|---|---|\n| {A} | one |\n| {B} | two |\n\nServer: {H}",
         (R(A, "one", H), R(B, "two", H))),
    Body("16-tabs", f"Email\tPassword\tServer\n{A}\tp;1\t{H}", (R(A, "p;1", H),)),
    Body("17-semicolons", f"{A};p1;{H}\n{B};p2;{H}", (R(A, "p1", H), R(B, "p2", H))),
    Body("18-any-order", f"{H}\tp1\t{A}", (R(A, "p1", H),)),
    Body("19-old-and-new", f"Email: {A}\nServer: {H}\nOld password: one\nNew password: two", (R(A, "one", H),),
         remarks=("new-password-ignored",)),
    Body("20-rules", f"Email: {A}\nPassword: one\nServer: {H}\n-----\nEmail: {B}\nPassword: two",
         (R(A, "one", H), R(B, "two", H))),
    Body("22-dashes", f"Email: {A}\nPassword: -- \nServer: {H}", (R(A, "--", H),)),
    Body("23-label-in-password", f"Password: Email: x\nEmail: {A}\nServer: {H}", (R(A, "Email: x", H),)),
    Body("24-start", f"Email: {A}\nStart time: Saturday 22:00\nPassword: one\nServer: {H}", (R(A, "one", H),),
         start="Saturday 22:00"),
    Body("25-no-password", f"Email: {A}\nServer: {H}", (R(A, None, H, problems=NO_PW),)),
    Body("26-sentences", f"The password is Ab1.\nMy email is {A}\nThe server is {H}", (R(A, "Ab1.", H, other="Ab1"),)),
    Body("27-signature", f"Email: {A}\nPassword: one\nServer: {H}\n\nann@corp.example | +1 555 0100", (R(A, "one", H),)),
    Body("28-like-a-host", f"{A}, my.pass.word, {H}", (R(A, "my.pass.word", H, problems=UNSURE),)),
    Body("29-numbered-labels", f"Email 1: {A}\nPassword 1: one\nEmail 2: {B}\nPassword 2: two\nIMAP server: {H}",
         (R(A, "one", H), R(B, "two", H))),
    Body("30-full-width", f"Email\uff1a {A}\nPassword\uff1a p\uff1a1\nServer\uff1a{H}", (R(A, "p\uff1a1", H),)),
)  # fmt: skip

LETTERS: Final = (
    Body("small-talk", f"""Hi there,

hope you are well! We spoke on the phone last week, I am the one with the bakery :-)
As discussed please move my mailbox. Here is what you asked for:

  E-mail:    {A}
  Password:  Brot&Salz7
  IMAP:      {H}

If there is anything else, call me at 0171 / 1234567, or write to info@bakery.example.

Best regards
Anna Berg
Bakery Berg, Main St. 1
Tel. +49 171 1234567
www.bakery.example
info@bakery.example
""", (R(A, "Brot&Salz7", H),)),
    Body("prose-same-password", f"My first mailbox is {A} with password Sommer2024!, the second is {B}, same password. "
         f"Both are on {H}. Please migrate them.", (R(A, "Sommer2024!", H), R(B, "Sommer2024!", H))),
    Body("same-password-for-all", f"Please move these mailboxes:\n{A}\n{B}\n{C}\n\nSame password for all: Winter#9\nServer: {H}",
         (R(A, "Winter#9", H), R(B, "Winter#9", H), R(C, "Winter#9", H))),
    Body("password-as-above", f"Email: {A}\nPassword: Winter#9\nServer: {H}\n\nEmail: {B}\nPassword: same as above",
         (R(A, "Winter#9", H), R(B, "Winter#9", H))),
    Body("wie-oben", f"Postfach: {A}\nPasswort: Winter#9\nServer: {H}\n\nPostfach: {B}\nPasswort: wie oben\nServer: wie oben",
         (R(A, "Winter#9", H), R(B, "Winter#9", H))),
    Body("as-above-of-two", f"Email: {A}\nPassword: one1\nServer: {H}\n\nEmail: {B}\nPassword: two2\n\nEmail: {C}\nPassword: as above",
         (R(A, "one1", H), R(B, "two2", H), R(C, None, H, problems=UNSURE))),
    Body("per-sms", f"Hallo,\nbitte Postfach umziehen:\nE-Mail: {A}\nPasswort: kommt per SMS\nServer: {H}\nGruß Anna",
         (R(A, None, H, problems=NO_PW),)),
    Body("sent-separately", f"Please migrate my mailbox\nEmail: {A}\nPassword: will send separately\nIMAP server: {H}\nThanks\nAnna",
         (R(A, None, H, problems=NO_PW),)),
    Body("masked", f"Email: {A}\nPassword: ********\nServer: {H}", (R(A, None, H, problems=NO_PW),)),
    Body("xxx", f"Email: {A}\nPassword: xxx\nServer: {H}", (R(A, None, H, problems=NO_PW),)),
    Body("dash", f"Email: {A}\nPassword: -\nServer: {H}", (R(A, None, H, problems=NO_PW),)),
    Body("not-applicable", f"Email: {A}\nPassword: n/a\nServer: {H}", (R(A, None, H, problems=NO_PW),)),
    Body("see-below", f"Email: {A}\nPassword: siehe unten\nServer: {H}\n\nPasswort: Geheim1",
         (R(A, "Geheim1", H),)),
    Body("see-attachment", f"Email: {A}\nPassword: see attachment\nServer: {H}", (R(A, None, H, problems=NO_PW),)),
    Body("explained-in-brackets", f"Email: {A}\nPassword: Ab1! (the ! belongs to it)\nServer: {H}",
         (R(A, "Ab1!", H, other="Ab1! (the ! belongs to it)"),)),
    Body("explained-capital", f"Email: {A}\nPasswort: Ab1 (großes A)\nServer: {H}", (R(A, "Ab1", H, other="Ab1 (großes A)"),)),
    Body("two-columns", f"| | old | new |\n|---|---|---|\n| Email | {A} | {B} |\n| Password | one1 | two2 |\n| Server | {H} | {G} |",
         (R(A, "one1", H, destination=B),), remarks=("new-password-ignored",)),
    Body("from-to", f"From: {A}\nTo: {B}\nPassword: one1\nServer: {H}", (R(A, "one1", H, destination=B),)),
    Body("both-servers", f"""Please migrate:
Email: {A}
Password: one1
Incoming server (IMAP): {H}
Port: 993
SSL: yes
Outgoing server (SMTP): smtp.old.example
Port: 465
SSL: yes
""", (R(A, "one1", H, 993, "tls"),)),
    Body("imap-pop-smtp", f"Account: {A}\nPOP3: pop.old.example 995\nIMAP: {H} 993\nSMTP: smtp.old.example 587\nPassword: one1",
         (R(A, "one1", H, 993),)),
    Body("servers-on-one-line", f"Email: {A}\nPassword: one1\nServer: {H}:993 (IMAP), smtp.old.example:465 (SMTP)", (R(A, "one1", H, 993),)),
    Body("webmail-url", f"Email: {A}\nPassword: one1\nProvider: https://webmail.old.example/login", (R(A, "one1", None, problems=("host-invalid",)),)),
    Body("server-as-before", f"Email: {A}\nPassword: one1\nServer: {H}\n\nEmail: ben@second.example\nPassword: two2\nServer: same as before",
         (R(A, "one1", H), R("ben@second.example", "two2", H))),
    Body("numbered-list", f"Mailboxes:\n1. {A} - Geheim1\n2. {B} - Geheim2\n3. {C} - Geheim3\n\nIMAP: {H}",
         (R(A, "Geheim1", H), R(B, "Geheim2", H), R(C, "Geheim3", H))),
    Body("bullets", f"\u2022 Email: {A}\n\u2022 Password: one1\n\u2022 Server: {H}\n\n\u2022 Email: {B}\n\u2022 Password: two2",
         (R(A, "one1", H), R(B, "two2", H))),
    Body("table-of-spaces", f"Email                 Password    Server\n{A}      one1        {H}\n{B}       two2        {H}",
         (R(A, "one1", H), R(B, "two2", H))),
    Body("drawn-table", f"+-------+------+\n| E-Mail | Passwort |\n+-------+------+\n| {A} | one1 |\n| {B} | two2 |\n+-------+------+\nServer: {H}",
         (R(A, "one1", H), R(B, "two2", H))),
    Body("csv-with-header", f'email,password,imap_server\n{A},"one,1",{H}\n{B},two2,{H}', (R(A, "one,1", H), R(B, "two2", H))),
    Body("csv-without-header", f"Hello, please import:\n\n{A},one1,{H}\n{B},two2,{H}\n\nThanks", (R(A, "one1", H), R(B, "two2", H))),
    Body("key-value", f"user={A}\npass=one1\nhost={H}\nport=993\nssl=true", (R(A, "one1", H, 993, "tls"),)),
    Body("json", f'{{\n  "email": "{A}",\n  "password": "o\\"ne1",\n  "host": "{H}",\n  "port": 993\n}}', (R(A, 'o"ne1', H, 993),)),
    Body("yaml", f"- email: {A}\n  password: 'one1'\n  server: {H}\n- email: {B}\n  password: two2\n",
         (R(A, "one1", H, other="'one1'"), R(B, "two2", H))),
    Body("slash-pair", f"Bitte umziehen: Postfach und Kalender\n\n{A} / Geheim1\nServer: {H}", (R(A, "Geheim1", H),)),
    Body("colon-pair", f"Please migrate our mailboxes\n{A}:Geheim1\n{B}:Geheim2\nserver {H}", (R(A, "Geheim1", H), R(B, "Geheim2", H))),
    Body("words-in-turn", f"Login {A} PW Geheim1 Server {H}", (R(A, "Geheim1", H),)),
    Body("phone-and-customer-number", f"Kundennummer: 4711\nTelefon: 0171 1234567\nTelefonpasswort: 9999\nE-Mail: {A}\nPasswort: Geheim1\nServer: {H}",
         (R(A, "Geheim1", H),)),
    Body("cc-and-contact", f"Please move {A} to you. Password: Geheim1, server {H}. Please cc boss@corp.example and for questions write to it@corp.example.",
         (R(A, "Geheim1", H),)),
    Body("domain-only", "Please move all mailboxes of old.example to you. The old provider is Strato. How do we proceed?"),
    Body("labelled-and-bare", f"Email: {A}\nPassword: one1\nServer: {H}\n\nand also:\n{B}, Zwei22, {H}\n{C}, Drei33, {H}\n\nbest\nAnna",
         (R(A, "one1", H), R(B, "Zwei22", H), R(C, "Drei33", H))),
    Body("letterhead", f"Anna Berg GmbH\nTel: +49 30 1234\nE-Mail: office@berg.example\nWeb: www.berg.example\n\nBitte migrieren Sie dieses Postfach:\nE-Mail: {A}\nPasswort: Geheim1\nIMAP-Server: {H}",
         (R(A, "Geheim1", H),)),
    Body("signature-labels", f"Hallo,\nE-Mail: {A}\nPasswort: Geheim1\nIMAP-Server: {H}\n\nMit freundlichen Grüßen\nAnna Berg\nE-Mail: office@berg.example\nTel.: 030 1234\nServer & Cloud Berg GmbH",
         (R(A, "Geheim1", H),)),
    Body("ftp-beside", f"Mail:\nE-Mail: {A}\nPasswort: Geheim1\nServer: {H}\n\nFTP:\nServer: ftp.old.example\nBenutzer: web1\nPasswort: ftpGeheim\n",
         (R(A, "Geheim1", H),)),
    Body("password-of-address", f"Bitte Postfächer umziehen.\nPasswort für {A}: Geheim1\nPasswort für {B}: Geheim2\nIMAP: {H}",
         (R(A, "Geheim1", H), R(B, "Geheim2", H))),
    Body("address-then-label", f"{A}\nPasswort: Geheim1\n\n{B}\nPasswort: Geheim2\n\nIMAP: {H}", (R(A, "Geheim1", H), R(B, "Geheim2", H))),
    Body("three-lines", f"Please migrate my mail:\n\n{A}\nGeheim1\n{H}\n\nThanks!", (R(A, "Geheim1", H),)),
    Body("french-prose", f"Bonjour,\nje souhaite transférer ma boîte mail {A} chez vous. Le mot de passe est Soleil_75 et le serveur IMAP est {H}.\nCordialement,\nAnna",
         (R(A, "Soleil_75", H),)),
    Body("spanish-prose", f"Hola, quiero migrar mi correo {A} (contraseña: Sol2024) del servidor {H}. Gracias, Ana", (R(A, "Sol2024", H),)),
    Body("italian", f"Buongiorno,\nvorrei trasferire la mia casella:\nCasella: {A}\nPassword: Roma#1\nServer in entrata: {H} (porta 993, SSL)\nServer in uscita: smtp.old.example (porta 465)\nCordiali saluti\nAnna",
         (R(A, "Roma#1", H, 993, "tls"),)),
    Body("dutch", f"Beste,\ngraag mijn mail verhuizen.\nE-mailadres: {A}\nWachtwoord: Tulp!9\nInkomende mailserver: {H}\nUitgaande mailserver: smtp.old.example\nMet vriendelijke groet,\nAnna",
         (R(A, "Tulp!9", H),)),
    Body("portuguese", f"Olá,\nquero migrar o meu e-mail.\nEndereço de e-mail: {A}\nPalavra-passe: Fado#7\nServidor de entrada: {H}\nPorta: 993\nObrigada,\nAna", (R(A, "Fado#7", H, 993),)),
    Body("polish", f"Dzień dobry,\nproszę o przeniesienie skrzynki.\nAdres e-mail: {A}\nHasło: Zubr#77\nSerwer poczty przychodzącej: {H}\nPozdrawiam\nAnna", (R(A, "Zubr#77", H),)),
    Body("polish-prose", f"Dzień dobry, proszę przenieść moją skrzynkę {A}. Hasło to Zubr#77, serwer {H}.", (R(A, "Zubr#77", H),)),
    Body("romanian", f"Bună ziua,\nvă rog să migrați căsuța mea.\nAdresa de e-mail: {A}\nParola: Dacia#2\nServer de intrare: {H}\nCu stimă,\nAna", (R(A, "Dacia#2", H),)),
    Body("mixed-languages", f"Hallo, please migrate:\nMail: {A}\nMot de passe: Geheim1\nServidor: {H}", (R(A, "Geheim1", H),)),
    Body("user-slash-pass", f"User/Pass: {A} / Geheim1\nServer: {H}", (R(A, "Geheim1", H),)),
    Body("wrong-is-no-password", f"Hello, my mail {A} does not work since Monday, the password is wrong and the server is down."),
    Body("sentences-in-two-lines", f"Please move my mailbox {A} to your servers, its password\nis Geheim1 and it lives on {H} today.", (R(A, "Geheim1", H),)),
    Body("to-a-new-address", f"Please move {A} to {B}. Password Geheim1, server {H}.", (R(A, "Geheim1", H, destination=B),)),
    Body("password-follows-by-phone", f"Bitte {A} umziehen (Mailbox), Server {H}. Das Passwort gebe ich Ihnen telefonisch durch.", (R(A, None, H, problems=NO_PW),)),
    Body("group-heading", f"Zugangsdaten (E-Mail / Passwort):\n{A} / sommer\n{B} / winter\nServer: {H}", (R(A, "sommer", H), R(B, "winter", H))),
    Body("names-beside", f"Anna Berg: {A}, Geheim1\nBen Hill: {B}, Geheim2\nIMAP: {H}", (R(A, "Geheim1", H), R(B, "Geheim2", H))),
    Body("roles-are-no-passwords", f"Please migrate our mailboxes:\n{A} - director\n{B} - sales\n\nServer: {H}\nPasswords follow by phone.",
         (R(A, None, H, problems=UNSURE), R(B, None, H, problems=UNSURE))),
    Body("login-differs", f"Email: {A}\nUsername: web123p1\nPassword: Geheim1\nServer: {H}", (R(A, "Geheim1", H, login="web123p1"),)),
    Body("password-for-all-first", f"IMAP server for all: {H}\nPassword for all: Geheim1\n\n- {A}\n- {B}\n\nPlease migrate these mailboxes. Thanks", (R(A, "Geheim1", H), R(B, "Geheim1", H))),
    Body("app-password", f"Email: {A}\nApp password: abcd efgh ijkl mnop\nServer: imap.gmail.com", (R(A, "abcd efgh ijkl mnop", "imap.gmail.com"),)),
    Body("postscript", f"Hi,\nplease move my mailbox {A} from {H}.\n\nBest\nAnna\n\nPS: Password: Geheim1", (R(A, "Geheim1", H),)),
    Body("comment-behind-server", f"Email: {A}\nPassword: Geheim1\nServer: {H} (I think, Port 993)", (R(A, "Geheim1", H, 993),)),
)  # fmt: skip

# Written without a look at the code; half of them were read right at the first try.
SECOND: Final = (
Body("u1-old-new-hoster", """Sehr geehrtes Team,

wir sind heute von 1und1 zu Ihnen gewechselt. Könnten Sie bitte die beiden Postfächer übernehmen? Die Daten beim alten Anbieter lauten:

info@kunde.example
Passwort: Rot3rB@ll

buchhaltung@kunde.example
Passwort: Gr5nerB@ll

Posteingangsserver ist imap.ionos.example, Port 993 SSL/TLS
Postausgangsserver smtp.ionos.example, Port 465

Die neuen Postfächer haben wir schon angelegt.

Herzliche Grüße aus Hamburg
Petra Sommer
Sommer & Söhne GbR | Hafenstr. 3 | 20457 Hamburg
petra.sommer@kunde.example
""",(R("info@kunde.example","Rot3rB@ll","imap.ionos.example",993,"tls"),R("buchhaltung@kunde.example","Gr5nerB@ll","imap.ionos.example",993,"tls"))),
Body("u2-one-sentence","Can you import my old mailbox? It's tom@smith.example on mail.oldhost.example and the pw is hunter22x. Cheers, Tom",
 (R("tom@smith.example","hunter22x","mail.oldhost.example",other="hunter22x."),)),
Body("u3-fr-list","""Bonjour,

Voici les identifiants pour la migration :

Compte 1
 - identifiant : marie@vieux.example
 - mot de passe : Chat!Noir3
Compte 2
 - identifiant : paul@vieux.example
 - mot de passe : Chien!Blanc4

Serveur entrant : imap.vieux.example (SSL 993)
Serveur sortant : smtp.vieux.example (SSL 465)

Merci d'avance,
Marie Dupont
06 12 34 56 78
""",(R("marie@vieux.example","Chat!Noir3","imap.vieux.example",993,"tls"),R("paul@vieux.example","Chien!Blanc4","imap.vieux.example",993,"tls"))),
Body("u4-paste-from-panel","""here is what the panel shows:

IMAP Host:	mail.panel.example
IMAP Port:	993
SMTP Host:	mail.panel.example
SMTP Port:	465
Username:	jo@panel.example
Password:	use the email account's password

the password of the account is Tr0ub4dor&3

pls import everything, thx
""",(R("jo@panel.example","Tr0ub4dor&3","mail.panel.example",993),)),
Body("u5-not-this-one","""Hi,
please migrate sales@firm.example (password S4les!) and support@firm.example (password Supp0rt!) from imap.firm.example.
Please do NOT migrate old@firm.example, that one is closed.
Regards
Jim""",(R("sales@firm.example","S4les!","imap.firm.example"),R("support@firm.example","Supp0rt!","imap.firm.example"))),
Body("u6-es-table","""Hola buenas,
os paso la lista:

Cuenta | Clave | Servidor
ventas@tienda.example | Vent4s; | imap.tienda.example
admin@tienda.example | no la sé | imap.tienda.example

un saludo
Pepe""",(R("ventas@tienda.example","Vent4s;","imap.tienda.example"),R("admin@tienda.example",None,"imap.tienda.example",problems=NO_PW))),
Body("u7-pl","""Witam,
chciałbym przenieść pocztę do Państwa. Dane:
adres: jan@stary.example
hasło: Kot.Filemon1
serwer IMAP: imap.stary.example, port 993
Login to to samo co adres.
Pozdrawiam, Jan""",(R("jan@stary.example","Kot.Filemon1","imap.stary.example",993),)),
Body("u8-ro","""Bună,
Vreau să mut două conturi de email la voi:
cont: ion@vechi.example parola: Mere#12 server: mail.vechi.example
cont: ana@vechi.example parola: Pere#34 server: mail.vechi.example
Mulțumesc""",(R("ion@vechi.example","Mere#12","mail.vechi.example"),R("ana@vechi.example","Pere#34","mail.vechi.example"))),
Body("u9-pt","""Boa tarde,
Gostaria de migrar a conta geral@antigo.example. A senha é Lisboa*25 e o servidor é imap.antigo.example.
O meu contacto é 912 345 678 ou joana@outra.example.
Cumprimentos, Joana""",(R("geral@antigo.example","Lisboa*25","imap.antigo.example"),)),
Body("u10-nl","""Hoi,
kunnen jullie mijn mail overzetten? adres is piet@oud.example, ww Fiets&Bel1, server imap.oud.example
groetjes Piet""",(R("piet@oud.example","Fiets&Bel1","imap.oud.example"),)),
Body("u11-it-later","""Buongiorno, vorrei migrare la casella mario@vecchio.example dal server imap.vecchio.example. La password ve la comunico al telefono domani. Grazie, Mario""",
 (R("mario@vecchio.example",None,"imap.vecchio.example",problems=NO_PW),)),
Body("u12-markdown","""## Mailboxes to move

| # | Address | PW | Note |
|--:|:--------|:--|:-----|
| 1 | `a@md.example` | `p@ss1` | main |
| 2 | `b@md.example` | `p@ss2` | |

**IMAP:** `imap.md.example:993`
""",(R("a@md.example","p@ss1","imap.md.example",993,other="`p@ss1`"),R("b@md.example","p@ss2","imap.md.example",993,other="`p@ss2`"))),
Body("u13-just-colon","anna@kurz.example: Kurz99!\nimap.kurz.example",(R("anna@kurz.example","Kurz99!","imap.kurz.example"),)),
Body("u14-not-a-request","""Hallo, seit gestern kann ich mich mit anna@kunde.example nicht mehr anmelden. Mein Passwort Geheim77 wird nicht mehr angenommen. Können Sie helfen?""",()),
Body("u15-old-host-and-new-pw","""Hello support,
old account: lisa@was.example / oldpw: Alt99x / imap.was.example
new account: lisa@wird.example / newpw: Neu88y
please copy everything from old to new""",(R("lisa@was.example","Alt99x","imap.was.example",destination="lisa@wird.example"),),None,("new-password-ignored",)),
Body("u16-word-numbers","""Hi, there are two. First one: one@x.example, Password: Eins1. Second one: two@x.example, Password: Zwei2. Server for both imap.x.example.""",
 (R("one@x.example","Eins1","imap.x.example",other="Eins1."),R("two@x.example","Zwei2","imap.x.example",other="Zwei2."))),
Body("u17-wrapped","""Name: Jürgen Klein
E-Mail-Adresse: jk@klein.example
Kennwort (alt): Blau!Wal8
Kennwort (neu): Grau!Hai9
Server alt: imap.klein.example
Server neu: imap.neu.example
Umzug bitte am 14.11.2026 um 20 Uhr
""",(R("jk@klein.example","Blau!Wal8","imap.klein.example"),),None,("new-password-ignored",)),
Body("u18-csv-no-pw","""Please migrate, passwords follow in a separate mail:
email;server
a@csv.example;imap.csv.example
b@csv.example;imap.csv.example""",(R("a@csv.example",None,"imap.csv.example",problems=NO_PW),R("b@csv.example",None,"imap.csv.example",problems=NO_PW))),
Body("u19-gmail","Move my gmail please: jane.doe@gmail.com, app password: abcd efgh ijkl mnop, imap.gmail.com",
 (R("jane.doe@gmail.com","abcd efgh ijkl mnop","imap.gmail.com"),)),
Body("u20-de-satz","""Moin,

ich bräuchte Hilfe beim Umzug meiner Mails. Benutzername beim alten Provider ist web77p3, Passwort ist "Ost see 1" (mit Leerzeichen), der Server heißt imap.alt.example. Die Mailadresse ist kai@alt.example.

Gruß
Kai""",(R("kai@alt.example","Ost see 1","imap.alt.example",login="web77p3"),)),
)  # fmt: skip

# Another twenty written blind, after the first were learnt from: fifteen right at once.
THIRD: Final = (
Body("v1","""Hallo Herr Meier,
wie telefonisch besprochen hier die Daten für den Umzug von fünf Postfächern. Das Kennwort ist überall "Start#123", Server ist imap.firma.example (993/SSL).

chef@firma.example
buero@firma.example
lager@firma.example

Viele Grüße
T. Schulz
Schulz KG, t.schulz@firma.example""",tuple(R(f"{n}@firma.example","Start#123","imap.firma.example",993,"tls") for n in ("chef","buero","lager"))),
Body("v2","""email address : peter@oldmail.example
current password : Pumpkin%9
incoming server : imap.oldmail.example
incoming port : 993 (ssl)
outgoing server : smtp.oldmail.example
outgoing port : 587 (starttls)
username : peter@oldmail.example""",(R("peter@oldmail.example","Pumpkin%9","imap.oldmail.example",993,"tls"),)),
Body("v3","""Please add to the list also:

 - Kim (kim@team.example) -> K1m-pass
 - Lou (lou@team.example) -> L0u-pass

host as always imap.team.example""",(R("kim@team.example","K1m-pass","imap.team.example"),R("lou@team.example","L0u-pass","imap.team.example"))),
Body("v4","""Bonjour, pouvez-vous migrer jean@ancien.example (mdp: Vin&Pain2) et lea@ancien.example (mdp: Eau#Sel3) ? Serveur : imap.ancien.example
Merci""",(R("jean@ancien.example","Vin&Pain2","imap.ancien.example"),R("lea@ancien.example","Eau#Sel3","imap.ancien.example"))),
Body("v5","""Mailbox: sue@here.example
Password: I'll text it to you
Server: not sure, it is hosted at GoDaddy""",(R("sue@here.example",None,None,problems=("password-missing","host-missing")),)),
Body("v6","""Ciao, ti mando i dati:
utente: luca@prima.example
pass: Gatto-Nero7
imap: imap.prima.example

poi c'è anche
utente: sara@prima.example
pass: la stessa

grazie!""",(R("luca@prima.example","Gatto-Nero7","imap.prima.example"),R("sara@prima.example","Gatto-Nero7","imap.prima.example"))),
Body("v7","""Hi
old server: imap.then.example
new server: imap.now.example
user: max@then.example
password old: Mond11!
password new: Sonne22!""",(R("max@then.example","Mond11!","imap.then.example"),),None,("new-password-ignored",)),
Body("v8","Umzug Postfach: uli@dort.example, Passwort: Tisch_7, IMAP: imap.dort.example. Bitte Rückmeldung an uli.privat@web.example.",
 (R("uli@dort.example","Tisch_7","imap.dort.example"),)),
Body("v9","""Dear support,

My colleague Tom (tom@corp.example) told me you can move mailboxes. Mine is rita@alt.example. What do you need from me?

Rita""",()),
Body("v10","""POSTFACH		PASSWORT
eins@tab.example		Ap-1
zwei@tab.example		Ap-2

imap.tab.example""",(R("eins@tab.example","Ap-1","imap.tab.example"),R("zwei@tab.example","Ap-2","imap.tab.example"))),
Body("v11","""Dzień dobry,
podaję dane skrzynek do migracji:
1) biuro@firma.example hasło: Lato2024!
2) sklep@firma.example hasło: Zima2024!
serwer poczty: imap.firma.example
Z poważaniem
Ewa Nowak, tel. 600 100 200""",(R("biuro@firma.example","Lato2024!","imap.firma.example"),R("sklep@firma.example","Zima2024!","imap.firma.example"))),
Body("v12","""{"mailboxes":[{"user":"x1@js.example","pass":"J5on!","server":"imap.js.example"},{"user":"x2@js.example","pass":"J6on!","server":"imap.js.example"}]}""",
 (R("x1@js.example","J5on!","imap.js.example"),R("x2@js.example","J6on!","imap.js.example"))),
Body("v13","""Hoi, dit zijn de gegevens:
Account 1: jan@oud.example wachtwoord: Kaas#11
Account 2: kees@oud.example wachtwoord: Melk#22
Server: imap.oud.example
Alvast bedankt! Jan""",(R("jan@oud.example","Kaas#11","imap.oud.example"),R("kees@oud.example","Melk#22","imap.oud.example"))),
Body("v14","""Password is still the one from last time. Address mia@wie.example, server imap.wie.example. Please migrate the mailbox.""",
 (R("mia@wie.example",None,"imap.wie.example",problems=UNSURE),)),
Body("v15","""E-Mail: nina@so.example
Passwort: siehe SMS
IMAP: imap.so.example

E-Mail: olaf@so.example
Passwort: Ulme?44
""",(R("nina@so.example",None,"imap.so.example",problems=NO_PW),R("olaf@so.example","Ulme?44","imap.so.example"))),
Body("v16","""Boa tarde, segue:
utilizador: rui@velho.example
senha: Porto!88
servidor de entrada: imap.velho.example porta 993
servidor de saída: smtp.velho.example porta 465
Telemóvel 912 000 111""",(R("rui@velho.example","Porto!88","imap.velho.example",993),)),
Body("v17","""Bună ziua,
adresa: radu@vechi.example
parola este Soare!55
serverul este imap.vechi.example
Mulțumesc, Radu""",(R("radu@vechi.example","Soare!55","imap.vechi.example"),)),
Body("v18","""Usuario: luz@casa.example
Contraseña: (la envío por WhatsApp)
Servidor IMAP: imap.casa.example, puerto 993""",(R("luz@casa.example",None,"imap.casa.example",993,problems=NO_PW),)),
Body("v19","""FYI the mailbox zoe@fin.example was already migrated. The one to migrate now:
ben@fin.example
pw = Birne=3
server = imap.fin.example""",(R("ben@fin.example","Birne=3","imap.fin.example"),)),
Body("v20","""Hi, can you move these two for me
> joe@then.example
> Pass: Jo3pass
IMAP imap.then.example
and amy@then.example / Amy7pass""",(R("joe@then.example","Jo3pass","imap.then.example"),R("amy@then.example","Amy7pass","imap.then.example"))),
)  # fmt: skip

# What was once read wrongly, or could be: a question is right here, a value is not.
TRAPS: Final = (
    Body("other-password-german", "Hallo,\nmein Passwort für das Kundencenter ist Kunde#1. Bitte das Postfach anna@old.example umziehen, Server imap.old.example.",
         (R(A, None, H, problems=NO_PW),)),
    Body("wlan", "Hi, WLAN password is Wifi#123, router admin. And please move mailbox anna@old.example from imap.old.example", (R(A, None, H, problems=NO_PW),)),
    Body("to-be-told", f"Benutzername: {A}\nPasswort: wird noch mitgeteilt\nHost: {H}", (R(A, None, H, problems=NO_PW),)),
    Body("either-or", f"Password: Geheim1 or Geheim2, not sure\nEmail: {A}\nServer: {H}", (R(A, None, H, problems=UNSURE),)),
    Body("confidential", f"Postfach: {A}\nPasswort: Geheim1 (bitte vertraulich behandeln)\nServer: {H} Port 993 SSL",
         (R(A, "Geheim1", H, 993, "tls", other="Geheim1 (bitte vertraulich behandeln)"),)),
)  # fmt: skip
