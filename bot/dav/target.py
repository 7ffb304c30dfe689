"""Whose contacts or calendar, on which server, with whose login, and how careful with it."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from bot.dav.profiles import UNKNOWN
from bot.model import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class DavTarget:
    """Whose contacts or calendar, on which server, and with whose login."""

    url: str  # the server's DAV base, "https://dav.host.example/"
    principal_path: str = "/{user}/"  # below the url; where this user's collections live
    user: str  # whose tree
    auth_user: str  # who logs in: the user, or a service account
    password: Secret
    profile: str = UNKNOWN  # bot.dav.profiles; "unknown" = found out from what the server says
    max_connections: int = 0  # at most; 0 = as the profile says
    silent_host: str = ""  # the host that was shown to write to nobody (bot.dav.canary); "" = none was
    calendars: Literal["one", "by-name"] = "by-name"  # a calendar of its own for a file that names one
    resolvers: tuple[str, ...] = ()  # name servers for SRV and TXT; () = this machine's

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or self.url

    @property
    def proven_silent(self) -> bool:
        """Say whether this very host was shown to write to nobody."""
        return self.silent_host.casefold() == self.host.casefold()
