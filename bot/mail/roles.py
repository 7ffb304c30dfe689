"""What folders for sent mail, drafts, trash… are called where the server does not say (RFC 6154 comes first). Pure."""

from typing import Final

from bot.mail.names import fold

# By language, as Outlook, Exchange, Thunderbird, Apple Mail, Roundcube and the large providers name them. A word stands
# for one role only (a test holds that): "Papierkorb" is safe, "Outbox" is not: Orange keeps sent mail in it, Exchange unsent.
SENT: Final = (
    *("sent", "sent items", "sent messages", "sent mail", "sent-mail", "sentmail", "sent objects", "mail sent"),
    *("gesendet", "gesendete objekte", "gesendete elemente", "gesendete nachrichten", "gesendete mails"),
    *("postausgang gesendet", "verzonden", "verzonden items", "verzonden objecten", "verzonden berichten"),
    *("envoyés", "éléments envoyés", "objets envoyés", "messages envoyés", "courrier envoyé", "mails envoyés"),
    *("enviados", "elementos enviados", "mensajes enviados", "enviadas", "itens enviados", "mensagens enviadas"),
    *("e-mails enviados", "correo enviado", "elements enviats", "enviats"),
    *("posta inviata", "inviati", "inviata", "elementi inviati", "messaggi inviati"),
    *("wysłane", "elementy wysłane", "wysłane wiadomości", "odeslané", "odeslaná pošta", "odeslané zprávy"),
    *("odoslané", "odoslaná pošta", "odoslané položky", "elküldött", "elküldött elemek", "elküldött üzenetek"),
    *("trimise", "elemente trimise", "mesaje trimise", "изпратени", "изпратени елементи", "poslano", "poslane stavke"),
    *("poslani elementi", "poslata pošta", "skickat", "skickade", "skickade objekt", "sendt", "sendte elementer"),
    *("sendt post", "sendte", "lähetetyt", "lähetetyt kohteet", "lähetetyt viestit", "saadetud", "saadetud üksused"),
    *("nosūtītie", "nosūtītie vienumi", "išsiųsta", "išsiųsti elementai", "απεσταλμένα", "απεσταλμένα στοιχεία"),
    *("gönderilmiş öğeler", "gönderilenler", "gönderilmiş", "отправленные", "надіслані", "надіслані елементи"),
    *("送信済み", "送信済みアイテム", "送信済みメール", "送信済みメッセージ", "送信箱"),
    *("已发送", "已发送邮件", "已发邮件", "已傳送", "寄件備份", "已傳送的郵件", "보낸 편지함", "보낸편지함", "보낸메일함"),
    *("פריטים שנשלחו", "נשלח", "العناصر المرسلة", "المرسلة", "البريد المرسل"),
    *("รายการที่ถูกส่ง", "đã gửi", "thư đã gửi", "item terkirim", "terkirim"),
)  # fmt: skip
TRASH: Final = (
    *("trash", "deleted items", "deleted messages", "deleted", "deleted mail", "bin", "trash can", "wastebasket"),
    *("papierkorb", "gelöscht", "gelöschte objekte", "gelöschte elemente", "gelöschte nachrichten"),
    *("prullenbak", "prullenmand", "verwijderd", "verwijderde items", "verwijderde objecten"),
    *("corbeille", "éléments supprimés", "supprimés", "messages supprimés", "objets supprimés"),
    *("papelera", "papelera de reciclaje", "elementos eliminados", "eliminados", "mensajes eliminados"),
    *("lixeira", "lixo", "itens excluídos", "itens eliminados", "mensagens excluídas", "paperera", "elements suprimits"),
    *("cestino", "posta eliminata", "eliminati", "elementi eliminati"),
    *("kosz", "elementy usunięte", "usunięte", "koš", "odstraněná pošta", "odstraněné", "odstraněné položky"),
    *("kôš", "odstránená pošta", "odstránené", "odstránené položky", "kuka", "törölt elemek", "lomtár"),
    *("gunoi", "coș de gunoi", "coş de gunoi", "elemente șterse", "elemente şterse", "șterse"),
    *("кошче", "изтрити", "изтрити елементи", "smeće", "izbrisano", "izbrisane stavke", "izbrisani elementi", "otpad"),
    *("papperskorgen", "papperskorg", "borttagna objekt", "borttaget", "papirkurv", "papirkurven", "søppel"),
    *("slettet post", "slettede elementer", "slettet", "roskakori", "poistetut", "poistetut kohteet"),
    *("prügikast", "kustutatud üksused", "atkritne", "izdzēstie vienumi", "šiukšlinė", "šiukšliadėžė"),
    *("ištrinti elementai", "κάδος", "κάδος απορριμμάτων", "διαγραμμένα", "διαγραμμένα στοιχεία"),
    *("çöp", "çöp kutusu", "silinmiş öğeler", "silinenler"),
    *("корзина", "удаленные", "удалённые", "кошик", "видалені", "видалені елементи"),
    *("ごみ箱", "ゴミ箱", "削除済みアイテム", "已删除", "已删除邮件", "垃圾桶", "刪除的郵件", "휴지통", "지운 편지함"),
    *("פריטים שנמחקו", "אשפה", "العناصر المحذوفة", "المهملات", "سلة المهملات"),
    *("รายการที่ถูกลบ", "thùng rác", "item terhapus", "sampah"),
)  # fmt: skip
DRAFTS: Final = (
    *("drafts", "draft", "draft messages", "entwürfe", "entwurf", "concepten", "brouillons", "brouillon"),
    *("borradores", "borrador", "rascunhos", "rascunho", "esborranys", "bozze", "bozza"),
    *("kopie robocze", "wersje robocze", "szkice", "robocze", "koncepty", "rozepsané", "rozpracované"),
    *("piszkozatok", "ciorne", "schițe", "чернови", "skice", "osnutki", "nacrti", "utkast", "kladder", "kladde"),
    *("luonnokset", "mustandid", "melnraksti", "juodraščiai", "πρόχειρα", "taslaklar", "taslak"),
    *("черновики", "чернетки", "下書き", "草稿", "草稿箱", "草稿匣", "임시 보관함", "임시보관함"),
    *("טיוטות", "مسودات", "المسودات", "แบบร่าง", "thư nháp", "draf", "konsep"),
)  # fmt: skip
JUNK: Final = (
    *("junk", "spam", "junk e-mail", "junk email", "junk mail", "bulk", "bulk mail", "junkmail", "spambox"),
    *("spamverdacht", "spam-verdacht", "unerwünscht", "unerwünschte werbung", "junk-e-mail", "werbung und spam"),
    *("ongewenst", "ongewenste e-mail", "ongewenste reclame", "reclame"),
    *("courrier indésirable", "indésirables", "indésirable", "pourriel", "pourriels", "quarantaine"),
    *("correo no deseado", "correo basura", "no deseado", "lixo eletrônico", "lixo eletrónico", "lixo electrónico"),
    *("correu brossa", "posta indesiderata", "indesiderata"),
    *("wiadomości-śmieci", "wiadomości śmieci", "niechciane", "nevyžádaná pošta", "nevyžádané"),
    *("nevyžiadaná pošta", "levélszemét", "mesaje nedorite", "нежелана поща", "neželjena pošta", "bezvrijedna pošta"),
    *("neželena e-pošta", "neželena pošta", "skräppost", "søppelpost", "uønsket e-post", "uønsket post"),
    *("uønsket e-mail", "uønsket mail", "roskaposti", "rämpspost", "rämpspostmeil", "surogātpasts", "mēstules"),
    *("šlamštas", "brukalas", "ανεπιθύμητα", "ανεπιθύμητη αλληλογραφία", "önemsiz", "önemsiz e-posta", "gereksiz"),
    *("спам", "нежелательная почта", "небажана пошта", "迷惑メール", "スパム"),
    *("垃圾邮件", "垃圾郵件", "스팸", "스팸메일함", "스팸함", "정크 메일"),
    *("דואר זבל", "ספאם", "البريد غير الهام", "البريد العشوائي", "อีเมลขยะ", "thư rác", "email sampah"),
)  # fmt: skip
ARCHIVE: Final = (
    *("archive", "archives", "archived", "archiv", "archivo", "archivio", "archief", "archiwum", "archív", "archívum"),
    *("arkiv", "arkisto", "arhiiv", "arhīvs", "archyvas", "arquivo", "arquivo morto", "arhiva", "arhivă", "arhiv"),
    *("arxiu", "архив", "архів", "архива", "αρχείο", "αρχειοθήκη", "arşiv", "アーカイブ", "归档", "存档", "封存", "보관"),
    *("보관함", "ארכיון", "أرشيف", "الأرشيف", "ที่เก็บถาวร", "lưu trữ", "arsip"),
)  # fmt: skip
ROLE_WORDS: Final = {"sent": SENT, "trash": TRASH, "drafts": DRAFTS, "junk": JUNK, "archive": ARCHIVE}
ROLES: Final = tuple(ROLE_WORDS)  # that are mapped from server to server
ROLE_BY_WORD: Final = {fold(word): role for role, words in ROLE_WORDS.items() for word in words}

# People call folders of their own so, too: no role beside a folder that the server itself names for it.
WEAK: Final = frozenset(
    map(
        fold,
        (
            *("bin", "deleted", "deleted mail", "lixo", "otpad", "kuka", "smeće", "sampah", "søppel", "gelöscht"),
            *("verwijderd", "supprimés", "eliminados", "eliminati", "bulk", "reclame", "quarantaine", "unerwünscht"),
        ),
    )
)  # fmt: skip


def role_of_word(name: str) -> str | None:
    """Return the special use a top-level folder of that name has by custom, or None. Case and normal form are one."""
    return ROLE_BY_WORD.get(fold(name.strip()))


def is_weak(name: str) -> bool:
    """Return True when a folder of that name may as well be anybody's own."""
    return fold(name.strip()) in WEAK
