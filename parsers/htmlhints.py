"""What the names and styles of an HTML element tell: hidden, a signature, a quotation, or somebody else's text."""

import re
from typing import Final, Literal

Hint = Literal[
    "quoted", "forwarded", "signature", "below"
]  # below: from here to the end it is somebody else's


_HIDDEN: Final = re.compile(
    r"(?:^|;)(?:display:none|visibility:hidden|mso-hide:all|opacity:0(?:;|$)|max-height:0)", re.IGNORECASE
)


_TINY: Final = re.compile(r"(?:^|;)font-size:[01](?:\.0+)?(?:px|pt|em|rem|%)?(?:!|;|$)", re.IGNORECASE)


_INDENT: Final = re.compile(r"border(?:-left)?:(?:none|0|medium none)", re.IGNORECASE)


_BAR: Final = re.compile(r"border-left:(?!none|0|medium none)", re.IGNORECASE)


_OUTLOOK_RULE: Final = re.compile(
    r"border:none;border-top:solid#(?:e1e1e1|b5c4df)1\.0pt;padding:3\.0pt0", re.IGNORECASE
)


# Names that mail programs give to what is not the writer's; `x_` is what Outlook on the web puts before foreign ones.
_NAMES: Final[tuple[tuple[re.Pattern[str], Hint], ...]] = (
    (
        re.compile(
            r"(^|\s|x_)(gmail_signature|moz-signature|protonmail_signature_block\S*|ms-outlook-\w+-signature|signature"
            r"|applemailsignature|mobile-signature|tutanota_signature|zmail_signature)(\s|$)",
            re.IGNORECASE,
        ),
        "signature",
    ),
    (re.compile(r"(^|\s|x_)(moz-forward-container|gmail_forward)(\s|$)", re.IGNORECASE), "forwarded"),
    (
        re.compile(
            r"(^|\s|x_)(gmail_quote\S*|gmail_attr|moz-cite-prefix|yahoo_quoted|protonmail_quote|tutanota_quote|zmail_extra"
            r"|reply-intro|ydp\w*yahoo_quoted|cite_prefix)(\s|$)",
            re.IGNORECASE,
        ),
        "quoted",
    ),
    (
        re.compile(
            r"(^|\s|x_)(divrplyfwdmsg|outlookmessageheader|appendonsend|olk_src_body_section|mail-editor-reference"
            r"-message-container|stopspelling|appleoriginalcontents)(\s|$)",
            re.IGNORECASE,
        ),
        "below",
    ),
)


def is_hidden(tag: str, told: dict[str, str]) -> bool:
    """Say whether nobody sees the element: hidden by its style, or of no size."""
    style = re.sub(r"\s", "", told.get("style", ""))
    if "hidden" in told or (style and _HIDDEN.search(style)):
        return True
    return tag in {"span", "font", "p", "div"} and bool(style and _TINY.search(style))


def container_hint(told: dict[str, str]) -> Hint | None:
    """Return whose text stands in the element, by the names mail programs give it; None = nothing is said."""
    names = f"{told.get('class', '')} {told.get('id', '')} {told.get('data-smartmail', '')}"[:500]
    if names.strip():
        for pattern, hint in _NAMES:
            if pattern.search(names):
                return hint
    style = re.sub(r"\s", "", told.get("style", ""))
    return "below" if style and _OUTLOOK_RULE.search(style) else None


_ATTRIBUTED: Final = re.compile(r"[@\d].{0,200}:\s*$")


def is_quotation(told: dict[str, str], before: str) -> bool:
    """Tell a quotation from a mere indent: by what the program says of it, a bar beside it, or the line above."""
    style = re.sub(r"\s", "", told.get("style", ""))
    if told.get("type", "").casefold() == "cite" or "cite" in told or "quote" in told.get("class", ""):
        return not (
            _INDENT.search(style) and "gmail_quote" not in told.get("class", "") and "type" not in told
        )
    return bool(_BAR.search(style) or _ATTRIBUTED.search(before[-250:]))
