"""The people of an event, written so that no server mails them (RFC 6638): still readable, and only the one change. Pure."""

import uuid
from collections.abc import Iterable, Iterator
from typing import Final

from parsers.lines import Line, escape, fold, make_line, read_lines, unescape

_NAMESPACE: Final = uuid.UUID(
    "7a0d6c7e-0f9b-5a3e-8a46-2b1f6c7d9e55"
)  # of the addresses we neutralise; never change it
_PEOPLE: Final = frozenset({"ORGANIZER", "ATTENDEE"})
_OURS: Final = "urn:uuid:"
_ANSWERS: Final = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative"}


def without_invitations(data: bytes) -> bytes:
    """Return the object with nobody in it whom a server could write to; names, answers and addresses stay readable.

    Addresses become urn:uuid ones with the address in the EMAIL parameter, a list of the people is added to the
    description, and e-mail reminders are shown instead. Measured on Cyrus, sabre/dav and SOGo: the one change that is
    silent on all of them, on put, update and delete. Doing it twice changes nothing.
    """
    return fold(line.text for part in _parts(read_lines(data).lines) for line in _neutral_part(part))


def left_to_the_client(data: bytes) -> bytes:
    """Return the object with SCHEDULE-AGENT=CLIENT on everybody (RFC 6638 section 7.1): who invites is the user's program.

    E-mail reminders are shown instead. Only for servers that were shown to respect it.
    """
    return fold(line.text for line in _without_email_alarms(map(_own_agent, read_lines(data).lines)))


def _parts(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Yield the lines in pieces that each end where a component does."""
    part: list[Line] = []
    for line in lines:
        part.append(line)
        if line.name == "END" and line.value.strip().upper() != "VALARM":
            yield part
            part = []
    yield part


def _neutral_part(part: list[Line]) -> Iterator[Line]:
    """Yield a component's lines without anybody to write to, and with a list of them in its description."""
    lines = list(_without_email_alarms(part))
    people = "\\n".join(_said(line) for line in lines if line.name in _PEOPLE and not _is_neutral(line))
    described = next((line for line in _outside_alarms(lines) if line.name == "DESCRIPTION"), None)
    new = make_line("DESCRIPTION", people) if people and described is None else None
    for line in lines:
        if new is not None and _ends_the_properties(line):
            yield new
            new = None
        if people and line is described:
            yield line.with_value(f"{line.value}\\n\\n{people}")
        else:
            yield _neutral_person(line) if line.name in _PEOPLE else line


def _ends_the_properties(line: Line) -> bool:
    """Say whether the own properties of a component are over: an alarm begins, or it ends."""
    frame = line.value.strip().upper() if line.name in {"BEGIN", "END"} else ""
    return frame == "VALARM" or (line.name == "END" and frame in {"VEVENT", "VTODO", "VJOURNAL"})


def _without_email_alarms(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield the lines with every reminder shown, and nobody in it to write to."""
    alarm = False
    for line in lines:
        if line.name in {"BEGIN", "END"} and line.value.strip().upper() == "VALARM":
            alarm = line.name == "BEGIN"
        if alarm and line.name in _PEOPLE:
            continue
        mails = alarm and line.name == "ACTION" and line.value.strip().upper() == "EMAIL"
        yield make_line("ACTION", "DISPLAY") if mails else line


def _outside_alarms(part: list[Line]) -> Iterator[Line]:
    alarm = False
    for line in part:
        if line.name in {"BEGIN", "END"} and line.value.strip().upper() == "VALARM":
            alarm = line.name == "BEGIN"
        elif not alarm:
            yield line


def _said(line: Line) -> str:
    """Return a person as a line of a description, escaped."""
    role = "Organizer" if line.name == "ORGANIZER" else "Participant"
    address, name = _plain(line.value), _plain(line.param("CN") or "")
    answer = _ANSWERS.get((line.param("PARTSTAT") or "").upper(), "")
    who = f"{name} <{address}>" if name and name.casefold() != address.casefold() else address
    return escape(unescape(f"{role}: {who}" + (f" ({answer})" if answer else "")))


def _is_neutral(line: Line) -> bool:
    return line.value.strip().lower().startswith(_OURS) and not any(
        "mailto:" in value.lower() for _, value in line.params
    )


def _neutral_person(line: Line) -> Line:
    if _is_neutral(line):
        return line
    gone = {"EMAIL", "SCHEDULE-AGENT", "SCHEDULE-STATUS", "SCHEDULE-FORCE-SEND"}
    params = [
        (key, (_plain(value) if key == "CN" else _urn(value)) if "mailto:" in value.lower() else value)
        for key, value in line.params
        if key not in gone
    ]
    if not any(key == "CN" for key, _ in params):  # SOGo would call them by the urn
        params.append(("CN", _plain(line.value)))
    return make_line(line.name, _urn(line.value), [*params, ("EMAIL", _plain(line.value))])


def _urn(address: str) -> str:
    if address.strip().lower().startswith(_OURS):
        return address.strip()
    return f"{_OURS}{uuid.uuid5(_NAMESPACE, address.strip().lower())}"


def _plain(address: str) -> str:
    at = address.lower().rfind("mailto:")
    return (address[at + 7 :] if at >= 0 else address).strip()


def _own_agent(line: Line) -> Line:
    if line.name not in _PEOPLE:
        return line
    params = [
        (key, value) for key, value in line.params if key not in {"SCHEDULE-AGENT", "SCHEDULE-FORCE-SEND"}
    ]
    return make_line(line.name, line.value, [*params, ("SCHEDULE-AGENT", "CLIENT")])
