"""Folders that hold no mail of this account: calendars, contacts, shared trees. Pure.

Nothing is left out for its name alone: a folder "Notes" with mail in it is somebody's own on every other server. Only
where the server says that it is an Exchange or a Zimbra, and at least two of its folders are called as that program
calls them in one language, those of that language are left out.
"""

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from bot.mail.names import fold

Kind = Literal["exchange", "zimbra", ""]  # "" = any other
Words = Mapping[str, tuple[str, ...]]  # names by reason code

REASONS: Final = (
    *("not-mail-calendar", "not-mail-contacts", "not-mail-tasks", "not-mail-notes", "not-mail-journal"),
    *("not-mail-sync", "not-mail-files", "not-mail-chats", "not-mail-settings"),
)
# One line a language: calendar, contacts, tasks, notes, journal, sync issues, files; "|" between two spellings.
EXCHANGE: Final = """
Calendar; Contacts; Tasks; Notes; Journal; Sync Issues; Files
Kalender; Kontakte; Aufgaben; Notizen; Journal; Synchronisierungsprobleme; Dateien
Calendrier; Contacts; Tâches; Notes; Journal; Problèmes de synchronisation; Fichiers
Calendario; Contactos; Tareas; Notas; Diario; Problemas de sincronización; Archivos
Calendario; Contatti; Attività; Note; Diario; Problemi di sincronizzazione; File
Agenda; Contactpersonen|Contacten; Taken; Notities; Logboek; Synchronisatieproblemen; Bestanden
Calendário; Contatos|Contactos; Tarefas; Notas|Anotações; Diário; Problemas de sincronização; Arquivos|Ficheiros
Kalendarz; Kontakty; Zadania; Notatki; Dziennik; Problemy z synchronizacją; Pliki
Kalendář; Kontakty; Úkoly; Poznámky; Deník; Potíže se synchronizací|Problémy se synchronizací; Soubory
Kalendár; Kontakty; Úlohy; Poznámky; Denník; Problémy so synchronizáciou; Súbory
Naptár; Névjegyek|Névjegyalbum; Feladatok; Feljegyzések; Napló; Szinkronizálási problémák; Fájlok
Calendar; Persoane de contact|Agendă; Activități|Sarcini; Note; Jurnal; Probleme de sincronizare; Fișiere
Kalender; Kontakter; Uppgifter; Anteckningar; Journal; Synkroniseringsproblem|Synkroniseringsfel; Filer
Kalender; Kontakter|Kontaktpersoner; Opgaver; Noter; Journal|Kladde; Synkroniseringsproblemer; Filer
Kalender; Kontakter; Oppgaver; Notater; Journal|Logg; Synkroniseringsproblemer; Filer
Kalenteri; Yhteystiedot; Tehtävät; Muistilaput|Muistiinpanot; Päiväkirja; Synkronointiongelmat; Tiedostot
Takvim; Kişiler; Görevler; Notlar; Günlük; Eşitleme Sorunlar\u0131; Dosyalar
Ημερολόγιο; Επαφές; Εργασίες; Σημειώσεις; Χρονικό; Ζητήματα συγχρονισμού; Αρχεία
Календарь; Контакты; Задачи; Заметки; Дневник; Ошибки синхронизации; Файлы
Календар; Контакти; Завдання; Нотатки; Щоденник; Проблеми синхронізації; Файли
予定表; 連絡先; タスク|仕事; メモ; 履歴; 同期の失敗; ファイル
日历; 联系人; 任务; 便笺; 日记; 同步问题; 文件
"""
ZIMBRA: Final[Words] = {
    "not-mail-calendar": ("Calendar",),
    "not-mail-contacts": ("Contacts", "Emailed Contacts"),
    "not-mail-tasks": ("Tasks",),
    "not-mail-files": ("Briefcase",),
    "not-mail-chats": ("Chats",),
}
# What Kolab keeps in a folder, by the word before the dot of its annotation; "mail" and unknown words are mail.
KOLAB_TYPE: Final = b"/shared/vendor/kolab/folder-type"
KOLAB: Final = {
    b"event": "not-mail-calendar",
    b"freebusy": "not-mail-calendar",
    b"contact": "not-mail-contacts",
    b"task": "not-mail-tasks",
    b"note": "not-mail-notes",
    b"journal": "not-mail-journal",
    b"file": "not-mail-files",
    b"configuration": "not-mail-settings",
}
# Where shared trees begin on servers that tell no NAMESPACE (RFC 2342); "#" is kept for namespaces (RFC 3501 5.1.2).
SHARED_ROOTS: Final = frozenset(
    map(
        fold,
        (
            *("#shared", "#public", "#news", "#ftp", "#user", "#mh", "#mhinbox"),
            *("shared", "shared folders", "public", "public folders", "user", "other users"),
        ),
    )
)


def kind_of(greeting: bytes, identity: Iterable[bytes]) -> Kind:
    """Return which program a server is, as its greeting or its answer to ID (RFC 2971) says."""
    said = b"\n".join((greeting, *identity)).lower().replace(b".", b" ")
    if b"microsoft exchange" in said:
        return "exchange"
    return "zimbra" if b"zimbra" in said else ""


def may_be_kolab(greeting: bytes) -> bool:
    """Return True for a server that may have Kolab's annotations: it is a Cyrus."""
    return b"cyrus" in greeting.lower() or b"kolab" in greeting.lower()


def reason_of_kolab(folder_type: bytes) -> str:
    """Return why a folder with this annotation holds no mail; "" when it does."""
    return KOLAB.get(folder_type.partition(b".")[0].lower(), "")


def name_non_mail(kind: Kind, top: Iterable[str]) -> dict[str, str]:
    """Return which of these top-level folders hold no mail, with the reason code of each.

    Of several languages that fit equally well, only what they agree on.
    """
    names = {fold(name): name for name in top}
    fits = [
        {names[key]: reason for key, reason in words.items() if key in names} for words in VOCABULARIES[kind]
    ]
    best = max((len(set(fit.values())) for fit in fits), default=0)
    if best < 2:
        return {}
    agreed = [fit for fit in fits if len(set(fit.values())) == best]
    return {name: reason for name, reason in agreed[0].items() if all(name in fit for fit in agreed)}


def is_shared_root(name: str) -> bool:
    """Return True when a top-level name is where servers keep what belongs to others."""
    return fold(name) in SHARED_ROOTS


def _by_word(words: Words) -> dict[str, str]:
    return {fold(word): reason for reason, spellings in words.items() for word in spellings}


def _read(line: str) -> dict[str, str]:
    spellings = [tuple(cell.strip().split("|")) for cell in line.split(";")]
    return _by_word(dict(zip(REASONS, spellings, strict=False)))


VOCABULARIES: Final[Mapping[Kind, tuple[dict[str, str], ...]]] = {
    "exchange": tuple(_read(line) for line in EXCHANGE.strip().splitlines()),
    "zimbra": (_by_word(ZIMBRA),),
    "": (),
}
