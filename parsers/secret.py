"""What somebody wrote where a password is expected: the password, or words that only speak of it."""

import re
from typing import Final, Literal

from parsers.labels import fold, read_label
from parsers.values import EDGES, is_address, is_host

Reading = Literal["value", "missing", "same", "unsure"]

_MASK: Final = re.compile(
    r"[*\u2022\u25cf\u25aa\u00b7]{2,}|[xX]{3,}|[.\u2026]{1,}|_{2,}|\?{1,}|[-\u2013\u2014]|(?:\? ?){2,}"
)
_NONE: Final = frozenset(
    """n/a|k.a.|k. a.|none|tbd|tba|tbc|t.b.d.|todo|to do|unknown|unbekannt|inconnu|desconocida|desconocido|sconosciuta|onbekend
|desconhecida|nieznane|necunoscuta|folgt|kommt|follows|later|separat|separately|pending|keins|keines|leer|aucun|ninguna|nessuna
|geen|brak|nicht bekannt|type it here|vergessen|forgotten|oublie|olvidada|dimenticata|vergeten|per sms|via sms|par sms|por sms
|sms|telefonisch|by phone|siehe unten|see below|s u|s o|to follow|follows later|volgt|seguira|segue|suivra|a suivre
|nog te bepalen|wird nachgereicht|auf anfrage|on request|sur demande|your password|my password|ihr passwort|mein passwort|dein passwort
|your password here|password here|votre mot de passe|su contrasena|enter password|password|passwort|mot de passe|contrasena""".replace(
        "\n", ""
    ).split("|")
)
# Words that tell where a password will be found or that there is none: with a second word, and none that could be one.
_ELSEWHERE: Final = re.compile(
    r"\b(sms|whats ?app|signal|telegram|threema|phone|telefon\w*|telephone|telefono|telefoon|call|anruf\w*|fax|mundlich"
    r"|separat\w*|separee?|aparte|apart|osobn\w*|oddzieln\w*|gesondert\w*|extra mail|andere[rn]? mail|another (?:e ?)?mail|other (?:e ?)?mail"
    r"|next (?:e ?)?mail|second (?:e ?)?mail|zweite[rn]? mail|nachste[rn]? mail"
    r"|later|spater|plus tard|mas tarde|piu tardi|mais tarde|pozniej|mai tarziu|tomorrow|morgen|demain|manana|domani|jutro"
    r"|follow(?:s|ing)?|folgt|folgen|nachgereicht|kommt|suivra|volgt|seguira|will (?:be )?(?:send|sent|give|provide|supply|follow|come|text|mail|tell)"
    r"|ll (?:send|give|provide|text|mail|call|tell)|sende ich|schicke ich|send(?:ing)? (?:it|you|in|by|via|per)|sent (?:by|via|in|per|to)|schicken|mitteilen|mitgeteilt|durchgegeben|durchgeben|nachgeliefert|ubermittelt|zugeschickt|zugesandt|gesendet|geschickt|comunicato|comunicada|communique"
    r"|envoyer\w*|enverr\w*|envoie|envoye\w*|enviar\w*|envio|invier\w*|invio|mando|stuur|sturen|wysl\w*|przysl\w*|podam|trimit\w*"
    r"|siehe|see|voir|ver|vedi|zie|patrz|zobacz|vezi|attached|attachment|anbei|anhang|anlage|beigefugt|piece jointe|adjunt\w*|allegat\w*|bijlage|zalacznik\w*|atasat\w*|anex\w*"
    r"|below|unten|weiter unten|ci dessous|abajo|mas abajo|sotto|hieronder|ponizej|mai jos|abaixo"
    r"|unknown|unbekannt|inconnu|forgot\w*|vergessen|oublie\w*|olvid\w*|dimentic\w*|vergeten|esquec\w*|zapomnial\w*|uitat"
    r"|don t (?:know|have|remember)|do not (?:know|have)|no idea|i dunno|dont know|no l[ao] se|no se|je ne (?:la |le )?(?:sais|connais)|non l[ao] so|non so|nao sei|nie (?:znam|wiem|pamietam)|nu (?:stiu|o stiu|mai stiu)|weet (?:ik )?niet|ken ik niet|kenne ich nicht|keine ahnung|weiss es nicht|ich nicht|weiss ich nicht|weiss nicht|not known|nicht bekannt|liegt .{0,20}vor"
    r"|ruf\w* (?:mich|uns)|rufen sie|call (?:me|us)|on request|auf anfrage|sur demande|ask (?:me|us|him|her)|reset|zurucksetzen|zuruckgesetzt|you (?:already )?have|already (?:sent|given)"
    r"|haben sie|bekommen sie|erhalten sie|habt ihr|liegt ihnen|as discussed|wie besprochen|as agreed)\b"
)
_SAME: Final = re.compile(
    r"\b(same|gleich\w*|selbe\w*|dasselbe|dieselbe\w*|idem|dito|ditto|as above|see above|wie oben|siehe oben|s o|identical|identisch\w*|identique"
    r"|meme|mismo|misma|igual|stess[oa]|hetzelfde|zelfde|mesm[oa]|tak\w+ sam\w+|to samo|jak wyzej|aceeasi|acelasi|la fel|ca mai sus"
    r"|como arriba|come sopra|zie boven|zoals boven|ci dessus|voir ci dessus|als oben|unverandert|unchanged|como acima|ver arriba|vedi sopra"
    r"|for all|fur alle|as before|wie vorher|wie bei|wie zuvor|wie fur)\b"
)
_NOT_SAME: Final = re.compile(
    r"\b(not the same|nicht d(?:as|ie)?|different|unterschiedlich|pas le meme|no es|new|neu\w*)\b"
)
_STOP: Final = frozenset(
    re.findall(
        r"\w+",
        """the a an is it my our your for of to and or in on at with from but not was be are this that i we you please as if
    there here so will would can could has have had which who they he she all
    der die das den dem ein eine einen ist es mein meine unser fur und oder in im auf an mit von aber nicht war sind ich wir sie
    bitte wie wenn das dass hier so wird werden kann hat haben sich noch auch nur bei beim zum zur aus
    le la les un une est c mon ma notre pour de du des et ou dans sur avec mais pas je nous vous il elle ce cette qui que
    el los las una es mi nuestro para y o en con pero no yo lo su se
    il lo gli uno e mio per di del della o in con ma non io noi
    het een van en op met maar niet ik wij u
    os as um uma meu com mas nao eu
    jest to moje dla i lub w na z ale nie ja
    este mea pentru si sau cu dar nu eu
    belongs capital letter small both used only also still exclamation mark dot included gehort dazu gross klein
    grossem kleinem grosses kleines buchstabe temporary temporar vorlaufig provisoire please change afterwards without ohne sans sin
    zero null oh number digit ziffer nul chiffre majuscule minuscule mayuscula case sensitive""",
    )
)
_UNIT: Final = re.compile(
    r"\d+([.,]\d+)?(st|nd|rd|th|x|h|min|s|k|kb|mb|gb|tb|kib|mib|gib|g|m|€|eur|usd|uhr|%|er|e|te|te[rns]?|a|o)?"
    r"|\d{1,2}[:.h]\d{2}(uhr|am|pm|h)?|\d{1,4}([./-]\d{1,4}){1,3}|[+(]?[\d][\d()/ .+-]*"
    r"|(imap|pop|ipv|tls|ssl|sslv|mx|ns|win|windows|office|o|q|v|version|outlook|exchange|mp|utf-?|rfc)-?\d+([.:/]\d+)*",
    re.IGNORECASE,
)
_MARK: Final = re.compile(r"[!#$%&*+=^~?<>|\\@\u00a7\u20ac\u00a3_{}\[\]]")
_EITHER: Final = frozenset({"or", "oder", "ou", "oppure", "albo", "lub", "sau"})
_DITTO: Final = frozenset(
    re.findall(
        r"\w+",
        "dito ditto idem same identisch identique identical gleich gleiche gleiches dasselbe dieselbe pareil igual mismo misma stesso stessa"
        " uguale zelfde hetzelfde mesma mesmo aceeasi acelasi",
    )
)
_MOST: Final = 300  # characters; what is longer is no remark
_MOST_SAME: Final = 8  # words of "the same as for anna"
_MOST_ELSEWHERE: Final = 25  # words of "I will send it by SMS to your mobile"
_COMMENTED: Final = re.compile(
    r"(\S+)\s+(\(([^()]{2,120})\)|<-+\s?(.{2,120})|//\s(.{2,120})|[-\u2013\u2014]\s(.{4,120}))\.?"
)
_COMMA: Final = re.compile(r"(\S+?)[,;]\s+(.{6,160})")


