"""CRC-32C, of one message or of many at once: it is linear, so bytes are looked up in any order."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Crcs = NDArray[np.uint32]

_POLYNOMIAL = np.uint32(0x82F63B78)  # Castagnoli, bits reversed (RFC 3720, appendix B.4)
_BLOCK = 16  # bytes looked up at their places; longer messages are such blocks, joined in pairs
_FEW = 1 << 10  # bytes; fewer are looked up one by one


@cache
def _table(num_after: int) -> Crcs:
    """Return (256,): the register after a byte that `num_after` bytes follow, begun at zero."""
    if num_after == 0:
        first = np.arange(256, dtype=np.uint32)
        for _ in range(8):
            first = np.where(first & 1, (first >> 1) ^ _POLYNOMIAL, first >> 1)
        return first
    if num_after >= _BLOCK:
        return _pushed(_table(num_after - _BLOCK), _BLOCK)
    before = _table(num_after - 1)
    table: Crcs = _table(0)[before & 255] ^ (before >> 8)
    return table


@cache
def _byte_by_byte() -> list[int]:
    table: list[int] = _table(0).tolist()
    return table


@cache
def _zeros(length: int) -> Crcs:
    """Return (4, 256): what `length` zero bytes, _BLOCK times a power of 2, make of a register.

    The result is the XOR of what they make of each of its bytes.
    """
    if length == _BLOCK:
        return np.stack([_table(_BLOCK - 1 - k) for k in range(4)])
    half = _zeros(length // 2)
    return _pushed(half.ravel(), length // 2).reshape(4, 256)


def _pushed(register: Crcs, length: int) -> Crcs:
    """Return the registers, (n,), after `length` zero bytes."""
    tables, bytes_of = _zeros(length), register.astype("<u4").view(np.uint8).reshape(-1, 4)
    pushed: Crcs = tables[0].take(bytes_of[:, 0])
    for k in range(1, 4):
        pushed ^= tables[k].take(bytes_of[:, k])
    return pushed


def _registers(rows: NDArray[np.uint8]) -> Crcs:
    """Return the registers after `rows`, (n, length), begun at zero."""
    num, length = rows.shape
    num_blocks = -(-length // _BLOCK)
    # Zeros in front of a message leave a register of zero as it is.
    padded = np.zeros((num, num_blocks * _BLOCK), np.uint8)
    padded[:, num_blocks * _BLOCK - length :] = rows
    blocks = padded.reshape(-1, _BLOCK)
    each = np.zeros(len(blocks), np.uint32)
    for j in range(_BLOCK):
        each ^= _table(_BLOCK - 1 - j).take(blocks[:, j])
    register, size = each.reshape(num, num_blocks), _BLOCK
    while register.shape[1] > 1:
        if register.shape[1] % 2:
            register = np.concatenate([np.zeros((num, 1), np.uint32), register], axis=1)
        left, right = register[:, ::2], register[:, 1::2]
        register = _pushed(left.ravel(), size).reshape(left.shape) ^ right
        size *= 2
    return register[:, 0]


def crcs(rows: NDArray[np.uint8]) -> Crcs:
    """Return the CRC-32C of each of `rows`, (n, length >= 4)."""
    # A register begun at ones is one begun at zeros, on the first four bytes inverted.
    turned = rows.copy()
    turned[:, :4] ^= 255
    return ~_registers(turned)


def crc32c(data: bytes) -> int:
    """Return the CRC-32C of `data`.

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    if len(data) >= _FEW:
        return int(crcs(np.frombuffer(data, np.uint8)[None])[0])
    table, register = _byte_by_byte(), 0xFFFFFFFF
    for byte in data:
        register = (register >> 8) ^ table[(register ^ byte) & 255]
    return register ^ 0xFFFFFFFF


def changes(words: NDArray[np.uint64], length: int) -> tuple[Crcs, NDArray[np.uint64]]:
    """Return by what each row's CRC-32C differs from the first's, and the bits in which rows do.

    words: (n, k) little-endian, of which the first `length` bytes are the message. The bits, (k,),
    are those of the bytes behind it too.
    """
    change = np.zeros(len(words), np.uint32)
    varies = np.zeros(words.shape[1], np.uint64)
    for k in range(words.shape[1]):
        differs = words[:, k] ^ words[0, k]
        varies[k] = bits = np.bitwise_or.reduce(differs)
        bytes_of = differs.view(np.uint8)
        for j in range(min(8, length - 8 * k)):
            if (int(bits) >> (8 * j)) & 255:
                change ^= _table(length - 1 - 8 * k - j).take(bytes_of[j::8])
    return change, varies
