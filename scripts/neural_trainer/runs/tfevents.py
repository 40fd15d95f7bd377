"""TensorBoard events: the scalars in the protobuf payloads of an event file."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural_trainer.runs.run import Array
from neural_trainer.runs.tfevent_proto import Event, parse
from neural_trainer.runs.tfrecord import Places, Records, Words

_FEW = 8  # rows; fewer are parsed one by one
_TRIES = 8  # layouts that the rows of one length are tried for, and rows alone of their kind
_MOST_TAGS = 1 << 16  # a tag takes 2 KB; a log of every layer's figures has some 20,000
_MIXER = np.uint64(0x9E3779B97F4A7C15)  # odd, its bits spread: the golden ratio's

Rows = NDArray[np.intp]


@dataclass
class Points:
    """One tag's points, in arrays that grow; what is said of them holds for all of them.

    rising: the steps increase. counting: they do so by one. dated: the times are finite and never
    go back.
    """

    num: int = 0
    rising: bool = True
    counting: bool = True
    dated: bool = True
    _columns: list[Array] = field(default_factory=lambda: [np.empty(0) for _ in range(4)])
    _judged: int = 0

    @property
    def ordinal(self) -> Array:
        """Where in the file they lie, (n,), increasing."""
        return self._columns[0][: self.num]

    @property
    def step(self) -> Array:
        """(n,)."""
        return self._columns[1][: self.num]

    @property
    def time(self) -> Array:
        """(n,), unix seconds."""
        return self._columns[2][: self.num]

    @property
    def value(self) -> Array:
        """(n,)."""
        return self._columns[3][: self.num]

    def append(self, *columns: NDArray[Any]) -> None:
        """Add ordinals, steps, times and values."""
        stop = self.num + len(columns[0])
        if stop > len(self._columns[0]):
            room = max(stop, 2 * len(self._columns[0]))
            for i, old in enumerate(self._columns):
                self._columns[i] = np.empty(room)
                self._columns[i][: self.num] = old[: self.num]
        for column, new in zip(self._columns, columns, strict=True):
            column[self.num : stop] = new
        self.num = stop

    def judge(self) -> None:
        """Put the points in order and find what holds for those that came since the last time."""
        if self._judged == self.num:
            return
        since = max(self._judged - 1, 0)
        ordinal = self.ordinal[since:]
        if (ordinal[1:] < ordinal[:-1]).any():
            order = np.argsort(self.ordinal, kind="stable")
            self._columns = [column[: self.num][order] for column in self._columns]
            since, self.rising, self.counting, self.dated = 0, True, True, True
        step, time = self.step[since:], self.time[since:]
        gaps = step[1:] - step[:-1]
        self.rising = self.rising and bool((gaps > 0).all())
        self.counting = self.counting and bool((gaps == 1).all())
        in_order = bool((time[1:] >= time[:-1]).all())
        self.dated = self.dated and in_order and math.isfinite(time[0]) and math.isfinite(time[-1])
        self._judged = self.num

    def parts(self, firsts: NDArray[np.int64]) -> list[Points]:
        """Return the points of each file where several were read as one, judged each by itself.

        firsts: the ordinals at which the files begin; each file counts them from 0.
        """
        self.judge()
        edges = np.append(np.searchsorted(self.ordinal, firsts), self.num)
        sizes = np.diff(edges)
        filled = sizes > 0
        start, last = edges[:-1][filled], edges[1:][filled] - 1
        gaps, time = np.diff(self.step), self.time
        finite = np.isfinite(time[start]) & np.isfinite(time[last])
        said = np.ones((3, len(sizes)), np.bool_)
        for row, pairs in zip(said, (gaps > 0, gaps == 1, time[1:] >= time[:-1]), strict=True):
            true = np.append(True, pairs)
            true[start] = True  # what lies before is of another file
            row[filled] = np.logical_and.reduceat(true, start)
        said[2, filled] &= finite
        columns = (self.ordinal - np.repeat(firsts, sizes), self.step, time, self.value)
        parts = []
        for first, stop, holds in zip(edges[:-1], edges[1:], said.T.tolist(), strict=True):
            rising, counting, dated = holds
            own, num = [column[first:stop] for column in columns], int(stop - first)
            parts.append(Points(num, rising, counting, dated, own, num))
        return parts


@dataclass
class Scalars:
    """The scalars of one file, gathered record by record.

    num_broken: records that are no events; num_beyond: values of tags past the first _MOST_TAGS.
    """

    plugins: dict[str, str] = field(default_factory=dict)
    num_broken: int = 0
    num_beyond: int = 0
    _points: dict[str, Points] = field(default_factory=dict)
    _known: dict[bytes, dict[bytes, Event]] = field(default_factory=dict)

    def add(self, records: Records) -> None:
        """Add what scalars there are in records of one length."""
        pending = [(records.ordinal, records.words, 0)] if len(records.words) else []
        while pending:
            ordinal, words, tries = pending.pop()
            event = self._parse(words[0], records.length)
            few = len(words) < _FEW or tries == _TRIES
            if event is None or few or not _is_template(event):
                self._add_event(event, int(ordinal[0]))
                if len(words) > 1:
                    pending.append((ordinal[1:], words[1:], tries))
                continue
            rest = self._add_alike(records, ordinal, words, event)
            if len(rest) and rest[0] == 0:
                self._add_event(event, int(ordinal[0]))
                rest = rest[1:]
            if len(rest):
                # Rows of no kind at all must not be gone through again and again.
                tries += 4 * len(rest) > 3 * len(words)
                pending.append((ordinal[rest], words[rest], tries))

    def _add_alike(self, records: Records, ordinal: Places, words: Words, event: Event) -> Rows:
        """Add the rows that lie as `event`, the first, does; return those that do not.

        And those with a tag that few have.
        """
        same, frame = _same(event, words.shape[1])
        if not (records.varies & same).any():
            self._put(event, ordinal, _decoded(words, event))
            return np.arange(0)
        alike = np.arange(len(words))
        others = alike[:0]
        if (differing := records.varies & frame).any():
            lies = np.ones(len(words), np.bool_)
            for k in np.flatnonzero(differing):
                lies &= (words[:, k] ^ words[0, k]) & differing[k] == 0
            if not lies.all():
                alike, others = np.flatnonzero(lies), np.flatnonzero(~lies)
                words, ordinal = words[alike], ordinal[alike]
        columns = _decoded(words, event)
        kinds, rest = _kinds(words, records.varies & same & ~frame)
        known = self._known.setdefault(same.tobytes(), {(words[0] & same).tobytes(): event})
        for rows in kinds:
            first = words[rows[0]]
            key = (first & same).tobytes()
            one = known.get(key) or self._parse(first, records.length)
            if one is not None:
                known[key] = one
                self._put(one, ordinal[rows], [column[rows] for column in columns])
        return np.sort(np.concatenate([others, alike[rest]])) if len(others) else alike[rest]

    def tags(self) -> dict[str, Points]:
        """Return each scalar tag's points."""
        done = {}
        for tag, points in self._points.items():
            if self.plugins.get(tag, "scalars") == "scalars":
                points.judge()
                done[tag] = points
        return done

    def cut(self, firsts: NDArray[np.int64]) -> list[Scalars] | None:
        """Return the scalars of each file where several were read as one, None where that errs.

        firsts: the ordinals at which the files begin.
        """
        # What one file says of a tag does not hold for the same tag in another.
        others = (self.plugins.get(tag, "scalars") != "scalars" for tag in self._points)
        if self.num_broken or self.num_beyond or any(others):
            return None
        files = [Scalars() for _ in firsts]
        for tag, points in self._points.items():
            for file, part in zip(files, points.parts(firsts), strict=True):
                if part.num:
                    file._points[tag] = part
        return files

    def _parse(self, row: Words, length: int) -> Event | None:
        try:
            return parse(row.tobytes()[:length], self.plugins)
        except (ValueError, IndexError, struct.error):
            self.num_broken += 1
            return None

    def _add_event(self, event: Event | None, ordinal: int) -> None:
        if event is not None and event.values:
            columns = [[event.step], [event.time], *([value.value] for value in event.values)]
            self._put(event, np.array([ordinal]), [np.array(c, np.float64) for c in columns])

    def _put(self, event: Event, ordinal: Places, columns: Sequence[NDArray[Any]]) -> None:
        """Add the steps, times and values of events that are like `event`."""
        step, time, *values = columns
        for value, column in zip(event.values, values, strict=True):
            if len(self._points) < _MOST_TAGS or value.tag in self._points:
                self._points_of(value.tag).append(ordinal, step, time, column)
            else:
                self.num_beyond += len(column)

    def _points_of(self, tag: str) -> Points:
        points = self._points.get(tag)
        if points is None:
            points = self._points[tag] = Points()
        return points