def read_secret(stated: str) -> Reading:
    """Return what the text behind a password label is.

    "missing" = it says that the password comes by another way, or is a mask; "same" = it points at another one;
    "unsure" = a sentence nobody can take a password from. Anything else is the password, whatever it looks like.
    """
    text = stated.strip(EDGES)
    inner = text[1:-1].strip() if text[:1] + text[-1:] in {"()", "<>", "[]", "{}"} else ""
    folded = fold(text)
    if not text or _MASK.fullmatch(text) or folded in _NONE_FOLDED or text.casefold() in _NONE:
        return "value" if text in {"None", "--"} else "missing"
    if (
        inner
        and inner != text
        and (fold(inner) in _NONE_FOLDED or _names_itself(inner) or _speaks_of(inner) != "value")
    ):
        return "missing"
    return _speaks_of(text)


def _names_itself(text: str) -> bool:
    """True for what stands in a form for the value to come: "<your password here>"."""
    words = text.split()
    return any((label := read_label(word)) and label.field == "password" for word in [text, *words[:6]])


_NONE_FOLDED: Final = frozenset(fold(word) for word in _NONE if len(fold(word)) > 3)


def _speaks_of(text: str) -> Reading:
    words = fold(text[:_MOST]).split()
    said = " ".join(words)
    if not words or len(text) > _MOST:
        return "value"
    if len(words) == 1:
        return "same" if said in _DITTO else "value"
    likely = [at for at, word in enumerate(text.split()) if is_secret_like(word)]
    if likely:
        either = set(words) & _EITHER and len(likely) > 1  # "Secret1 or Secret2"
        return "unsure" if either else _sentence_or_value(text, words)
    if _SAME.search(said):
        return "same" if len(words) <= _MOST_SAME and not _NOT_SAME.search(said) else "unsure"
    if _ELSEWHERE.search(said):
        return "missing" if len(words) < _MOST_ELSEWHERE else "unsure"
    return _sentence_or_value(text, words)


