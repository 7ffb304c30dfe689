"""What a letter asks for in plain words, beside its rows."""

import re
from typing import Final

from parsers.labels import fold
from parsers.text import split_lines

_DONE: Final = frozenset(
    re.findall(
        r"\w+",
        """done finished completed complete fertig erledigt umgestellt umgeschaltet vollbracht fait termine terminee
        fini finie bascule basculee listo lista hecho hecha terminado terminada fatto fatta finito completato klaar
        gedaan gereed omgezet afgerond feito concluido""",
    )
)
_CHANGED: Final = frozenset(
    re.findall(
        r"\w+",
        """switched changed updated set pointed moved live geandert geaendert umgestellt gesetzt angepasst umgezogen
        eingetragen change modifie modifies mis bascule cambiado cambiados cambiada actualizado actualizados puesto
        modificado modificati cambiato aggiornato aggiornati impostato gewijzigd aangepast omgezet ingesteld""",
    )
)
_SWITCH: Final = frozenset(
    {"mx", "dns", "records", "record", "eintrag", "eintrage", "eintraege", "nameserver", "zone"}
)
_AROUND: Final = frozenset(
    re.findall(
        r"\w+",
        """it is its it's s that all everything we are i have has been ve now just already ok okay yes hi hello dear team
        thanks thank you the mx dns record records change changes switch switchover and on our side here everybody
        ist sind das wir haben habe ich alles jetzt schon ja hallo danke die der den mx-eintrag eintrag eintrage
        wurde wurden nun so bei uns gruss umstellung
        c est bon tout oui bonjour merci nous avons je ai le les la l a ete enregistrement enregistrements voila
        ya esta todo si hola gracias hemos he el los registro registros cambio
        tutto ciao grazie abbiamo ho il i gia e stato record cambiamento
        het alles ja hallo dank bedankt we hebben ik heb de is nu wijziging al""",
    )
)
_DOUBT: Final = frozenset(
    re.findall(
        r"\w+",
        """not no never t cannot when once if until till before after soon later almost nearly tomorrow will should yet
        nicht kein keine noch nie wenn sobald bis bevor bald spater spaeter fast morgen werde werden wird falls
        pas non ne quand lorsque si demain bientot presque avant
        aun todavia cuando manana casi antes pronto
        ancora quando domani presto quasi prima se
        niet nog geen als zodra morgen straks bijna voordat""",
    )
)
_MOVE: Final = re.compile(
    r"\b(migrat|migrer|migrier|move\b|moving\b|moved over|transfer|transfier|copy (over|all|our|my|the)|import (my|our|the|these"
    r"|this|attached)|bring (over|across)|switch (over|from)|umzieh|umzuzieh|umzug|umgezogen|zugeln|gezugelt|ubertrag|ubernehm|uebertrag|uebernehm"
    r"|importier|demenag|transferer|transferez|importer|traslad|migrar|migre|migrad(?:l[aeo]s?)?\b|migral[ao]s?\b|mover\b|mueva|importar|importe\b|spostare"
    r"|spostate|sposta\b|trasferi|migrare|importare|importad|verhuiz|overzet|overgezet|migreren|importeren|mudar|mudanca|przenie[sn]\w*|przenos\w*|przeprowadz\w*|migracj\w*|zmigrowa\w*|muta\b|mutam\b|mutati\b|mutare\w*|migra\b|migram\b|migrati\b|migrare\w*|transferati\b|migracao|transferencia|migrations?\b|umzuziehen|zieh(e|en|t)?\b.{1,120}\b(um|ruber|mit)\b|hol(e|en|t)?\b.{1,120}\b(ruber|heruber|ab)\b|ruber(holen|ziehen|nehmen)|mitnehm|mitzunehm|omzet|om te zetten|omgezet|rapatri|pasar\b|copy everything)",
)
# What is told of a move that is over; what is wanted stands in other forms ("to have it moved", "soll umgezogen werden").
_PAST: Final = re.compile(
    r"\b(?:sie haben|haben sie|ihr habt|habt ihr|wir haben|wurden?|(?:you|we|they)(?: have| had|ve)?|was|were|has been|have been|vous avez|on a|ont ete|a ete"
    r"|habeis|han|hemos|avete|abbiamo|jullie hebben|hebben jullie|hebben we|werd|werden)(?: \w{1,30}){0,8}? "
    r"(?:umgezogen|ubertragen|migriert|ubernommen|migrated|moved|transferred|migre|transfere|migrado|trasladado|migrato|spostato|trasferito|verhuisd|gemigreerd|overgezet)\b"
    r"|\b(?:nach|seit) (?:dem |der |unserem |eurem |ihrem )?(?:\w{1,20}umzug|umzug|migration)\b|\b(?:after|since) (?:the |our |your |my )?(?:e ?mail )?(?:move|migration|transfer)\b"
    r"|\b(?:apres|depuis) (?:la |le |votre )?(?:migration|transfert|demenagement)\b|\b(?:despues de|desde|tras) la migracion\b|\bdopo (?:la migrazione|il trasferimento)\b"
    r"|\b(?:na|sinds) de (?:verhuizing|migratie|overzetting)\b|\bpo (?:migracji|przeniesieniu)\b|\b(?:apos|depois d)a? a? ?migracao\b|\bdupa (?:migrare\w*|mutare\w*)\b"
)
_THING: Final = re.compile(
    r"\b(e ?mails?|mails?|mailbox(es|en)?|inbox(es)?|accounts?|contacts?|address ?books?|calendars?|appointments"
    r"|\w{0,12}postfach\w*|postfaech\w*|\w{0,12}konten|\w{0,12}konto|kontakte?n?|kalender\w*|adressbuch|termine|nachrichten"
    r"|courriels?|boites?|messagerie|comptes?|carnet|calendriers?|agendas?"
    r"|correos?|buzon(es)?|cuentas?|contactos?|calendarios?"
    r"|posta|casell[ae]|contatti|calendari|rubrica|postvak(ken)?|contacten|contactpersonen|agenda s|poczt\w*|skrzyn\w*|konta|kontakty|kalendarz\w*|maile?|cont|conturi\w*|contul|casut\w*|cutii\w*|posta|contacte\w*|contactele|correio|contas?|caixas?|contactos|calendario)\b",
)
_OTHER_TASK: Final = re.compile(
    r"\bthank(s| you)( so much| very much| a lot)? for\b|\bdanke( schon| sehr)? fur\b|\bmerci (beaucoup )?(pour|d)\b"
    r"|\bgracias por\b|\bgrazie per\b|\bbedankt voor\b"
    r"|\b(spam|junk|folders?|ordner|dossiers?|carpetas?|cartell[ae]|mapp?en|invoices?|rechnung(en)?|factu?r(es?|as?|en)|fatt?ur[ae]s?|faktur\w{0,2})\b"
    r"|\b(payments?|funds|zahlung(en)?|paiements?|pagos|pagament[oi]s?|betaling(en)?|bank|iban)\b"
)
_ADDRESS: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_RECIPIENT: Final = frozenset(
    re.findall(r"\w+", "to an nach zu vers a para naar do la al aan cc with mit")
)  # who gets something
_LATE: Final = re.compile(
    r"\b(?:umzieh|umzuzieh|umgezogen|ubertrag|ubernehm|migrier|importier|verhuiz|overzet|migreren)"
)
# A blank line ends a sentence, unless it leads on to what is listed below it: "please migrate", and then an address.
_SENTENCES: Final = re.compile(
    r"(?<=[.!?])\s+|(?<![:\w,\s])\s*\n\s*\n|(?<=[:\w,])[ \t\r]{0,9}\n\s{0,99}\n(?!\s{0,99}[^\s@]{1,64}@)"
)
_MOST_SENTENCE: Final = 4000  # characters
_LONGEST_STATEMENT: Final = 14  # words


