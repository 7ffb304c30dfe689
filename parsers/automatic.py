"""Whether a program wrote a message: then nobody reads an answer, and answering starts loops (RFC 3834).

A strong sign is enough by itself. A weak one is also seen on people's mails (a gateway's Precedence, a CRM's
List-Unsubscribe): two of them are needed, or one and nothing stated; parsers.kind puts them together.
"""

import re
from email.message import Message
from typing import Final

from parsers.headers import Address, param, value, values

_NOBODY: Final = re.compile(
    r"^(?:[\w.+=-]{0,60}[._+-])?(?:no-?_?\.?reply|do-?_?\.?not-?_?\.?reply|dont-?_?reply|nicht-?_?antworten|keine-?_?antwort"
    r"|(?:ne-?_?)?pas-?_?r[eé]pondre|ne-?_?pas-?_?repondre|nepasrepondre|no-?_?responder|no-?_?rispondere|non-?_?rispondere"
    r"|n[aã]o-?_?respond[ae]r?|niet-?_?beantwoorden|nie-?_?odpowiadaj|autoreply|auto-?_?responder|auto-?_?reply)(?:[._+\d-][\w.+=-]{0,60})?@",
    re.IGNORECASE,
)
_ROBOTS: Final = re.compile(
    r"^(?:mailer-?daemon|mail-daemon|bounces?(?:[+._-].{0,100})?|listserv|majordomo|sympa|[\w.+-]{1,60}-(?:request|bounces|owner)|double-bounce"
    r"|nagios|icinga\d?|zabbix|monitoring|monit|munin|prometheus|alertmanager|cron|cronjob|logwatch|fail2ban|apticron|root"
    r"|notifications?|alerts?|newsletters?|calendar-notification|microsoftexchange[0-9a-f]{20,40})@",
    re.IGNORECASE,
)
_DAEMONS: Final = re.compile(
    r"^(?:mailer-?daemon|postmaster|mail-?daemon|mail-?delivery|mdaemon|double-bounce|microsoftexchange[0-9a-f]{20,40})(?:[.+-]\w{0,30})?(?:@|$)",
    re.IGNORECASE,
)
_DAEMON_NAME: Final = re.compile(
    r"mail delivery (?:sub)?system|mailer.?daemon|microsoft outlook$|mail delivery service|zustellsystem|system administrator$",
    re.IGNORECASE,
)
_AWAY_SUBJECT: Final = re.compile(
    r"^\W*(?:auto\s*:|(?:auto(?:matic|mated|matische)?[- ]?(?:reply|response|responder|antwort|answer)|autoreply|autoantwort)\b(?!\s*\w+\s+(?:to|from|for)\b.*\bmailbox)"
    r"|out[- ]of[- ](?:the[- ])?office\b|ooo\b\s*[:-]|on (?:vacation|holiday|leave|annual leave|parental leave)\b|(?:i am|i'm) (?:away|on (?:vacation|leave|holiday))\b|away from (?:the |my )?(?:office|desk|mail)"
    r"|vacation(?: (?:reply|response|message|notice))?\s*(?::|$)|abwesenheits(?:notiz|nachricht|meldung|agent|assistent|benachrichtigung)|abwesenheit\s*(?::|$)"
    r"|abwesend\s*(?::|$)|automatische (?:antwort|abwesenheit|rückmeldung|eingangsbestätigung)|ich bin (?:derzeit |zur ?zeit |momentan )?(?:nicht im|außer|im urlaub|abwesend)"
    r"|(?:nicht im büro|außer haus|im urlaub)\b\s*(?::|$)|urlaubs(?:notiz|vertretung|abwesenheit)"
    r"|réponse automatique|message d.absence|absence du bureau|absent(?:e)? (?:du bureau|jusqu)|(?:notification|avis) d.absence|en congés?\b\s*(?::|$)|hors du bureau"
    r"|respuesta automática|contestación automática|fuera de (?:la |mi )?oficina|ausente\s*(?::|$)|ausencia\s*(?::|$)|de vacaciones"
    r"|risposta automatica|fuori (?:ufficio|sede)|assenza dall.ufficio|in ferie\b|assente\s*(?::|$)"
    r"|automatisch antwoord|automatische? (?:bericht|beantwoording|reactie)|afwezig(?:heid)?(?:sbericht|smelding|sassistent)?\s*(?::|$)|niet aanwezig|buiten kantoor"
    r"|resposta automática|resposta de ausência|fora do escritório|ausência temporária|de férias|ausente do escritório"
    r"|automatyczna odpowiedź|odpowiedź automatyczna|autoodpowiedź|nieobecność|poza biurem|jestem na urlopie"
    r"|răspuns automat|raspuns automat|în afara biroului|autosvar|automaattinen vastaus|frånvaro|fravær|otomatik yan\u0131t|автоответ"
    r"|自動(?:返信|応答|送信)|不在(?:通知|連絡|のお知らせ|です|\uff1a|:)|自动(?:回复|答复)|自動回覆)",
    re.IGNORECASE,
)
_BOUNCE_SUBJECT: Final = re.compile(
    r"^\W*(?:(?:mail|message|e-?mail)?\s*undeliver(?:able|ed)\b|delivery status notification|mail delivery (?:failed|failure|system|report|problem|status)|mail system error"
    r"|returned mail|failure notice|delivery (?:failure|has failed|delayed|notification|report|unsuccessful)|message (?:could not be|not) delivered|warning: (?:could not send|message)|undelivered mail"
    r"|could not (?:send|deliver)|permanent (?:delivery )?(?:error|failure)|non-?deliver|your message (?:could not|was not|couldn)|mail could not|nondeliverable|rejected:|(?:dsn|ndr):"
    r"|unzustellbar|nicht zustellbar|nichtzustellbar|zustellung (?:fehlgeschlagen|nicht möglich)|unzustellbare|zustell(?:fehler|ung verzögert)|fehler (?:bei der|in der) (?:nachrichten)?(?:zustellung|übermittlung)"
    r"|non remis|échec (?:de (?:la )?(?:remise|livraison|distribution)|d.envoi)|non distribuable|message non (?:distribué|remis|délivré)|rapport de non-remise"
    r"|no se puede entregar|no se (?:ha podido|pudo) entregar|no entregado|fallo (?:en la|de) entrega|correo devuelto|mensaje (?:devuelto|no entregado)"
    r"|mancato recapito|impossibile recapitare|non recapitabile|consegna (?:fallita|non riuscita)|messaggio non (?:consegnato|recapitato)|notifica di mancat"
    r"|onbestelbaar|niet bezorgd|kan niet worden bezorgd|bezorging mislukt|aflevering mislukt|niet te bezorgen|não (?:é possível|foi possível) entregar|não entregue|falha na entrega"
    r"|niedostarcz|nie można dostarczyć|nie dostarczono|zwrot wiadomości|nelivrat|mesaj nelivrat|nu poate fi livrat|eșec|配信(?:不能|エラー)|無法傳遞|無法投遞)",
    re.IGNORECASE,
)
_DELIVERY_WORDS: Final = re.compile(
    r"this is the (?:qmail-send|mail (?:system|delivery)|postfix|sendmail|ezmlm)|this message was created automatically by mail delivery software|i'm sorry to have to inform you that your message"
    r"|i'm afraid i wasn't able to deliver your message|could not be delivered to one or more|delivery to the following recipients? (?:failed|has been)|the following (?:addresses|recipients?) had (?:permanent|fatal)"
    r"|remote (?:server|host) (?:said|returned)|status: 5\.\d|diagnostic-code|550[ -]5\.|a message that you sent could not be delivered|wasn't delivered to .{1,200} because"
    r"|konnte nicht zugestellt werden|n'a pas pu être (?:remis|distribué)|no se ha podido entregar|non è stato (?:possibile )?(?:recapita|consegna)",
    re.IGNORECASE,
)
_RECEIPT: Final = re.compile(
    r"^\W*(?:read|gelesen|lu|leído|letto|gelezen|lida|przeczytano|citit|not read|ungelesen gelöscht|nicht gelesen|non lu|read receipt|lesebestätigung|confirmation de lecture|accusé de (?:lecture|réception)"
    r"|confirmación de lectura|conferma di lettura|leesbevestiging|return receipt|empfangsbestätigung|delivered|zugestellt|relayed|weitergeleitet)\b[^:]{0,30}(?::|\(displayed\)|$)",
    re.IGNORECASE,
)
_RECEIPT_WORDS: Final = re.compile(
    r"(?:was (?:read|displayed|deleted)|wurde (?:am .{1,60} )?(?:gelesen|angezeigt|ungelesen)|a été (?:lu|affiché)|fue leíd|se ha leído|è stat[oa] lett|is gelezen|foi lid|this is a (?:return |read )?receipt|dies ist eine (?:lese|empfangs)bestätigung"
    r"|ceci est un accusé|zostało przeczytan|została przeczytan)",
    re.IGNORECASE,
)
_ANSWERED: Final = re.compile(
    r"^\W*(?:accepted|declined|tentative(?:ly accepted)?|canceled|cancelled|zugesagt|abgelehnt|abgesagt|mit vorbehalt|accepté|refusé|provisoire|annulé|aceptad[oa]|rechazad[oa]|cancelad[oa]|accettato|rifiutato|annullato"
    r"|geaccepteerd|geweigerd|aceite|recusado|zaakceptowano|odrzucono|acceptat|refuzat)\s*:",
    re.IGNORECASE,
)
_AWAY_WORDS: Final = re.compile(
    r"(?:i am|i'm|i will be|we are) (?:currently |now )?(?:out of (?:the )?office|away (?:from|until|on)|on (?:vacation|holiday|annual leave|leave|parental leave))|(?:is|am) currently out of (?:the )?office|this is an auto(?:matic|mated)(?:ally generated)? (?:reply|response|message|e-?mail)"
    r"|thank you for your (?:e-?mail|message)\. i (?:am|will)|limited access to (?:my )?e-?mail|your (?:e-?mail|message) (?:will not be|has not been) forwarded"
    r"|ich bin (?:derzeit |zurzeit |zur zeit |momentan |vom .{1,40} |ab dem .{1,40} |bis .{1,40} |aktuell )?(?:nicht (?:im büro|erreichbar|im haus)|außer haus|abwesend|im urlaub|in elternzeit|wieder (?:im büro|erreichbar))|bin ich (?:nicht im büro|abwesend|im urlaub|nicht erreichbar)|(?:ihre|deine) (?:e-?mail|nachricht) wird nicht (?:weitergeleitet|gelesen)"
    r"|dies ist eine automatisch(?:e| generierte| erstellte)|diese (?:e-?mail|nachricht) wurde automatisch"
    r"|je suis (?:actuellement )?(?:absente?|en (?:congés?|vacances|déplacement))|je serai (?:absente?|de retour)|ceci est (?:un message|une réponse) automatique|(?:message|réponse) automatique"
    r"|estoy (?:actualmente )?(?:fuera de la oficina|de vacaciones|ausente)|estaré (?:fuera|ausente|de vacaciones)|(?:este es un mensaje|respuesta) automátic|me encuentro (?:fuera|de vacaciones|ausente)"
    r"|sono (?:attualmente )?(?:fuori (?:ufficio|sede)|in ferie|assente)|sarò (?:assente|fuori ufficio|in ferie)|(?:messaggio|risposta) automatic"
    r"|ik ben (?:momenteel |tot .{1,40} )?(?:afwezig|niet (?:op kantoor|aanwezig|bereikbaar)|op vakantie|met vakantie)|dit is een automatisch"
    r"|estou (?:ausente|fora do escritório|de férias)|estarei (?:ausente|de férias|fora)|(?:esta é uma )?(?:mensagem|resposta) automática"
    r"|jestem (?:na urlopie|poza biurem|nieobecn)|przebywam na urlopie|wiadomość (?:została )?(?:wygenerowana )?automatyczn|nu sunt (?:la )?birou|sunt în concediu|mesaj automat|răspuns automat"
    r"|不在(?:に|と|です|の|中)|自動(?:返信|的に|送信|応答)|休暇(?:中|を)|自动回复",
    re.IGNORECASE,
)
_TAKEN: Final = re.compile(
    r"\b(?:your|ihre?|votre|su|sua|tu|uw|jouw|vostra|twoj\w{1,2}|państwa|dumneavoastră|a|the|eine?|un[ae]?) (?:\w{1,20} ){0,3}?(?:request|ticket|enquiry|inquiry|message|e-?mail|case|anfrage|nachricht|anliegen|vorgang|demande|solicitud|consulta|richiesta|aanvraag|verzoek|bericht|pedido|solicitação|zgłoszenie|wiadomość|cererea|solicitarea)"
    r"\b[^.\n]{0,90}?\b(?:received|created|logged|registered|opened|assigned|eingegangen|erhalten|erfasst|angelegt|erstellt|reçue?|enregistrée?|créée?|recibid[oa]|registrad[oa]|cread[oa]|ricevut[oa]|registrat[oa]|ontvangen|geregistreerd|recebid[oa]|przyjęt\w|zarejestrowan\w|înregistrat\w?|primit\w?)\b"
    r"|\b(?:received|created|logged|registered|opened|erhalten|reçu|recibido|ricevuto|ontvangen|recebemos|hemos recibido|avons (?:bien )?(?:reçu|enregistré)|abbiamo ricevuto|otrzymaliśmy|am primit) (?:\w{1,12} ){0,2}?(?:your|ihre?|votre|su|la sua|la vostra|uw|o seu|państwa) (?:\w{1,20} ){0,2}?(?:request|ticket|enquiry|inquiry|message|e-?mail|case|anfrage|demande|solicitud|richiesta|aanvraag|pedido)\b",
    re.IGNORECASE,
)
_CASE_NUMBER: Final = re.compile(
    r"#\s?[A-Z-]{0,6}\d{3,}|\[[A-Z]{2,8}-\d+\]|\b\d{4}-\d{3,}\b|\b(?:ticket|case|vorgang\w{0,10}|nummer|number|id|nr\.?|no\.?|n°) ?:? ?\d{4,}",
    re.IGNORECASE,
)
_LIST_HEADERS: Final = (
    "list-id",
    "list-post",
    "mailing-list",
    "x-mailing-list",
    "x-mailman-version",
    "x-beenthere",
    "x-listname",
)
_CAMPAIGN_HEADERS: Final = (
    "list-unsubscribe",
    "list-help",
    "list-archive",
    "feedback-id",
    "x-campaign",
    "x-campaignid",
    "x-mailchimp",
    "x-mc-user",
    "x-csa-complaints",
    "x-newsletter",
    "list-unsubscribe-post",
    "x-report-abuse",
)
_AUTO_HEADERS: Final = (
    *(
        "x-autoreply",
        "x-autorespond",
        "x-auto-reply",
        "x-autoresponder",
        "x-mail-autoreply",
        "x-autogenerated",
        "x-vacation",
    ),
    *(
        "x-ms-exchange-inbox-rules-loop",
        "x-ms-exchange-generated-message-source",
        "x-cron-env",
        "x-autoreply-from",
        "x-auto-reply-from",
        "x-amazon-auto-reply",
        "x-facebook-notify",
        "x-github-reason",
        "x-gitlab-notificationreason",
        "x-jira-fingerprint",
    ),
)
_MACHINE_PRECEDENCE: Final = frozenset({"list", "auto_reply", "auto-reply", "autoreply"})
_BULK: Final = frozenset({"bulk", "junk"})
_LONGEST_SUBJECT: Final = 500
_LOOK: Final = 3000  # characters: what a machine says of itself stands at the top


