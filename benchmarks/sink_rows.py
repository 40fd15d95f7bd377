"""What a row for a sink costs the training: microseconds a row, while a slow sink takes them."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from neural_trainer.live.sinks import Sinks

NUM_ROWS, BATCH = 10_000, 50  # no more than may wait, so that none is left out
MOST_US = 10.0


def idle(step: int, values: Mapping[str, float]) -> None:
    """Take a row and do nothing."""


def slow(step: int, values: Mapping[str, float]) -> None:
    """Take a row in 10 ms, as a tracker in a network does."""
    time.sleep(0.01)


def row_us(num_values: int) -> float:
    """Return the median over batches of what `write` takes, for a row of `num_values`."""
    sinks = Sinks([idle, slow], lambda note: None, close_s=0.0)
    values = {f"metric{number}": float(number) for number in range(num_values)}
    batches = []
    for start in range(0, NUM_ROWS, BATCH):
        began = time.perf_counter()
        for step in range(start, start + BATCH):
            sinks.write(step, values)
        batches.append((time.perf_counter() - began) * 1e6 / BATCH)
    sinks.close()
    return median(batches)


def main() -> int:
    """Print the cost of rows of 10 and of 100 metrics for two sinks; return 1 on a miss."""
    costs = {num_values: row_us(num_values) for num_values in (10, 100)}
    for num_values, cost in costs.items():
        print(f"{num_values:4d} metrics, two sinks: {cost:.2f} µs a row (at most {MOST_US:g})")
    return int(max(costs.values()) > MOST_US)


if __name__ == "__main__":
    sys.exit(main())
