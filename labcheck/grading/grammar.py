"""What names, addresses and keys may look like: each function returns what is wrong with a text, or nothing.

These texts become names of files, of accounts and of hosts. No shell ever sees them, and none may be taken for an
option (a leading `-`), for a path, or for another name that it only looks like.
"""

import base64
import binascii
import ipaddress
import re
import struct
import unicodedata
from collections.abc import Callable

from labcheck.visible import visible

Rule = Callable[[str], str]
STUDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
ACCOUNT = re.compile(r"[a-z_][a-z0-9_.-]{0,31}")
PORT = re.compile(r"[0-9]{1,5}")
LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")

NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
"""No name ends in one: `2130706433` and `0177.0.0.1` are other writings of 127.0.0.1, `10.0.0.256` is nothing."""


def wrong_student(name: str) -> str:
    """Return what is wrong with a student's name: letters, digits and `. _ @ + -`, at most 64, a letter first."""
    return _strange(name) or ("" if STUDENT.fullmatch(name) else "letters, digits and . _ @ + - only, 64 at most")


def wrong_account(name: str) -> str:
    """Return what is wrong with the name of a Unix account (useradd(8))."""
    return _strange(name) or ("" if ACCOUNT.fullmatch(name) else "small letters, digits and . _ - only, 32 at most")


def wrong_address(address: str) -> str:
    """Return what is wrong with a host's name (RFC 1123) or IP address."""
    if strange := _strange(address):
        return strange
    labels = address.removesuffix(".").split(".")
    if len(address) <= 253 and all(map(LABEL.fullmatch, labels)) and not NUMBER.fullmatch(labels[-1]):
        return ""
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return "neither a host name nor an IP address"
    return ""


def wrong_port(text: str) -> str:
    """Return what is wrong with a TCP port."""
    good = PORT.fullmatch(text) and 1 <= int(text) <= 65535
    return "" if good else "a port is a number from 1 to 65535"


def wrong_host_key(text: str) -> str:
    """Return what is wrong with a pinned host key: its type and the key in base64, as in a .pub file."""
    kind, _, rest = text.strip().partition(" ")
    try:
        parts = _parts(base64.b64decode(rest.split(" ")[0], validate=True))
    except (binascii.Error, struct.error, ValueError):
        return "a host key is written as in a .pub file: ssh-ed25519 AAAA…"
    if parts[0] != kind.encode():
        return f"the key is not of the type {visible(kind[:30])}"
    return "" if len(parts) > 1 and all(parts) else "a part of the key is missing"


def _parts(blob: bytes) -> list[bytes]:
    """Return the strings that a key consists of (RFC 4251, section 5); raises `ValueError` where one is cut short."""
    parts: list[bytes] = []
    while blob or not parts:
        (length,) = struct.unpack(">I", blob[:4])
        if len(blob) < 4 + length:
            raise ValueError("cut short")
        parts.append(blob[4 : 4 + length])
        blob = blob[4 + length :]
    return parts


def _strange(text: str) -> str:
    """Return which character is none that a name may have, by its Unicode name."""
    if text.isascii() and text.isprintable():
        return "" if text else "it is empty"
    strange = next(character for character in text if not (character.isascii() and character.isprintable()))
    called = unicodedata.name(strange, "a character that is not shown")
    return f"it has `{visible(strange)}` ({called}), which is no letter of ASCII"
