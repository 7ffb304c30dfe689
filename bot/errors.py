"""Every failure, its stable code, and whose turn it is next.

No message here ever holds what a server said: servers echo passwords. An RFC 5530 response code may be named.
"""

from enum import Enum
from string import Formatter
from typing import ClassVar


class Retry(Enum):
    """Who moves next after a failure."""

    LATER = "later"  # a timer helps: the same job again, with back-off
    AFTER_REPLY = "after-reply"  # only the requester can mend it
    STAFF = "staff"  # only staff or the operator can mend it
    NEVER = "never"  # settled; goes into the report


class BotError(Exception):
    """A failure with a stable code. Facts are safe to show to staff: hosts, addresses, numbers; never secrets or server text."""

    code: ClassVar[str] = "error"
    retry: ClassVar[Retry] = Retry.STAFF
    text: ClassVar[str] = "something failed"
    by_code: ClassVar[dict[str, type["BotError"]]] = {}

    def __init_subclass__(cls) -> None:
        assert cls.code not in BotError.by_code, cls.code
        BotError.by_code[cls.code] = cls

    def __init__(self, **facts: str | int) -> None:
        self.facts = facts
        known = {name: "?" for _, name, _, _ in Formatter().parse(self.text) if name}
        super().__init__(self.text.format(**{**known, **facts}))


def rebuild(code: str, facts: dict[str, str | int]) -> BotError:
    """Return the error of that code, as a child process reported it; an unknown code is a broken child."""
    return BotError.by_code.get(code, ChildFailed)(**facts)


class SourceLoginRefused(BotError):
    """The previous provider's server rejected the address and password (RFC 9051 section 7.1)."""

    code = "source-login-refused"
    retry = Retry.AFTER_REPLY
    text = "{host} refused the login for {address}: ask for the current password, or an app password where two-step verification is on"


class SourceTakesNoPasswords(BotError):
    """The previous provider's server wants OAuth instead of a password (Microsoft 365, Outlook.com)."""

    code = "source-takes-no-passwords"
    retry = Retry.STAFF
    text = "{host} takes no passwords by IMAP, only OAuth: for Microsoft 365 copy with an account that an administrator there opens for us, or have the mail exported"


class SourceHasNoImap(BotError):
    """The previous provider gives no other server access to its mailboxes (Proton, Tuta, HEY)."""

    code = "source-has-no-imap"
    retry = Retry.AFTER_REPLY
    text = "{host} has no IMAP: the requester has to export the mail there, or name a server of their own that has it"


class SourceHostUnknown(BotError):
    """The server name the requester gave does not exist in the DNS."""

    code = "source-host-unknown"
    retry = Retry.AFTER_REPLY
    text = "there is no server called {host}: ask for the IMAP server's name"


class SourceUnreachable(BotError):
    """The previous provider's server did not answer, or the connection broke."""

    code = "source-unreachable"
    retry = Retry.LATER
    text = "{host} port {port} could not be reached: tried again by itself; check the name and port if it goes on"


class SourceAddressRefused(BotError):
    """The server name leads to an address or port we do not connect to (loopback, private network, odd port)."""

    code = "source-address-refused"
    retry = Retry.AFTER_REPLY
    text = "{host} port {port} is not an address we connect to: allow it in [source] of bot.toml, or ask for the public server name"


class SourceTlsFailed(BotError):
    """The previous provider's certificate or TLS could not be verified (RFC 8314)."""

    code = "source-tls-failed"
    retry = Retry.STAFF
    text = "{host} port {port} has no valid certificate for its name, or no TLS: ask for the right server name; no password was sent"


class SourceBroken(BotError):
    """The previous provider's server broke the protocol or a limit of ours (size, time, number of folders)."""

    code = "source-broken"
    retry = Retry.LATER
    text = "{host} answered in a way that cannot be followed ({what}): tried again by itself; look at the journal if it goes on"


class SourceThrottled(BotError):
    """The previous provider asks us to slow down or has too many connections open."""

    code = "source-throttled"
    retry = Retry.LATER
    text = "{host} asks us to wait: continued later"


class DestinationLoginRefused(BotError):
    """Our own server rejected the login for the new account."""

    code = "destination-login-refused"
    retry = Retry.STAFF
    text = "the new server refused the login for {address}: create the mailbox, or check [destination] in bot.toml"


class DestinationUnreachable(BotError):
    """Our own server did not answer, or the connection broke."""

    code = "destination-unreachable"
    retry = Retry.LATER
    text = "the new server {host} port {port} could not be reached: tried again by itself"


class DestinationTlsFailed(BotError):
    """Our own server's certificate could not be verified."""

    code = "destination-tls-failed"
    retry = Retry.STAFF
    text = "the new server {host} port {port} has no valid certificate for its name: mend it, or [destination] in bot.toml"


class DestinationBroken(BotError):
    """Our own server answered in a way that cannot be followed."""

    code = "destination-broken"
    retry = Retry.LATER
    text = "the new server {host} answered in a way that cannot be followed ({what}): tried again by itself"


