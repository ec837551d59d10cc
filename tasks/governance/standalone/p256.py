"""ECDSA on P-256 with SHA-256 verified in plain Python (FIPS 186-5, 6.4.2): slow, simple, affine; no secrets here."""

from __future__ import annotations

import base64
import hashlib

Place = tuple[int, int] | None

FIELD = 2**256 - 2**224 + 2**192 + 2**96 - 1
COUNT = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
CONSTANT = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
GENERATOR = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
#: What stands before the point in every P-256 public key (RFC 5480), and before every ed25519 one (RFC 8410).
SPKI, SPKI_ED25519 = (
    bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200"),
    bytes.fromhex("302a300506032b6570032100"),
)
PEM_END = b"-----END PUBLIC KEY-----"


def public_point(pem: bytes) -> str:
    """The uncompressed point of a public key in PEM, hexadecimal; empty where it is none of P-256."""
    digits = public_digits(pem)
    return digits if len(digits) == 130 else ""


def public_digits(pem: bytes) -> str:
    """A public key in PEM, hexadecimal: 64 digits of ed25519, 130 of P-256; empty where it is neither."""
    lines = pem.decode("ascii", "replace").split("\n")
    framed = lines[0] == "-----BEGIN PUBLIC KEY-----" and lines[-2:] == [PEM_END.decode(), ""]
    der = base64.b64decode("".join(lines[1:-2])) if framed else b""
    for head, size in ((SPKI, 65), (SPKI_ED25519, 32)):
        if der.startswith(head) and len(der) == len(head) + size:
            return der[len(head) :].hex()
    return ""


def p256(public: str, message: bytes, signature: bytes) -> bool:
    """Whether a DER signature is one of a key, an uncompressed point in hexadecimal, over a message."""
    pair = _integers(signature)
    if len(public) != 130 or not public.startswith("04") or pair is None:
        return False
    point, (r, s) = (int(public[2:66], 16), int(public[66:], 16)), pair
    if not (0 < r < COUNT and 0 < s < COUNT and max(point) < FIELD) or not _on_curve(point):
        return False
    digest, inverse = int.from_bytes(hashlib.sha256(message).digest(), "big"), pow(s, -1, COUNT)
    found = _sum(_multiple(digest * inverse % COUNT, GENERATOR), _multiple(r * inverse % COUNT, point))
    return found is not None and found[0] % COUNT == r


def _integers(der: bytes) -> tuple[int, int] | None:
    """The two numbers of a signature; only the shortest spelling is taken, so there is one for each pair."""
    numbers, rest = [], der[2:]
    for _ in range(2):
        size = rest[1] if len(rest) > 1 else 0
        numbers.append(int.from_bytes(rest[2 : 2 + size], "big"))
        rest = rest[2 + size :]
    first, second = numbers
    body = b"".join(_integer(one) for one in numbers)
    return (first, second) if b"\x30" + bytes([len(body) % 256]) + body == der else None


def _integer(number: int) -> bytes:
    content = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return b"\x02" + bytes([len(content) % 256]) + content


def _on_curve(point: tuple[int, int]) -> bool:
    return (point[1] ** 2 - point[0] ** 3 + 3 * point[0] - CONSTANT) % FIELD == 0


def _sum(a: Place, b: Place) -> Place:
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % FIELD == 0:
        return None
    rise, run = (3 * a[0] * a[0] - 3, 2 * a[1]) if a == b else (b[1] - a[1], b[0] - a[0])
    slope = rise * pow(run, -1, FIELD)
    x = (slope * slope - a[0] - b[0]) % FIELD
    return x, (slope * (a[0] - x) - a[1]) % FIELD


def _multiple(factor: int, point: tuple[int, int]) -> Place:
    total: Place = None
    doubled: Place = point
    while factor:
        total = _sum(total, doubled) if factor & 1 else total
        doubled, factor = _sum(doubled, doubled), factor >> 1
    return total
