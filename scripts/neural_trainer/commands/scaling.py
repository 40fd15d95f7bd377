"""Fit scaling laws to runs of many sizes, with intervals, and plan a budget by them.

Reads a table (CSV, TSV, JSON Lines: a row a point), or logs and run folders (a point a run).
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neural_trainer.study.scaling.allocation import Demand
    from neural_trainer.study.scaling.points import Points

METHODS = (
    "parametric",
    "isoflop",
    "envelope",
    "power",
    "over-training",
    "repeated-data",
    "hyperparameters",
)
COLUMNS = {
    "params": "parameters N; of a log: the key of its configuration",
    "tokens": "tokens D; of a log: the signal that counts them",
    "compute": "training FLOP, which with N gives D",
    "loss": "the loss",
    "unique": "tokens that are not repeats (repeated-data)",
    "lr": "the learning rate (hyperparameters)",
    "batch": "the batch size (hyperparameters)",
    "run": "the run: its points are drawn together, and are one curve",
    "layers": "blocks of the model (FLOP with attention)",
    "width": "width of the residual stream (FLOP with attention or head)",
    "context": "tokens of a sequence (FLOP with attention)",
    "vocabulary": "vocabulary (FLOP with head)",
}
CONVENTIONS = ("6ND", "6ND+attention", "6ND+head", "6ND+attention+head")
MOST_TARGETS = 4  # named in the next command
ARCHITECTURE = ("layers", "width", "context", "vocabulary")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `scaling`."""
    parser.add_argument(
        "targets", nargs="+", metavar="TABLE|LOG", help="one table, or logs and run folders"
    )
    parser.add_argument(
        "--method", choices=METHODS, default="parametric", metavar="METHOD",
        help=f"{', '.join(METHODS)} (default: %(default)s)",
    )  # fmt: skip
    columns = parser.add_argument_group("columns")
    for name, told in COLUMNS.items():
        columns.add_argument(f"--{name}", metavar="COL", help=told)
    columns.add_argument("--by", metavar="COL", help="fit the points of each value by themselves")
    points = parser.add_argument_group("points")
    points.add_argument(
        "--tokens-per-step", type=float, metavar="X", help="where steps are counted, not tokens"
    )
    points.add_argument(
        "--drop-highest", type=int, default=0, metavar="N", help="leave out the N highest losses"
    )
    points.add_argument(
        "--drop-invalid", action="store_true",
        help="leave out points without a finite loss, and those there twice",
    )  # fmt: skip
    points.add_argument(
        "--flops", choices=CONVENTIONS, default="6ND", metavar="RULE",
        help=f"how FLOP are counted: {', '.join(CONVENTIONS)}",
    )  # fmt: skip
    plans = parser.add_argument_group("plan")
    plans.add_argument(
        "--budget", type=float, action="append", default=[], metavar="FLOP",
        help="the compute to plan for; may be given again",
    )  # fmt: skip
    plans.add_argument(
        "--served", type=float, default=0.0, metavar="TOKENS",
        help="tokens of inference to pay from the budget too",
    )  # fmt: skip
    plans.add_argument(
        "--unique-tokens", type=float, default=float("inf"), metavar="TOKENS",
        help="tokens that there are: beyond them data repeat",
    )  # fmt: skip
    parser.add_argument("--delta", type=float, default=1e-3, metavar="X",
                        help="of Huber's function, on log loss (default: %(default)s)")  # fmt: skip
    parser.add_argument("--bootstrap", type=int, default=1000, metavar="N",
                        help="samples for intervals (default: %(default)s)")  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the bootstrap")
    parser.add_argument("--plot", metavar="FILE", help="draw it, as PNG or SVG")
    parser.add_argument("--html", metavar="FILE", help="write it as one page with figures")
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the laws and the plans."""
    import json
    from pathlib import Path

    from neural_trainer.study.scaling.analysis import Settings, analyse
    from neural_trainer.study.scaling.analysis_data import to_dict
    from neural_trainer.study.scaling.analysis_text import to_text
    from neural_trainer.study.scaling.pictures import draw

    settings = Settings(
        arguments.method,
        _positive(arguments.delta, "--delta"),
        _samples(arguments.bootstrap),
        arguments.seed,
        _demands(arguments),
        arguments.flops,
    )
    analyses = [analyse(points, settings, label) for label, points in _studies(arguments)]
    if arguments.json:
        print(json.dumps(to_dict(analyses), indent=2, allow_nan=False))
    else:
        print("\n\n".join(to_text(analysis) for analysis in analyses))
    for number, analysis in enumerate(analyses, 1):
        if arguments.plot:
            out = Path(arguments.plot)
            if len(analyses) > 1:
                out = out.with_name(f"{out.stem}-{number}{out.suffix}")
            print(f"{draw(analysis, out)} drawn", file=sys.stderr)
    if arguments.html:
        from neural_trainer.render.page import write_page
        from neural_trainer.study.scaling.page import to_page

        write_page(to_page(analyses), arguments.html)
        print(f"{arguments.html} written", file=sys.stderr)
    if not arguments.json:
        print("\n" + _next(arguments))
    return 0


def _next(arguments: argparse.Namespace) -> str:
    """Return the command to run next, with a plan or a picture, in lines that a shell joins.

    Past a few targets the others are left to whoever runs it.
    """
    import shlex
    from textwrap import wrap

    from neural_trainer.render.report_text import WIDTH, printable

    few = arguments.targets[:MOST_TARGETS]
    words = [*few, "…"] if len(few) < len(arguments.targets) else list(few)
    for name in ("method", *COLUMNS, "by", "tokens_per_step"):
        value = getattr(arguments, name)
        if value and (name, value) != ("method", "parametric"):
            words += [f"--{name.replace('_', '-')}", str(value)]
    if arguments.drop_highest:
        words += ["--drop-highest", str(arguments.drop_highest)]
    words += ["--drop-invalid"] * arguments.drop_invalid
    words += ["--flops", arguments.flops] * (arguments.flops != "6ND")
    planned = arguments.budget or arguments.method in ("hyperparameters", "power")
    words += ["--plot", "scaling.png"] if planned else ["--budget", "FLOP"]
    quoted = [shlex.quote(printable(word)) if word != "…" else word for word in words]
    lead = "Next: … | neural-trainer scaling" if "-" in few else "Next: neural-trainer scaling"
    held = [word.replace(" ", "\0") for word in (lead, *quoted)]  # a word is never broken
    lines = wrap(" ".join(held), WIDTH - 2, subsequent_indent="      ", break_long_words=False,
                 break_on_hyphens=False)  # fmt: skip
    return " \\\n".join(lines).replace("\0", " ")


def _studies(arguments: argparse.Namespace) -> list[tuple[str, Points]]:
    """Return the points of each study, checked and complete."""
    from neural_trainer.render.progress import progress_on
    from neural_trainer.runs.logs import read_logs
    from neural_trainer.study.scaling.analysis import completed
    from neural_trainer.study.scaling.flops import Architecture
    from neural_trainer.study.scaling.points import checked
    from neural_trainer.study.scaling.run_points import run_points
    from neural_trainer.study.scaling.table import is_table, read_table

    named = {name: getattr(arguments, name) for name in COLUMNS if getattr(arguments, name)}
    first = arguments.targets[0]
    if len(arguments.targets) == 1 and (first == "-" or is_table(first, named)):
        parts = read_table(first, named, arguments.by, arguments.tokens_per_step)
    else:
        with progress_on(sys.stderr) as progress:
            logs = read_logs(arguments.targets, progress)
        logs.finish()
        curves = arguments.method == "envelope"
        parts = [("", run_points(logs.runs, named, arguments.tokens_per_step, curves))]
    studies = []
    for label, points in parts:
        kept = checked(points, arguments.drop_invalid, arguments.drop_highest)
        shape = None
        if set(ARCHITECTURE) <= set(kept.columns):
            shape = Architecture(*(kept.columns[name] for name in ARCHITECTURE))
        studies.append((label, completed(kept, arguments.flops, shape)))
    return studies


def _demands(arguments: argparse.Namespace) -> list[Demand]:
    from neural_trainer.errors import ConfigError
    from neural_trainer.study.scaling.allocation import Demand

    if not arguments.budget and (arguments.served or arguments.unique_tokens != float("inf")):
        raise ConfigError("--served and --unique-tokens are of a plan; give its --budget in FLOP")
    unique = arguments.unique_tokens
    if unique != float("inf"):
        _positive(unique, "--unique-tokens")
    if arguments.served:
        _positive(arguments.served, "--served")
    return [
        Demand(_positive(budget, "--budget"), arguments.served, unique)
        for budget in arguments.budget
    ]


def _positive(value: float, option: str) -> float:
    from neural_trainer.errors import ConfigError

    if not 0 < value < float("inf"):
        raise ConfigError(f"{option} is {value}; expected a positive finite number")
    return value


def _samples(count: int) -> int:
    from neural_trainer.errors import ConfigError

    if count < 100:
        raise ConfigError(f"--bootstrap is {count}; expected 100 at least for 95 % intervals")
    return count
