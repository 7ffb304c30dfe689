"""Whether somebody asks us to move existing mail: who wants it, whose mail it is, and whether it is asked for or asked about.

Not the words for moving decide: advertising, phishing, notices and questions have them too. A request has its writer's
will in it ("I would like", "could you", "here are"), and a thing on the writer's side: theirs, named by its address, or
on its way to us. What asks the reader to do something with the reader's own mailbox is the contrary of it.
"""

import re
from itertools import takewhile
from typing import Final

from parsers.labels import fold
from parsers.wishes import names_move, names_thing, of_other_task, without_addresses, without_past

_WANTS: Final = re.compile(
    r"\b(?:i|we|id|wed) (?:\w{1,12} ){0,3}?(?:want|wish|need|like|love|plan|intend|decided|hope|require|looking|d like)\b|^(?:\w{1,12} )?(?:need|want|would like|looking) (?:to|my|our|a|some|help)\b"
    r"|\b(?:ich|wir) (?:\w{1,20} ){0,4}?(?:mocht\w*|will|wollen|wollten|wurden?|hatten?|brauche?n?|plane?n?|wunsche?n?|beabsichtige?n?|bitten?|beauftragen?|benotigen?)\b"
    r"|\b(?:mocht\w*|will|wollen|wollten|wurden?|hatten?|brauche?n?|planen?|wunschen?|benotigen?|bitten?) (?:\w{1,20} ){0,2}?(?:ich|wir|gerne?|um)\b|^(?:mochten?|hatten?|wurden?) |\b(?:mochte|wurde) (?:\w{1,20} ){0,3}?(?:mein|unser)\w{0,2}\b"
    r"|\b(?:je|nous|j|on) (?:\w{1,12} ){0,2}?(?:souhait\w+|voudr\w+|veux|voulons|veut|desir\w+|aimer\w+|ai besoin|avons besoin|envisage\w*|aurais|aurions)\b|^souhait\w+|\b(?:souhaitons|souhaiterions|voudrions|voulons|desirons|aimerions)\b|\bbeauftrage\w* (?:ich|wir)\b"
    r"|\b(?:quiero|queremos|quisier\w+|querri\w+|necesit[oa]\w*|necesitamos|deseo|deseamos|desear\w+|me gustaria|nos gustaria|queria|queriamos|solicit[oa]\w*)\b"
    r"|\b(?:vorrei|vorremmo|voglio|vogliamo|desidero|desideriamo|desider\w+mmo|ho bisogno|abbiamo bisogno|avrei bisogno|volevo|volevamo|richiedo|chiedo|chiediamo)\b"
    r"|\b(?:ik|wij|we) (?:\w{1,12} ){0,2}?(?:wil|willen|wou|zou|zouden|graag|wens\w*)\b|\bgraag\b"
    r"|\b(?:quero|queremos|queria|queriamos|gostari\w+|preciso|precisamos|desejo|desejamos|desejavamos|pretendo|pretendemos)\b"
    r"|\b(?:chce|chcemy|chcia\w+|chcieli\w+|prosze|prosimy|potrzebuje|potrzebujemy|prosba)\b"
    r"|\b(?:as vrea|as dori|am vrea|am dori|vreau|vrem|doresc|dorim|solicit|avem nevoie|am nevoie)\b",
)
_PLEASE: Final = re.compile(
    r"\b(?:please|pls|plz|kindly|(?:can|could|would|will) (?:you|u|someone|somebody|anyone)|(?:would be|d be|be) (?:\w{1,10} )?(?:great|grateful|nice|lovely|good)|appreciate"
    r"|bitte|(?:konnen|konnten|wurden) (?:sie|wir|ihr)|konnt(?:et)? ihr|(?:kannst|konntest|wurdest) du|(?:kann|konnte) (?:jemand|mir|uns)|ware (?:\w{1,12} ){0,3}?(?:schon|toll|nett|super|lieb|gut)|dankbar"
    r"|s il (?:vous|te) plait|svp|stp|merci de|veuillez|priere de|(?:pouvez|pourriez) vous|(?:peux|pourrais) tu|vous serait il|serai[st]? (?:\w{1,12} ){0,2}?(?:gre|reconnaissante?)"
    r"|por favor|haced|hagan|(?:podeis|podriais|podria[ns]?|puede[ns]?|podemos)|agradec\w+|ruego|rogamos|per favore|per cortesia|potete|potreste|potrebbe|puoi|potresti|può|puo|saremmo grati|sarei grat[oa]"
    r"|alstublieft|aub|graag|(?:kunt|kunnen|kun|zou|zouden|willen|wilt) (?:u|jullie|je|jij)|se faz favor|faca o favor|podem|poderiam|poderia|pode"
    r"|prosze|prosimy|prosilbym|mozecie|moglibyscie|czy (?:mozna|mogl\w+)|va rog|va rugam|te rog|puteti|ati putea)\b",
)
_HERE: Final = re.compile(
    r"\b(?:here (?:are|is|come|you go)|estas|estos|ces|queste|questi|deze|diese[nr]?|acestea?|attached|enclosed|find below|below (?:are|is)|hereby|them|these|those|list|sheet|table|tabelle|liste|lista|tableau|elenco|lijst|anbei|hiermit|hier (?:die|sind|ist|kommen)|im anhang|beigefugt|angehangt|folgende\w*|following"
    r"|voici|ci joint\w*|par la presente|suivante?s?|adjunt\w+|aqui (?:van|teneis|tienen|estan)|siguientes?|ecco|in allegato|allegat\w+|seguenti|hierbij|bijgevoegd|bijlage|volgende|em anexo|aqui (?:vao|estao)|seguintes?|w zalaczniku|oto|nastepujac\w+|atasat\w*|urmatoare\w*)\b",
)
# "Bitte die Postfächer umziehen": the order itself, and a particular thing; what asks the reader for theirs says "your".
_ORDER: Final = re.compile(
    r"\b(?:please|pls|bitte|merci de|veuillez|por favor|prosze|va rog|te rog|se faz favor|graag|vogliate)(?: \w{1,24}){0,8}? "
    r"(?:move|migrate|transfer|import|umziehen|umzuziehen|zugeln|migrier\w+|ubernehm\w+|ubertrag\w+|importier\w+|transferer|migrer|importer|recuperer|rapatrier"
    r"|przenies\w+|zmigrowa\w+|mutati|migrati|transferati|migrar|migren|trasladar|trasladen|migrare|trasferire|spostare|overzetten|verhuizen|transferir|migrem)\b"
)
_THAT: Final = re.compile(
    r"\b(?:the|this|both|all|die|das|dem|den|beide[nr]?|alle|le|la|les|l|ces?|cette|los|las|el|ambas|il|lo|gli|i|het|de|o|os|as|te|ta|ten|obie|cele)"
    r"(?: \w{1,20}){0,3} (?:\w{0,12}postfach\w*|mailbox\w*|mails?|e ?mails?|accounts?|konten|konto|boites?|comptes?|messagerie|buzon\w*|correos?|cuentas?|casell[ae]|postvak\w*|caixas?|contas?|conturi\w*)\b"
    r"|\b(?:skrzyn\w+|poczt[ey]|casut[ae]\w*|contul|conturile)\b"
)
_TO_BE: Final = re.compile(
    r"\b(?:soll(?:en|te|ten)?|should|(?:has|have|needs?|ought) to|must|moved over|zu (?:\w{1,9} )?(?:ubertragen|migrieren|umzuziehen)|doit|doivent|debe[n]?|deve|devono|devem|moet(?:en)?|trebuie|ma byc|maja byc|musi\w*)\b",
)
_PLANS: Final = re.compile(
    r"\b(?:i am|im|we are|were|i m|we re|i ll|we ll|i will|we will|ich|wir|je|nous|ik|wij) (?:\w{1,16} ){0,4}?(?:moving|switching|transferring|migrating|be moving|ziehen?|wechseln?|wechsle|umziehen|passons|passe|demenage\w*|verhuizen|verhuis|stappen)\b"
    r"|\b(?:nos mudamos|me mudo|nos cambiamos|passiamo|passo|mudamos|przenosimy|przechodzimy|ne mutam)\b",
)
_OWN: Final = re.compile(
    r"\b(?:my|our|ours|mine|mein\w{0,2}|unser\w{0,2}|unsr\w{1,2}|mon|ma|mes|notre|nos|mi|mis|nuestr[oa]s?|mio|mia|miei|mie|nostr[oaie]|mijn|ons|onze|meus?|minhas?|noss[oa]s?|moj\w{0,3}|moich|nasz\w{0,3}|meu|mea|mele|noastr[ae]|nostru|noastre)\b",
)
_TO_US: Final = re.compile(
    r"\b(?:to|over to|into|onto) (?:you|yours|host|your (?:\w{1,14} ){0,3}?(?:servers?|service|hosting|platform|system|side|company|package|plan))\b|\b(?:zu|bei|nach|auf) (?:ihnen|euch|eure\w*|ihre\w{0,2} (?:\w{1,14} )?(?:server\w*|dienst|system|hosting))\b"
    r"|\bchez vous\b|\b(?:vers|sur) vo(?:tre|s) \w+|\b(?:a|con|en) (?:vosotros|ustedes|vuestr\w+|su (?:servidor|servicio)|sus servidores)\b|\b(?:da|presso|su(?:i|l)?|verso) (?:voi|vostri?|vostro server)\b"
    r"|\bnaar (?:jullie|u|uw)\b|\b(?:para|no|nos|o|os) (?:voces|vos|voss[oa]s?)\b|\bdo (?:was|panstwa)\b|\bla (?:voi|dvs|dumneavoastra)\b|\bsus (?:servidores|equipos)\b",
)
_THEIRS: Final = re.compile(
    r"\b(?:your|thy|ihre?[mnrs]?|eure?[mnrs]?|deine?[mnrs]?|votre|vos|ton|tes|su|sus|tu|tus|vuestr\w{1,3}|tu[oa]|suo|sua|seus?|suas?|vostr\w|uw|jouw|twoj\w{0,3}|twoja|panstwa|dvs|dumneavoastra) (?:\w{1,20} ){0,2}?"
    r"(?:e ?mails?|mails?|mail ?box\w*|inbox\w*|accounts?|postfach\w*|konto|konten|e ?mail\w*|boites?|messagerie|comptes?|buzon\w*|correos?|cuentas?|casell[ae]|posta|postvak\w*|mailbox\w*|caixas?|contas?|skrzyn\w+|konta|cont\w*|casut\w*|data|daten)\b",
)
_ABOUT: Final = re.compile(
    r"\b(?:how (?:much|long|many|do|does|can|would|is|are)|what|which|whether|does|costs?|price\w*|pricing|quote|quotation|offers?|offering|help(?:s|ing)? (?:you|companies|hosting)|discuss|to know|wonder\w*|curious|interested in (?:how|what|your)"
    r"|wie (?:viel|lange|lauft|geht|funktioniert|kann|kommen|teuer)|was (?:kostet|passiert|muss)|kost(?:et|en|enlos)|preise?|angebot\w*|bieten|anbieten|kann man|wissen|besprechen|ob (?:sie|ihr|man|es|ich|wir|das)"
    r"|combien|comment|tarifs?|prix|devis|est ce que|est il|savoir|proposez|proposons|peut on|cuant[oa]s?|como (?:se|puedo|funciona|es)|precios?|presupuesto|se pueden?|saber|ofreceis|ofrecen|ofrecemos|es posible"
    r"|quant[oai]|prezz[oi]|preventivo|si puo|si possono|sapere|offrite|come (?:si|posso|funziona)|hoeveel|hoe (?:lang|duur|werkt|kan)|prijs\w*|offerte|weten|bieden|kan men|mogelijk"
    r"|preco|precos|orcamento|custa|como (?:posso|faco|funciona)|oferecem|e possivel|ile|jak|koszt\w*|cena|oferta|oferte|oferty|czy (?:oferujecie|mozna|da sie)|wiedziec|cat (?:costa|dureaza)|pret\w*|cum|stiu|posibil|se poate|is it|possible to|moglich|inform\w*|notif\w+|remind\w*|erinner\w*|announc\w*|mitteilen|ankundig\w*|avis\w+|meetings?|appointment|besprechung|reunion|riunione|vergadering)\b",
)
# "I would like to move my mail to you but do not know how": the wish stands, and what to send is what we tell them.
_AT_A_LOSS: Final = re.compile(
    r"\b(?:(?:do|does) ?n[o ]?t know|dont know|not (?:really )?sure|no idea|(?:ne )?sa(?:is|vons) pas(?: trop)?|weiss (?:aber )?nicht|wissen (?:aber )?nicht|keine ahnung|no se|no sabemos"
    r"|non so|non sappiamo|weet(?:en)? niet|nao sei|nao sabemos|nie wiem|nie wiemy|nu stiu|nu stim) (?:\w{1,8} ){0,2}?"
    r"(?:how|what|comment|ce qu\w*|quoi|wie|was|como|que|come|cosa|hoe|wat|o que|jak|co|cum|ce)\b"
)
_BROKEN: Final = re.compile(
    r"\b(?:fail\w*|missing|lost|disaster|broken|incomplete|not work\w*|problems?|errors?|complain\w*|refund|fehl\w*|problem\w{0,2}|verloren|schief\w*|unvollstandig\w*|beschwer\w*|perdue?s?|manqu\w+|echou\w*|incomplete?s?|probleme?s?|reclam\w*"
    r"|faltan?|perdid[oa]s?|fallo\w*|problemas?|quejas?|manca\w*|pers[oie]|fallit\w*|problem[ai]|reclamo|ontbre\w+|kwijt|mislukt\w*|klacht\w*|faltam|falhou|brakuje|zgin\w+|lipsesc|pierdut\w*)\b"
)
_CARRY: Final = re.compile(
    r"\b(?:bring|brought|get|got|take|taken|carry|carried|pull\w*|fetch\w*|retriev\w*|haul\w*|have)\b.{0,80}\b(?:across|over|from)\b|\b(?:recuper\w+|rapatri\w+|repren\w+|traer|traig\w+|llevar|llev\w+|portare|portate|ophalen|opgehaald|meenemen|pasar\w{0,4}|pas(?:eis|en|ad)|ubernahme|trazer|tragam|sciagn\w+|adu(?:ce|ceti|c)|hol(?:en|t|e)|herholen|ziehen|nehmen)\b"
)
_AWAY_FROM: Final = re.compile(
    r"\b(?:from (?!you\b|your\b|the\b|my\b)|von (?!ihnen|euch|mein|dem|der|den)|de chez (?!vous))"
)
_COMMANDS: Final = re.compile(
    r"^(?:\w{1,12} ){0,2}?(?:move|migrate|transfer|import|copy|bring|switch|zieh\w{0,2}|ubertrag\w{0,3}|ubernehm\w{0,3}|ubernimm|migrier\w{0,3}|hol\w{0,2}|kopier\w{0,3}|transferez|migrez|importez|rapatriez|deplacez"
    r"|traslad\w{1,4}|migrad|migren|migre|pasad|pasen|muev\w{1,3}|spostate|spostatemi|trasferite|importate|verhuis|zet|transfiram|migrem|mudem|przenies\w{0,5}|przenosci\w*|mutati|migrati|transferati)\b"
)
_IF: Final = re.compile(
    r"\b(?:if|falls|wenn|si|se|als|jesli|daca|after|before|nach|vor|during|wahrend|also|auch|aussi|tambien|anche|ook|tambem|tez|when|wann|quand|cuando|quando|wanneer|kiedy|cand)\b"
)
_NOT: Final = re.compile(
    r"\b(?:do not|don t|dont|no need|not|never|nicht|kein\w{0,2}|ne|no|non|niet|geen|nao|nie|nu|sans|without|ohne|sin|senza)(?: \w{1,20}){0,2} "
    r"(?:migr\w+|mov(?:e|ing|ed)|transf\w+|umz\w+|umgezogen|uberna?h\w+|ubertrag\w+|traslad\w+|trasfer\w+|spost\w+|verhui\w+|overz\w+|mud\w+|przenos\w+|przenie\w+|mut\w+|mail)\b",
)
_CALLS_OFF: Final = re.compile(
    r"\b(?:stop\w*|cancel\w*|abort\w*|abbrech\w*|stornier\w*|arret(?:er|ez)|annul\w+|anul\w+|deten\w+|kundig\w*|resili\w+|opzeg\w+)\b"
    r"|\b(?:to|zu|a|chez|vers|naar|do|la|para) (?:another|a different|an other|einem anderen|un autre|otro|otra|un altro|een andere|outro|innego|alt) \w+"
)
_ELSE: Final = re.compile(
    r"\b(?:domains?|domain\w+|domaines?|dominios?|domini[oi]|domein\w*|domen\w+|websites?|web ?site|webseite\w*|sites?|homepage|sitio|sito|hosting|shop|wordpress|datenbank\w*|databases?|auth ?code|authcode|epp|invoice|rechnung\w*"
    r"|forward\w*|weiterleit\w*|weiterzuleiten|transfert? automatique|reenvi\w+|inoltr\w+|doorst\w+|reencaminh\w+|przekier\w+|redirec\w+|phone|telefon\w*|number|nummer|numero)\b",
)
_ALL: Final = re.compile(
    r"\b(?:everything|all of it|alles|allem|tout|todo|tutto|tudo|wszystko|totul|the lot|stuff|mailing|gmail|gmx|imap|outlook)\b"
)
_LINK: Final = re.compile(r"https?://", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.")
_SENTENCE: Final = re.compile(
    r"(?<=[.!?])\s+|(?<![:\w,\s])\s*\n\s*\n|(?<=[:\w,])[ \t\r]{0,9}\n\s{0,99}\n(?!\s{0,99}[^\s@]{1,64}@)|\n(?=\s*[-*\u2022])"
)
_MOST: Final = 400  # sentences
_LONGEST: Final = 1500  # characters of one
_INTO: Final = re.compile(r"\b(?:to|into|onto|auf|sur|naar|na) $")
_LONGEST_INTO: Final = 6  # characters
_FEW: Final = 5  # words
_NEAR: Final = 6  # words


def asks_us(text: str, subject: str = "") -> bool:
    """Return whether one of the sentences, or the subject, asks us to move mail that is there. Never raises; linear.

    Args:
        text: the lines of those whose words count.
        subject: "" where it is an answer's.
    """
    linked = _LINK.search(text) is not None
    topic = names_thing(fold(subject[:_LONGEST])) or any(
        names_thing(fold(one[:_LONGEST])) for one in _sentences(text)
    )
    if _asks(subject[:_LONGEST], topic=topic, linked=linked) or _titled(subject[:_LONGEST], text):
        return True
    return any(_asks(one[:_LONGEST], topic=topic, linked=linked) for one in _sentences(text))


def _sentences(text: str) -> list[str]:
    """Return the sentences; a few words alone ("Please migrate!") with those before them."""
    found: list[str] = []
    for one in _SENTENCE.split(text)[:_MOST]:
        short = found and len(one[:_LONGEST].split()) <= _FEW and len(found[-1]) < _LONGEST
        found.append(f"{found[-1]} {one}" if short and names_move(fold(one)) else one)
    return found


def _titled(subject: str, text: str) -> bool:
    """Say whether the subject names the writer's own mail and its move ("Umzug unserer Postfächer"), and no question."""
    folded = without_past(fold(subject))
    move = names_move(folded) and names_thing(folded) and not _about(subject, folded)
    if not move or _ELSE.search(folded) or of_other_task(folded):
        return False
    said = fold(text[:_LONGEST])
    calm = without_past(said) == said and not _BROKEN.search(said) and "?" not in text
    return not said or (calm and _owns(folded))


def _asks(sentence: str, *, topic: bool, linked: bool) -> bool:
    folded = without_past(fold(without_addresses(sentence)))
    refused = _NOT.search(folded) or _CALLS_OFF.search(folded)
    if of_other_task(folded) or refused or _about(sentence, folded):
        return False
    own, to_us, named = _owns(folded), bool(_TO_US.search(folded)), bool(_ADDRESS.search(sentence))
    plans = (own or to_us) and _PLANS.search(folded) is not None
    moves = names_move(folded) or ((own or named) and _carries(folded)) or plans
    theirs = bool(_THEIRS.search(folded)) and not own
    if not moves or theirs or not _is_mail(folded, topic=topic, to_us=to_us, named=named):
        return False
    if _WANTS.search(folded) or _PLEASE.search(folded):
        ordered = _ORDER.search(folded) and _THAT.search(folded)
        pointed = not linked and (_AWAY_FROM.search(folded) or _HERE.search(folded) or ordered)
        return own or to_us or named or bool(pointed)
    if plans or ((own or to_us) and (_HERE.search(folded) or _TO_BE.search(folded))):
        return True
    return (own or to_us or named) and _COMMANDS.search(folded) is not None


def _carries(folded: str) -> bool:
    """Say whether something shall come from elsewhere to us, in whatever words: "traer mis correos a vuestro servidor"."""
    return _CARRY.search(folded) is not None and bool(_TO_US.search(folded) or _AWAY_FROM.search(folded))


def _owns(folded: str) -> bool:
    """Say whether the writer calls the mail theirs: "our four old mailboxes"; "our experts move your mailboxes" does not."""
    for own in _OWN.finditer(folded):
        if _INTO.search(folded[max(0, own.start() - _LONGEST_INTO) : own.start()]):
            continue
        after = folded[own.end() :].split(maxsplit=_NEAR)[:_NEAR]
        near = " ".join(takewhile(lambda word: not names_move(word), after))
        if names_thing(near) or _ALL.search(near):
            return True
    return False


def _is_mail(folded: str, *, topic: bool, to_us: bool, named: bool) -> bool:
    """Say whether it is mail that shall move; a domain or a website on its way to us is none."""
    if names_thing(folded):
        return True
    return not _ELSE.search(folded) and (named or bool(_ALL.search(folded)) or (topic and to_us))


def _about(sentence: str, folded: str) -> bool:
    """Say whether the sentence asks for information, or tells of an offer, instead of asking for the move."""
    if _ABOUT.search(_AT_A_LOSS.sub(" ", folded)) or _BROKEN.search(folded):
        return True
    return sentence.rstrip().endswith("?") and (not _PLEASE.search(folded) or bool(_IF.search(folded)))
