"""What a million-point curve costs as a PNG, beside matplotlib given every point."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from neural_trainer.render.plots import DPI, INCHES, plot  # noqa: E402
from neural_trainer.runs.run import Run, Series  # noqa: E402

NUM_POINTS = 1_000_000
NUM_ROUNDS = 7
FEWEST = 3.5  # times as fast as matplotlib, on a noisy loss


def curves() -> dict[str, Run]:
    """Return what is drawn: a loss of batches, and easier curves, of which matplotlib joins points.

    The noise of a loss of batches is a fifth of its value; that of an average is a twentieth.
    """
    generator = np.random.default_rng(0)
    step = np.arange(1.0, NUM_POINTS + 1)
    course = 3 * step**-0.1
    values = {
        "noisy loss": course * np.exp(generator.normal(0, 0.2, NUM_POINTS)),
        "averaged loss": course * np.exp(generator.normal(0, 0.05, NUM_POINTS)),
        "loss without noise": course,
    }
    return {
        name: Run(name, name, "made", {"loss": Series(step, value)})
        for name, value in values.items()
    }


def draw_every_point(run: Run, out: Path, joins: bool = True) -> None:
    """Draw the curve as a script of matplotlib does that plots the column as it was read.

    joins: as it comes, matplotlib leaves out points that change nothing to be seen.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    series = run.signals["loss"]
    figure = Figure(figsize=INCHES, dpi=DPI)
    FigureCanvasAgg(figure)
    ax = figure.subplots()
    with rc_context({"path.simplify": joins}):
        ax.plot(series.step, series.value)
        ax.set_xlabel("step")
        ax.set_ylabel("loss")
        figure.savefig(out)


def draw_axes_alone(out: Path) -> None:
    """Draw a line of two points: what no way of thinning out a curve goes below."""
    two = Series(np.array([1.0, NUM_POINTS]), np.array([3.0, 0.75]))
    draw_every_point(Run("axes", "axes", "made", {"loss": two}), out)


def time_s(draw: Callable[[], object]) -> float:
    """Return how long `draw` took, in seconds."""
    start = time.perf_counter()
    draw()
    return time.perf_counter() - start


def turns(ways: dict[str, Callable[[], object]], count: int) -> dict[str, list[float]]:
    """Time each way in turn, so that a busy machine is busy for all; the first turn is no part."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(count + 1):
        for name, draw in ways.items():
            taken_s = time_s(draw)
            if turn:  # the first imports and finds the fonts
                times[name].append(taken_s)
    return times


def main() -> int:
    """Print the medians of each curve; return 1 where the noisy loss misses."""
    ratio = 0.0
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        print(f"{'a million points':<20} {'ours':>9} {'matplotlib':>11} {'ratio':>6}  each turn")
        for name, run in curves().items():
            ways: dict[str, Callable[[], object]] = {
                "ours": partial(plot, [run], (), out / "ours.png"),
                "matplotlib": partial(draw_every_point, run, out / "every.png"),
            }
            ours, every = turns(ways, NUM_ROUNDS).values()
            ratios = [slow / fast for slow, fast in zip(every, ours, strict=True)]
            ratio = ratio or median(ratios)
            print(
                f"{name:<20} {median(ours) * 1000:6.0f} ms {median(every) * 1000:8.0f} ms "
                f"{median(ratios):6.1f}  {min(ratios):.1f} to {max(ratios):.1f}"
            )
        noisy = next(iter(curves().values()))
        each = median(turns({"": lambda: draw_every_point(noisy, out / "a.png", False)}, 1)[""])
        print(f"noisy loss, no point left out (path.simplify off): {each * 1000:.0f} ms")
        bare = median(turns({"": lambda: draw_axes_alone(out / "a.png")}, NUM_ROUNDS)[""])
        print(f"a line of two points, the axes in the main: {bare * 1000:.0f} ms")
    print(f"noisy loss: {ratio:.1f} times as fast (at least {FEWEST})")
    return int(ratio < FEWEST)


if __name__ == "__main__":
    raise SystemExit(main())
