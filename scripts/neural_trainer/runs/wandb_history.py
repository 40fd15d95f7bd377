"""W&B's history records decoded many at a time: item by item over all rows, with numpy."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neural_trainer.runs.columns import Columns
from neural_trainer.runs.wandb_log import Batch, Ints, fields

Bytes = NDArray[np.uint8]

_SHORT = 32  # bytes; no number is longer
_ITEM, _KEY, _NESTED_KEY = 0x0A, 0x0A, 0x12
_HASH = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio (Knuth, TAOCP 3, 6.4)


class _Items(NamedTuple):
    """Items, each (n,): its row; where its key and its value start, and their lengths."""

    row: Ints
    key: Ints
    key_length: Ints
    value: Ints
    value_length: Ints


def items_of(message: bytes) -> list[tuple[str, Any]]:
    """Return the keys and values that the items of a history or of a configuration hold."""
    found = []
    for number, item in fields(message):
        if number != 1 or not isinstance(item, bytes):
            continue
        path, value = [], b"null"
        for part, content in fields(item):
            if isinstance(content, bytes):
                if part in (1, 2):
                    path.append(content.decode(errors="replace"))
                elif part == 16:
                    value = content
        if b'"_type"' in value[:4096]:
            continue  # a picture, a table, a histogram
        try:
            found.append(("/".join(path), json.loads(value)))
        except (ValueError, RecursionError):
            continue  # of a later version: the item beside it may be read
    return found


class History:
    """Rows of history, made columns. num_broken: records that are no history."""

    def __init__(self) -> None:
        self.columns = Columns()
        self.num_broken = 0

    def add(self, messages: Batch) -> None:
        """Append a row for each message, a HistoryRecord."""
        base = self.columns.num_rows
        items, odd = _short_items(messages)
        for name, row, value in _columns_of(messages.data, items, len(messages.start)):
            self.columns.add_column(name, row + base, value)
        for row in odd.tolist():
            self._add_odd(messages.bytes_of(row), base + row)
        self.columns.num_rows = base + len(messages.start)

    def add_one(self, message: bytes) -> None:
        """Append a row for one HistoryRecord."""
        self._add_odd(message, self.columns.num_rows)
        self.columns.num_rows += 1

    def _add_odd(self, message: bytes, row: int) -> None:
        try:
            found = {key: value for key, value in items_of(message) if _may_count(value)}
        except (ValueError, IndexError):
            self.num_broken += 1
            return
        one = Columns()
        one.add([found])
        for name, column in one.columns().items():
            self.columns.add_column(name, column.row + row, column.value)


def _may_count(value: Any) -> bool:
    """Return whether a value is a number, or an object that may hold some."""
    if isinstance(value, str):
        return value in ("NaN", "Infinity", "-Infinity")
    return isinstance(value, (int, float, dict)) and not isinstance(value, bool)


def _short_items(messages: Batch) -> tuple[_Items, Ints]:
    """Return the short items of all rows, and the rows that hold any other.

    An item is short where its key is one string and key and value take under 128 bytes each.
    """
    data, at, end = messages
    rows, found = np.arange(len(at)), list[_Items]()
    odd = np.zeros(len(at), np.bool_)
    while len(rows):
        live = (at < end[rows]) & (data[at] == _ITEM)
        if not live.all():
            rows, at = rows[live], at[live]
        length = data[at + 1].astype(np.int64)
        long = length >= 128
        if long.any():
            length = np.where(long, (length & 127) | (data[at + 2].astype(np.int64) << 7), length)
        inside = at + 2 + long
        after = inside + length
        key_length = data[inside + 1].astype(np.int64)
        key = inside + 2
        value = key + np.minimum(key_length, 127)
        value_length = data[value + 2].astype(np.int64)
        short = (data[inside] == _NESTED_KEY) | (data[inside] == _KEY)
        short &= (key_length < 128) & (data[value] == 0x82) & (data[value + 1] == 1)
        short &= (value_length < 128) & (value + 3 + value_length == after) & (after <= end[rows])
        # A number, or one of "NaN" and "Infinity"; an object may hold numbers further down.
        short &= data[value + 3] != ord("{")
        if not short.all():
            odd[rows[~short]] = True
            rows, key, key_length = rows[short], key[short], key_length[short]
            value, value_length, after = value[short], value_length[short], after[short]
        found.append(_Items(rows, key, key_length, value + 3, value_length))
        at = after
    if not found:
        return _Items(*(np.zeros(0, np.int64) for _ in _Items._fields)), np.flatnonzero(odd)
    items = _Items(*(np.concatenate(part) for part in zip(*found, strict=True)))
    keep = ~odd[items.row] & (items.value_length <= _SHORT)
    return _Items(*(part[keep] for part in items)), np.flatnonzero(odd)


def _columns_of(data: Bytes, items: _Items, num_rows: int) -> Iterator[tuple[str, Ints, Any]]:
    """Yield the name, the rows and the values of each column; of equal keys in a row the last."""
    value, is_number = _numbers(data, items.value, items.value_length)
    items = _Items(*(part[is_number] for part in items))
    label = _labels(data, items)
    order = np.argsort(label, kind="stable")
    cuts = np.flatnonzero(np.diff(label[order])) + 1
    full = np.empty(num_rows)
    for these in np.split(order, cuts) if len(order) else ():
        first = items.key[these[0]]
        name = data[first : first + items.key_length[these[0]]].tobytes().decode(errors="replace")
        filled = np.zeros(num_rows, np.bool_)
        filled[items.row[these]] = True
        full[items.row[these]] = value[these]
        row = np.flatnonzero(filled)
        yield name, row, full[row]


def _labels(data: Bytes, items: _Items) -> NDArray[Any]:
    """Return a number for each item that is the same for equal keys."""
    words = np.ndarray((len(data) - 7,), "<u8", buffer=data, strides=(1,))
    mixed = items.key_length.astype(np.uint64) * _HASH
    for offset in range(0, int(items.key_length.max(initial=0)), 8):
        left = items.key_length - offset
        more = left > 0
        word = words[np.minimum(items.key + offset, len(words) - 1)]
        shift = np.clip(8 - left, 0, 7).astype(np.uint64) * np.uint64(8)
        mixed = np.where(more, (mixed ^ (word << shift)) * _HASH, mixed)
        mixed ^= mixed >> np.uint64(29)
    small = (mixed >> np.uint64(48)).astype(np.uint16)  # sorted in a quarter of the time
    holder = np.zeros(1 << 16, np.int64)
    holder[small] = np.arange(len(mixed))
    labels: NDArray[Any] = small if (mixed[holder[small]] == mixed).all() else mixed
    return labels


def _numbers(data: Bytes, start: Ints, length: Ints) -> tuple[Any, NDArray[np.bool_]]:
    """Return the numbers among JSON values, and which of the values are any."""
    width = int(length.max(initial=0)) + 1
    windows = np.ndarray((len(data) - width + 1,), f"V{width}", buffer=data, strides=(1,))
    cells = windows[start].view(np.uint8).reshape(-1, width)
    np.putmask(cells, np.arange(width) >= length[:, None], 32)
    first = cells[:, 0]
    quoted = first == ord('"')
    if quoted.any():
        second = cells[:, 1]
        quoted &= (second == ord("N")) | (second == ord("I")) | (second == ord("-"))
        cells[quoted] = np.where(cells[quoted] == ord('"'), 32, cells[quoted])
    bare = (first == ord("-")) | (first == ord("N")) | (first == ord("I"))
    keep = ((first >= 48) & (first <= 57)) | bare | quoted
    cells = cells if keep.all() else cells[keep]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            value = np.fromstring(cells.tobytes(), np.float64, sep=" ")
        except (DeprecationWarning, ValueError):
            return _one_by_one(cells, keep)
    return (value, keep) if len(value) == len(cells) else _one_by_one(cells, keep)


def _one_by_one(cells: Bytes, keep: NDArray[np.bool_]) -> tuple[Any, NDArray[np.bool_]]:
    value, kept = [], np.flatnonzero(keep)
    for at, cell in zip(kept.tolist(), cells, strict=True):
        try:
            value.append(float(cell.tobytes()))
        except ValueError:
            keep[at] = False
    return np.array(value, np.float64), keep
