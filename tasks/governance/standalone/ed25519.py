"""ed25519 verified in plain Python (RFC 8032, 5.1): slow, simple, affine; the points are no secrets."""

from __future__ import annotations

import hashlib

Point = tuple[int, int]

P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def ed25519(public: str, message: bytes, signature: str) -> bool:
    """Whether a signature is one of a key over a message; both hexadecimal, in small letters."""
    try:
        key, raw = bytes.fromhex(public), bytes.fromhex(signature)
    except ValueError:
        return False
    if (key.hex(), raw.hex(), len(key), len(raw)) != (public, signature, 32, 64):
        return False
    point, s = _decompress(key), int.from_bytes(raw[32:], "little")
    if point is None or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(raw[:32] + key + message).digest(), "little") % ORDER
    x, y = _add(_times(s, _base()), _times(h, (P - point[0], point[1])))
    return (y | (x & 1) << 255).to_bytes(32, "little") == raw[:32]


def _base() -> Point:
    return _decompress((4 * pow(5, -1, P) % P).to_bytes(32, "little")) or (0, 1)


def _add(a: Point, b: Point) -> Point:
    cross = D * a[0] * b[0] * a[1] * b[1] % P
    inverse = pow(1 - cross * cross, -1, P)
    x = (a[0] * b[1] + b[0] * a[1]) * (1 - cross) * inverse
    return x % P, (a[1] * b[1] + a[0] * b[0]) * (1 + cross) * inverse % P


def _times(factor: int, point: Point) -> Point:
    total: Point = (0, 1)
    while factor:
        total = _add(total, point) if factor & 1 else total
        point, factor = _add(point, point), factor >> 1
    return total


def _decompress(encoded: bytes) -> Point | None:
    number = int.from_bytes(encoded, "little")
    y, sign = number & (2**255 - 1), number >> 255
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if (x * x - square) % P == 0 else x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    return (x if x & 1 == sign else P - x), y
