"""TensorBoard event files (events.out.tfevents.*): scalars of TensorFlow 1 and 2 and of PyTorch.

Written by torch.utils.tensorboard, tensorboardX, Keras, Lightning, Stable-Baselines3, ML-Agents,
AllenNLP and CatBoost. TFRecord framing with a CRC-32C on every part; a scalar is a `simple_value`
or a tensor of one number under the plugin "scalars". The files of one folder are one run; a folder
below it is another, unless it is named for a split (train, validation), which makes its tags those
of the run beside or above it. A file that a crash cut off is read up to there; a record with a
wrong checksum is left out and noted. Tags that count epochs beside tags that count steps are put
at the step logged before them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neural_trainer.errors import ReadError
from neural_trainer.runs import names, sessions
from neural_trainer.runs.run import Array, Event, Run, Series
from neural_trainer.runs.tfevents import Scalars
from neural_trainer.runs.tfrecord import HEADER, RecordFile, is_header

NAME = "tensorboard"

_EPOCHS = 10  # a tag that counts epochs ends at less than one part in this of the steps
_WALL_TIME = 0x09  # the key of an event's first field


class Tag(NamedTuple):
    """One tag's points in the order of writing. clock: what orders points of several tags."""

    clock: Array
    step: Array
    time: Array
    value: Array

    def where(self, keep: NDArray[np.bool_] | NDArray[np.int64]) -> Tag:
        """Return the points that `keep` selects."""
        return Tag(*(column[keep] for column in self))


def sniff(head: bytes, path: Path) -> bool:
    """Return whether the file begins with a record of an event, or is called tfevents."""
    if is_header(head) and head[HEADER : HEADER + 1] == bytes([_WALL_TIME]):
        return True
    return "tfevents" in path.name and not head.startswith(b"version https://git-lfs")


def read(path: Path) -> list[Run]:
    """Return the runs in one event file, more than one where its steps start again."""
    folder = path.absolute().parent.name
    return read_files([(path, names.split_prefix(folder) or "")], folder or path.name, path)


def read_files(files: Sequence[tuple[Path, str]], name: str, source: Path) -> list[Run]:
    """Return the runs in event files that belong together, each with the prefix of its split."""
    tags, notes = _merge([(*_read_file(path), prefix) for path, prefix in files])
    if not tags:
        raise ReadError(f"{source}: TensorBoard events without one scalar; " + _instead(notes))
    _align(tags, notes)
    return _runs(tags, name, str(source), notes)


def _instead(notes: list[str]) -> str:
    return notes[0] if notes else "expected what a training loop logs with add_scalar"


def _read_file(path: Path) -> tuple[dict[str, Tag], list[str]]:
    scalars, file = Scalars(), RecordFile(path)
    for records in file:
        scalars.add(records)
    notes = file.notes
    if scalars.num_broken:
        notes.append(f"{path.name}: {scalars.num_broken} records are no events and are left out")
    tags = {
        tag: Tag(ordinal.astype(np.float64), step, time, value)
        for tag, (ordinal, step, time, value) in scalars.tags().items()
    }
    return tags, notes


def _merge(files: list[tuple[dict[str, Tag], list[str], str]]) -> tuple[dict[str, Tag], list[str]]:
    """Return the tags of all files; with several files the wall time is what orders them."""
    merged: dict[str, list[Tag]] = {}
    several = sum(1 for tags, _, _ in files if tags) > 1
    for tags, _, prefix in files:
        for tag, points in tags.items():
            own = prefix + tag if prefix and names.split(tag) == "train" else tag
            merged.setdefault(own, []).append(
                points._replace(clock=points.time) if several else points
            )
    done = {}
    for own, parts in merged.items():
        points = Tag(*(np.concatenate(column) for column in zip(*parts, strict=True)))
        if several and np.isfinite(points.time).all():
            points = points.where(np.argsort(points.time, kind="stable"))
        done[own] = points
    return done, [note for _, notes, _ in files for note in notes]


def _lead(tags: dict[str, Tag]) -> Tag:
    return max(tags.values(), key=lambda points: len(points.step))


def _align(tags: dict[str, Tag], notes: list[str]) -> None:
    """Put tags that count epochs at the steps of the tag with the most points, by the clock."""
    lead = _lead(tags)
    if not np.isfinite(lead.time).all() or (np.diff(lead.step) <= 0).any():
        return
    moved = []
    for own, points in tags.items():
        epoch = points.step
        if len(epoch) < 2 or not (np.diff(epoch) == 1).all() or epoch[0] > 1:
            continue
        if epoch[-1] * _EPOCHS >= lead.step[-1] or len(lead.step) < _EPOCHS:
            continue
        before = np.searchsorted(lead.time, points.time, side="right") - 1
        # Else it was logged for a while at the beginning, at every step.
        if points.time[-1] > lead.time[len(lead.time) // 2] and (np.diff(before) > 1).all():
            tags[own] = points._replace(step=lead.step[np.maximum(before, 0)])
            moved.append(own)
    if moved:
        notes.append(
            f"{len(moved)} tags count epochs and are put at the step before them: {moved[0]} …"
        )


def _runs(tags: dict[str, Tag], name: str, source: str, notes: list[str]) -> list[Run]:
    lead = _lead(tags)
    found = sessions.sessions(lead.step) or [sessions.Session(0, len(lead.step))]
    cuts = sorted([s.start for s in found[1:]] + [row for s in found for row, _ in s.resumed])
    runs = []
    for number, session in enumerate(found, 1):
        first = sum(cut <= session.start for cut in cuts)
        signals: dict[str, Series] = {}
        for own, points in tags.items():
            part = _part(points, lead, cuts)
            keep = (part >= first) & (part <= first + len(session.resumed))
            for k, (_, since) in enumerate(session.resumed, first + 1):
                keep &= (part >= k) | (points.step < since)
            if keep.any():
                signals[own] = _series(points.where(keep))
        given = names.assign({own: len(series) for own, series in signals.items()})
        runs.append(
            Run(
                name=name if len(found) == 1 else f"{name}#{number}",
                source=source,
                format=NAME,
                signals={given[own]: series for own, series in signals.items()},
                logged_as={given[own]: own for own in signals},
                events=tuple(Event(step, "resumed") for _, step in session.resumed),
                notes=tuple(notes),
            )
        )
    return runs


def _part(points: Tag, lead: Tag, cuts: list[int]) -> NDArray[np.int64]:
    """Return how many of the lead's cuts lie before each point.

    A point between the lead's last point before a cut and its first after it goes with the one
    whose step is nearer.
    """
    part = np.zeros(len(points.step), np.int64)
    for cut in cuts:
        old, new = lead.step[cut - 1], lead.step[cut]
        nearer = abs(points.step - new) < abs(points.step - old)
        part += (points.clock >= lead.clock[cut]) | ((points.clock > lead.clock[cut - 1]) & nearer)
    return part


def _series(points: Tag) -> Series:
    if len(points.step) > 1 and not (np.diff(points.step) > 0).all():
        points = points.where(np.argsort(points.step, kind="stable"))
        points = points.where(np.append(np.diff(points.step) > 0, True))
    known = np.isfinite(points.time).all() and bool(points.time.any())
    return Series(points.step, points.value, points.time if known else None)
