"""In which language somebody writes, told by their own words; certain or not at all."""

import math
import re
from collections.abc import Iterable
from typing import Final

LANGUAGES: Final = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "ro")

_LOOK: Final = 20_000  # characters
_LEAST: Final = 3  # words; fewer are a greeting
_MOST: Final = 400
_WORD: Final = re.compile(r"[^\W\d_]{1,30}")
# Small words and what people write to a support desk; a word of two languages counts for both.
_WORDS: Final[dict[str, frozenset[str]]] = {
    name: frozenset(re.findall(r"\w+", words))
    for name, words in {
        "en": """the and please our your you we is are with for from have has this that will would could can hello hi dear
            thanks thank regards kind best attached list find below my to of in on it them their me mailboxes mailbox move
            moving old new at by be as need needs following accounts hey team cheers sincerely i am""",
        "de": """der die das und bitte wir sie ihr ihre ihrer ihnen unsere unser unserer ist sind mit für von haben hat
            dieses werden wurde können kann hallo guten tag sehr geehrte damen herren danke vielen dank grüße grüßen gruß
            freundlichen anbei liste im anhang mein meine ich zu auf es nicht auch den dem ein eine umziehen umzug postfach
            postfächer soll sollen passwort kennwort posteingangsserver liebe lieber noch vom zum zur moin servus gruss gruesse fuer""",
        "fr": """le la les et merci nous vous votre vos notre nos est sont avec pour de du des avoir ce cette je sera bonjour
            madame monsieur cordialement joint jointe jointes liste voici mon ma mes au aux il ne pas sur dans que qui une un
            boîte boîtes transférer bien salutations souhaite souhaitons ci comptes bonsoir svp à mot passe serveur adresse""",
        "es": """el la los las y por favor nosotros ustedes usted su sus nuestro nuestra nuestros es son con para de del
            tenemos hola buenos buenas días tardes gracias saludo saludos cordial adjunto adjunta lista mi mis que en una un
            correo correos cuentas quiero queremos me les se lo al está están estimados quisiera estas este un contraseña servidor""",
        "it": """il lo la gli le e per favore noi voi vostro vostra vostri nostro nostra nostre nostri è sono con di del della
            delle dei buongiorno salve grazie saluti cordiali allegato allegata elenco mio mia che in una un casella caselle
            posta vorrei vorremmo trasferire da dal al alle ciao gentili si non questo queste buonasera ecco parola indirizzo""",
        "nl": """de het een en graag wij we u uw jullie onze ons is zijn met voor van hebben heeft dit deze worden kunnen kunt
            hallo beste geachte dank bedankt groet groeten vriendelijke bijlage lijst hierbij mijn ik te op niet naar dat zou
            verhuizen postvak postvakken bijgevoegd alvast alstublieft wachtwoord oude nieuwe""",
        "pt": """o a os as e por favor nós vocês vosso vossa nosso nossa nossas nossos é são com para do da dos das temos
            bom dia boa tarde olá obrigado obrigada cumprimentos atenciosamente anexo segue lista meu minha que em uma um
            conta contas caixa caixas correio quero gostaria gostaríamos não se ao no na senha abraço migrar palavra passe servidor endereço""",
        "pl": """i proszę prosimy nasz nasza nasze naszych się jest są z dla od do mamy ma dzień dobry witam dziękuję
            pozdrawiam pozdrowienia załączniku załączam lista mój moja moje moją że w na nie oraz o skrzynki skrzynkę skrzynek
            przenieść przeniesienie poczty pocztę chcę chciałbym chciałabym bardzo po państwo państwa jak to będzie wszystkie hasło serwer adres""",
        "ro": """și si vă va rog rugăm noi dumneavoastră dvs nostru noastră noastre este sunt cu pentru de la din avem are
            bună ziua mulțumesc mulțumim salut stimă respect atașat atașată lista meu mea mele că în pe nu o un căsuța căsuțele
            căsuțe mutați mutăm corectă doresc dorim să am mai multumesc buna parola parolă adresa""",
    }.items()
}
_PAGE: Final = re.compile(r"<html\b[^>]{0,500}?\blang\s{0,3}=\s{0,3}[\"']?([a-zA-Z]{2})", re.IGNORECASE)


def tell_language(text: str) -> str | None:
    """Return the code of the language (one of LANGUAGES) these words are certainly in, else None. Pure, never raises.

    Certain: three different words of it, and half as many again as of the next language.
    """
    bare = " ".join(word for word in text[:_LOOK].split() if not _is_name(word))
    said = list(dict.fromkeys(word.casefold() for word in _WORD.findall(bare)))[:_MOST]
    scores = sorted(((_score(said, name), name) for name in LANGUAGES), reverse=True)
    (best, name), (second, _) = scores[:2]
    return name if best >= _LEAST and best >= second * 1.5 else None


def _is_name(word: str) -> bool:
    """True for an address, a path, a host: words of no language."""
    return any(mark in word for mark in "@/\\") or "." in word.strip(".,;:!?()")


def _score(said: Iterable[str], name: str) -> float:
    """Return how many of the words are of the language; one that others have too is less of a sign."""
    return sum(_WEIGHT[word] for word in said if word in _WORDS[name])


_WEIGHT: Final[dict[str, float]] = {
    word: 1 / math.sqrt(sum(word in words for words in _WORDS.values()))
    for words in _WORDS.values()
    for word in words
}


def declared_language(content_language: str, page: str = "") -> str | None:
    """Return the one language a header field (RFC 3282) or a page declares, as far as it is one of ours."""
    said = {part.strip()[:2].casefold() for part in content_language[:200].split(",") if part.strip()}
    if not said and (found := _PAGE.search(page[:4096])):
        said = {found[1].casefold()}
    return said.pop() if len(said) == 1 and said <= set(LANGUAGES) else None


__all__ = ["LANGUAGES", "declared_language", "tell_language"]
