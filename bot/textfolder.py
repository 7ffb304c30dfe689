"""The folder with the operator's own texts: <language>.toml files that hold only what is changed."""

import tomllib
from pathlib import Path

from bot.mistakes import Mistake
from bot.wording import mistakes_in
from bot.words import Changes, Texts


def read_texts(folder: Path) -> tuple[Texts, list[Mistake]]:
    """Return the texts of every language, those of the folder in place of ours, and everything wrong with its files.

    A file with a mistake changes nothing.
    """
    if not folder.is_dir():
        return Texts(), [Mistake(where="[texts] folder", what=f"there is no folder {folder}")]
    changes: dict[str, Changes] = {}
    mistakes = []
    for file in sorted(folder.glob("*.toml")):
        try:
            stated = tomllib.loads(file.read_text("utf-8-sig"))
        except (OSError, UnicodeDecodeError):
            mistakes.append(Mistake(where=str(file), what="cannot be read as UTF-8 text"))
            continue
        except tomllib.TOMLDecodeError as error:
            mistakes.append(Mistake(where=str(file), what=f"is not TOML: {error}"))
            continue
        found = mistakes_in(file.stem, stated)
        mistakes += [Mistake(where=str(file), what=what) for what in found]
        if not found:
            changes[file.stem] = stated
    return Texts(changes), mistakes
