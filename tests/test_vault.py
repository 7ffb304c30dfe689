"""Secrets sealed at rest: what opens them, what does not, and where the key may lie."""

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ConfigBroken, SecretGone
from bot.vault import Vault, new_key, open_vault

VAULT = Vault(base64.urlsafe_b64decode(new_key()))


@given(plain=st.binary(max_size=200), owner=st.text(max_size=30))
def test_what_is_sealed_opens_for_its_owner_and_shows_nothing(plain: bytes, owner: str) -> None:
    """Byte for byte: a password is whatever came."""
    sealed = VAULT.seal(plain, owner)
    assert VAULT.open_secret(sealed, owner) == plain
    assert len(plain) < 4 or plain not in sealed


def test_the_same_password_never_looks_the_same() -> None:
    """Two customers with one password must not be seen to have one."""
    assert len({VAULT.seal(b"same", "password:1") for _ in range(50)}) == 50


@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_one_changed_bit_anywhere_opens_nothing(at: int, bit: int) -> None:
    """Version byte, nonce, text and tag alike."""
    sealed = bytearray(VAULT.seal(b"pass word", "password:1"))
    sealed[at % len(sealed)] ^= 1 << bit
    with pytest.raises(SecretGone):
        VAULT.open_secret(bytes(sealed), "password:1")


@given(length=st.integers(0, 37))
def test_a_torn_value_opens_nothing(length: int) -> None:
    """Half a page after a crash, or nothing at all, is an answer too."""
    with pytest.raises(SecretGone):
        VAULT.open_secret(VAULT.seal(b"pass word", "password:1")[:length], "password:1")


def test_another_owner_or_key_opens_nothing() -> None:
    """A value moved to another row of the table, and a database restored beside another key."""
    sealed = VAULT.seal(b"pass word", "password:1")
    other = Vault(base64.urlsafe_b64decode(new_key()))
    for vault, owner in ((VAULT, "password:2"), (VAULT, "raw:1"), (other, "password:1")):
        with pytest.raises(SecretGone) as caught:
            vault.open_secret(sealed, owner)
        assert "pass word" not in str(caught.value)


def test_a_signature_needs_the_key() -> None:
    """Our Message-IDs: nobody else makes one for another text."""
    other = Vault(base64.urlsafe_b64decode(new_key()))
    mark = VAULT.sign("mf-1.ack.1")
    assert VAULT.sign("mf-1.ack.1") == mark
    assert VAULT.sign("mf-1.ack.2") != mark
    assert other.sign("mf-1.ack.1") != mark
    assert len(mark) == 16
    assert VAULT.key.hex() not in repr(VAULT)


def key_file(folder: Path, text: str, mode: int = 0o600) -> Path:
    file = folder / "key"
    file.write_bytes(text.encode("utf-8"))
    file.chmod(mode)
    return file


def test_a_key_file_is_read_with_or_without_a_line_end(tmp_path: Path) -> None:
    """Editors add one, secret managers do not."""
    text = new_key()
    assert open_vault(key_file(tmp_path, text)) == open_vault(key_file(tmp_path, text + "\n"))
    assert open_vault(key_file(tmp_path, text, 0o400)).key == base64.urlsafe_b64decode(text)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o666])
def test_a_key_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    """Who can read it opens every password; who can write it changes what ours means."""
    with pytest.raises(ConfigBroken, match="chmod 600"):
        open_vault(key_file(tmp_path, new_key(), mode))


@pytest.mark.parametrize(
    "text", ["", "\n", "kurz", base64.urlsafe_b64encode(b"x" * 31).decode(), "ä" * 43, "=" * 44, "x" * 500]
)
def test_what_is_no_key_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    """A password put there by mistake must not come back in the error."""
    with pytest.raises(ConfigBroken) as caught:
        open_vault(key_file(tmp_path, text))
    assert len(text) < 3 or text not in str(caught.value)


def test_a_missing_key_names_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(ConfigBroken, match="mailferry init"):
        open_vault(tmp_path / "none")
    with pytest.raises(ConfigBroken, match="cannot be read"):
        open_vault(tmp_path)
