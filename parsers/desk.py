"""Who is who at our side."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Who is who at our side. Addresses compare without case; "@host.example" stands for everybody there."""

    support: frozenset[str] = frozenset()
    bot: frozenset[str] = frozenset()
    staff: tuple[str, ...] = ()
    own_message_domain: str = ""  # right of the @ in every Message-ID of ours; people's mails may share it
    zone: str = "UTC"  # the service zone, in which a time without a zone is read

    def is_staff(self, addr: str) -> bool:
        folded = addr.casefold()
        return any(
            folded == one.casefold() or (one.startswith("@") and folded.endswith(one.casefold()))
            for one in self.staff
        )

    def is_bot(self, addr: str) -> bool:
        return addr.casefold() in {one.casefold() for one in self.bot}
