"""Scaling laws on public data whose right answers are known: each reached or not, and the time."""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from neural_trainer.cli import main as neural_trainer  # noqa: E402
from neural_trainer.runs.run import Array  # noqa: E402
from neural_trainer.study.scaling.bootstrap import bootstrap, draws  # noqa: E402
from neural_trainer.study.scaling.fit import fit  # noqa: E402
from neural_trainer.study.scaling.huber import DELTA, objective  # noqa: E402
from neural_trainer.study.scaling.intervals import percentiles  # noqa: E402
from neural_trainer.study.scaling.laws import PARAMETRIC  # noqa: E402
from neural_trainer.study.scaling.model import Model, SumOfPowers  # noqa: E402

DATA = ROOT.parent / "shared" / "scaling"
LONGEST_FIT_S, LONGEST_BOOTSTRAP_S = 2.0, 15.0
EPOCH_ANSWER = {"E": 1.8172, "A": 477.8, "B": 2143.0, "alpha": 0.3473, "beta": 0.3672}
EPOCH_DIGITS = {"E": 1e-4, "A": 0.1, "B": 1.0, "alpha": 1e-4, "beta": 1e-4}
# Of 4,000 bootstrap samples; two draws of so many differ by 0.002 in an end.
EPOCH_ENDS = {"alpha": (0.317, 0.373), "beta": (0.331, 0.415), "E": (1.769, 1.871)}
SAME_END = 0.004
BESIROGLU = (1.8172, 482.01, 2085.43, 0.3478, 0.3658)  # arXiv:2404.10102
RANDOM_STARTS = 20
Row = tuple[str, str, bool]


def command(*words: str) -> dict[str, Any]:
    """Return what `neural-trainer scaling WORDS --json` prints."""
    out = StringIO()
    with redirect_stdout(out):
        code = neural_trainer(["scaling", *words, "--json"])
    if code:
        sys.exit(f"scaling {' '.join(words)}: exit code {code}")
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def epoch(data: Path) -> Iterator[Row]:
    """Yield the answers of the points of Hoffmann's figure 4."""
    words = [
        str(data / "epoch" / "svg_extracted_data.csv"),
        *("--params", "Model Size", "--compute", "Training FLOP", "--loss", "loss"),
    ]
    all_points = command(*words)
    found = command(*words, "--drop-highest", "5", "--bootstrap", "4000")
    least = found["objective"]
    yield "objective, at most 0.00101828", f"{least:.9f}", least <= 0.00101828
    for name, right in EPOCH_ANSWER.items():
        value = found["parameters"][name]["value"]
        yield f"{name} {right}", f"{value:.5g}", abs(value - right) <= EPOCH_DIGITS[name]
    for name, ends in EPOCH_ENDS.items():
        low, high = found["parameters"][name]["interval"]
        near = abs(low - ends[0]) <= SAME_END and abs(high - ends[1]) <= SAME_END
        yield f"{name} from {ends[0]} to {ends[1]}", f"{low:.4f} to {high:.4f}", near
    before, after = all_points["parameters"]["B"]["value"], found["parameters"]["B"]["value"]
    told = f"{before:.0f} to {after:.0f}"
    right = abs(before - 12846) <= 1 and abs(after - 2143) <= 1
    yield "B without 5 of 245 points, 12846 to 2143", told, right
    cases = {case["left_out"]: case["moved"] for case in all_points["without"]}
    yield "... and the report says so", ", ".join(cases["5 highest"]), bool(cases["5 highest"])
    model = epoch_model(data)
    theta = PARAMETRIC.fitted(np.array([BESIROGLU]))
    theirs = float(objective(model, theta, np.ones((1, model.loss.size)))[0][0])
    yield "lower than at the rounded values of Besiroglu", f"{theirs:.7f}", least < theirs


def epoch_model(data: Path, dropped: int = 5) -> Model:
    """Return the points of Hoffmann's figure 4 without the highest losses."""
    rows = read(data / "epoch" / "svg_extracted_data.csv")
    rows = sorted(rows, key=lambda row: float(row["loss"]))[: len(rows) - dropped]
    params, compute = column(rows, "Model Size"), column(rows, "Training FLOP")
    columns = {"params": params, "tokens": compute / (6 * params)}
    return SumOfPowers(PARAMETRIC, columns, column(rows, "loss"))


def gemstones(data: Path) -> Iterator[Row]:
    """Yield whether each set is fitted at least as well as was published, for each delta."""
    folder = data / "gemstones"
    for schedule in ("hot", "cool_end"):
        for power in (3, 4):
            name = f"parameters_delta-{power}_approach_3_parameters_grid_search_0_{schedule}.json"
            published = json.loads((folder / name).read_text())["loss"]["0"]
            found = command(
                str(folder / f"wandb_df_for_fitting_{schedule}.jsonl"),
                *("--params", "params_active_precise", "--tokens", "tokens"),
                *("--loss", "final_loss", "--delta", f"1e-{power}", "--bootstrap", "100"),
            )["objective"]
            asked = f"{schedule}, delta 1e-{power}, at most {published:.10f}"
            yield asked, f"{found:.10f}", found <= published


