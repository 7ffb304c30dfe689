"""Names that properties of cards and calendars have; anything else in small letters at the start of a line is prose.

RFC 2426, 2425, 6350, 6474, 6715, 5545, 7986, 7529, vCard 2.1, vCalendar 1.0, and what exports add without X-.
"""

from typing import Final

_CARDS: Final = (
    "ADR AGENT ANNIVERSARY BDAY BEGIN BIRTHPLACE CALADRURI CALURI CATEGORIES CLASS CLIENTPIDMAP CREATED DEATHDATE"
    " DEATHPLACE EMAIL END EXPERTISE FBURL FN GENDER GEO GRAMGENDER HOBBY IMPP INTEREST JSPROP KEY KIND LABEL LANG"
    " LANGUAGE LOGO MAILER MEMBER N NAME NICKNAME NOTE ORG ORG-DIRECTORY PHOTO PRODID PROFILE PRONOUNS RELATED REV"
    " ROLE SOCIALPROFILE SORT-STRING SOUND SOURCE TEL TITLE TZ UID URL VERSION XML"
)
_CALENDARS: Final = (
    "ACTION ATTACH ATTENDEE AALARM CALSCALE COLOR COMMENT COMPLETED CONFERENCE CONTACT DALARM DAYLIGHT DCREATED"
    " DESCRIPTION DTEND DTSTAMP DTSTART DUE DURATION EXDATE EXRULE FREEBUSY IMAGE LAST-MODIFIED LOCATION MALARM METHOD"
    " ORGANIZER PALARM PERCENT-COMPLETE PRIORITY RDATE RECURRENCE-ID REFRESH-INTERVAL RELATED-TO REPEAT REQUEST-STATUS"
    " RESOURCES RNUM RRULE SEQUENCE STATUS SUMMARY TRANSP TRIGGER TZID TZNAME TZOFFSETFROM TZOFFSETTO TZURL"
)
KNOWN: Final = frozenset(f"{_CARDS} {_CALENDARS}".split())


def looks_like_a_property(written: str, *, grouped: bool) -> bool:
    """Say whether what stands before the first colon or semicolon names a property, as `written`.

    "Termin" in "Termin: Freitag" does not: it is the second line of a note whose writer forgot to fold it.
    """
    upper = written.upper()
    return grouped or written == upper or upper in KNOWN or upper.startswith(("X-", "VND"))