def _sentence_or_value(text: str, words: list[str]) -> Reading:
    if _tells_of_two(text):
        return "unsure"
    if with_comment(text) or is_secret_like(next(iter(text.split()))):
        return "value"
    stops = sum(word in _STOP for word in words)
    speaks = len(text.split()) >= 3 and any(
        (label := read_label(word)) and label.field == "password" for word in words
    )
    sentence = len(words) >= 4 and stops >= 2 and stops * 3 >= len(words)
    plain = "".join(text.split()).rstrip(".,!").isalpha() and all(len(word) > 1 for word in text.split())
    phrase = plain and len(text.split()) >= 2 and words[0] in _STOP  # "wie gehabt"
    talk = (
        re.fullmatch(r"[^\W\d_][^\d_!#$%&*+=@/\\|<>]*", text)
        and len(text.split()) >= 3
        and stops
        and "," in text
    )
    return (
        "unsure"
        if speaks or sentence or phrase or talk or (len(words) >= 3 and stops == len(words))
        else "value"
    )


def _tells_of_two(text: str) -> bool:
    """True for words around two that could each be the password: "Secret1 is wrong, it is Secret2"."""
    words = text.split()
    likely = [word for word in words if is_secret_like(word) and len(word.strip(",;.()")) > 4]
    plain = [word for word in words if len(word) > 2 and word.strip("(),.;:").isalpha()]
    return len(likely) > 1 and len(plain) > 1


def with_comment(text: str) -> str:
    """Return the password before an explanation ("Ab1! (the ! belongs to it)"), "" where there is none."""
    for pattern in (_COMMENTED, _COMMA):
        found = pattern.fullmatch(text)
        if found is None:
            continue
        remark = next(group for group in reversed(found.groups()) if group)
        words = fold(remark).split()
        stops = sum(word in _STOP for word in words)
        mixed = any(is_secret_like(word.strip("()")) and len(word.strip("()")) > 2 for word in remark.split())
        if len(words) > 1 and stops and not mixed:
            return found[1]
    return ""


def is_secret_like(word: str) -> bool:
    """True for a word no sentence would hold: letters and digits mixed, or a mark inside; no address, host, date or size."""
    core = word.strip("\"'`()[]<>,;:.\u201c\u201d\u201e\u00ab\u00bb")
    if not 3 <= len(core) <= 64 or _UNIT.fullmatch(core):
        return False
    if is_address(core) or is_host(core) or "://" in core or core.lower().startswith("www."):
        return False
    digits, letters = any(c.isdigit() for c in core), any(c.isalpha() for c in core)
    return (digits and letters) or (bool(_MARK.search(core[:-1])) and (letters or digits))