def _column(words: Words, at: int, dtype: str) -> NDArray[Any]:
    """Return the numbers at byte `at` of each row, without a copy."""
    found: NDArray[Any] = np.ndarray((len(words),), dtype, words, at, words.strides[:1])
    return found


def _is_template(event: Event) -> bool:
    """Return whether what tells one such event from another lies at known places."""
    places = [event.time_at, *(value.at for value in event.values)]
    return event.num_values == len(event.values) > 0 and min(places) > 0


def _same(event: Event, num_words: int) -> tuple[Words, Words]:
    """Return the bits that are those of `event` in every event of its kind, (num_words,).

    And those of them that tell where its parts lie: all but the letters of the tags.
    """
    same = np.zeros(8 * num_words, np.uint8)
    same[: event.size] = 255
    same[event.time_at : event.time_at + 8] = 0
    for value in event.values:
        same[value.at : value.at + np.dtype(value.dtype).itemsize] = 0
    start, stop = event.step_at
    same[start:stop] = 128  # a varint's bytes but the last have their high bit set
    frame = same.copy()
    for value in event.values:
        frame[slice(*value.tag_at)] = 0
    return same.view(np.uint64), frame.view(np.uint64)


def _decoded(words: Words, event: Event) -> list[NDArray[Any]]:
    """Return the steps, the times and the values of rows that lie as `event` does."""
    start, stop = event.step_at
    step = np.zeros(len(words), np.uint64)
    for j in range(start, stop):
        byte = _column(words, j, "u1") & 127
        step |= byte.astype(np.uint64) << np.uint64(7 * (j - start))
    values = [_column(words, value.at, value.dtype) for value in event.values]
    return [step.view(np.int64), _column(words, event.time_at, "<f8"), *values]


def _kinds(words: Words, differing: Words) -> tuple[list[Rows], Rows]:
    """Return the rows that agree with each other in the bits `differing`, kind by kind, and a rest.

    In the rest are kinds of few rows: in a layout of their own they may yet be of one kind.
    """
    bits = [(words[:, k] ^ words[0, k]) & differing[k] for k in np.flatnonzero(differing)]
    if not any(one.any() for one in bits):
        return [np.arange(len(words))], np.arange(0)
    mixed = np.zeros(len(words), np.uint64)
    for one in bits:
        mixed = (mixed ^ one) * _MIXER
    kind = (mixed >> np.uint64(48)).astype(np.uint16)  # two bytes are sorted in linear time
    order = np.argsort(kind, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(kind[order]) != 0))
    sizes = np.diff(np.append(starts, len(order)))
    agree = np.ones(len(order), np.bool_)
    for one in bits:
        agree &= one[order] == np.repeat(one[order[starts]], sizes)
    often = np.logical_and.reduceat(agree, starts) & (sizes >= _FEW)
    edges = zip(starts[often].tolist(), (starts + sizes)[often].tolist(), strict=True)
    rest = order[np.repeat(~often, sizes)]
    return [order[start:stop] for start, stop in edges], np.sort(rest)
