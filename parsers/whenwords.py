"""The words people use for days and hours, in English, German, French, Spanish, Italian, Dutch, Portuguese, Polish
and Romanian.

Spelled as `plain` leaves them; where a word has endings, as a regular expression.
"""

import unicodedata
from typing import Final, Literal

Part = Literal["morning", "noon", "afternoon", "evening", "night", "midnight"]


BARE: Final = str.maketrans(
    {"\u0142": "l", "\u00f8": "o", "\u0131": "i"}
    | dict.fromkeys("\u2018\u2019`\u00b4", "'")
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")
)


def plain(text: str) -> str:
    """Return the text in lower case, without accents, full-width forms and double spaces."""
    wide = unicodedata.normalize("NFKC", text).casefold().translate(BARE)
    bare = "".join(c for c in unicodedata.normalize("NFKD", wide) if not unicodedata.combining(c))
    return " ".join(bare.split())


MONTHS: Final = (
    "january|januar|janner|janvier|enero|gennaio|januari|janeiro|stycznia|styczen|ianuarie|jan|janv|ene|gen|sty",
    "february|februar|feber|fevrier|febrero|febbraio|februari|fevereiro|lutego|luty|februarie|feb|febr|fev|fevr|lut",
    "march|marz|maerz|mars|marzo|maart|marco|marca|marzec|martie|mar|mrz|mrt",
    "april|avril|abril|aprile|kwietnia|kwiecien|aprilie|apr|avr|abr|kwi",
    "may|mai|mayo|maggio|mei|maio|maja|maj|mag",
    "june|juni|juin|junio|giugno|junho|czerwca|czerwiec|iunie|jun|giu|cze",
    "july|juli|juillet|julio|luglio|julho|lipca|lipiec|iulie|jul|juil|lug|lip",
    "august|aout|agosto|augustus|sierpnia|sierpien|aug|ago|sie",
    "september|septembre|septiembre|setiembre|settembre|setembro|wrzesnia|wrzesien|septembrie|sep|sept|set|wrz",
    "october|oktober|octobre|octubre|ottobre|outubro|pazdziernika|pazdziernik|octombrie|oct|okt|ott|out|paz",
    "november|novembre|noviembre|novembro|listopada|listopad|noiembrie|nov|lis",
    "december|dezember|decembre|diciembre|dicembre|dezembro|grudnia|grudzien|decembrie|dec|dez|dic|gru",
)
WEEKDAYS: Final = (
    "mondays?|montags?|lundi|lunes|lunedi|maandag|segunda(?:[- ]feira)?|poniedzialek|luni|mon|lun|pon",
    "tuesdays?|dienstags?|mardi|martes|martedi|dinsdag|terca(?:[- ]feira)?|wtorek|marti|tues?|mar",
    "wednesdays?|mittwochs?|mercredi|miercoles|mercoledi|woensdag|quarta(?:[- ]feira)?|srod[ae]|miercuri|weds?|mer|mie",
    "thursdays?|donnerstags?|jeudi|jueves|giovedi|donderdag|quinta(?:[- ]feira)?|czwartek|joi|thu(?:rs?)?|jeu|jue|gio|czw",
    "fridays?|freitags?|vendredi|viernes|venerdi|vrijdag|sexta(?:[- ]feira)?|piatek|vineri|fri|ven|vie",
    "saturdays?|samstags?|sonnabends?|samedi|sabado|sabato|zaterdag|sobot[ae]|sambata|sat|sam|sab|sob",
    "sundays?|sonntags?|dimanche|domingo|domenica|zondag|niedziel[ae]|duminica|sun|dim|dom|niedz",
)
# Two letters are a weekday only right before a written date: "so" and "do" are words of their own.
SHORT_WEEKDAYS: Final = (
    "mo|ma|seg|2a",
    "di|ter|wt",
    "mi|wo|qua|sr",
    "do|qui",
    "fr|vr|sex|pt",
    "sa|za",
    "so|zo|nd",
)
PARTS: Final[dict[Part, str]] = {
    "morning": (
        "in the mornings?|mornings?|morgens|vormittags?|fruh|in der fruh|am (?:vormittag|morgen)|du matin|le matin|matin"
        "|(?:de|por) la manana|di mattina|del mattino|mattina|'?s (?:ochtends|morgens)|ochtends?|da manha|de manha|rano|dimineata"
    ),
    "noon": "mittags?|am mittag|'?s middags|middags?",
    "afternoon": (
        "in the afternoon|afternoon|nachmittags?|am nachmittag|de l'apres-midi|l'apres-midi|apres-midi|cet apres-midi"
        "|(?:de|por) la tarde|del pomeriggio|di pomeriggio|pomeriggio|'?s namiddags|namiddag|da tarde|a tarde|po poludniu|dupa-amiaza|dupa amiaza"
    ),
    "evening": (
        "in the evening|evening|abends?|am abend|du soir|le soir|soir|di sera|della sera|sera|'?s avonds|avonds?|wieczorem|seara"
    ),
    "night": (
        "at night|nights?|nachts?|in der nacht|de la nuit|la nuit|dans la nuit|nuit|(?:de|por) la noche|di notte|notte"
        "|'?s nachts|da noite|a noite|noite|w nocy|noaptea"
    ),
    "midnight": "midnight|mitternachts?|minuit|medianoche|mezzanotte|middernacht|meia-noite|meia noite|polnoc[y]?|miezul noptii",
}
AT_NOON: Final = "noon|midday|midi|mediodia|mezzogiorno|meio-dia|meio dia|w poludnie|poludnie"
DAYS_AWAY: Final[dict[int, str]] = {
    -1: "yesterday|gestern|hier|ayer|ieri|gisteren|ontem|wczoraj",
    0: "today|heute|aujourd'hui|hoy|oggi|vandaag|hoje|dzisiaj|dzis|azi|astazi",
    1: "tomorrow|morgen|demain|manana|domani|amanha|jutro|maine",
    2: (
        "(?:the )?day after tomorrow|ubermorgen|uebermorgen|apres-demain|apres demain|pasado manana|dopodomani|overmorgen"
        "|depois de amanha|pojutrze|poimaine"
    ),
}
THIS_PART: Final[dict[str, Part]] = {
    "tonight|this night|esta noche|stanotte|vannacht|esta noite|cette nuit": "night",
    "this evening|ce soir|stasera|vanavond|hoje a noite": "evening",
    "this afternoon|cet apres-midi|esta tarde|vanmiddag|oggi pomeriggio": "afternoon",
    "this morning|ce matin|esta manana|stamattina|vanochtend|esta manha": "morning",
}
SOON: Final = (
    "a\\.?s\\.?a\\.?p\\.?|as soon as (?:possible|you can)|as soon as you like|as early as possible|at the earliest|now|right now|right away"
    "|immediately|at once|straight away|soonest|any ?time|whenever(?: (?:you (?:like|want|can)|it suits you|suits you))?|no preference|don't care|flexible"
    "|sofort|ab sofort|jetzt|gleich|umgehend|unverzuglich|so (?:bald|schnell|fruh) (?:wie|als) moglich|baldmoglichst|schnellstmoglich|moglichst (?:bald|schnell)"
    "|egal(?: wann)?|jederzeit|beliebig|nach eingang|des que possible|au plus vite|le plus (?:tot|vite) possible|immediatement|tout de suite|maintenant"
    "|n'importe quand|peu importe|lo antes posible|cuanto antes|ahora(?: mismo)?|ya|de inmediato|inmediatamente|en cuanto (?:puedan|sea posible)"
    "|en cualquier momento|cuando (?:quieran|puedan)|(?:il )?prima possibile|appena possibile|subito|adesso|immediatamente|quando volete"
    "|zo (?:snel|spoedig) mogelijk|direct|meteen|nu|maakt niet uit|o mais (?:rapido|cedo|breve) possivel|o quanto antes|assim que possivel|agora|imediatamente"
    "|jak najszybciej|cat mai (?:curand|repede)(?: posibil)?|imediat|oricand|natychmiast|od razu|teraz|n/a|none|keiner?|aucune?|ninguna?|nessuna?|geen|nenhuma?|brak"
)
HOLIDAY: Final = (
    "monatswechsel|monatsende|monatsanfang|jahreswechsel|jahresende|(?:the )?turn of the (?:month|year)|fin (?:du|de) mois|fin de mes|fine mese"
    "|christmas|xmas|weihnachten|noel|navidad(?:es)?|natale|natal|kerst(?:mis)?|boze(?:go)? narodzeni[ae]|swi[ea]t(?:ach|a)?|craciun"
    "|easter|ostern|paques|pascua|pasqua|pascoa|pasen|wielkanocy?|paste|new year(?:'s(?: day| eve)?)?|neujahr|silvester|nouvel an|ano nuevo|capodanno|ano novo"
    "|nieuwjaar|nowy rok|nowym roku|anul nou|(?:the )?holidays|feiertage[n]?|(?:les )?fetes"
)
VAGUE: Final = (
    "(?:this|next|coming|the|over the|am|dieses|kommendes|nachstes|ce|le|el|este|proximo|il|questo|prossimo|het|dit|o|este|proximo)?"
    " ?(?:weekends?|week-ends?|wochenende|fine settimana|fin de semana|fim de semana|fim-de-semana)"
    "|(?:next|this|the coming|nachste|kommende|diese|la|cette|esta|questa|volgende|deze|proxima|prossima|la prossima|la proxima|der nachsten|w przyszlym)"
    " (?:week|woche|semaine|semana|settimana|month|tygodniu)"
    "|(?:la )?semaine prochaine|saptamana (?:viitoare|aceasta)|luna viitoare|(?:la )?semana (?:que viene|proxima)|(?:la )?settimana prossima|proxima semana|(?:la )?proxima semana"
    "|(?:next|this|nachsten|diesen|le|ce|el|este|il|questo|volgende|deze) (?:monat|month|mois|mes|mese|maand)"
    "|(?:kw|kalenderwoche|calendar week|week|cw|semaine|semana|settimana) ?\\d{1,2}"
    "|anfang|mitte|ende|early|mid|late|begin|beginning of|end of|start of|fin|debut|mi|principios|finales|mediados|inizio|fine|meta|eind"
    "|sometime|business hours|working hours|soon|bald|bientot|pronto|presto|binnenkort|later|spater|plus tard|mas tarde|some ?day|sometime|irgendwann|un jour"
)
NEXT: Final = "next|nachste[rnms]?|naechste[rnms]?|prochaine?|proxim[oa]|prossim[oa]|volgende|que viene|viitoare|viitor|przyszl[yaei]|nastepn[yaei]"
THIS: Final = (
    "this coming|this|diese[nmrs]?|kommende[nmrs]?|coming|upcoming|ce|cet|cette|este|esta|questo|questa|deze|komende|aanstaande"
    "|desta|neste|nesta|ten|te|ta|najblizsz[yaei]"
)
DEADLINE: Final = (
    "before|by|no later than|not later than|until|at the latest|latest|bis spatestens|spatestens|bis|vor|avant|au plus tard"
    "|jusqu'(?:a|au)|antes d[eo]l?|hasta|a mas tardar|prima d(?:i|el|elle)|entro|fino a|voor|uiterlijk|ate|przed|najpozniej|pana (?:la|pe|in)|inainte de|cel tarziu"
)
EARLIEST: Final = (
    "not before|(?:do not|don't|not) (?:start|begin|move|migrate|copy) before|no earlier than|not earlier than|from|from then on|starting(?: from| at| on)?|beginning(?: at| on)?|after"
    "|earliest|onwards?|nicht vor|fruhestens|ab|nach|von|pas avant|au plus tot|a partir d(?:e|u|el|as|os)|a partir|des|apres"
    "|no antes de|despues de|desde|non prima d(?:i|el|elle)|dopo(?: le)?|dalle|dal|da|vanaf|na|niet voor|depois d(?:e|as)|nao antes d(?:e|as)"
    "|od|po|incepand cu|dupa|nu inainte de|nie wczesniej niz|between|zwischen|entre|tra|fra|tussen|miedzy"
)
RANGE: Final = "-|to|till|tot|t/m|al|fino alle"  # between two times; so may stand what also means "before", and any particle
OR: Final = "or|oder|ou|oppure|albo|lub|alternatively|alternativ|either"
MAYBE_OR: Final = "o|of"  # or, in Spanish, Italian, Dutch; a small word elsewhere
PARTICLES: Final = (
    "at|on|the|of|in|v|as|kl|klo|klokken|klockan|um|am|an|im|den|dem|der|das|die|le|la|las|los|el|il|lo|a|au|aux|l'|alle|all'|ore|ora|op|om|de|do|da|das|no|na|o|w|we|"
    "dnia|dia|dias|del|di|du|y|e|und|et|and|kl|klo|ca|circa|approx|approximately|about|around|roughly|gegen|etwa|ungefahr|vers|environ|sobre|hacia|aproximadamente|"
    "verso|rond|por volta d[ae]s?|okolo|about|please|bitte|merci|svp|s'il vous plait|por favor|per favore|graag|alstublieft|aub|prosze|thanks|thank you|danke|"
    "gracias|grazie|dank|date|datum|data|fecha|time|uhrzeit|zeit|heure|hora|orario|tijd|godz|godzina|godzinie|o'clock sharp|sharp|punkt|genau|exactly|precisely|"
    "start|starting time|beginn|day|tag|et|h|hrs|at around|ideally|preferably|gern|gerne|am liebsten|de preference|preferiblemente"
    "|br|this year|dieses jahres|de cette annee|de este ano|di quest'anno|van dit jaar|deste ano|tego roku|biezacego roku|anul acesta|anul curent"
    "|then|dann|entonces|alors|dan|allora|entao|atunci"
)
NUMBERS: Final = {
    name: value
    for value, names in {
        1: "a|an|one|einem|einer|ein|un|une|una|uno|een|um|uma|jeden",
        2: "two|zwei|deux|dos|due|doi|doua|twee|dois|duas|dwa|couple of", 3: "three|drei|trois|tres|tre|drie|trzy",
        4: "four|vier|quatre|cuatro|quattro|quatro|cztery", 5: "five|funf|cinq|cinco|cinque|vijf|piec",
        6: "six|sechs|seis|sei|zes|szesc", 7: "seven|sieben|sept|siete|sette|zeven|sete|siedem",
        8: "eight|acht|huit|ocho|otto|oito|osiem", 10: "ten|zehn|dix|diez|dieci|tien|dez|dziesiec",
    }.items()
    for name in names.split("|")
}  # fmt: skip
UNITS: Final = {
    "days": "days?|tagen?|jours?|dias?|giorn[io]|dag(?:en)?|dni|dzien",
    "weeks": "weeks?|wochen?|semaines?|semanas?|settiman[ae]|we(?:e)?k(?:en)?|tygodni[ea]?|tydzien",
    "hours": "hours?|hrs|stunden?|heures?|horas?|or[ae]|uur|uren|godzin[yea]?",
}
# A clock time in words: "ocho de la tarde", "half past eight", "acht Uhr abends".
HOUR_NAMES: Final = {
    name: value
    for value, names in {
        1: "una|une|one|eins|ein|l'una", 2: "two|zwei|deux|dos|due|duas|twee|druga|doua", 3: "three|drei|trois|tres|tre|drie|trei",
        4: "four|vier|quatre|cuatro|quattro|quatro|patru", 5: "five|funf|cinq|cinco|cinque|vijf|cinci",
        6: "six|sechs|seis|sei|zes|sase", 7: "seven|sieben|sept|siete|sette|zeven|sete|sapte",
        8: "eight|acht|huit|ocho|otto|oito|opt|osmej", 9: "nine|neun|neuf|nueve|nove|negen|noua|dziewiatej",
        10: "ten|zehn|dix|diez|dieci|tien|dez|zece|dziesiatej", 11: "eleven|elf|onze|once|undici|unsprezece|jedenastej",
        12: "twelve|zwolf|douze|doce|dodici|twaalf|doze|douasprezece",
        18: "achtzehn|dix-huit|osiemnastej", 19: "neunzehn|dix-neuf|dziewietnastej",
        20: "zwanzig|vingt|dwudziestej", 21: "einundzwanzig|vingt et une", 22: "zweiundzwanzig|vingt-deux", 23: "dreiundzwanzig|vingt-trois",
    }.items()
    for name in names.split("|")
}  # fmt: skip
HALF_PAST: Final = "y media|e mezz[ao]|e meia|et demie|si jumatate"
