"""What a look at an event file costs that grew by NUM_NEW points, ours and EventAccumulator's.

Usage: follow_log.py NAME FOLDER LATER [VALUES]. FOLDER: holds the file; LATER: what it grows by.
Prints one JSON object as read_methods.py does: the median over NUM_POLLS looks, and the bytes read
in one.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from made_logs import NUM_POLLS
from read_methods import of_runs, resident_bytes


def ours(folder: str) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    """Return what looks at the file, and what makes values of its answer."""
    from neural_trainer.runs.follow import Follower

    return Follower(folder).poll, of_runs


def event_accumulator(folder: str) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    """Return what looks at the file, and what makes values of its answer."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    def values(read: EventAccumulator) -> dict[str, Any]:
        every = {tag: read.Scalars(tag) for tag in read.Tags()["scalars"]}
        return {tag: ([p.step for p in pts], [p.value for p in pts]) for tag, pts in every.items()}

    return EventAccumulator(folder, size_guidance={"scalars": 0}).Reload, values


FOLLOWING = {"neural-trainer": ours, "EventAccumulator.Reload()": event_accumulator}


def _num_read() -> int:
    """Return how many bytes this process has read so far (Linux)."""
    return int(Path("/proc/self/io").read_text().split()[1])


def main(name: str, folder: str, later: str, values: str | None = None) -> None:
    """Read a copy of the file, let it grow and look, again and again; print what a look took."""
    with tempfile.TemporaryDirectory() as copy:
        (file,) = Path(folder).iterdir()
        grown = Path(shutil.copy(file, copy))
        look, made = FOLLOWING[name](copy)
        look()
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        before = resident_bytes("VmRSS")
        new = Path(later).read_bytes()
        size = len(new) // NUM_POLLS
        taken_s, num_read = [], []
        for start in range(0, len(new), size):
            with grown.open("ab") as end:
                end.write(new[start : start + size])
            read_before, begun = _num_read(), time.perf_counter()
            found = look()
            taken_s.append(time.perf_counter() - begun)
            num_read.append(_num_read() - read_before)
    peak = resident_bytes("VmHWM") - before
    result = {"seconds": median(taken_s), "bytes": peak, "read_bytes": median(num_read)}
    print(json.dumps({**result, "new_bytes": size}))
    if values is not None:
        import numpy as np

        np.savez(values, allow_pickle=False, **{k: np.array(v) for k, v in made(found).items()})


if __name__ == "__main__":
    main(*sys.argv[1:])
