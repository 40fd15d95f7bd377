"""Takes a run folder back to a checkpoint: what was recorded after it is recorded again."""

from __future__ import annotations

import json
import os
from pathlib import Path

from neural_trainer.live.run_folder import METRICS_FILE, cut_torn_line, read_lines


def cut_back(folder: Path, step: int) -> None:
    """Leave out the lines of metrics.jsonl after `step`, all at once."""
    path = folder / METRICS_FILE
    cut_torn_line(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with partial.open("w", encoding="utf-8") as file:
        for line in read_lines(path):
            if line["step"] <= step:
                file.write(json.dumps(line, allow_nan=False) + "\n")
    os.replace(partial, path)