def porian(data: Path) -> Iterator[Row]:
    """Yield whether the exponents of the optimal size lie in the published intervals."""
    table = data / "porian" / "isoflop_points.csv"
    published = {
        (row["file"], row["cfg"]): (float(row["n_exp_lo"]), float(row["n_exp_hi"]))
        for row in read(data / "porian" / "published_power_law_fits.csv")
    }
    words = ("--params", "n", "--compute", "flops", "--loss", "loss", "--method", "isoflop")
    studies = command(str(table), *words, "--by", "cfg")["studies"]
    inside = 0
    for study in studies:
        low, high = next(ends for key, ends in published.items() if key[1] == study["study"])
        inside += low <= study["params_by_compute"]["exponent"]["value"] <= high
    yield "exponents by Akima inside, 15 of 15", f"{inside} of {len(studies)}", inside == 15
    unmoved = sum(bool(study["unmoved"]) for study in studies)
    theirs = sum(
        abs(float(row["bs_median_weighted_A"]) - np.exp(5)) < 1e-6
        for row in read(data / "porian" / "published_power_law_fits.csv")
    )  # their search starts at A = e^0, e^5, e^10 ...
    yield f"frontiers left at their start ({theirs} published)", f"{unmoved}", unmoved == 0
    rows = read(table)
    outside = 0
    for key, (low, high) in published.items():
        own = [row for row in rows if (row["file"], row["cfg"]) == key]
        outside += not low <= parabola_exponent(own) <= high
    told = f"{outside} of {len(published)}"
    yield "a parabola over the whole range misses 10", told, outside == 10


def parabola_exponent(rows: list[dict[str, str]]) -> float:
    """Return the exponent of the optimal size by a parabola through each whole IsoFLOP curve."""
    budgets, sizes = [], []
    for flops in sorted({float(row["flops"]) for row in rows}):
        own = [row for row in rows if float(row["flops"]) == flops]
        size, loss = np.log(column(own, "n")), np.log(column(own, "loss"))
        curve, slope, _ = np.polyfit(size, loss, 2)
        at = -slope / (2 * curve)
        if curve > 0 and size.min() < at < size.max():
            budgets.append(np.log(flops))
            sizes.append(at)
    return float(np.polyfit(budgets, sizes, 1)[0])


def optima(data: Path) -> Iterator[Row]:
    """Yield whether scipy, from random starts, finds nothing lower, and what each fit takes."""
    models = {"245 points": epoch_model(data, 0), "240 points": epoch_model(data)}
    rows = read(data / "porian" / "isoflop_points.csv")
    for key in sorted({(row["file"], row["cfg"]) for row in rows}):
        own = [row for row in rows if (row["file"], row["cfg"]) == key]
        columns = {"params": column(own, "n"), "tokens": column(own, "t")}
        models[key[1]] = SumOfPowers(PARAMETRIC, columns, column(own, "loss"))
    times, lowest = [], 0
    for model in models.values():
        began = time.perf_counter()
        found = fit(model)
        times.append(time.perf_counter() - began)
        lowest += found.objective <= random_starts(model) * (1 + 1e-6)
    told = f"{lowest} of {len(models)}"
    yield f"no lower optimum from {RANDOM_STARTS} random starts", told, lowest == len(models)
    yield (
        f"each fit under {LONGEST_FIT_S:.0f} s",
        f"{max(times):.3f} s",
        (max(times) < LONGEST_FIT_S),
    )
    model = models["240 points"]
    found = fit(model)
    weights = draws(np.arange(float(model.loss.size)), 1000, 0)
    began = time.perf_counter()
    samples = bootstrap(model, found, weights, DELTA)
    taken = time.perf_counter() - began
    asked = f"1,000 bootstraps under {LONGEST_BOOTSTRAP_S:.0f} s"
    yield asked, f"{taken:.2f} s", taken < LONGEST_BOOTSTRAP_S and percentiles(samples[:, 0])[0] > 0


def random_starts(model: Model) -> float:
    """Return the least objective that scipy's L-BFGS finds: sum over delta^2, logs centred."""
    from scipy.optimize import minimize

    generator = np.random.default_rng(0)
    centre = np.zeros((5, 5))
    for place, name in enumerate(("params", "tokens")):
        centre[1 + place, 3 + place] = np.log(model.columns[name]).mean()
    back = np.eye(5) + centre  # coefficients at the mean size -> at size 1
    ones = np.ones((1, model.loss.size))

    def scaled(theta: Array) -> tuple[float, Array]:
        value, slope = objective(model, (back @ theta)[None], ones)
        return float(value[0]) / DELTA**2, back.T @ slope[0] / DELTA**2

    least = np.inf
    for _ in range(RANDOM_STARTS):
        start = np.concatenate([generator.uniform(-2, 1, 3), generator.uniform(0.1, 0.9, 2)])
        least = min(least, float(minimize(scaled, start, jac=True, method="L-BFGS-B").fun))
    return least * DELTA**2


def read(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def column(rows: list[dict[str, str]], name: str) -> Array:
    """Return a column as numbers."""
    return np.array([float(row[name]) for row in rows])


PARTS = {
    "epoch: Hoffmann's figure 4, 240 points": epoch,
    "gemstones": gemstones,
    "porian: 15 studies of IsoFLOP curves": porian,
    "17 sets": optima,
}


def main() -> int:
    """Print each answer, reached or not; return 1 where one is missed, 2 without the data."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder (default: %(default)s)")
    data = parser.parse_args().data
    if not data.is_dir():
        print(f"there is no {data}; name the folder of the public data with --data",
              file=sys.stderr)  # fmt: skip
        return 2
    missed = 0
    for title, answers in PARTS.items():
        print(title, flush=True)
        for asked, found, reached in answers(data):
            missed += not reached
            print(f"  {asked:<45} {found:<22} {'reached' if reached else 'MISSED'}", flush=True)
    return int(missed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
