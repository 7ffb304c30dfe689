"""Members of a group follow the UIDs of their cards (RFC 6350 section 6.6.5; Apple's X-ADDRESSBOOKSERVER-MEMBER)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from parsers.lines import Line, escape, make_line, unescape

_MEMBER = "X-ADDRESSBOOKSERVER-MEMBER"


@dataclass(slots=True)
class Holders:
    """Which cards of a file came under which UID, and which one each of them has now."""

    _found: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    def add(self, came: str, place: int, now: str) -> None:
        """Note the card at that place of the file."""
        self._found.setdefault(_bare(came), []).append((place, now))

    def uid_for(self, member: str, place: int) -> str:
        """Return the UID that a member named by a group at that place has now; "" when no card here is meant.

        Where several cards came under one UID (two address books in one file), it is the last before the group.
        """
        found = self._found.get(_bare(member), [])
        before = [now for at, now in found if at < place]
        return before[-1] if before else found[0][1] if found else ""


def is_group(lines: Sequence[Line]) -> bool:
    """Say whether a card has members."""
    return any(line.name == _MEMBER for line in lines)


def with_members(lines: Sequence[Line], holders: Holders, place: int) -> list[Line]:
    """Return the group with its members under the UIDs that their cards have now; the others stay as written."""
    return [_member(line, holders, place) if line.name == _MEMBER else line for line in lines]


def _member(line: Line, holders: Holders, place: int) -> Line:
    said = unescape(line.value).strip()
    now = holders.uid_for(said, place)
    if not now or _bare(now, fold=False) == _bare(said, fold=False):
        return line
    return make_line(line.name, escape(f"urn:uuid:{_bare(now, fold=False)}", ","), line.params, line.group)


def _bare(uid: str, *, fold: bool = True) -> str:
    """Return a UID as it is compared: clients write it with or without urn:uuid:, in either case."""
    uid = uid.strip()
    uid = uid[9:] if uid[:9].lower() == "urn:uuid:" else uid
    return uid.casefold() if fold else uid
