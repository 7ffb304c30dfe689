"""Words that tell in a sentence about mailboxes what the address, server or secret beside them is, in nine languages."""

import re
from typing import Final

PASSWORD: Final = re.compile(
    r"(?<![\w@.-])(?:[\w]{2,8}-)?(?:password|passwort|passwords|kennwort|passwd|passcode|pwd|psw|pw|ww|pass|mot de passe|mdp|contrase\u00f1a|contrasena|clave"
    r"|parola d'ordine|wachtwoord|senha|palavra-passe|has\u0142o|has\u0142em|haslo|haslem|parol[a\u0103])(?![\w@-])",
    re.IGNORECASE,
)


LOGIN: Final = frozenset(
    re.findall(
        r"\w+",
        "login username benutzername benutzer user anmeldename utilisateur identifiant usuario utente gebruikersnaam"
        " utilizador uzytkownik utilizator kontoname",
    )
)


LINK: Final = frozenset(
    re.findall(
        r"\S+",
        "is ist lautet war est es \u00e8 \u00e9 to jest este : = -> => remains bleibt sono sont son sind are being",
    )
)


TARGET: Final = frozenset(
    re.findall(r"\S+", "to nach auf zu vers a \u00e0 al para naar do la into hacia na pe in an")
)


FOR: Final = frozenset(re.findall(r"\S+", "for f\u00fcr fuer pour para per voor dla pentru of von zu"))


SAME: Final = re.compile(
    r"\b(?:same|gleiche[rnms]?|selbe[rnms]?|identisch\w*|meme|misma|mismo|stessa|stesso|zelfde|mesma|mesmo|sam[oae]|aceeasi|identical)"
    r" (?:\w+ ){0,1}?(?:password|passwort|kennwort|pw|mot de passe|mdp|contrasena|clave|wachtwoord|senha|haslo|parola|palavra passe)\b"
    r"|\b(?:password|passwort|kennwort|pw|mot de passe|contrasena|clave|wachtwoord|senha|haslo|parola) (?:\w+ ){0,4}?(?:same|gleich|identisch|identique|meme|identical|misma|igual|zelfde|hetzelfde|uguale|stessa|mesma|aceeasi)\b"
)


ALL: Final = re.compile(
    r"\b(?:uberall|everywhere|partout|dappertutto|overal|wszedzie|peste tot|all|alle|allen|aller|both|beide|beiden|jeweils|every|each|tous|toutes|deux|todos|todas|ambos|ambas|tutti|tutte|entrambi|allemaal|wszystkich|wszystkie|obu|toate|ambele)\b"
)


CONTACT: Final = re.compile(
    r"\b(?:contact\w*|reach\w*|repl(?:y|ies)|answer\w*|respon[ds]\w*|cc|bcc|copie|write|questions?|call|invoice\w*|billing|notif\w*|inform\w*|confirm\w*"
    r"|fragen|erreich\w*|kontakt\w*|antwort\w*|ruckfragen|rechnung\w*|schreib\w*|melden|bestatig\w*|ansprechpartner\w*"
    r"|joindre|joignable|repond\w*|ecri\w*|facture|questions|confirmer"
    r"|contact\w*|respond\w*|escrib\w*|pregunt\w*|dudas|factura|avis\w*"
    r"|rispond\w*|contatt\w*|scriv\w*|domande|fattura|bereik\w*|vragen|antwoord\w*|factuur|schrijf|duvid\w*|escrev\w*|fatura"
    r"|kontakt\w*|odpowied\w*|pytan\w*|faktur\w*|intrebari|raspun\w*|scrie\w*|factur\w*|i am|i m|ich bin|je suis|soy|sono|jestem|sunt"
    r"|writing from|schreibe von|colleague|kollege|kollegin|collegue|forward\w*|weiterleit\w*|redirect\w*|umleit\w*|send (?:\w+ ){0,3}to|not|nicht|except|ausser|sauf|excepto|tranne|behalve|excluding|without|ohne)\b"
)


BETWEEN: Final = re.compile(
    ALL.pattern
    + "|still|noch|auch|also|too|currently|aktuell|derzeit|momentan|always|immer|encore|toujours|siempre"
)  # "the password is still …"


DONE: Final = re.compile(
    r"^(?:\w+ ){0,3}?(?:already|bereits|schon|deja|ya|gia|juz|closed|deleted|geloscht|told|sagte|hat mir|not be|nicht)\b"
)  # "anna@x.example was already migrated"


NOT: Final = frozenset(
    re.findall(r"\w+", "not nicht pas no non niet nie nu n\u00e3o nao statt anstatt instead keine kein")
)


NEVER: Final = frozenset(re.findall(r"\w+", "not dont never nicht ne pas no non niet nao nie nu"))  # folded


OF: Final = frozenset(re.findall(r"\w+", "of from von aus de d du di da van z od din lui para"))


MAILS: Final = re.compile(
    r"(?:e ?)?mails?|(?:mail|in)box(?:es)?|postfach\w*|accounts?|konto|konten|nachrichten|messages?|messagerie|courriels?|boites?|comptes?|correos?|mensajes|buzon(?:es)?"
    r"|posta|messaggi|casell[ae]|berichten|postvak\w*|mensagens|correio|poczt\w|wiadomosci|skrzynk\w|mesajel\w+|mailuri\w*|casut\w+"
)


NOTICE: Final = re.compile(
    r"\b(?:confidential\w*|vertraulich\w*|confidentiel\w*|confidencial\w*|riservat\w*|vertrouwelijk\w*|poufn\w*|confidential\w*)\b.{0,400}"
    r"\b(?:recipient|addressee|empfanger|adressat|destinatair\w*|destinatari\w*|ontvanger|geadresseerde|adresat\w*|destinatar\w*|intended)\b"
)  # what firms put below their mails


NEW: Final = re.compile(
    r"\b(?:new|neue[rsnm]?|nouvel\w*|nueva|nuevo|nuova|nuovo|nieuwe?|nova|novo|now[aye]|noua|nou|neu)\b"
)


OLD: Final = re.compile(
    r"\b(?:old|alte[rsnm]?|bisherige\w*|ancien\w*|antigu[oa]|vecchi[oa]|oude?|antig[oa]|star[aye]|veche|from|von|de|depuis|desde|da|van|z|od|din|aus|current|aktuelle\w*|vom)\b"
)


SERVER: Final = re.compile(
    r"\b(?:imap\w*|server\w*|serveur\w*|servidor\w*|host\w*|posteingang\w*|serwer\w*|provider|anbieter|mailserver|incoming|eingang\w*|via|bei|at|auf|on|sur|en|su|op)\b"
)


OTHER: Final = re.compile(
    r"\b(?:smtp|pop3?|outgoing|ausgang\w*|postausgang\w*|sortant|saliente|uscita|uitgaand\w*|webmail|website|webseite|site)\b"
)


SENTENCE: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z\u00c0-\u00de\u0141\u015a\u017b])")
