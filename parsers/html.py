"""A view of an HTML part as the lines a person sees, and whose lines the page itself says they are."""

from typing import Final

from parsers.htmlview import Line, View

MAX_CHARACTERS: Final = 4 << 20


def html_lines(html: str) -> list[Line]:
    """Return the visible lines of an HTML part. Runs of spaces and NBSP stay: they may be part of a password."""
    view = View()
    view.feed(_without_traps(html[:MAX_CHARACTERS]))
    return view.finish()


def html_text(html: str) -> str:
    """Return the text of an HTML part, quoted lines marked with "> "."""
    return "\n".join(line.text for line in html_lines(html))


def _without_traps(html: str) -> str:
    """Return the page without comments and declarations, and with no tag left open at its end.

    The library looks for the end of each of them from its own beginning: 100 kB of "<!" cost it minutes.
    """
    pieces, at = [], 0
    while (start := html.find("<!", at)) >= 0:
        pieces.append(html[at:start])
        is_comment = html.startswith("<!--", start)
        mark = "-->" if is_comment else ">"
        end = html.find(mark, start + 2)
        if end < 0 and is_comment:
            mark, end = ">", html.find(">", start + 2)
        if end < 0:
            at = start
            break
        at = end + len(mark)
    pieces.append(html[at:])
    text = "".join(pieces)
    last = text.rfind(">") + 1
    return text[:last] + text[last:].replace("<", "&lt;")
