"""Words with which a letter takes back, narrows or corrects what its table says."""

import re
from typing import Final

# Words that leave out what is named in their clause, wherever it stands there.
LEAVE: Final = re.compile(
    r"\b(?:leave (?:\w+ ){0,6}?out|left out|skip\w*|omit\w*|ignore[dn]?|disregard|exclude[ds]?|don t need|do not need|not needed|no longer need\w*"
    r"|weglassen|weggelassen|auslassen|(?:lass\w*|lasst) (?:\w+ ){0,6}?(?:weg|aus|raus)|uberspring\w*|ignorier\w*|auszunehmen|nicht (?:mehr )?(?:benotigt|gebraucht|beachten)|brauch\w+ (?:\w+ ){0,3}?nicht(?: mehr)?"
    r"|nicht (?:mehr )?(?:brauchen|benotigen)|streichen|streicht|rausnehmen|herausnehmen|rauslassen"
    r"|ignorer|ignorez|laissez (?:\w+ ){0,5}?de cote|laisser de cote|oubliez|n avons (?:plus|pas) besoin|plus besoin"
    r"|omit\w+|ignor(?:ad|en|e|ar|ate|are|em|ati|a)|dej\w{1,3} fuera|dejar fuera|no necesitamos|ya no hace falta|salt(?:ate|are|ad|en)|esclud\w+|exclu(?:ir|yan|id|am|a)|non serv\w+"
    r"|overslaan|sla (?:\w+ ){0,5}?over|weglaten|laat (?:\w+ ){0,5}?weg|niet (?:meer )?nodig"
    r"|pular|nao precisamos|pomin\w+|pomij\w+|nie potrzebujemy|omiteti|omis\w*|sariti|nu mai avem nevoie)\b"
)
# Words that leave out what stands behind them.
EXCEPT: Final = re.compile(
    r"\b(?:except|excluding|apart from|other than|but not|without|ausser|ausgenommen|bis auf|ohne|mit ausnahme|nicht aber|aber nicht|sauf|excepte|hormis|a l exception|excepto|salvo|menos|a excepcion|sin"
    r"|tranne|eccetto|escluso|esclusa|ad eccezione|behalve|uitgezonderd|exceto|a excecao|oprocz|poza|z wyjatkiem|cu exceptia|in afara)\b"
)
NEVER: Final = frozenset(re.findall(r"\w+", "not dont never nicht ne pas no non niet nao nie nu"))  # folded
STAYS: Final = re.compile(
    r"\b(?:stays?|remains?|bleib(?:t|en)|rest(?:e|ent|era|eront)|se quedan?|resta|restano|rimane|rimangono|blijf(?:t)?|blijven|fica|ficam|zostaj[ea]\w?|raman\w?)\b"
)
ONLY: Final = re.compile(
    r"\b(?:only|just|nur|lediglich|ausschliesslich|seulement|uniquement|solo|solamente|unicamente|soltanto|solamente|alleen|enkel|slechts|apenas|somente|tylko|doar|numai)\b"
)
BEGIN: Final = re.compile(
    r"\b(?:start with|begin with|starting with|to start|for now|for the moment|at first|as a test|erst ?mal|zunachst|vorerst|fangen|beginnen|anfangen|zum test|d abord|dans un premier temps|commence[rz]|primero|de momento|empez\w+|comenz\w+"
    r"|per ora|per adesso|iniziare|cominciare|iniziate|eerst|voorlopig|begin met|primeiro|por agora|comecar|najpierw|na razie|zaczac|deocamdata|mai intai|incepeti)\b"
)
REST: Final = re.compile(
    r"\b(?:the others?|the rest|die anderen|die ubrigen|der rest|les autres|le reste|las? (?:demas|otr[ao]s)|los (?:demas|otros)|el resto|gli altri|le altre|il resto|de anderen|de overige|de rest|os outros|as outras|o resto|pozostal\w+|reszt\w|restul|celelalte)\b"
)
PASSWORD: Final = re.compile(
    r"\b(?:passwords?|passwort\w*|kennwort\w*|pw|pwd|pass|mots? de passe|mdp|contrasenas?|claves?|wachtwoord\w*|senhas?|palavras? passe|hasl[oaem]\w{0,2}|parol[aei]\w{0,2})\b"
)
CHANGED: Final = re.compile(
    r"\b(?:changed|changes|new|now|instead|correct\w*|correction|wrong|update[ds]?|typo|mistyped|actually|reset|no longer|should (?:be|read)|rather"
    r"|geandert\w*|geaendert\w*|neu\w{0,2}|jetzt|statt|stattdessen|korrekt\w*|korrigier\w*|richtig\w*|falsch\w*|vertippt|tippfehler|nun|inzwischen|lautet|nicht mehr"
    r"|change\w{0,2}|modifie\w{0,2}|nouveau|maintenant|desormais|corrig\w*|erron\w*|faux|au lieu|cambi\w+|nuev[oa]|ahora|incorrect[oa]|en vez|en lugar|ora|adesso|nuov[oa]|sbagliat[oa]|invece"
    r"|gewijzigd|veranderd|nieuwe?|nu|fout|klopt niet|in plaats|mud(?:ou|ada)|alterad[oa]|nova|agora|errad[ao]|em vez|zmien\w+|now[ey]|teraz|bledn\w+|zamiast|schimbat\w*|noua|acum|gresit\w*|in loc)\b"
)
AT_OURS: Final = re.compile(
    r"\b(?:at you|with you|at yours|on your|your (?:side|server\w*|system)|bei (?:ihnen|euch)|auf ihrem|chez vous|con ustedes|con vosotros|da voi|bij (?:jullie|u)|convosco|u panstwa|la dumneavoastra|la voi)\b"
)
DOUBT: Final = re.compile(
    r"\b(?:if|falls|sofern|maybe|perhaps|possibly|vielleicht|eventuell|evtl|unless|es sei denn|si|se|als|jesli|daca|peut etre|quizas|tal vez|forse|misschien|talvez|moze|poate|not sure|nicht sicher|before|until|till|bevor|erst (?:am|ab|wenn|nach)|avant|jusqu|antes|hasta|fino|prima del\w*|voordat|pas na|przed|inainte)\b"
)
ROW: Final = r"(?:rows?|lines?|zeilen?|reihen?|lignes?|filas?|lineas?|linea|renglon\w*|righ?[ae]|rij(?:en)?|regels?|linhas?|wiersz\w*|rand\w*|linii|linia)"
THINGS: Final = re.compile(
    rf"\b(?:{ROW}|ones|those|diejenigen|jene|celles|ceux|los que|las que|quell[ei]|degenen|aqueles|aquelas|te ktore|cele care|entr(?:y|ies)|eintrag\w*|entrees|entradas|mailbox(?:es|en)|accounts|postfacher|konten|boites|comptes|buzones|cuentas|caselle|account|postvakken|caixas|contas|skrzynki|konta|casute\w*|conturi\w*"
    r"|marked|markiert\w*|red|rot\w{0,2}|yellow|gelb\w{0,2}|grey|gray|grau\w{0,2}|crossed|durchgestrichen\w*|highlighted|strike\w*|surlign\w+|jaune|rouge|amarill\w+|roj\w+)\b"
)
MARKED: Final = re.compile(
    r"\b(?:marked|markiert\w*|angekreuzt\w*|red|rot\w{0,2}|yellow|gelb\w{0,2}|green|grun\w{0,2}|grey|gray|grau\w{0,2}|crossed|durchgestrichen\w*|highlighted|surlign\w+|jaunes?|rouges?|amarill\w+|roj\w+|evidenziat\w+|gemarkeerd\w*|zaznaczon\w+|those|ones with|diejenigen|mit (?:einem )?x|with (?:an )?x)\b"
)
NUMBERS: Final[dict[str, int]] = {
    word: number
    for number, words in enumerate(
        (
            "one first eins ersten erste erster une un premier premiere primera primero primer prima primo uno una eerste een primeira primeiro um uma pierwszy pierwsza pierwsze jeden",
            "two second both zwei beiden beide zweiten zweite zweiter deux deuxieme dos segunda segundo due seconda secondo twee tweede dois duas dwie dwa druga drugi doua doi",
            "three third drei dritten dritte dritter trois troisieme tres tercera tercero tre terza terzo drie derde terceira terceiro trzy trzecia trzeci trei",
            "four fourth vier vierten vierte vierter quatre quatrieme cuatro cuarta cuarto quattro quarta quarto vierde quatro cztery czwarta patru",
            "five fifth funf funften funfte cinq cinquieme cinco quinta quinto cinque vijf vijfde piec piata cinci",
            "six sechs seis sei zes szesc sase",
            "seven sieben sept siete sette zeven sete siedem sapte",
            "eight acht huit ocho otto oito osiem opt",
            "nine neun neuf nueve nove negen dziewiec noua",
            "ten zehn dix diez dieci tien dez dziesiec zece",
        ),
        1,
    )
    for word in words.split()
}
FIRST: Final = r"(?:first|top|ersten?|obersten?|premi\w{2,5}|primer\w{0,2}|prim[aeioy]\w{0,2}|eerste|primeir\w{2}|pierwsz\w+)"
LAST: Final = (
    r"(?:last|bottom|letzten?|letzter|untersten?|dernier\w{0,2}|ultim\w{1,2}|laatste|ostatni\w{0,2})"
)
# A word in front of an @ that is also a word of any sentence.
COMMON: Final = frozenset(
    re.findall(
        r"\w+",
        "info office sales mail post kontakt contact admin support test all alle team service buero buro list liste mailbox"
        " bestellung rechnung billing shop web hello hallo jobs news marketing user account archiv archive old new alt neu",
    )
)
