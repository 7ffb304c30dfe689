"""What we say: which page and attachments for which kind of reply. Pure: ticket in, page and attachments out.

The words are in texts/<language>.toml; the modules named here only say which of them, in which order. The first block is
the state in one sentence, the second what the reader has to do. Nothing a server said, nothing secret, and never the original.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from bot.acknowledging import render_ack, render_cancelled, render_held, render_paused, render_update
from bot.phrases import Facts, Reply
from bot.reporting import render_closing, render_report
from bot.states import Ticket
from bot.switching import render_copied, render_dns
from bot.words import Words

RENDER: Final[Mapping[str, Callable[[Ticket, Facts, Words], Reply]]] = {
    "held": render_held,
    "ack": render_ack,
    "update": render_update,
    "copied": render_copied,
    "dns": render_dns,
    "report": render_report,
    "closing": render_closing,
    "cancelled": render_cancelled,
    "paused": render_paused,
}


def render(kind: str, ticket: Ticket, facts: Facts) -> Reply:
    """Return the reply of that kind for the ticket as it is now."""
    words = facts.texts.of(facts.language)
    return replace(RENDER[kind](ticket, facts, words), language=words.language)
