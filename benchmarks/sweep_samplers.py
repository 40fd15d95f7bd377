"""Regret of each sampler on grids of real runs: learning rate and batch size of language models.

A grid of Step Law (Li et al. 2025, arXiv:2503.04715) is a look-up objective: a proposal takes the
loss of the run nearest to it. Regret: the best loss found, over the grid's least.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from neural_trainer.runs.run import Array  # noqa: E402
from neural_trainer.study.estimates import of_pairs  # noqa: E402
from neural_trainer.study.sweep.search import sampler  # noqa: E402
from neural_trainer.study.sweep.settings import DEFAULT_SAMPLER, SAMPLERS  # noqa: E402
from neural_trainer.study.sweep.space import Parameter, suggest  # noqa: E402
from neural_trainer.study.sweep.storage import optuna_package  # noqa: E402

DATA = ROOT.parent / "shared" / "scaling" / "steplaw" / "six_grids.csv"
TRIALS, SEEDS = 32, 10
SEED_NOISE = 0.002  # nats between runs that differ in their seed alone: the data's README


def grids(path: Path) -> dict[tuple[float, float], Array]:
    """Return learning rate, batch size and smoothed loss, (n, 3), for each size and data."""
    found: dict[tuple[float, float], list[list[float]]] = {}
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            point = [float(row["lr"]), float(row["bs"]), float(row["smooth loss"])]
            found.setdefault((float(row["N"]), float(row["D"])), []).append(point)
    return {key: np.array(points) for key, points in found.items()}


def regret(points: Array, name: str, seed: int) -> float:
    """Return how far the best of TRIALS proposals is from the grid's least loss, in nats."""
    optuna = optuna_package()
    places = np.log(points[:, :2])
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    spread = np.log(high) - np.log(low)
    space = (
        Parameter("lr", "float", float(low[0]), float(high[0]), log=True),
        Parameter("batch", "int", float(low[1]), float(high[1]), log=True),
    )
    study = optuna.create_study(sampler=sampler(name, seed))
    for _ in range(TRIALS):
        trial = study.ask()
        values = suggest(space, trial)
        asked = np.log([float(values["lr"]), float(values["batch"])])
        nearest = int(np.argmin((((places - asked) / spread) ** 2).sum(axis=1)))
        study.tell(trial, float(points[nearest, 2]))
    return float(study.best_value - points[:, 2].min())


def main() -> int:
    """Print the table; return 1 where another sampler is better than the default for certain."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--samplers", nargs="+", default=list(SAMPLERS), choices=SAMPLERS)
    parser.add_argument("--seeds", type=int, default=SEEDS, metavar="N")
    asked = parser.parse_args()
    if not asked.data.exists():
        sys.exit(f"{asked.data} is not there; name the grids with --data")
    known = grids(asked.data)
    print(f"{len(known)} grids of {', '.join(str(len(g)) for g in known.values())} runs, "
          f"{TRIALS} trials, {asked.seeds} seeds; nats, "
          f"noise between seeds {SEED_NOISE}")  # fmt: skip
    print(f"{'sampler':<14}{'mean':>9}{'median':>9}{'worst':>9}{'95 % interval of the mean':>28}"
          f"{'s':>8}")  # fmt: skip
    found: dict[str, Array] = {}
    if "gp" in asked.samplers:
        import torch

        torch.set_num_threads(1)  # of so few points, more threads only wait for each other
    for name in asked.samplers:
        begun = time.perf_counter()
        table = np.array(
            [
                [regret(points, name, seed) for points in known.values()]
                for seed in range(asked.seeds)
            ]
        )
        # Grids are the same for each seed, so that seeds alone are drawn.
        by_seed = found[name] = table.mean(axis=1)
        mean = of_pairs(by_seed)
        took = time.perf_counter() - begun
        print(f"{name:<14}{table.mean():>9.5f}{np.median(table):>9.5f}{table.max():>9.5f}"
              f"{f'{mean.low:.5f} to {mean.high:.5f}':>28}{took:>8.1f}", flush=True)  # fmt: skip
    best = min(found, key=lambda name: float(found[name].mean()))
    print(f"least mean regret: {best}; the default is {DEFAULT_SAMPLER}")
    better = False
    for name in found if DEFAULT_SAMPLER in found else ():
        if name == DEFAULT_SAMPLER:
            continue
        gap = of_pairs(found[name] - found[DEFAULT_SAMPLER])
        better |= gap.high < 0
        print(f"{f'{name} less {DEFAULT_SAMPLER}':<23}{gap.difference:>9.5f}"
              f"{f'{gap.low:.5f} to {gap.high:.5f}':>28}")  # fmt: skip
    return int(better)


if __name__ == "__main__":
    raise SystemExit(main())