def read_wishes(text: str) -> frozenset[str]:
    """Return "done" and "asks-migration" as far as the text says so.

    "done": a short statement that the switch is made; a question, a negation or a plan is none, and neither is a
    changed password. "asks-migration": a word for moving and a thing we move in one sentence.
    """
    wishes = set()
    if any(
        _says_done(statement)
        for line in split_lines(text)
        for statement in re.split(r"(?<=[.!?;])\s+|;", line)
    ):
        wishes.add("done")
    if any(_asks(sentence) for sentence in _SENTENCES.split(text)):
        wishes.add("asks-migration")
    return frozenset(wishes)


def _says_done(statement: str) -> bool:
    if statement.rstrip().endswith("?"):
        return False
    if set(fold(statement).split()) & _DOUBT - {"si", "se"}:
        return False
    return any(_clause_says_done(fold(clause).split()) for clause in re.split(r"[,:\u2013]|\s-\s", statement))


def _clause_says_done(words: list[str]) -> bool:
    if not words or len(words) > _LONGEST_STATEMENT:
        return False
    known = set(words)
    if known & _DONE and known <= _DONE | _AROUND | _CHANGED:
        return True
    return bool(known & (_CHANGED | _DONE) and known & _SWITCH and len(words) > 1)


def _asks(sentence: str) -> bool:
    folded = _PAST.sub(" ", fold(without_addresses(sentence)))
    if not _MOVE.search(folded) or _OTHER_TASK.search(folded):
        return False
    return bool(_THING.search(folded) or ("@" in sentence and _moves_address(sentence)))


def _moves_address(sentence: str) -> bool:
    """Say whether an address is what is to be moved: "please migrate info@x.example", "bitte info@x.example umziehen"."""
    words = _PAST.sub(" ", fold(_ADDRESS.sub(" mailboxhere ", sentence[:_MOST_SENTENCE]))).split()
    for at in [n for n, word in enumerate(words) if word == "mailboxhere"][:20]:
        if at and words[at - 1] in _RECIPIENT:
            continue
        if _MOVE.search(" ".join(words[max(0, at - 4) : at])) or _LATE.search(
            " ".join(words[at + 1 : at + 7])
        ):
            return True
    return False


def without_addresses(text: str) -> str:
    """Return the text with a word for each address: "rechnung@x.example" speaks of no bill. Linear."""
    return _ADDRESS.sub(" mailboxhere ", text)


def names_move(folded: str) -> bool:
    """Say whether the folded words tell of moving something."""
    return _MOVE.search(folded) is not None


def names_thing(folded: str) -> bool:
    """Say whether the folded words name something that we move."""
    return _THING.search(folded) is not None


def of_other_task(folded: str) -> bool:
    """Say whether the folded words speak of thanks, folders, bills: what they ask for is not the move."""
    return _OTHER_TASK.search(folded) is not None


def without_past(folded: str) -> str:
    """Return the folded words without what they tell of a move that is over."""
    return _PAST.sub(" ", folded)
