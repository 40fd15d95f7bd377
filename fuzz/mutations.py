"""Mutations that know a format: what is framed, packed or written is mutated, not its checksums."""

from __future__ import annotations

import io
import random
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable

import atheris

from neural_trainer.runs.crc32c import crc32c
from neural_trainer.runs.tfrecord import masked

_FRAGMENT = 7  # bytes: of a .wandb file's header, of a fragment's header
_LARGEST_MEMBER = 1 << 16  # bytes

Mutation = Callable[[bytes, int, random.Random], bytes]


def records(data: bytes, most: int, chance: random.Random) -> bytes:
    """Return TFRecord's records, one payload mutated, all checksums right."""
    payloads, at = [], 0
    while at + 12 <= len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        payloads.append(data[at + 12 : at + 12 + length])
        at += 16 + length
    return b"".join(map(_record, _with_one_mutated(payloads, most, chance)))


def _record(payload: bytes) -> bytes:
    parts = struct.pack("<Q", len(payload)), payload
    return b"".join(part + struct.pack("<I", masked(crc32c(part))) for part in parts)


def fragments(data: bytes, most: int, chance: random.Random) -> bytes:
    """Return a W&B log's fragments, one mutated, all checksums right; all in one block."""
    head, at, fragments = data[:_FRAGMENT], _FRAGMENT, []
    while at + _FRAGMENT <= len(data):
        length, kind = struct.unpack_from("<HB", data, at + 4)
        fragments.append(bytes([kind]) + data[at + _FRAGMENT : at + _FRAGMENT + length])
        at += _FRAGMENT + length
    done = head.ljust(_FRAGMENT, b"\0")
    for part in _with_one_mutated(fragments, most, chance):
        part = part or b"\1"
        done += struct.pack("<IH", zlib.crc32(part), len(part) - 1) + part
    return done


def _with_one_mutated(parts: list[bytes], most: int, chance: random.Random) -> list[bytes]:
    """Return `parts` with one mutated, doubled, left out or put elsewhere."""
    if not parts:
        return [atheris.Mutate(b"", 64)]
    at = chance.randrange(len(parts))
    room = max(most - sum(map(len, parts)) - 16 * len(parts), 0)
    how = chance.random()
    if how < 0.1:
        parts.insert(chance.randrange(len(parts) + 1), parts[at])
    elif how < 0.2:
        parts.insert(chance.randrange(len(parts)), parts.pop(at))
    elif how < 0.25:
        del parts[at]
    else:
        parts[at] = atheris.Mutate(parts[at], len(parts[at]) + min(room, 64))
    return parts


def members(data: bytes, most: int, chance: random.Random) -> bytes:
    """Return a ZIP archive's members, one mutated, all checksums right."""
    names, contents = [], []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                with archive.open(member) as file:
                    contents.append(file.read(_LARGEST_MEMBER))
                names.append(member.filename)
    except Exception:  # whatever zipfile makes of a broken archive is no finding
        return bytes(atheris.Mutate(data, most))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", chance.choice([0, 8])) as archive:
        for number, content in enumerate(_with_one_mutated(contents, most, chance)):
            name = names[number] if number < len(names) else f"more{number}.npy"
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # two members of one name
                archive.writestr(name, content)
    return packed.getvalue()


_TOKENS = re.compile(rb"[A-Za-z_]+|[0-9.]+|\s+|.", re.S)
_WORDS = [word.encode() for word in (
    "0 -1 1e400 nan NaN -Infinity 1e-320 9007199254740993 18446744073709551616 00 +5 1_0 0x1 ٣ ² "
    "step epoch iter loss val_loss train eval time lr value steps values timestamps log_history "
    'columns data mode val config null true [] {} [[]] "" "\\ud800" \\u0000 \x1b[2J é \ufeff \xa0 '
    "\u2028 : , ; | = # / // [ ] { } ( ) % " + "9" * 400
).split(" ")] + [
    b"\0", b"\n", b"\r\n", b"\r", b"\t", b'"', b"\xff", b"\xff\xfe", b" ", b"\x0c",
]  # fmt: skip


def text(data: bytes, most: int, chance: random.Random) -> bytes:
    """Return a text with a token replaced, left out or doubled, or a line put elsewhere."""
    lines = chance.random() < 0.3
    parts = data.splitlines(keepends=True) if lines else _TOKENS.findall(data)
    for _ in range(chance.choice([1, 1, 2, 4])):
        if not parts:
            return chance.choice(_WORDS)
        at, to, how = chance.randrange(len(parts)), chance.randrange(len(parts)), chance.random()
        if how < 0.15:
            del parts[at]
        elif how < 0.35:
            parts.insert(to, parts[at])
        elif how < 0.5:
            parts[at], parts[to] = parts[to], parts[at]
        elif how < 0.6:
            parts[at] = parts[to]
        else:
            parts[at] = chance.choice(_WORDS)
    return b"".join(parts)


def bytes_alone(data: bytes, most: int, chance: random.Random) -> bytes:
    """Return what libFuzzer's own mutations make of a file without a checksum."""
    return bytes(atheris.Mutate(data, most))
