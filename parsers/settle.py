"""Which drafts of a letter are rows: evidence, references between them, and what is shared."""

from dataclasses import replace
from typing import Final

from parsers.drafts import Draft, has_valid_address
from parsers.labels import Field
from parsers.result import Problem, StatedRow
from parsers.rows import build_row
from parsers.secret import read_secret, with_comment
from parsers.values import EDGES, password_candidates, read_host

_UNSURE: Final = Problem(code="password-unsure", field="password")
_SHARED: Final[tuple[Field, ...]] = ("password",)


def settle(
    drafts: list[Draft], shared: Draft, *, asked: bool, same_for_all: bool, hosted: bool = False
) -> list[StatedRow]:
    """Return the rows of the drafts, in order.

    Args:
        drafts: as gathered, in the order of the letter. Changed on the way.
        shared: what the letter says is for all rows.
        asked: the letter asks for a move.
        same_for_all: it says that all rows have the same password.
        hosted: it names a server beside them.
    """
    drafts = sorted(drafts, key=lambda draft: draft.order)
    _join_logins(drafts)
    _join_halves(drafts)
    _resolve_same(drafts, shared, same_for_all=same_for_all)
    any_secret = any(draft.answered or draft.has("host") for draft in drafts) or bool(shared.stated)
    any_host = bool(shared.stated) or any(draft.has("host") for draft in drafts)
    listed = sum(draft.origin == "alone" and draft.answered for draft in drafts) > 1  # as a list of accounts
    usable = [
        draft
        for draft in drafts
        if _is_row(
            draft,
            any_secret=any_secret,
            any_host=any_host,
            hosted=hosted,
            asked=asked,
            listed=draft.origin == "alone" and listed,
        )
    ]
    return [_row(draft) for draft in usable]


def _join_logins(drafts: list[Draft]) -> None:
    """Give a login on its own to the row before it."""
    before: Draft | None = None
    for draft in drafts:
        lone = draft.has("login") and not draft.has("address") and not draft.answered
        if lone and before is not None and not before.has("login"):
            before.stated["login"] = draft.stated.pop("login")
        elif draft.answered or has_valid_address(draft):
            before = draft


def _join_halves(drafts: list[Draft]) -> None:
    """Put the only address without a password and the only password without an address together."""
    open_ones = [
        draft
        for draft in drafts
        if has_valid_address(draft) and not draft.has("password") and not (draft.same or draft.after)
    ]
    open_ones = [draft for draft in open_ones if draft.answered or not draft.contact]
    secrets = [
        d for d in drafts if d.answered and not d.has("address", "login") and d.row is None and not d.after
    ]
    secrets = [draft for draft in secrets if draft.has("password")] or secrets
    accounts = {draft.account for draft in open_ones}
    if len(accounts) != 1 or not secrets:
        return
    first, second = open_ones[0], secrets[0]
    if len(secrets) > 1 and not _are_numbered(secrets):
        return
    if len(secrets) == 2:  # "Password 1", "Password 2": one may be tried after the other
        second.other = secrets[1].stated["password"].strip(EDGES)
    elif len(secrets) > 2:
        second.unsure = True
    for other in secrets[1:]:
        other.stated, other.told, other.same, other.unsure = {}, False, False, False
    first.stated = {**second.stated, **first.stated}
    first.other = second.other
    first.told, first.same, first.unsure = second.told, second.same, second.unsure
    first.weak, first.problems = False, [*first.problems, *second.problems]
    second.stated, second.problems = {}, []
    second.told = second.same = second.unsure = False


def _are_numbered(secrets: list[Draft]) -> bool:
    return all(draft.numbered and draft.has("password") and not draft.has("host") for draft in secrets)


def _resolve_same(drafts: list[Draft], shared: Draft, *, same_for_all: bool) -> None:
    """Fill in passwords said to be those of another row: only where all named before are one and the same."""
    passwords = [draft.stated["password"].strip(EDGES) for draft in drafts if draft.has("password")]
    common = shared.stated.get("password") or (
        passwords[0] if (same_for_all or shared.same) and len(set(passwords)) == 1 else None
    )
    before: list[str] = []
    hosts: list[str] = []
    for draft in drafts:
        if draft.has("password"):
            before.append(draft.stated["password"].strip(EDGES))
        elif draft.same and len(set(before)) == 1:
            draft.stated["password"], draft.same = before[0], False
        elif draft.same and common is None:
            draft.same, draft.unsure = False, True
        _same_host(draft, hosts)
        if (
            common
            and not draft.has("password")
            and not draft.unsure
            and has_valid_address(draft)
            and not draft.after
        ):
            draft.stated["password"] = common
    for draft in drafts:
        draft.unsure = draft.unsure or draft.same
        if shared.has("host") and has_valid_address(draft) and not draft.has("host"):
            draft.stated |= {name: text for name, text in shared.stated.items() if name != "password"}


def _same_host(draft: Draft, before: list[str]) -> None:
    if not draft.has("host"):
        return
    said = draft.stated["host"]
    if read_host(said).name is not None:
        before.append(said)
    elif read_secret(said) != "value":
        del draft.stated["host"]
        if len(set(before)) == 1 and read_secret(said) == "same":
            draft.stated["host"] = before[0]


def _is_row(
    draft: Draft, *, any_secret: bool, any_host: bool, hosted: bool, asked: bool, listed: bool
) -> bool:
    if draft.row is not None or draft.origin in {"bare", "table"}:
        return draft.row is not None or draft.has("address", "login", "password") or draft.answered
    if draft.origin == "prose":
        named = has_valid_address(draft) and (asked or any_host or (hosted and draft.has("password")))
        return named or (draft.has("password") and asked)
    if draft.answered:
        return draft.has("address", "login") or (draft.has("password") and not draft.weak and not draft.after)
    if not has_valid_address(draft) and not _half_address(draft):
        return False
    if draft.after or (draft.contact and not draft.has("host")):
        return False
    return asked or listed or (any_secret and draft.origin == "pairs")


def _half_address(draft: Draft) -> bool:
    return any("@" in draft.stated.get(name, "") for name in ("address", "login"))


def _row(draft: Draft) -> StatedRow:
    if draft.row is not None:
        return draft.row
    row = build_row("body", 0, draft.stated, in_cells=False)
    literal = draft.stated.get("password", "").strip(EDGES)
    if literal and (bare := with_comment(literal)):
        row = replace(row, password=password_candidates(bare)[0], password_alternatives=(literal,))
    if draft.other and row.password is not None:
        row = replace(row, password_alternatives=(draft.other,))
    if draft.unsure or draft.same:
        kept = tuple(problem for problem in row.problems if problem.code != "password-missing")
        row = replace(row, password=None, password_alternatives=(), problems=(*kept, _UNSURE))
    elif draft.suspect:
        row = replace(row, problems=(*row.problems, _UNSURE))
    return row
