"""Connections to both accounts of a pass, opened side by side."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TypeVar

from bot.errors import BotError
from bot.mail.account import Account, open_account
from bot.mail.patience import kind_of
from bot.mail.slots import Slot, Slots
from bot.model import Login
from bot.net import AddressPolicy

A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Places:
    """The right to one connection to either side; nothing to hold where connections are not counted."""

    slots: dict[str, Slot] = field(default_factory=dict)  # by side

    def complain(self, error: BotError) -> None:
        """Remember that a server has too many connections, if that is what the error says."""
        slot = self.slots.get(error.code.partition("-")[0])
        if slot is not None and kind_of(error) == "throttled" and error.facts.get("what") == "connections":
            slot.complain()


@dataclass(slots=True)
class Connect:
    """Opens connections, and can end them all at once."""

    source: Login
    destination: Login
    policy: AddressPolicy | None  # of the source
    tell: Callable[[], object]  # a sign of life: bytes came or went
    slots: Slots | None = None  # of this machine; None = connections are not counted
    compress: bool = False  # where a server can
    opened: set[str] = field(default_factory=set)  # sides that let us in
    _open: list[Account] = field(default_factory=list)

    def reserve(self, stack: ExitStack) -> Places | None:
        """Return the right to a connection to either side for as long as the stack lives, None when there is none left."""
        if self.slots is None:
            return Places()
        hosts = {"source": self.source.endpoint.host, "destination": self.destination.endpoint.host}
        taken = self.slots.take_each(stack, hosts)
        return None if taken is None else Places(taken)

    def to_source(self, stack: ExitStack) -> Account:
        """Return one more connection, logged in; it lives as long as the stack. Raises what open_account raises."""
        return self._keep(stack, open_account(self.source, "source", self.policy))

    def to_destination(self, stack: ExitStack) -> Account:
        """Return one more connection, logged in; it lives as long as the stack. Raises what open_account raises."""
        return self._keep(stack, open_account(self.destination, "destination", None))

    def both(self, stack: ExitStack) -> tuple[Account, Account]:
        """Return a connection to either side. Raises what open_account raises."""
        return side_by_side(lambda: self.to_source(stack), lambda: self.to_destination(stack))

    def leave(self) -> None:
        """Say goodbye on all connections at once; their stacks wait for the answers."""
        for account in list(self._open):
            account.start_logout()

    def abort(self) -> None:
        """End all connections under whoever uses them."""
        for account in list(self._open):
            account.abort()

    def _keep(self, stack: ExitStack, account: Account) -> Account:
        stack.enter_context(account)
        stack.callback(self._open.remove, account)
        account.on_chunk(self.tell)
        self.opened.add(account.side)
        self._open.append(account)
        if self.compress:
            account.compress()
        return account


def side_by_side(here: Callable[[], A], there: Callable[[], B]) -> tuple[A, B]:
    """Return what both return, run at the same time. When one raises, so does this, the first one's error first."""
    came: list[B] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            came.append(there())
        except BaseException as error:  # noqa: BLE001  raised again in the thread that asked
            failed.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        first = here()
    finally:
        thread.join()
    if failed:
        raise failed[0]
    return first, came[0]
