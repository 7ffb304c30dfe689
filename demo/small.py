"""The story where Dovecot cannot be had: on pymap, which keeps everything in memory. Filled in below."""

from pathlib import Path


def tell_small(folder: Path) -> int:
    """Say what is missing; return 69."""
    print(
        f"Dovecot is not installed: apt-get install dovecot-imapd, then run this again ({folder} stays as it is)"
    )
    return 69
