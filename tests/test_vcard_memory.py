"""Large files in bounded memory, in a child like the sandbox's."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROGRAM = """
import pickle, resource
from parsers.vcard import parse_cards
card = ("BEGIN:VCARD\\r\\nVERSION:3.0\\r\\nFN:Given{0} Family{0}\\r\\nN:Family{0};Given{0};;;\\r\\nTEL;TYPE=CELL:+49 {0}\\r\\n"
        "NOTE:" + "words " * 60 + "\\r\\nEND:VCARD\\r\\n")
data = "".join(card.format(number) for number in range(50_000_000 // len(card))).encode()
cards = parse_cards(data)
answer = pickle.dumps(cards, protocol=pickle.HIGHEST_PROTOCOL)
print(len(cards.value), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.long
def test_fifty_megabytes_of_cards_take_three_hundred() -> None:
    """The file, its cards and the answer on its way back, all at once."""
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True, timeout=250
    )
    cards, megabytes = map(int, ended.stdout.split())

    assert cards > 100_000
    assert megabytes <= 300
