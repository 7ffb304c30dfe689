"""Domains where everybody can have an address: nobody's own."""

from typing import Final

# fmt: off
FREE_MAIL: Final = frozenset({
    "126.com", "163.com", "abv.bg", "alice.it", "aol.com", "arcor.de", "bigpond.com", "bk.ru", "bluewin.ch",
    "bol.com.br", "btinternet.com", "caramail.com", "centrum.cz", "comcast.net", "cox.net", "daum.net",
    "email.cz", "email.de", "fastmail.com", "fastmail.fm", "free.fr", "freenet.de", "gmail.com", "gmx.at",
    "gmx.ch", "gmx.com", "gmx.de", "gmx.fr", "gmx.net", "googlemail.com", "hanmail.net", "hey.com",
    "hotmail.ch", "hotmail.co.uk", "hotmail.com", "hotmail.de", "hotmail.es", "hotmail.fr", "hotmail.it",
    "hushmail.com", "icloud.com", "inbox.lv", "inbox.ru", "interia.pl", "kolabnow.com", "kpnmail.nl",
    "laposte.net", "libero.it", "list.ru", "live.co.uk", "live.com", "live.de", "live.fr", "live.nl",
    "mac.com", "mail.com", "mail.de", "mail.ru", "mailbox.org", "mailfence.com", "me.com", "msn.com",
    "naver.com", "o2.pl", "onet.pl", "online.de", "optonline.net", "orange.fr", "outlook.com", "outlook.de",
    "outlook.es", "outlook.fr", "pm.me", "posteo.de", "posteo.net", "proton.me", "protonmail.ch",
    "protonmail.com", "qq.com", "rambler.ru", "rediffmail.com", "rocketmail.com", "runbox.com", "sapo.pt",
    "sbcglobal.net", "seznam.cz", "sfr.fr", "shaw.ca", "sina.com", "skynet.be", "sky.com", "startmail.com",
    "sympatico.ca", "t-online.de", "telenet.be", "terra.com.br", "tiscali.it", "tuta.com", "tuta.io",
    "tutanota.com", "tutanota.de", "tutamail.com", "ukr.net", "uol.com.br", "verizon.net", "virgilio.it",
    "wanadoo.fr", "web.de", "wp.pl", "xs4all.nl", "yahoo.ca", "yahoo.co.jp", "yahoo.co.uk", "yahoo.com",
    "yahoo.com.br", "yahoo.de", "yahoo.es", "yahoo.fr", "yahoo.it", "yandex.com", "yandex.ru", "yeah.net",
    "ymail.com", "zoho.com", "ziggo.nl",
})
# fmt: on
