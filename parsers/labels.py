"""The words people put before a value or over a column, in the languages our customers write."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

Field = Literal[
    "address",
    "password",
    "host",
    "login",
    "port",
    "security",
    "destination",
    "start",
    "contacts_file",
    "calendar_file",
    "ignored",
]
Role = Literal["old", "new"]

# Spelled as people spell them; `fold` takes away case, accents, punctuation and spaces on both sides.
_ALIASES: Final[dict[Field, str]] = {
    "address": """
        email | e-mail | mail | email address | mail address | mailbox | mailbox address | account | email account
        | mail account | user mail | address | email id | mailbox name | primary email | primary smtp address
        | E-Mail-Adresse | Mailadresse | Mail-Adresse | Postfach | Postfachadresse | E-Mail-Konto | Mailkonto | Konto
        | Emailadresse | E-Mail Postfach
        | adresse e-mail | adresse mail | adresse de messagerie | adresse électronique | courriel | adresse courriel
        | boîte | boîte mail | boîte aux lettres | boîte e-mail | compte | compte mail | compte e-mail
        | correo | correo electrónico | dirección de correo | dirección de correo electrónico | dirección | buzón
        | cuenta | cuenta de correo
        | indirizzo e-mail | indirizzo mail | indirizzo di posta | casella | casella di posta | casella e-mail
        | indirizzo | account di posta
        | e-mailadres | mailadres | postvak | postbus | e-mailaccount
        | endereço | endereço de e-mail | caixa de correio | conta""",
    "password": """
        password | pass | pwd | pw | passwd | passcode | passphrase | app password | email password | mail password
        | mailbox password | imap password | account password | user password
        | Passwort | Kennwort | E-Mail-Passwort | Mail-Passwort | IMAP-Passwort | App-Passwort | Postfach-Passwort
        | Zugangspasswort | Mailkennwort
        | mot de passe | mdp | mot de passe e-mail | mot de passe imap
        | contraseña | clave | contraseña de correo
        | parola chiave | parola d'ordine | password e-mail
        | wachtwoord | e-mailwachtwoord | imap-wachtwoord
        | senha | palavra-passe""",
    "host": """
        imap | server | host | imap server | imap host | imap hostname | imap server name | imap address
        | imap server address | incoming | incoming server
        | incoming mail server | incoming imap server | incoming mail | mail server | mailserver | email server
        | hostname | host name | server name | server address | provider | imap incoming server
        | Posteingangsserver | Posteingangsserver IMAP | Posteingang | Eingangsserver | IMAP-Server | IMAP Posteingangsserver
        | Posteingang Server | Anbieter | Provider | Servername | Serveradresse | Mailserver | E-Mail-Server
        | serveur | serveur imap | serveur entrant | serveur de courrier entrant | serveur de réception | hôte
        | serveur de messagerie | fournisseur | nom du serveur | serveur imap entrant
        | servidor | servidor imap | servidor entrante | servidor de correo entrante | servidor de correo | proveedor
        | servidor de entrada
        | server in entrata | server di posta in arrivo | server in arrivo | server imap | server di posta
        | server posta in arrivo | fornitore
        | imap-server | inkomende server | server voor inkomende mail | server inkomende mail | inkomende mailserver
        | servidor de entrada imap""",
    "login": """
        user | username | user name | login | login name | imap user | imap username | imap login | userid | user id
        | Benutzer | Benutzername | Anmeldename | Nutzername | IMAP-Benutzer | IMAP-Benutzername | Kontoname
        | identifiant | utilisateur | nom d'utilisateur | nom utilisateur
        | usuario | nombre de usuario
        | utente | nome utente
        | gebruiker | gebruikersnaam | inlognaam
        | utilizador | nome de usuário""",
    "port": "port | imap port | port imap | server port | puerto | puerto imap | porta | porta imap | poort | imap-poort",
    "security": """
        ssl | tls | ssl/tls | ssl tls | starttls | security | encryption | connection security | enc | imap security
        | imap ssl | use ssl | secure
        | Verschlüsselung | Verbindungssicherheit | Sicherheit | chiffrement | sécurité | cifrado | seguridad
        | crittografia | sicurezza | versleuteling | beveiliging""",
    "destination": """
        destination | target | target email | target address | destination address | destination mailbox | move to
        | migrate to | Ziel | Zieladresse | Zielpostfach | Ziel-Postfach | adresse de destination | destination e-mail
        | destino | destinatario | destinazione | bestemming | google user""",
    "start": """
        start | start time | start date | wanted time | wanted start | when | preferred time | migration date
        | migration time | schedule | Termin | Beginn | Wunschtermin | Zeitpunkt | Startzeit | Startzeitpunkt
        | date souhaitée | heure souhaitée | début | date de début | fecha | fecha de inicio | hora de inicio | inicio
        | data di inizio | inizio | orario | begintijd | startdatum | starttijd""",
    "contacts_file": """
        contacts | contacts file | contact file | vcf | vcf file | address book | addressbook
        | Kontakte | Kontaktdatei | Adressbuch | fichier de contacts | carnet d'adresses | archivo de contactos
        | libreta de direcciones | rubrica | contactenbestand | adresboek""",
    "calendar_file": """
        calendar | calendar file | ics | ics file | Kalender | Kalenderdatei | calendrier | fichier de calendrier
        | calendario | archivo de calendario | agenda | agendabestand""",
    "ignored": """
        smtp | smtp server | smtp host | outgoing server | outgoing mail server | outgoing | Postausgangsserver
        | Postausgang | Ausgangsserver | SMTP-Server | serveur sortant | serveur smtp | servidor saliente
        | servidor de correo saliente | server in uscita | server di posta in uscita | uitgaande server
        | pop | pop3 | pop server | pop3 server | smtp port | pop3 port | pop port | webmail""",
}
_ROLES: Final[dict[Role, str]] = {
    "old": """old | current | source | existing | previous | present | alt | alte | altes | alter | alten | bisher
        | bisherige | bisheriger | bisheriges | aktuell | aktuelle | aktuelles | aktueller | quelle | quell | ancien
        | ancienne | actuel | actuelle | antiguo | antigua | actual | origen | vecchio | vecchia | attuale | oud | oude
        | huidig | huidige | antigo | atual""",
    "new": """new | neu | neue | neues | neuer | neuen | nouveau | nouvel | nouvelle | nuevo | nueva | nuovo | nuova
        | nieuw | nieuwe | novo | nova | target | destination | dest | ziel | destino | destinazione | bestemming""",
}
_FILLERS: Final = frozenset(
    re.findall(
        r"\w+",
        """my our the your for of his her their is are to mein meine meinem unser unsere das die der dem für ist lautet
    mon ma mes notre le la les l du de pour est mi nuestro nuestra el los las del para es il lo i mio mia il nostro
    nostra di per e mijn onze het een van voor a an""",
    )
)
_WORD: Final = re.compile(r"[^\W_]+")
_TRAILING_INDEX: Final = re.compile(r"^(.*?[^\d\s])\s*(\d{1,3})$")
_LONGEST: Final = 60  # characters; no label we know is longer


@dataclass(frozen=True, slots=True)
class Label:
    """What a label names; `role` says whose, `index` which one ("Password 2")."""

    field: Field
    role: Role | None = None
    index: int | None = None


def before_separator(line: str) -> str:
    """Return what stands before the first colon, equals sign or TAB."""
    return re.split("[:=\uff1a\t]", line, maxsplit=1)[0].strip(" *")


def fold(text: str) -> str:
    """Return the words of `text` without case, accents and punctuation, parted by one space.

    Splits camelCase ("EmailAddress") and leaves only letters and digits.
    """
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    bare = "".join(c for c in unicodedata.normalize("NFKD", split.casefold()) if not unicodedata.combining(c))
    return " ".join(_WORD.findall(bare))


def _names(table: str) -> list[str]:
    return [fold(name) for name in table.split("|")]


_FIELD_OF: Final[dict[str, Field]] = {
    name.replace(" ", ""): field for field, table in _ALIASES.items() for name in _names(table)
}
_ROLE_OF: Final[dict[str, Role]] = {name: role for role, table in _ROLES.items() for name in _names(table)}


@lru_cache(maxsize=4096)
def read_label(text: str) -> Label | None:
    """Return what `text` names if the whole of it is a label we know, else None. Bullets and numbers may lead it."""
    if len(text) > _LONGEST:
        return None
    for candidate in (text, re.sub(r"\([^)]*\)", " ", text)):
        words = fold(candidate).split()
        while words and words[0].isdigit():
            words = words[1:]
        if words and (label := _match(words)):
            return label
    return None


def _match(words: list[str]) -> Label | None:
    if sum(len(word) == 1 for word in words) > 1:  # "p w 1" is a password, not "pw 1"
        return None
    if field := _FIELD_OF.get("".join(words)):
        return Label(field)
    index = None
    if numbered := _TRAILING_INDEX.match(" ".join(words)):
        index = int(numbered[2])
        words = numbered[1].split()
    content = [word for word in words if word not in _FILLERS]
    roles = [_ROLE_OF[word] for word in content if word in _ROLE_OF]
    names = [word for word in content if word not in _ROLE_OF]
    role: Role | None = "new" if "new" in roles else "old" if roles else None
    for spelling in (words, content, names):
        if field := _FIELD_OF.get("".join(spelling)):
            return Label(field, role if spelling is names else None, index)
    return None


def heading_role(text: str) -> Role | None:
    """Return whose data follows a heading such as "New mailbox:" or "Bisheriger Anbieter:"."""
    words = fold(text).split()
    roles = {_ROLE_OF[word] for word in words if word in _ROLE_OF}
    if len(words) > 5 or len(roles) != 1:
        return None
    return roles.pop()
