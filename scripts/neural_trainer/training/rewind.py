"""Takes a run folder back to a checkpoint: what was recorded after it is recorded again."""

from __future__ import annotations

import json
import os
from pathlib import Path

from neural_trainer.live.run_folder import METRICS_FILE, cut_torn_line, rank_file, read_lines


def cut_back(folder: Path, step: int, rank: int = 0) -> None:
    """Leave out the lines of a rank's metrics after `step`, all at once."""
    path = folder / (rank_file(rank) if rank else METRICS_FILE)
    if rank and not path.exists():  # fewer ranks had trained
        return
    cut_torn_line(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with partial.open("w", encoding="utf-8") as file:
        for line in read_lines(path):
            if line["step"] <= step:
                file.write(json.dumps(line, allow_nan=False) + "\n")
    os.replace(partial, path)
