"""The words of customers: what they call an address, a password, a server. Data only; parsers.labels reads it."""

import re
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
ALIASES: Final[dict[Field, str]] = {
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
ROLES: Final[dict[Role, str]] = {
    "old": """old | current | source | existing | previous | present | alt | alte | altes | alter | alten | bisher
        | bisherige | bisheriger | bisheriges | aktuell | aktuelle | aktuelles | aktueller | quelle | quell | ancien
        | ancienne | actuel | actuelle | antiguo | antigua | actual | origen | vecchio | vecchia | attuale | oud | oude
        | huidig | huidige | antigo | atual""",
    "new": """new | neu | neue | neues | neuer | neuen | nouveau | nouvel | nouvelle | nuevo | nueva | nuovo | nuova
        | nieuw | nieuwe | novo | nova | target | destination | dest | ziel | destino | destinazione | bestemming""",
}
FILLERS: Final = frozenset(
    re.findall(
        r"\w+",
        """my our the your for of his her their is are to mein meine meinem unser unsere das die der dem für ist lautet
    mon ma mes notre le la les l du de pour est mi nuestro nuestra el los las del para es il lo i mio mia il nostro
    nostra di per e mijn onze het een van voor a an""",
    )
)
