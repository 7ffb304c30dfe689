"""Secrets sealed at rest, opened for one login, wiped on time.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce. What a sealed value belongs to is authenticated with it
(associated data), so that a value moved to another row or ticket does not open. The key lives outside the database.
"""

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.errors import ConfigBroken, SecretGone

_VERSION = b"\x01"
_NONCE_BYTES = 12


def new_key() -> str:
    """Return a fresh key as the one line a key file holds."""
    return base64.urlsafe_b64encode(AESGCM.generate_key(256)).decode()


@dataclass(frozen=True, slots=True)
class Vault:
    """Seals and opens with one key. Prints without it."""

    key: bytes = field(repr=False)

    def seal(self, plain: bytes, belongs_to: str) -> bytes:
        """Return `plain` sealed for `belongs_to`, e.g. "password:4f1c"."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + AESGCM(self.key).encrypt(nonce, plain, belongs_to.encode())

    def open_secret(self, sealed: bytes, belongs_to: str) -> bytes:
        """Return what was sealed for `belongs_to`.

        Raises:
            SecretGone: another key, another owner, or damaged; ask the requester again.
        """
        if sealed[:1] != _VERSION:
            raise SecretGone(address=belongs_to)
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return AESGCM(self.key).decrypt(nonce, body, belongs_to.encode())
        except (InvalidTag, ValueError):
            raise SecretGone(address=belongs_to) from None

    def sign(self, text: str) -> str:
        """Return 16 hex digits only the holder of the key can make; used in our Message-IDs."""
        derived = hmac.new(self.key, b"message-id", hashlib.sha256).digest()
        return hmac.new(derived, text.encode(), hashlib.sha256).hexdigest()[:16]


def open_vault(key_file: Path) -> Vault:
    """Read the key.

    Raises:
        ConfigBroken: missing, readable by others, or not a key; the message names the next step.
    """
    try:
        mode = key_file.stat().st_mode
        text = key_file.read_text(encoding="ascii").strip()
        key = base64.urlsafe_b64decode(text)
    except FileNotFoundError:
        raise ConfigBroken(
            what=f"the key file {key_file} is missing: run `mailferry init`, or restore it"
        ) from None
    except (OSError, ValueError, UnicodeDecodeError):
        raise ConfigBroken(what=f"the key file {key_file} cannot be read as a key") from None
    if mode & 0o077:
        raise ConfigBroken(what=f"the key file {key_file} is open to others: chmod 600 {key_file}")
    if len(key) != 32:
        raise ConfigBroken(what=f"the key file {key_file} does not hold a 256-bit key")
    return Vault(key)