def automatic_reason(message: Message, senders: tuple[Address, ...], subject: str) -> str | None:
    """Return the strong sign that this is machine mail, or None.

    `postmaster@` alone is no sign: small companies write from it. With a bounce's subject it is one.
    """
    submitted = (
        value(message, "Auto-Submitted")
        .split(";", maxsplit=1)[0]
        .split("(", maxsplit=1)[0]
        .strip()
        .casefold()
    )
    report = (
        message.get_content_type() == "multipart/report"
        or message.get_content_type() == "message/disposition-notification"
    )
    subject = subject[:_LONGEST_SUBJECT]
    signs = {
        "auto-submitted": submitted not in {"", "no"},
        "autoreply-header": any(values(message, name) for name in _AUTO_HEADERS),
        "report": report,
        "precedence": value(message, "Precedence").strip().casefold() in _MACHINE_PRECEDENCE,
        "list": any(values(message, name) for name in _LIST_HEADERS),
        "null-return-path": return_path(message) == "",
        "robot-sender": any(_NOBODY.match(one.addr) or _ROBOTS.match(one.addr) for one in senders),
        "away-subject": bool(_AWAY_SUBJECT.match(subject)),
    }
    return next((reason for reason, seen in signs.items() if seen), None)


def weak_signs(message: Message, senders: tuple[Address, ...], subject: str, text: str) -> tuple[str, ...]:
    """Return the signs that a program may have written this; people's mails carry one of them now and then.

    Args:
        message: the header.
        senders: every address of From.
        subject: decoded.
        text: the letter's own lines.
    """
    suppress = set(re.split(r"[\s,;]+", value(message, "X-Auto-Response-Suppress").casefold()))
    top = text[:_LOOK]
    signs = {
        "precedence": value(message, "Precedence").strip().casefold() in _BULK,
        "campaign": any(values(message, name) for name in _CAMPAIGN_HEADERS),
        "asks-for-no-answer": bool({"all", "autoreply", "oof"} & suppress),
        "loop": any(name.casefold() == "x-loop" for name, _ in message.raw_items()),
        "spam": value(message, "X-Spam-Flag").strip().casefold() == "yes"
        or value(message, "X-Spam-Status").casefold().startswith("yes"),
        "away-words": bool(_AWAY_WORDS.search(top)),
        "taken-words": bool(
            _TAKEN.search(top) and _CASE_NUMBER.search(f"{subject[:_LONGEST_SUBJECT]}\n{top}")
        ),
        "delivery-words": bool(_DELIVERY_WORDS.search(top)),
        "daemon": any(_DAEMONS.match(one.addr) for one in senders),
        "receipt": bool(_RECEIPT.match(subject[:_LONGEST_SUBJECT]) and _RECEIPT_WORDS.search(top)),
        "meeting-answer": bool(_ANSWERED.match(subject[:_LONGEST_SUBJECT])),
    }
    return tuple(sign for sign, seen in signs.items() if seen)


def is_bounce(message: Message, senders: tuple[Address, ...], subject: str) -> bool:
    """True for a report that a mail of ours, or of anybody, was not delivered (RFC 3464, and the forms before it)."""
    if message.get_content_type() == "multipart/report":
        return param(message, "report-type").casefold() not in {
            "disposition-notification",
            "feedback-report",
            "tlsrpt",
        }
    if values(message, "X-Failed-Recipients") or message.get_content_type() == "message/delivery-status":
        return True
    from_daemon = any(_DAEMONS.match(one.addr) or _DAEMON_NAME.search(one.name[:200]) for one in senders)
    said = bool(_BOUNCE_SUBJECT.match(subject[:_LONGEST_SUBJECT]))
    nobody = return_path(message) == ""
    return (from_daemon and (said or nobody)) or (said and nobody)


def return_path(message: Message) -> str | None:
    """Return the envelope sender our own MX noted: "" for the null sender, None when it noted none."""
    noted = values(message, "Return-Path")
    return noted[0].strip().strip("<>").strip() if noted else None
