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

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neural_trainer.errors import ReadError
from neural_trainer.runs import names, sessions
from neural_trainer.runs.lines import Progress, text
from neural_trainer.runs.readers import mlflow_sqlite, npz, wandb_file
from neural_trainer.runs.run import Array, Event, Run, Series
from neural_trainer.runs.tfevents import Scalars
from neural_trainer.runs.tfrecord import HEADER, RecordFile, is_header, read_together

NAME = "tensorboard"

_EPOCHS = 10  # a tag that counts epochs ends at less than one part in this of the steps
_WALL_TIME = 0x09  # the key of an event's first field
_POINTER = b"version https://git-lfs"
_TOGETHER = 1 << 23  # bytes of small files read as one


class Tag(NamedTuple):
    """One tag's points in the order of writing.

    clock: what orders points of several tags. rising: the steps increase. counting: they do so by
    one. dated: the times are finite and never go back.
    """

    clock: Array
    step: Array
    time: Array
    value: Array
    rising: bool
    counting: bool
    dated: bool

    def where(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> Tag:
        """Return the points that `keep` selects."""
        return _judged(*(column[keep] for column in self[:4]))


def _judged(clock: Array, step: Array, time: Array, value: Array) -> Tag:
    gaps = np.diff(step)
    return Tag(
        clock, step, time, value, bool((gaps > 0).all()), bool((gaps == 1).all()),
        bool((np.diff(time) >= 0).all() and np.isfinite(time).all()),
    )  # fmt: skip


class EventFile:
    """One event file, read up to where it ended when `grow` was called last.

    prefix: what its folder, where it is named for a split, puts before its tags.
    """

    def __init__(self, path: Path, prefix: str = "", progress: Progress | None = None) -> None:
        self.path = path
        self.prefix = prefix
        self.was_read = False
        self._progress = progress
        self.records = RecordFile(path)
        self.scalars = Scalars()

    def grow(self) -> None:
        """Read what the file holds beyond what was read before."""
        self.was_read = True
        for records in self.records:
            self.scalars.add(records)
            if self._progress is not None:
                self._progress(self.path, self.records.end, self.path.stat().st_size)

    @property
    def notes(self) -> list[str]:
        """What could not be read."""
        said = (
            (self.scalars.num_broken, "{} records are no events and are left out"),
            (self.scalars.num_beyond, "{} values are left out: they have too many different tags"),
        )
        more = [f"{self.path.name}: {words.format(count)}" for count, words in said if count]
        return self.records.notes + more

    def tags(self) -> dict[str, Tag]:
        """Return the points of each tag."""
        done = {}
        for tag, p in self.scalars.tags().items():
            own = self.prefix + tag if self.prefix and names.split(tag) == "train" else tag
            done[own] = Tag(p.ordinal, p.step, p.time, p.value, p.rising, p.counting, p.dated)
        return done

    def is_pointer(self) -> bool:
        """Return whether it is what Git LFS leaves in place of a file."""
        with self.path.open("rb") as file:
            return file.read(len(_POINTER)) == _POINTER


def sniff(head: bytes, path: Path) -> bool:
    """Return whether the file begins with a record of an event, or is called so and no other."""
    if is_header(head) and head[HEADER : HEADER + 1] == bytes([_WALL_TIME]):
        return True
    return (
        "tfevents" in path.name
        and text(head) is None
        and not any(other.sniff(head, path) for other in (mlflow_sqlite, npz, wandb_file))
    )


def read(path: Path, opened: Callable[[Path, str], EventFile] = EventFile) -> list[Run]:
    """Return the runs in one event file, more than one where its steps start again.

    opened: returns the file, new or read in part.
    """
    folder = path.absolute().parent.name
    return runs_of([opened(path, names.split_prefix(folder) or "")], folder or path.name, path)


def read_each(
    groups: Iterable[tuple[Path, Sequence[tuple[Path, str]]]],
    opened: Callable[[Path, str], EventFile] = EventFile,
) -> Iterator[tuple[Path, Callable[[], list[Run]]]]:
    """Yield for each folder, with the event files of one run, what reads its runs.

    Small files are read many at once: looking at one costs more than its points do. opened: returns
    a file, new or read in part.
    """
    waiting: list[tuple[Path, list[EventFile]]] = []
    size = 0
    for folder, files in groups:
        each = [opened(path, prefix) for path, prefix in files]
        waiting.append((folder, each))
        size += sum(_size(file) for file in each)
        if size > _TOGETHER:
            yield from _ahead(waiting)
            waiting, size = [], 0
    yield from _ahead(waiting)


def _ahead(
    waiting: list[tuple[Path, list[EventFile]]],
) -> Iterator[tuple[Path, Callable[[], list[Run]]]]:
    small = [f for _, files in waiting for f in files if not f.records.end and _size(f) < _TOGETHER]
    if len(small) > 1:
        grow_together(small)
    for folder, files in waiting:
        yield folder, partial(runs_of, files, folder.absolute().name, folder)


def _size(file: EventFile) -> int:
    try:
        return file.path.stat().st_size
    except OSError:  # told when it is read
        return 0


def grow_together(files: Sequence[EventFile]) -> None:
    """Read files that were not read before as one, where that does as well."""
    joined, records = Scalars(), [RecordFile(file.path) for file in files]
    try:
        for some in read_together(records):
            joined.add(some)
    except OSError:  # told when the file itself is read
        return
    firsts = np.cumsum([0, *(one.num_records for one in records)])[:-1]
    for file, own, scalars in zip(files, records, joined.cut(firsts) or (), strict=False):
        file.records, file.scalars, file.was_read = own, scalars, True


def runs_of(files: Sequence[EventFile], name: str, source: Path) -> list[Run]:
    """Return the runs in event files, read where they were not."""
    for file in files:
        if not file.was_read:
            file.grow()
    each = [file.tags() for file in files]
    pointers = [not tags and file.is_pointer() for file, tags in zip(files, each, strict=True)]
    if all(pointers):
        raise ReadError(f"{source}: its event files are Git LFS pointers; run 'git lfs pull'")
    notes = [n for file, no in zip(files, pointers, strict=True) if not no for n in file.notes]
    tags = _merge(each)
    if not tags:
        why = notes[0] if notes else "expected what a training loop logs with add_scalar"
        raise ReadError(f"{source}: TensorBoard events without one scalar; {why}")
    _align(tags, notes)
    return _runs(tags, name, str(source), notes)


def _merge(files: list[dict[str, Tag]]) -> dict[str, Tag]:
    """Return the tags of all files; with several files the wall time is what orders them."""
    files = [tags for tags in files if tags]
    if len(files) <= 1:
        return files[0] if files else {}
    merged: dict[str, list[Tag]] = {}
    for tags in files:
        for own, points in tags.items():
            merged.setdefault(own, []).append(points._replace(clock=points.time))
    done = {}
    for own, parts in merged.items():
        points = parts[0]
        if len(parts) > 1:
            step, time, value = (np.concatenate([part[i] for part in parts]) for i in (1, 2, 3))
            points = _judged(time, step, time, value)
        if not points.dated and np.isfinite(points.time).all():
            points = points.where(np.argsort(points.time, kind="stable"))
        done[own] = points
    return done


def _lead(tags: dict[str, Tag]) -> Tag:
    return max(tags.values(), key=lambda points: len(points.step))


def _align(tags: dict[str, Tag], notes: list[str]) -> None:
    """Put tags that count epochs at the steps of the tag with the most points, by the clock."""
    lead = _lead(tags)
    if not lead.rising or not (lead.dated or np.isfinite(lead.time).all()):
        return
    moved = []
    for own, points in tags.items():
        epoch = points.step
        if len(epoch) < 2 or not points.counting or epoch[0] > 1:
            continue
        if epoch[-1] * _EPOCHS >= lead.step[-1] or len(lead.step) < _EPOCHS:
            continue
        before = np.searchsorted(lead.time, points.time, side="right") - 1
        # Else it was logged for a while at the beginning, at every step.
        if points.time[-1] > lead.time[len(lead.time) // 2] and (np.diff(before) > 1).all():
            step = lead.step[np.maximum(before, 0)]
            tags[own] = _judged(points.clock, step, points.time, points.value)
            moved.append(own)
    if moved:
        notes.append(
            f"{len(moved)} tags count epochs and are put at the step before them: {moved[0]} …"
        )


def _runs(tags: dict[str, Tag], name: str, source: str, notes: list[str]) -> list[Run]:
    lead = _lead(tags)
    whole = [sessions.Session(0, len(lead.step))]
    found = whole if lead.rising else sessions.sessions(lead.step) or whole
    cuts = sorted([s.start for s in found[1:]] + [row for s in found for row, _ in s.resumed])
    runs = []
    for number, session in enumerate(found, 1):
        first = sum(cut <= session.start for cut in cuts)
        signals: dict[str, Series] = {}
        for own, points in tags.items():
            if cuts:
                part = _part(points, lead, cuts)
                keep = (part >= first) & (part <= first + len(session.resumed))
                for k, (_, since) in enumerate(session.resumed, first + 1):
                    keep &= (part >= k) | (points.step < since)
                points = points.where(keep)
            if len(points.step):
                signals[own] = _series(points)
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
    if not points.rising:
        points = points.where(np.argsort(points.step, kind="stable"))
        points = points.where(np.append(np.diff(points.step) > 0, True))
    finite = points.dated or np.isfinite(points.time).all()
    known = finite and bool(points.time[-1] or points.time.any())  # mostly without a look at all
    return Series(points.step, points.value, points.time if known else None)
