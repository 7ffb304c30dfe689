"""The words around a wanted start: who asks, what is to move, what suits, and what another date is about.

Spelled as `plain` leaves them.
"""

import re
from typing import Final

ASKS: Final = re.compile(
    r"\b(please|kindly|pls|can|could|(would|will) you|would like|we'd like|i'd like|wants?|wish|should|shall|let's|to be|prefer|ideally"
    r"|bitte|bitten|mochten?|wunschen?|hatten? gern|konnten|konnen sie|soll(en|te|ten)?|wurden|wollen|wollten|gerne?|geplant|freuen"
    r"|merci de|veuillez|pourriez|pouvez|souhait\w*|voudri\w*|aimeri\w*|svp|s'il vous plait|priere|devrait|doit"
    r"|por favor|podrian?|pueden|quer(emos|riamos|ria)|quisiera\w*|gustaria|rueg\w+|deberia|dese\w+|agradec\w+|solicit\w+"
    r"|per favore|per cortesia|preg\w+|vorre\w+|potreste|potete|desider\w+|dovrebbe|grazie di"
    r"|graag|alstublieft|aub|willen|wil|kunt|kunnen|zouden|verzoek\w*|wens\w*"
    r"|gostari\w+|podem|poderiam|queremos|quero|favor|preferi\w+|preferenc\w+|preferib\w+|mejor|melhor|meglio|liefst|possib\w+|si es posible|wenn moglich|falls moglich|am besten|am liebsten|passt uns|najlepiej|va rog|va rugam|vreau|vrem|doresc|dorim|puteti|ati putea|as vrea|am dori|prosz\w+|prosimy|chciel\w+|chcemy|czy moz\w+|powinn\w+"
    r"|pode(?:ria|mos)?|puede|podeis|peut(?: on|-on)|on peut|si puo|posso|is it ok|kan het|mag het|geht(?: es| das)?|mozna|se poate|sa inceap\w+|incepeti|zaczn\w+|zacznij\w*|comec\w+|empez\w+|empiec\w+|iniz\w+|begint)\b"
)
MOVES: Final = re.compile(
    r"\b(start|begin|kick(?:ed|ing)? (?:it |this |things |everything )?off|go ahead|(?:run|do) (?:it|this|that)|begun|started|starting|migrat\w*|mov(e|ed|ing)|transfer\w*|cop(y|ied|ying)|import\w*|switch us|bring us over|take place|happen|schedule\w*|perform|carry out"
    r"|zieh(en|t|e)?|fang(en|t)|umzieh\w*|umzuzieh\w*|\w{0,15}umzug\w*|migrier\w*|starten|startet|beginn\w*|begonnen|loslegen|anfang\w*|ubertrag\w*|uebertrag\w*|ubernehm\w*|kopier\w*|durchfuhr\w*|stattfind\w*|umgezogen"
    r"|migr(er|ez|ation|iez)\w*|transfer(er|ez|t)|demenag\w*|commenc\w*|demarr\w*|lanc(er|ez)|debut\w*|effectu\w*|copi(er|ez)|bascul\w*"
    r"|migr(ar|en|acion|ad|a|e)(l[aeo]s?|nos|noslos?)?|traslad\w*|mover|muev\w+|hagan|hacer|transferir|transfieran|empez\w+|empiec\w+|comenz\w+|comienc\w+|inici\w+|copi(ar|en)|realiz\w+"
    r"|migra(re|te|zione)|spost\w+|trasfer\w+|comincia\w*|partire|avvi\w+|effettu\w+"
    r"|verhui\w+|zet|zetten|overzet\w*|over te zetten|overgezet|migreren|migratie|beginnen|kopieren|uitvoer\w*|plaatsvind\w*"
    r"|mud(ar|em|anca)|transfiram|comec\w+|incep\w*|migr(ati|area|at)|mut(ati|area)|iniz\w+|przenies\w*|przenos\w*|migracj\w*|zacz\w+|rozpocz\w+|skopiow\w+|przeprowadz\w+|efectu\w+|uruchom\w*|porni\w*|demarr\w+|startdatum|losgehen|losgeht|loslegt|vorgenommen|gestartet)\b"
)
OTHER_MATTER: Final = re.compile(
    r"\b(contract|expir\w+|ends?|ended|ending|cancel\w*|terminat\w*|invoice|paid|pay|bill\w*|mx|dns|nameserver\w*|ttl|since|until|deadline|newer|older|than|from before|offline|shut\w*|clos\w+|holiday|vacation"
    r"|calls?|called|phone|birthday|party|wedding|appointment|training|interview|conference|webinar|flight|delivery|open(?:ed|s)?|closed|hours|created|registered|signed up|sent|received|wrote|reach\w*|meeting|born|office hours|opening hours|available"
    r"|vertrag\w*|neuer als|alter als|junger als|gekundigt|kundig\w*|lauft|auslauf\w*|endet|enden|abgeschalt\w*|abschalt\w*|rechnung\w*|seit|urlaub\w*|anruf\w*|erreich\w*|telefon\w*|besprechung|geburtstag\w*|hochzeit|fruhstuck|schulung|geoffnet|geschlossen|offnungszeiten|sprechzeiten|burozeiten|servicezeiten|lieferung|messe|konferenz|gespeichert|erstellt|angelegt|bestellt|frist|stichtag"
    r"|contrat|plus (recent|ancien)\w*|resili\w+|fin|echeance|facture|depuis|vacances|appel\w*|joign\w*|reunion|coupe\w*"
    r"|contrato|venc\w+|caduc\w+|termina|factura|desde|vacaciones|llam\w+|reunion"
    r"|contratto|scad\w+|disdett\w*|fattura|ferie|chiam\w+|riunione|opgezegd|verloopt|vakantie|bellen|vergadering|fatura|ferias|umow\w*|wygas\w*|urlop\w*"
    r"|confirm\w*|answer|reply|write|bestatig\w*|antwort\w*|meld\w*|schreib\w*|repond\w*|ecri\w+|respond\w*|rispond\w*|scriv\w*|for example|e\.g|z\.b|zum beispiel|beispiel|anniversaire|mariage|ouvert\w*|ferme\w*|horaires?|cumpleanos|boda|abierto|cerrad\w+|horario|compleanno|matrimonio|aperto|chius\w+|orari|verjaardag|geopend|gesloten|openingstijden|aniversario|casamento|aberto|fechad\w+|urodzin\w*|otwart\w*|czynn\w*|telefon\w*|faktur\w*|nunta|deschis|program de lucru|expira|telefonic|example|exemple|ejemplo|esempio)\b"
)
# The time itself is what is judged: "Saturday would be perfect", "passt uns am besten", "sería ideal".
SUITS: Final = re.compile(
    r"\b(suits?|suited|best|perfect|ideal(?:ly|e)?|prefer\w*|convenient|works? (?:best|well|fine|for (?:us|me))|is (?:fine|good|ok|okay)|would (?:be|do|work)|how about|what about"
    r"|let's (?:say|take|go)|earliest|not before|ware|passt|passen|passend\w*|recht|geeignet|lieber|bevorzug\w*|am liebsten|frühestens|fruhestens"
    r"|serait|convien\w*|convenir\w*|arrange\w*|plutot|au plus tot|seria|estaria|vendria|viene (?:bien|mejor)|nos va|prefier\w*|pode ser|puede ser|puo essere"
    r"|sarebbe|andrebbe|va bene|preferib\w*|preferir\w*|zou|het liefst|schikt|komt (?:goed|het beste)|uitkom\w*|voorkeur|calhava|dava jeito"
    r"|byloby|pasuje|pasowal\w*|odpowiada\w*|najlepsz\w*|ar fi|convine|potrivit\w*|de preferinta|cel mai bine)\b"
)
# What is told has happened; a wish speaks of what is to come.
TOLD: Final = re.compile(
    r"\b(was|were|had|did|has been|have been|wurden?|war|waren|hatten?|a ete|ont ete|avons|avez|etait|fue|fueron|ha sido|hemos|e stato|sono stat\w|abbiamo|foi|foram|werd|werden wij|zostal\w*|byl[ao]?|a fost|au fost)\b"
)
# Words that say nothing of their own: what is left of a line that is a time and no more.
SMALL: Final = frozenset(
    re.findall(
        r"[a-z']+",
        """ok okay yes ja oui si sim tak da fine works work would be better good passt geht is ist es est perfect let let's do make it take nehmen
        wir dann then so choose great that ware wurde uns me us suits suit va convient bien perfecto perfetto goed prima start bitte please
        entonces alors donc allora dan entao czyli atunci i we you can could for fur pour para per voor dla pentru mir mich nous moi nos
        noi ons mij my no not das der die ideal best hello hi hallo thanks danke gracias merci grazie instead stattdessen lieber mejor meglio
        melhor plutot liever lepiej mai bine de acord agreed einverstanden d'accord akkoord va bene vale dobrze excellent super
        sounds klingt gut sehr tres muy molto""",
    )
)

