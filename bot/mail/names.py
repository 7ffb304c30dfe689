"""Folder names as people read them: modified UTF-7, and the words for Sent, Trash… in many languages. Pure."""

import base64
import binascii
import re
from typing import Final

SHIFTED: Final = re.compile(rb"&([A-Za-z0-9+,]*)-")
OUTSIDE: Final = re.compile("[^\x20-\x7e]+")

# What providers and clients call these folders when the server does not say (RFC 6154 attributes come first).
ROLE_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "sent": (
        *("sent", "sent items", "sent messages", "sent mail", "sent-mail", "gesendet", "gesendete objekte"),
        *(
            "gesendete elemente",
            "gesendete nachrichten",
            "objets envoyés",
            "éléments envoyés",
            "messages envoyés",
        ),
        *(
            "envoyés",
            "enviados",
            "elementos enviados",
            "mensajes enviados",
            "itens enviados",
            "posta inviata",
        ),
        *("inviati", "inviata", "verzonden", "verzonden items", "elementy wysłane", "wysłane", "odeslané"),
        *(
            "odeslaná pošta",
            "odoslané",
            "skickat",
            "skickade objekt",
            "sendte elementer",
            "sendt post",
            "sendt",
        ),
        *("lähetetyt", "elemente trimise", "trimise", "elküldött", "elküldött elemek", "gönderilmiş öğeler"),
        *(
            "gönderilenler",
            "отправленные",
            "надіслані",
            "изпратени",
            "απεσταλμένα",
            "送信済み",
            "送信済みアイテム",
        ),
        *("已发送", "已发送邮件", "寄件備份", "보낸 편지함"),
    ),
    "trash": (
        *("trash", "deleted items", "deleted messages", "deleted", "bin", "papierkorb", "gelöscht"),
        *(
            "gelöschte objekte",
            "gelöschte elemente",
            "corbeille",
            "éléments supprimés",
            "supprimés",
            "papelera",
        ),
        *(
            "elementos eliminados",
            "lixeira",
            "itens excluídos",
            "lixo",
            "cestino",
            "posta eliminata",
            "prullenbak",
        ),
        *(
            "verwijderde items",
            "kosz",
            "elementy usunięte",
            "koš",
            "odstraněná pošta",
            "kôš",
            "papperskorgen",
        ),
        *(
            "borttagna objekt",
            "papirkurv",
            "slettet post",
            "slettede elementer",
            "roskakori",
            "poistetut",
            "gunoi",
        ),
        *(
            "coș de gunoi",
            "elemente șterse",
            "kuka",
            "törölt elemek",
            "çöp kutusu",
            "silinmiş öğeler",
            "корзина",
        ),
        *(
            "удаленные",
            "кошик",
            "кошче",
            "κάδος",
            "ごみ箱",
            "削除済みアイテム",
            "已删除",
            "已删除邮件",
            "휴지통",
        ),
    ),
    "drafts": (
        *(
            "drafts",
            "draft",
            "entwürfe",
            "entwurf",
            "brouillons",
            "borradores",
            "rascunhos",
            "bozze",
            "concepten",
        ),
        *(
            "kopie robocze",
            "wersje robocze",
            "szkice",
            "koncepty",
            "rozepsané",
            "utkast",
            "kladder",
            "luonnokset",
        ),
        *(
            "ciorne",
            "piszkozatok",
            "taslaklar",
            "черновики",
            "чернетки",
            "чернови",
            "πρόχειρα",
            "下書き",
            "草稿箱",
        ),
        "임시 보관함",
    ),
    "junk": (
        *(
            "junk",
            "spam",
            "junk e-mail",
            "junk email",
            "junk mail",
            "bulk mail",
            "spamverdacht",
            "unerwünscht",
        ),
        *(
            "junk-e-mail",
            "courrier indésirable",
            "indésirables",
            "pourriel",
            "correo no deseado",
            "lixo eletrônico",
        ),
        *(
            "posta indesiderata",
            "ongewenste e-mail",
            "ongewenst",
            "wiadomości-śmieci",
            "niechciane",
            "nevyžádaná pošta",
        ),
        *(
            "skräppost",
            "søppelpost",
            "uønsket e-post",
            "uønsket post",
            "roskaposti",
            "levélszemét",
            "önemsiz",
        ),
        *("önemsiz e-posta", "спам", "нежелательная почта", "迷惑メール", "垃圾邮件", "스팸"),
    ),
    "archive": ("archive", "archives", "archiv", "archivo", "archivio", "archief", "archiwum", "arkiv"),
}
ROLE_BY_WORD: Final = {word: role for role, words in ROLE_WORDS.items() for word in words}


def role_of_word(name: str) -> str | None:
    """Return the special use a top-level folder of that name has by custom, or None."""
    return ROLE_BY_WORD.get(name.strip().casefold())


def decode_name(raw: bytes) -> str:
    """Return a raw folder name as text; never fails, whatever a server calls its folders.

    Modified UTF-7 (RFC 3501 section 5.1.3) first; what is not that is read as UTF-8, then as Latin-1.
    """
    try:
        raw.decode("ascii")
    except UnicodeDecodeError:
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("latin-1")
    return SHIFTED.sub(_decode_shifted, raw).decode("utf-8", "replace")


def encode_name(name: str) -> bytes:
    """Return text in modified UTF-7."""
    escaped = name.replace("&", "&-")
    return OUTSIDE.sub(_encode_outside, escaped).encode("ascii")


def _decode_shifted(found: re.Match[bytes]) -> bytes:
    if not found[1]:
        return b"&"
    coded = found[1].replace(b",", b"/")
    try:
        utf16 = base64.b64decode(coded + b"=" * (-len(coded) % 4))
        return utf16.decode("utf-16-be").encode("utf-8")
    except (binascii.Error, UnicodeError):
        return found[0]  # "R&D-": an ampersand that was never encoded


def _encode_outside(found: re.Match[str]) -> str:
    utf16 = found[0].encode("utf-16-be", "surrogatepass")
    return "&" + base64.b64encode(utf16).decode().rstrip("=").replace("/", ",") + "-"
