"""Where the operator keeps a secret: a private file, a variable, or a command; read only when asked."""

import os
import re
import stat
import subprocess
from pathlib import Path
from typing import Final

from bot.errors import ConfigBroken
from bot.model import Secret

COMMAND_SECONDS: Final = 20  # a password manager that asks a question must not stop the daemon for ever


def read_secret(file: Path | None, variable: str, command: tuple[str, ...]) -> Secret | None:
    """Return the secret from the first of the three that is set, or None; one line end at its end is not part of it.

    Raises:
        ConfigBroken: the file, variable or command gives nothing; `mailferry check` names it.
    """
    if file:
        return Secret(_without_line_end(_read_private(file)))
    if variable:
        if not os.environ.get(variable):
            raise ConfigBroken(what=f"the environment variable {variable} is not set")
        return Secret(os.environ[variable])
    return Secret(_without_line_end(_run(command))) if command else None


def _read_private(file: Path) -> str:
    if mistake := file_mistake(file):
        raise ConfigBroken(what=mistake)
    return file.read_bytes().decode("utf-8", "surrogateescape")


def _without_line_end(text: str) -> str:
    return re.sub(r"\r?\n\Z", "", text)


def _run(command: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, check=True, timeout=COMMAND_SECONDS)  # noqa: S603 (the operator's own command)
    except (OSError, subprocess.SubprocessError):
        raise ConfigBroken(what=f"the password command {command[0]} failed: run it by hand") from None
    return done.stdout.decode("utf-8", "surrogateescape")


def file_mistake(file: Path, *, closed_to_group: bool = False) -> str:
    """Return what is wrong with a secret file, or "" when it may be used."""
    try:
        mode = file.stat().st_mode
    except OSError:
        return f"there is no readable file {file}"
    if not stat.S_ISREG(mode):
        return f"{file} is not a file"
    if mode & (stat.S_IRWXO | (stat.S_IRWXG if closed_to_group else 0)):
        return f"{file} is open to others on this host: chmod 600 {file}"
    return "" if os.access(file, os.R_OK) else f"{file} may not be read by this user"
