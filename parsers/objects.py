"""Which components of a file make one resource: those of one UID and one kind (RFC 4791 section 4.1)."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace

from parsers.components import Component
from parsers.lines import unescape
from parsers.repairs import content, with_uid

_NAMESPACE = uuid.UUID("0c1d8f0a-53a8-5f0e-8f6e-5a2f3f7b7c11")  # of the UIDs we make; never change it


@dataclass(slots=True)
class Group:
    """The components of one resource; the one without RECURRENCE-ID first."""

    uid: str
    kind: str
    master: Component | None
    overrides: dict[str, Component]  # by RECURRENCE-ID as written

    @property
    def components(self) -> tuple[Component, ...]:
        return (*((self.master,) if self.master else ()), *self.overrides.values())


def plan_groups(components: Iterable[Component]) -> tuple[list[Group], list[Component]]:
    """Return the resources of a file in its order, and the components that are in one already.

    An override finds its event whichever comes first. A second, different event under a UID in use gets a UID of
    its own, made of its content; so does one without a UID. Pure.
    """
    groups: dict[tuple[str, str], Group] = {}
    contents: dict[str, str] = {}  # UID -> content of its master
    doubled: list[Component] = []
    for found in components:
        component = found
        uid = unescape(component.value("UID")) or _made_uid("", component)
        if component.value("RECURRENCE-ID"):
            _override(groups, component, uid, doubled)
            continue
        if contents.get(uid, content(component)) != content(component):
            uid = _made_uid(uid, component)
            component = replace(component, repairs=(*component.repairs, "duplicate-uid"))
        if uid in contents:
            doubled.append(component)
            continue
        contents[uid] = content(component)
        group = groups.setdefault((component.name, uid), Group(uid, component.name, None, {}))
        group.master = with_uid(component, uid)
    return [whole for group in groups.values() for whole in _with_master(group)], doubled


def _override(
    groups: dict[tuple[str, str], Group], component: Component, uid: str, doubled: list[Component]
) -> None:
    group = groups.setdefault((component.name, uid), Group(uid, component.name, None, {}))
    when = component.value("RECURRENCE-ID")
    before = group.overrides.get(when)
    if before is None or _sequence(component) > _sequence(before):
        group.overrides[when] = with_uid(component, uid)
    if before is not None:
        doubled.append(component if group.overrides[when] is before else before)


def _with_master(group: Group) -> list[Group]:
    """Return the group; overrides whose series is not in the file become events of their own.

    Google exports single dates of somebody else's series; Radicale refuses an object without its series.
    """
    if group.master is not None:
        return [group]
    return [_alone(group, override) for override in group.overrides.values()]


def _alone(group: Group, override: Component) -> Group:
    lines = tuple(line for line in override.own if line.name != "RECURRENCE-ID")
    uid = str(uuid.uuid5(_NAMESPACE, f"{group.uid}\n{override.value('RECURRENCE-ID')}"))
    event = replace(override, own=lines, repairs=(*override.repairs, "series-missing"))
    return Group(uid, group.kind, with_uid(event, uid), {})


def _sequence(component: Component) -> int:
    digits = component.value("SEQUENCE")[:9]
    return int(digits) if digits.isascii() and digits.isdigit() else 0


def _made_uid(uid: str, component: Component) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{uid}\n{content(component)}"))