# Who is spoken of: the writer and the reader, or somebody else ("the electrician", "der Anbieter").
US: Final = re.compile(
    r"\b(?:i|we|you|us|let's|ich|wir|sie|uns|euch|ihr|je|j'\w+|nous|vous|yo|nosotros|ustedes|nos|io|noi|voi|ci|ik|wij|we|ons|jullie|u|eu|nos|voces|my|mozemy|noi)\b"
)
SUBJECT: Final = re.compile(
    r"\b(?:the|our|my|der|die|das|unsere?|meine?|ein|eine|le|la|les|l'|notre|nos|mon|ma|el|los|las|nuestr[oa]s?|mi|il|lo|gli|nostr[oaie]|mio|mia|het|onze|mijn|een|o|os|as|noss[oa]s?|meu|minha) ([a-z]{4,30})"
)
TIME_NOUN: Final = re.compile(
    r"(?:times?|date|hour|slots?|windows?|moments?|schedule|appointment|change|switch\w*|cut\w*|plan|option|termin\w*|zeit\w*|datum|uhrzeit|umstell\w*|wechsel\w*|moment\w*|wunsch\w*|creneau|heure|horaire|changement|bascule|jour\w*|momento"
    r"|fecha|hora\w*|cambio|franja|data|orario|fascia|tijd\w*|overgang|wissel\w*|mudanca|janela|hora\w*|week\w*|day\w*|morning|evening|night|afternoon|weekend\w*|abend\w*|nacht|morgen|nachste\w*|soir\w*|matin\w*|nuit|semaine\w*|tarde|noche|manana|semana\w*|fine|sera|notte|avond|ochtend"
    r"|noite|manha|fim|earliest|latest|best|first|second|other|same|\w*day|\w*tag|mon\w*|lun\w*|mard\w*|merc\w*|jeud\w*|vend\w*|same\w*|dima\w*|mart\w*|mier\w*|juev\w*|vier\w*|saba\w*|domi\w*|domenica|giov\w*|vene\w*)(?![a-z])"
)

NOT: Final = re.compile(r"\b(not|don't|dont|never|nicht|kein\w*|pas|no|non|niet|geen|nao|nie)\b[^,;.]{0,30}$")
DAY_WORD: Final = re.compile(
    r"\d|(day|tag|abend|woche|morrow|morgen|heute|demain|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|semaine|manana|hoy|semana|lunes|martes"
    r"|miercoles|jueves|viernes|sabado|domingo|domani|oggi|sabato|domenica|week|month|monat|mois|mes|dag|feira|jutro|sobot|jahr|settiman|tygod|saptaman|noon|midnight|night|evening|nacht|soir|sera|noche|noite|avond|piat|sroda|wtorek|ponied|czwart|niedziel|azi|maine|luni|marti|miercuri|joi|vineri|sambata|duminica|christmas|weihnacht|noel|navidad|natal|kerst|swiet|craciun|easter|ostern|neujahr|year|sylwester)"
)
SECRET: Final = re.compile(
    r"passwor|kennwort|mot de passe|\bmdp\b|contrasen|\bclave\b|wachtwoord|senha|palavra|haslo|parola|\bpwd?\b|\bpass\b"
)
