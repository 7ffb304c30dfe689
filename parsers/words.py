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
        | endereço | endereço de e-mail | caixa de correio | conta
        | old email | e-mail account | email login | imap account | mailbox name | mail address | mail-account | Mailaccount
        | Mail-Konto | E-Mail-Account | E-Mail-Postfach | Mailpostfach | Mail-Postfach | Mailadr | E-Mail-Adr | Adresse
        | e-mail adresse | eMail | adr mail | mél | e-mail professionnel | cuenta de correo electrónico | dirección email
        | dirección e-mail | correo-e | email address | indirizzo email | indirizzo di posta elettronica | casella postale
        | casella mail | casella email | account e-mail | account mail | account email | emailadres | mailaccount
        | correio | correio eletrónico | correio eletrônico | endereço de email | endereço eletrónico | endereço de correio
        | endereço de correio eletrónico | caixa postal | caixa de e-mail | conta de e-mail | conta de email
        | adres e-mail | adres email | adres poczty | adres pocztowy | skrzynka | skrzynka pocztowa | skrzynka e-mail
        | konto e-mail | konto pocztowe | poczta | adres
        | adresă e-mail | adresa e-mail | adresa de e-mail | adresa de email | adresă de email | adresa email | cutie poștală
        | căsuță poștală | căsuța poștală | cont | cont e-mail | cont de email | cont email | adresa | emails | e-mails | user principal name""",
    "password": """
        password | pass | pwd | pw | passwd | passcode | passphrase | app password | email password | mail password
        | mailbox password | imap password | account password | user password
        | Passwort | Kennwort | E-Mail-Passwort | Mail-Passwort | IMAP-Passwort | App-Passwort | Postfach-Passwort
        | Zugangspasswort | Mailkennwort
        | mot de passe | mdp | mot de passe e-mail | mot de passe imap
        | contraseña | clave | contraseña de correo
        | parola chiave | parola d'ordine | password e-mail
        | wachtwoord | e-mailwachtwoord | imap-wachtwoord
        | senha | palavra-passe
        | e-mail password | pswd | psw | passw | passwrd | pass word | passkey | app-specific password | application password
        | secret | mailbox secret | imap pass | imap pw | mail pw | mail pass | email pass | email pw | current password | login password
        | PW Mail | Mail-PW | Mail-Passw | PWD Mail | Passw | Geheimwort | Zugangskennwort | Postfachpasswort | Postfachkennwort
        | E-Mail-Kennwort | App-Kennwort | App-spezifisches Passwort | Anwendungspasswort | IMAP-Kennwort | Kontopasswort
        | mot de passe mail | mot de passe de messagerie | mot de passe d'application | code d'accès | mot de passe email
        | contraseña de la cuenta | contraseña imap | contraseña del correo | clave de correo | clave de acceso | contra
        | password di posta | password della casella | password email | password posta | password imap | pass
        | ww | paswoord | app-wachtwoord | wachtwoord e-mail | mailwachtwoord | wachtwoord mail
        | palavra passe | palavra-chave | senha do e-mail | senha de email | senha de e-mail | senha do email | senha imap
        | hasło | hasło do poczty | hasło do skrzynki | hasło e-mail | hasło email | hasło imap | hasło pocztowe
        | parolă | parola | parola e-mail | parola email | parola de e-mail | parola de email | parola imap
        | Passwort IMAP | Kennwort IMAP | Passwort E-Mail""",
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
        | servidor de entrada imap
        | imap4 | imaps | imap mail server | server imap ssl | imap srv | imap-host | mail host | mailhost | email provider
        | incoming server name | incoming mail server imap | incoming imap | incoming mail imap | imap incoming
        | imap incoming mail server | server incoming | mail provider | imap url | server url | imap4 server
        | Posteingang IMAP | Posteingangs-Server | Eingangs-Server | Server IMAP | Mail-Server | IMAP-Host | Eingehender Server
        | Eingehender Mailserver | Server eingehend | Posteingangserver | Server für eingehende E-Mails | E-Mail-Anbieter
        | Mailanbieter | Hostname IMAP | eingehende Mail | Server (Posteingang) | Server Posteingang
        | serveur de messagerie entrante | serveur courrier entrant | serveur entrant imap | serveur de mail | serveur mail
        | hébergeur | serveur de réception imap | courrier entrant | nom d'hôte | nom d'hôte imap | adresse du serveur
        | servidor imap entrante | servidor correo entrante | servidor de entrante | correo entrante | servidor de recepción
        | servidor entrante imap | nombre del servidor | host imap | servidor mail
        | server di posta in entrata | posta in arrivo | server della posta in arrivo | server imap in entrata | posta in entrata
        | server posta | server imap in arrivo | nome host | provider
        | inkomende e-mailserver | server inkomend | inkomende e-mail | e-mailserver | imap server naam | servernaam
        | server voor inkomende e-mail | inkomende imap-server
        | servidor de correio | servidor de correio recebido | servidor de e-mail | servidor de email | servidor de recebimento
        | servidor de recepção | correio de entrada | servidor de e-mail de entrada | servidor de receção | fornecedor | provedor
        | serwer | serwer imap | serwer poczty przychodzącej | serwer przychodzący | serwer poczty | poczta przychodząca
        | serwer poczty przychodzącej imap | dostawca | adres serwera
        | server de intrare | server de primire | server mail | server primire | server intrare | server e-mail | server de email
        | serverul | server imap intrare | furnizor | adresa server | server de primire imap""",
    "login": """
        user | username | user name | login | login name | imap user | imap username | imap login | userid | user id
        | Benutzer | Benutzername | Anmeldename | Nutzername | IMAP-Benutzer | IMAP-Benutzername | Kontoname
        | identifiant | utilisateur | nom d'utilisateur | nom utilisateur
        | usuario | nombre de usuario
        | utente | nome utente
        | gebruiker | gebruikersnaam | inlognaam
        | utilizador | nome de usuário
        | log in | account name | login id | imap-login | user login | usr | login user | logon | logon name | user name imap
        | mailbox login | mail login
        | Loginname | Login-Name | Usernamen | Benutzerkennung | Benutzer-ID | Benutzerkonto | Nutzerkennung | Zugangsname
        | Nutzer | IMAP-Nutzer
        | nom de l'utilisateur | nom de connexion | identifiant imap | nom du compte | nom de compte | login imap
        | nombre usuario | usuario imap | nombre de la cuenta | utente imap | username imap | nome account
        | gebruikersnaam imap | loginnaam | inlognaam imap | aanmeldnaam
        | nome de utilizador | usuário | nome do usuário | nome de usuario | nome do utilizador | usuário imap
        | użytkownik | nazwa użytkownika | login użytkownika | nazwa konta | identyfikator
        | utilizator | nume utilizator | nume de utilizator | utilizator imap | nume cont""",
    "port": """
        port | imap port | port imap | server port | puerto | puerto imap | porta | porta imap | poort | imap-poort
        | imap-port | Port IMAP | port-nr | port number | portnummer | Portnummer | incoming port | numéro de port | número de puerto | porta imap | porta de entrada | numer portu | port serwera | port imap ssl | ssl port | port ssl | incoming server port | Port Posteingang | Posteingang Port | puerto de entrada | port entrant""",
    "security": """
        ssl | tls | ssl/tls | ssl tls | starttls | security | encryption | connection security | enc | imap security
        | imap ssl | use ssl | secure
        | Verschlüsselung | Verbindungssicherheit | Sicherheit | chiffrement | sécurité | cifrado | seguridad
        | crittografia | sicurezza | versleuteling | beveiliging
        | ssl tls | encryption type | encryption method | connection type | connection | transport security | tls ssl | Verschlüsselungsart
        | SSL-Verschlüsselung | Sicherheitstyp | Verbindung | type de chiffrement | cryptage | type de sécurité | cifrado ssl
        | tipo de cifrado | cifratura | protezione | tipo di crittografia | encriptação | criptografia | segurança | szyfrowanie
        | zabezpieczenia | securitate | criptare | encriptación""",
    "destination": """
        destination | target | target email | target address | destination address | destination mailbox | move to
        | migrate to | Ziel | Zieladresse | Zielpostfach | Ziel-Postfach | adresse de destination | destination e-mail
        | destino | destinatario | destinazione | bestemming | google user
        | new email | new mailbox | new address | Ziel-Adresse | Ziel-E-Mail | Neue Adresse | move into | copy to | import into
        | boîte de destination | buzón de destino | casella di destinazione | doelpostvak | doeladres | caixa de destino
        | skrzynka docelowa | adres docelowy | cutie de destinație | cel | destinație | destinatia""",
    "start": """
        start | start time | start date | wanted time | wanted start | when | preferred time | migration date
        | migration time | schedule | Termin | Beginn | Wunschtermin | Zeitpunkt | Startzeit | Startzeitpunkt
        | date souhaitée | heure souhaitée | début | date de début | fecha | fecha de inicio | hora de inicio | inicio
        | data di inizio | inizio | orario | begintijd | startdatum | starttijd
        | starting | when to start | start on | desired start | preferred start | start migration | migration start | begin
        | Zeitfenster | Terminwunsch | time slot | time window | migration window | créneau | créneau souhaité | franja horaria
        | fascia oraria | tijdvak | janela de migração
        | Umzugstermin | Startdatum | Start-Termin | Umzugszeitpunkt | gewünschter Termin | Wunschzeit | Wunschdatum
        | gewünschter Start | Migrationstermin | date de migration | date | quand | fecha de migración | cuándo | fecha y hora
        | data migrazione | data della migrazione | quando | data e ora | wanneer | gewenste datum | migratiedatum | datum
        | data | data de início | início | data de migração | data pretendida | termin | początek | data migracji | kiedy
        | data rozpoczęcia | data migrării | data începerii | început | când
        | data de început | data începerii | ora începerii""",
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
        | pop | pop3 | pop server | pop3 server | smtp port | pop3 port | pop port | webmail
        | smtp out | outgoing mail | outgoing smtp server | smtp outgoing server | outgoing server smtp | smtp hostname
        | smtp-host | smtp login | smtp user | smtp password | smtp username | outgoing port | outgoing server port | smtp auth
        | smtp security | smtp ssl | smtp tls | smtp encryption | mail out | sending server | send server | pop3 host | pop host
        | pop3 password | pop ssl | exchange | activesync | autodiscover | webmail url | webmail link | webmail login | web mail
        | Ausgangsserver SMTP | Postausgangsserver SMTP | Postausgang SMTP | SMTP-Port | SMTP-Passwort | SMTP-Benutzer | POP3-Server
        | Ausgehender Server | Postausgangs-Server | Postausgang Port | Ausgangs-Server | ausgehende Mail | POP-Server
        | serveur de courrier sortant | serveur d'envoi | courrier sortant | port smtp | mot de passe smtp | serveur pop
        | serveur smtp sortant | serveur sortant smtp | serveur pop3 | servidor smtp | servidor de salida | correo saliente
        | servidor saliente smtp | puerto smtp | servidor pop | servidor pop3 | contraseña smtp | servidor de correio de saída
        | server in uscita smtp | posta in uscita | server smtp | porta smtp | server pop | server pop3 | password smtp
        | uitgaande mailserver | uitgaande e-mail | uitgaande mail | smtp-server | smtp-poort | pop-server | server uitgaande mail
        | servidor de saída | correio de saída | servidor de envio | serwer smtp | serwer poczty wychodzącej | serwer wychodzący
        | poczta wychodząca | serwer pop3 | server de ieșire | server de trimitere | server ieșire | hasło smtp | parola smtp""",
}
ROLES: Final[dict[Role, str]] = {
    "old": """old | src | current | source | existing | previous | present | alt | alte | altes | alter | alten | bisher
        | bisherige | bisheriger | bisheriges | aktuell | aktuelle | aktuelles | aktueller | quelle | quell | ancien
        | ancienne | actuel | actuelle | antiguo | antigua | actual | origen | vecchio | vecchia | attuale | oud | oude
        | huidig | huidige | antigo | antiga | atual | anterior | precedente
        | anciens | stary | stara | stare | dotychczasowy | dotychczasowa | dotychczasowe | obecny | obecna | obecne | vechi | veche
        | vechea | vechiul | actual | actuala | fuente | fonte | origine | bron | oorsprong | origem | źródło | sursa | sursă
        | bisherigen | altem | aktuellen | quelle | vorherige | vorheriger | vorheriges | vorige | previo""",
    "new": """new | dst | neu | neue | neues | neuer | neuen | nouveau | nouvel | nouvelle | nuevo | nueva | nuovo | nuova
        | nieuw | nieuwe | novo | nova | novos | nowy | nowa | nowe | nou | noua | nouă | noul | future | künftig | künftige
        | künftiges | zukünftig | zukünftige | neuem | futur | futuro | toekomstig | target | destination | dest | ziel | destino | destinazione | bestemming""",
}
FILLERS: Final = frozenset(
    re.findall(
        r"\w+",
        """my our the your for of his her their is are to mein meine meinem unser unsere das die der dem für ist lautet
    mon ma mes notre le la les l du de pour est mi nuestro nuestra el los las del para es il lo i mio mia il nostro
    nostra di per e mijn onze het een van voor a an moje mój moja twoje dla do to jest konta skrzynki meu minha meus o os da das dos em è é pentru al lui mele este mea
    the dieses diesem dieser this that these hier here ici aquí qui still noch""",
    )
)
