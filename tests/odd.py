"""Passwords people really have: each must come out of every parser as it went in."""

from typing import Final

ODD_PASSWORDS: Final = (
    "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "#N/A", "<NA>", "-nan", "1.#IND", "-", "--",
    "007", "1e5", "1.10", "True", "FALSE", "0x1F", "1,5", "12345678901234567890", "2026-05-12", "1/2",
    "a b", "a  b", "p:w=1", "=cmd()", "+1", "@home", "#hash", "semi;colon", "com,ma", "pi|pe", "ta/b",
    'in"ner', "it's", "back\\slash", "100%", "<b>&amp;", "été", "Grüße", "e\u0301", "\u212b\u2126\u037e", "пароль", "密码",
    "x\u00a0y", "\U0001f511key",
)  # fmt: skip
assert len(ODD_PASSWORDS) == 48
