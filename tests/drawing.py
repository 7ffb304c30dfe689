"""docs/states.md as it follows from the tables of bot/states.py: `python -m tests.drawing` writes it anew."""

from collections.abc import Mapping
from pathlib import Path

from bot.states import FILE_MOVES, ROW_MOVES, Move, State

PAGE = Path(__file__).parents[1] / "docs" / "states.md"
HEAD = """# Where a row and a file can stand

Drawn from the tables `ROW_MOVES` and `FILE_MOVES` of `bot/states.py`, by `python -m tests.drawing`; a test holds that it is true.
A ticket has no state of its own: it follows from its rows and files (`state_of`), after its report from the days of care. What each
state means, and who is next, is in `docs/operate.md`, section 4.
"""
Moves = Mapping[tuple[State, Move], State]


def draw(moves: Moves) -> str:
    """Return a state diagram; every way to "cancelled" is one sentence below it instead of an arrow from everywhere."""
    arrows: dict[tuple[State, State], list[Move]] = {}
    for (before, move), after in moves.items():
        if after is not State.CANCELLED:
            arrows.setdefault((before, after), []).append(move)
    lines = [
        f"    {_name(before)} --> {_name(after)}: {', '.join(move.value for move in ways)}"
        for (before, after), ways in arrows.items()
    ]
    ends = [state for state in (State.DONE,) if state in moves.values()]
    body = [
        "```mermaid",
        "stateDiagram-v2",
        *(
            f'    state "{one.value}" as {_name(one)}'
            for one in State
            if "-" in one.value and one in moves.values()
        ),
        "    [*] --> new",
        *lines,
        *(f"    {_name(one)} --> [*]" for one in ends),
        "```",
    ]
    cancelled = [before.value for (before, _), after in moves.items() if after is State.CANCELLED]
    return "\n".join([*body, "", f"`cancel` leads to `cancelled` from: {', '.join(cancelled)}."])


def _name(state: State) -> str:
    return state.value.replace("-", "_")  # a hyphen would begin an arrow


def page() -> str:
    """Return the whole page."""
    return f"{HEAD}\n## A row: one mailbox to copy\n\n{draw(ROW_MOVES)}\n\n## A file: one export to import\n\n{draw(FILE_MOVES)}\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
