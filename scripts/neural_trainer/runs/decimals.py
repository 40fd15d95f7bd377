"""Decimals: numbers spelled in text, many at once, each the float64 nearest to what is spelled."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from neural_trainer.runs.run import Array

Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]
Words = NDArray[np.uint64]

LONGEST = 24  # characters of a number that are looked at; the text must hold as many before it
_EXACT = 1 << 53  # integers up to it are float64
_EXACT_POWER = 22  # powers of ten up to it are, too: one division or product is then rounded right
_LARGEST_POWER = 64
_NEAR_TIE = 2.0**-30  # of half a unit in the last place; the quotient is known to 2**-50 of it
_SPLIT = 134217729.0  # 2**27 + 1 (Dekker 1971, doi:10.1007/BF01397083: products without error)

_HIGH = np.uint64(0x8080808080808080)
_LOW = np.uint64(0x7F7F7F7F7F7F7F7F)
_ZEROS = np.uint64(0x3030303030303030)
_OVER_NINE = np.uint64(0x7676767676767676)
_ONES = np.uint64(0x0101010101010101)
_POINT = np.uint64(ord(".") ^ ord("0"))
_TOP = np.uint64(56)
_SEVEN, _BYTE, _SIXTY_THREE, _SIXTY_FOUR = np.uint64(7), np.uint64(8), np.uint64(63), np.uint64(64)
_WHOLE_BYTE = np.uint64(255)
_WEIGHTS = [np.uint64(10 ** (8 * i)) for i in range(LONGEST // 8)]
_NUM_WORDS = LONGEST // 8
# For each word from the end and each size of a number: the bytes that are the number's.
_INSIDE = np.array(
    [
        [(1 << 64) - (1 << 8 * (8 - min(max(size - 8 * i, 0), 8))) for size in range(LONGEST + 2)]
        for i in range(_NUM_WORDS)
    ],
    np.uint64,
)
# Times a word with a one in byte k alone, in the highest byte: how many digits follow byte k.
_FOLLOW = [
    np.uint64(sum((8 * i + 7 - k) << (56 - 8 * k) for k in range(8))) for i in range(_NUM_WORDS)
]
_STEPS = tuple(
    (np.uint64(1 + (10**n << 8 * n)), np.uint64(8 * n), np.uint64(mask))
    for n, mask in ((1, 0x00FF00FF00FF00FF), (2, 0x0000FFFF0000FFFF), (4, 0xFFFFFFFF))
)


def _eight(digits: Words) -> Words:
    """Return what eight digits say, the first in the lowest byte; they are overwritten."""
    for factor, shift, mask in _STEPS:
        digits *= factor
        digits >>= shift
        digits &= mask
    return digits


def _mantissa(text: Bytes, start: Places, stop: Places) -> tuple[Words, Places, Flags]:
    """Return the digits of each number as an integer, how many follow the point, which are right.

    Right are digits with a point among them or without one, 19 that count at most.
    """
    size = stop - start
    eights = text.view("<u8")
    whole, part = stop >> 3, (stop << 3).view(np.uint64) & _SIXTY_THREE
    back = _SIXTY_FOUR - part
    upper = eights.take(whole)
    after = wrong = num_points = np.zeros(len(size), np.uint64)
    words, above, moves = [], [], []
    for i in range(min(-(-int(size.max(initial=1)) // 8), _NUM_WORDS)):
        whole -= 1
        lower = eights.take(whole)
        upper <<= back  # a shift by all 64 bits leaves nothing
        word = lower >> part
        word |= upper
        upper = lower
        word ^= _ZEROS
        word &= _INSIDE[i].take(size, mode="clip")
        odd = word & _LOW
        odd += _OVER_NINE
        odd |= word
        odd &= _HIGH
        passed = -num_points if i else num_points
        if odd.any():
            odd >>= _SEVEN
            word ^= odd * _POINT
            wrong = wrong | (word & (odd * _WHOLE_BYTE))
            here = odd * _ONES
            here >>= _TOP
            follow = odd * _FOLLOW[i]
            follow >>= _TOP
            after = after + follow
            num_points = num_points + here
            odd -= here
            passed |= odd
        words.append(word)
        above.append(passed)  # the digits before the point, which move up into its place
        moves.append(num_points)
    right = (wrong == 0) & (size > num_points.view(np.int64))
    if len(words) == _NUM_WORDS:
        right &= size <= LONGEST
    if any_point := bool(num_points.any()):
        right &= num_points <= 1
    for i, word in enumerate(words):
        if any_point:
            moved = word & above[i]
            word ^= moved
            moved <<= _BYTE
            word |= moved
            if i + 1 < len(words):
                carried = words[i + 1] >> _TOP
                carried *= moves[i]
                word |= carried
        _eight(word)
        if i == 2:
            right &= word < 1000
        if i:
            word *= _WEIGHTS[i]
            words[0] += word
    return words[0], after.view(np.int64), right


@cache
def _powers() -> tuple[Array, Array, Array, Array]:
    """Return 10**k for k up to _LARGEST_POWER, what it lacks, and its upper and lower half."""
    exact = [10**k for k in range(_LARGEST_POWER + 1)]
    power = np.array([float(p) for p in exact])
    lacks = np.array([float(p - int(q)) for p, q in zip(exact, power.tolist(), strict=True)])
    spread = power * _SPLIT
    upper = spread - (spread - power)
    return power, lacks, upper, power - upper


def _over_power(mantissa: Words, places: Places) -> tuple[Array, Flags]:
    """Return mantissa / 10**places, 0 <= places <= _LARGEST_POWER, and which are rounded right.

    The quotient of the rounded numbers is mended by what the division leaves over.
    """
    power, lacks, upper, lower = (table.take(places) for table in _powers())
    high = mantissa.astype(np.float64)
    low = (mantissa - high.astype(np.uint64)).view(np.int64).astype(np.float64)
    quotient = high / power
    spread = quotient * _SPLIT
    first = spread - (spread - quotient)
    second = quotient - first
    product = quotient * power
    error = ((first * upper - product) + first * lower + second * upper) + second * lower
    mend = (((high - product) - error) + low - quotient * lacks) / power
    value = quotient + mend
    rest = np.abs((quotient - value) + mend)
    half = ((value.view(np.int64) & (0x7FF << 52)) - (53 << 52)).view(np.float64)
    # Below a power of two the numbers lie twice as close.
    sure = (np.abs(rest - half) > half * _NEAR_TIE) & (np.abs(rest - half / 2) > half * _NEAR_TIE)
    return value, sure


def _scaled(mantissa: Words, places: Places) -> tuple[Array, Flags]:
    """Return mantissa / 10**places and which are rounded right."""
    simple = mantissa <= _EXACT
    low, high = (int(places.min()), int(places.max())) if len(places) else (0, 0)
    if low < 0 or high > _EXACT_POWER:
        simple &= (places <= _EXACT_POWER) & (places >= -_EXACT_POWER)
    power = _powers()[0]
    value = mantissa.astype(np.float64)
    if low < 0:
        value *= power.take(-places, mode="clip")
    value /= power.take(places, mode="clip")
    if simple.all():
        return value, simple
    hard = np.flatnonzero(~simple & (places >= 0) & (places <= _LARGEST_POWER))
    value[hard], simple[hard] = _over_power(mantissa[hard], places[hard])
    return value, simple


def padded(block: bytes) -> Bytes:
    """Return `block` as `decimals` wants it: behind LONGEST spaces, aligned, in whole words."""
    text = np.empty((LONGEST + len(block)) // 8 + 2, np.uint64).view(np.uint8)
    text[:LONGEST] = ord(" ")
    text[LONGEST : LONGEST + len(block)] = np.frombuffer(block, np.uint8)
    text[LONGEST + len(block) :] = ord(" ")
    return text


def decimals(text: Bytes, start: Places, stop: Places) -> tuple[Array, Flags]:
    """Return the numbers that text[start:stop] spell, (n,), and which do: the rest is to be asked.

    Signs, a point and a two-digit exponent are known. text: as `padded` makes it.
    """
    if not len(start):
        return np.empty(0), np.empty(0, np.bool_)
    negative = text.take(start) == ord("-")
    signed = bool(negative.any())
    start = start + negative if signed else start
    mantissa, places, right = _mantissa(text, start, stop)
    if not right.all():
        _add_exponents(text, start, stop, mantissa, places, right)
    value, sure = _scaled(mantissa, places)
    if signed:
        value.view(np.uint64)[:] ^= negative.astype(np.uint64) << _SIXTY_THREE
    return value, sure & right


def _add_exponents(
    text: Bytes, start: Places, stop: Places, mantissa: Words, places: Places, right: Flags
) -> None:
    """Fill in the numbers that end in a sign and two digits of exponent."""
    rest = np.flatnonzero(~right)
    rest = rest[((text.take(stop[rest] - 4) | 32) == ord("e")) & (stop[rest] - start[rest] > 4)]
    end = stop[rest]
    sign, tens, ones = (text.take(end - k) for k in (3, 2, 1))
    tens, ones = tens - np.uint8(ord("0")), ones - np.uint8(ord("0"))
    spelled = ((sign == ord("-")) | (sign == ord("+"))) & (tens < 10) & (ones < 10)
    rest = rest[spelled]
    if len(rest):
        exponent = (10 * tens + ones)[spelled].astype(np.int64)
        exponent = np.where(sign[spelled] == ord("-"), exponent, -exponent)
        mantissa[rest], after, right[rest] = _mantissa(text, start[rest], stop[rest] - 4)
        places[rest] = after + exponent