class DestinationThrottled(BotError):
    """Our own server asks us to slow down or has too many connections open."""

    code = "destination-throttled"
    retry = Retry.LATER
    text = "the new server {host} asks us to wait: continued later"


class DestinationFull(BotError):
    """The new account has no room left (RFC 9208 OVERQUOTA)."""

    code = "destination-full"
    retry = Retry.STAFF
    text = "the new mailbox of {address} is full: raise its quota, then retry"


class SelfCopy(BotError):
    """Source and destination are the same account: copying would double the mail."""

    code = "self-copy"
    retry = Retry.AFTER_REPLY
    text = "{address} at {host} is the new mailbox itself: ask for the previous provider's server"


class NoSuchFolder(BotError):
    """A folder that was named to be left out or moved is not at the previous provider."""

    code = "no-such-folder"
    retry = Retry.STAFF
    text = "there is no folder {folder} at the previous provider (the nearest name is {nearest}): see the names with --dry-run"


class FolderSettled(BotError):
    """A place was asked for that is not the one where an earlier pass put the folder."""

    code = "folder-settled"
    retry = Retry.STAFF
    text = (
        "{folder} went to {there} in an earlier pass and stays there: ask for that place, or for none;"
        " with a new --journal it is copied once more, to the new place"
    )


class JournalInUse(BotError):
    """Another process is copying this account."""

    code = "journal-in-use"
    retry = Retry.LATER
    text = "another process is copying this account: wait for it"


class JournalBroken(BotError):
    """The journal of an account cannot be used: damaged, from another version, or of another pair of accounts."""

    code = "journal-broken"
    text = "the journal {path} cannot be used ({what}): restore it, or move it away and copy again (what is there is recognised)"


class DiskFailed(BotError):
    """The disk of this machine took no more: full, read-only, or not ours to write. Neither side of the copy is at fault."""

    code = "disk-failed"
    retry = Retry.LATER
    text = "{what} could not be written on this machine: make room on its disk, or mend the folder's owner; nothing is lost"


class ChildFailed(BotError):
    """The child process of a pass or a check ended without a result (killed, out of memory, a bug)."""

    code = "child-failed"
    retry = Retry.LATER
    text = "the process of this account ended without a result ({what}): tried again by itself; see the log if it goes on"


class Stopped(BotError):
    """The pass was asked to stop, and stopped between two batches; nothing is lost."""

    code = "stopped"
    retry = Retry.LATER
    text = "stopped on request: continued later"


class DavUnreachable(BotError):
    """The contacts and calendar server did not answer."""

    code = "dav-unreachable"
    retry = Retry.LATER
    text = "the contacts and calendar server {host} could not be reached: tried again by itself"


class DavLoginRefused(BotError):
    """The contacts and calendar server rejected our login, or lets us not write for this account."""

    code = "dav-login-refused"
    retry = Retry.STAFF
    text = "the contacts and calendar server refused access for {address}: check [dav] in bot.toml"


class DavNoAccess(BotError):
    """There is no password for the contacts and calendars of this account; the file is kept, and mail goes on."""

    code = "dav-no-access"
    retry = Retry.STAFF
    text = "waiting for access to the contacts and calendars of {address}: see auth in [dav], then retry"


class DavNoCollection(BotError):
    """The account has no address book or calendar, and none could be made."""

    code = "dav-no-collection"
    retry = Retry.STAFF
    text = "no {what} could be found or made for {address}: check [dav] in bot.toml"


class DavFull(BotError):
    """The contacts and calendar server has no room left (507)."""

    code = "dav-full"
    retry = Retry.STAFF
    text = "the contacts and calendar server has no room for {address}: raise its quota, then retry"


class DavTlsFailed(BotError):
    """The contacts and calendar server's certificate could not be verified."""

    code = "dav-tls-failed"
    retry = Retry.STAFF
    text = "the contacts and calendar server {host} has no valid certificate for its name: mend it, or [dav] in bot.toml"


class DavBroken(BotError):
    """The contacts and calendar server answered in a way that cannot be followed."""

    code = "dav-broken"
    retry = Retry.LATER
    text = "the contacts and calendar server {host} answered in a way that cannot be followed ({what}): tried again by itself"


class Unreadable(BotError):
    """A parser was stopped on this input (time, memory, crash)."""

    code = "unreadable"
    retry = Retry.NEVER
    text = "could not be read ({what})"


class SecretGone(BotError):
    """The password was wiped or cannot be opened with this key."""

    code = "secret-gone"
    retry = Retry.AFTER_REPLY
    text = "the password of {address} is no longer kept: ask for it again"


class ConfigBroken(BotError):
    """bot.toml, the environment or a secret file is wrong; the message lists every mistake."""

    code = "config-broken"
    retry = Retry.STAFF
    text = "{what}"


class InboxUnreachable(BotError):
    """The support mailbox could not be opened."""

    code = "inbox-unreachable"
    retry = Retry.LATER
    text = "the support mailbox at {host} could not be opened: tried again by itself"
