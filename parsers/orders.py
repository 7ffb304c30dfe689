"""What somebody orders on the thread of a running move, in a few words: pause, resume, cancel, take the trash too, how far is it.

Strict, because an order is carried out: every word of a statement has to be known, one of them has to be the order, and a
negation, a question, a condition or a plan makes it none. What is left over is for a person to read.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from parsers.labels import fold
from parsers.text import split_lines

_LONGEST: Final = 16  # words of a statement
_MOST: Final = 40  # statements that are looked at


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Folded words (lower case, no accents); the languages follow each other: en, de, fr, es, it, nl, pt, pl, ro.
_ORDERS: Final[Mapping[str, frozenset[str]]] = {
    "pause": _words(
        """pause paused hold halt suspend stop wait pausieren pausiere pausiert anhalten unterbrechen unterbrich stoppen stopp
        warten warte pauser suspendre suspendez arreter arretez pausar pausa pausen suspender suspenda parar pare detener
        detengan sospendere sospendete fermare fermate pauzeren pauze pauzeer onderbreken stoppen wachten pausar suspender
        wstrzymac wstrzymajcie zatrzymac zatrzymajcie pauza opriti intrerupeti suspendati"""
    ),
    "resume": _words(
        """resume continue proceed unpause fortsetzen fortfahren weitermachen weiter reprendre reprenez continuer continuez
        reanudar reanuden continuar continuen continua riprendere riprendete continuare continuate hervatten doorgaan verder
        retomar continuem wznowic wznowcie kontynuowac kontynuujcie reluati continuati"""
    ),
    "cancel": _words(
        """cancel abort abbrechen stornieren storno absagen annuler annulez cancelar cancelen cancela anular anulen annullare
        annullate annulleren afbreken anulowac anulujcie anulati"""
    ),
    "status": _words(
        """status progress stand fortschritt avancement estado avance progreso stato avanzamento voortgang stan postep
        andamento stadiu stadiul"""
    ),
}
_TRASH: Final = _words(
    """trash bin deleted papierkorb papierkoerbe papierkorbe geloschte geloeschte geloschten geloeschten corbeille corbeilles
    papelera papeleras cestino prullenbak lixeira lixo kosz kosza gunoi gunoiul cos"""
)
_JUNK: Final = _words(
    """spam junk spamordner junkordner indesirables pourriel pourriels indesirable ongewenste spamul"""
)
_TAKE: Final = _words(
    """include including copy take bring migrate add with mitnehmen mitkopieren kopieren ubernehmen uebernehmen einschliessen
    umziehen inclure incluez incluant copier copiez ajouter incluir incluyan incluyendo copiar copien includere includete copiare
    meenemen neem meekopieren incluir incluam copiem dolaczyc skopiowac skopiujcie uwzglednic includeti copiati
    inclus incluido incluida incluso inclusief wlacznie mit"""
)
_NOT: Final = _words(
    """not no never don t cannot without when if until unless after before once later as soon nicht kein keine noch nie wenn
    falls sobald bis bevor erst nachdem spater spaeter ohne pas ne sans quand lorsque si avant apres des sin cuando antes
    despues hasta non senza quando prima dopo finche niet geen zonder als zodra tot voordat nadat nao sem quando antes depois
    nie bez gdy jesli kiedy zanim dopiero nu fara cand daca inainte dupa"""
)
_AROUND: Final = _words(
    """please kindly could would can you we i us my our want wish like to need have has had the a an it this that these all
    everything everybody for of in on at and also too now just ok okay yes hi hello hey dear team everyone thanks thank again
    again migration move moving copy copying transfer whole process request ticket mailbox mailboxes mail mails email emails e
    folder folders items messages is are was be going go on ahead let lets with so what how far s where s there any current
    bitte konnten koennten konnen koennen konnt wurden wuerden wir sie ihr ich uns unser unsere unseren mochten moechten mochte
    moechte will wollen den die das der dem des ein eine einen es alles alle auch nun jetzt mal doch gerne gern hallo guten
    tag abend liebes liebe team danke vielen dank schon umzug migration ubertragung uebertragung kopie vorgang auftrag
    anfrage postfach postfacher postfaecher ordner elemente nachrichten und mit ist wie der aktuelle aktueller gibt von zu zum
    zur haben hat werden wird soll sollen bei wo stehen stehts steht weit sind vorerst erstmal einmal
    merci bonjour bonsoir svp s il vous plait te veuillez pouvez pourriez vous nous je j la le les l un une de du d des tout
    toute tous aussi egalement maintenant migration transfert copie demande ticket boite boites messages dossier dossiers avec
    et est en ou a au aux voulons veux souhaite souhaitons voudrais elements point quel quelle
    hola buenos buenas dias tardes gracias por favor pueden puede podrian podria nosotros queremos quiero quisiera el la los las
    lo un una de del todo toda todos tambien ahora ya migracion traslado copia solicitud buzon buzones correo correos carpeta
    carpetas mensajes con y es en al a cual como va elementos eliminados
    ciao salve buongiorno buonasera grazie per favore potete potreste puo vorrei vorremmo vogliamo voglio il lo gli le i la un
    una di del della dei tutto tutta tutti anche adesso ora migrazione trasferimento copia richiesta casella caselle posta
    cartella cartelle messaggi con e in al a qual come va elementi eliminati
    hoi hallo goedemorgen goedendag dag bedankt dank alstublieft alsjeblieft graag kunt kun jullie u je wij we ik ons onze willen
    wil de het een alles ook nu eens migratie verhuizing overdracht kopie aanvraag postvak postvakken mail map mappen berichten
    met en is in aan hoe wat ver verwijderde items van
    ola bom boa dia tarde obrigado obrigada por favor podem pode poderiam nos queremos quero gostaria gostariamos o a os as um uma
    do da dos tudo toda todos tambem agora ja migracao mudanca transferencia copia pedido caixa caixas correio pasta pastas
    mensagens com e em ao como esta qual itens eliminados
    dzien dobry witam czesc prosze prosimy dziekuje dziekujemy moga mozecie panstwo my ja chcemy chce chcialbym to wszystko tez
    takze teraz juz migracja migracje migracji przenoszenie przeniesienie kopiowanie kopie zgloszenie skrzynka skrzynki skrzynek
    poczta poczty folder foldery wiadomosci z i w na do jaki jest o
    buna ziua salut multumesc multumim va rog rugam puteti ati putea noi vrem vreau doresc dorim tot toate si acum
    deja migrarea migrare mutarea transferul copia cererea cutia cutiile posta dosar dosarul dosare mesaje cu in la ce care este
    e al ale"""
)


@dataclass(frozen=True, slots=True)
class Orders:
    """What the own lines of a mail order, and whether nothing else stands there."""

    words: frozenset[str] = (
        frozenset()
    )  # of "pause", "resume", "cancel", "status", "include-trash", "include-junk"
    whole: bool = True  # every statement was an order, or a greeting, thanks or a name


def read_orders(text: str) -> Orders:
    """Return what the text orders. Two orders that exclude each other are none. Pure, never raises, linear."""
    found: set[str] = set()
    whole = True
    for number, statement in enumerate(_statements(text)):
        orders = _orders(statement) if number < _MOST else set()
        found |= orders
        whole = whole and (bool(orders) or _is_courtesy(statement))
    if len(found & {"pause", "resume", "cancel"}) > 1:
        return Orders(frozenset(found - {"pause", "resume", "cancel"}), whole=False)
    return Orders(frozenset(found), whole)


def _statements(text: str) -> Iterator[str]:
    """Yield clauses; a sentence with a condition or a negation stays whole, for it holds for all of it."""
    for line in split_lines(text):
        for sentence in re.split(r"(?<=[.!?;])\s+", line):
            bound = set(fold(sentence).split()) & _NOT
            clauses = [sentence] if bound else re.split(r"[;:,\u2013]|\s-\s", sentence)
            yield from (clause for clause in clauses if clause.strip())


def _orders(statement: str) -> set[str]:
    words = fold(statement).split()
    known = set(words)
    asks_how_far = statement.rstrip().endswith("?")
    if not words or len(words) > _LONGEST or known & _NOT:
        return set()
    roles = {"include-trash"} if known & _TRASH else set()
    roles |= {"include-junk"} if known & _JUNK else set()
    if roles:
        rest = known - _TRASH - _JUNK - _TAKE - _AROUND
        return (
            roles
            if not rest and (known & (_TAKE | {"also", "too", "auch", "aussi", "tambien", "anche"}))
            else set()
        )
    orders = {order for order, verbs in _ORDERS.items() if known & verbs}
    if len(orders) != 1 or known - _AROUND - _ORDERS[next(iter(orders))]:
        return set()
    return orders if not asks_how_far or orders == {"status"} or _is_polite(known) else set()


def _is_polite(known: set[str]) -> bool:
    """Say whether a question is one of manners: "could you pause, please?" orders, "is it paused?" asks."""
    return bool(
        known
        & _words(
            "could would kindly please bitte konnten koennten wurden wuerden pourriez pouvez podrian pueden potreste potete kunt kunnen poderiam podem mozecie puteti"
        )
    )


_COURTESY: Final = _words(
    """hi hello hey dear thanks thank you very much many so best kind kindest warm regards cheers sincerely yours good morning day
    afternoon evening hallo guten tag morgen abend liebe liebes lieber sehr geehrte damen und herren danke vielen dank schon viele
    beste schone freundliche freundlichen liebe grusse gruesse gruss mit mfg lg vg bonjour bonsoir merci beaucoup d avance
    cordialement bien a vous salutations hola buenos buenas dias tardes gracias muchas de antemano saludos cordiales un saludo
    ciao salve buongiorno buonasera grazie mille cordiali saluti distinti goedemorgen goedendag bedankt alvast dank met
    vriendelijke groet groeten ola bom boa dia tarde obrigado obrigada cumprimentos atenciosamente dzien dobry dziekuje dziekujemy
    z gory pozdrawiam pozdrowienia powazaniem buna ziua multumesc multumim anticipat cu stima o zi buna team all everyone support
    the in advance again please bitte svp s il vous plait te por favor per favore alstublieft alsjeblieft prosze va rog"""
)


def _is_courtesy(statement: str) -> bool:
    """Say whether a statement is a greeting, thanks or a name: at most three words that may be one, and no question."""
    return set(fold(statement).split()) <= _COURTESY or ("?" not in statement and _is_name(statement))


def _is_name(statement: str) -> bool:
    parts = statement.split()
    return len(parts) <= 3 and all(part[:1].isupper() and part.strip(".").isalpha() for part in parts)
