"""Tell whether a change helped: runs before against runs after, at the same place.

Two logs: the one before and the one after. Several a side: those before, then --against and those
after; a folder stands for every run in it. Runs pair by seed, else by name. One run each is
compared over blocks of time, which leaves out what other seeds would give. With --plan alone, the
runs are those of the plan, in its folder.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neural_trainer.runs.run import Run
    from neural_trainer.study.compare import Comparison, Question


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `compare`."""
    parser.add_argument(
        "before", metavar="BEFORE", nargs="*", help="logs or run folders before the change"
    )
    parser.add_argument(
        "--against", metavar="AFTER", nargs="+",
        help="those after it; without it the second of two logs",
    )  # fmt: skip
    parser.add_argument(
        "--metric", action="append", default=[], metavar="NAME",
        help="signal to judge by; several are corrected for their number",
    )  # fmt: skip
    parser.add_argument(
        "--margin", metavar="SIZE",
        help="a difference that does not matter: 0.01, or 0.5%% of before",
    )  # fmt: skip
    parser.add_argument(
        "--at", choices=("steps", "time", "compute"), default="steps",
        help="what both sides have the same of (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--level", type=float, default=0.95, help="of the intervals (default: %(default)s)"
    )
    parser.add_argument(
        "--statistic", choices=("mean", "iqm"),
        help="mean, or interquartile mean (that of returns)",
    )  # fmt: skip
    parser.add_argument(
        "--score-range", action="append", default=[], metavar="TASK=LOW:HIGH",
        help="returns that count as 0 and 1, where there are several tasks",
    )  # fmt: skip
    parser.add_argument(
        "--plan", metavar="FILE",
        help="judge the runs of a plan by what it promised: its metric, its margin",
    )  # fmt: skip
    parser.add_argument("--plot", metavar="FILE", help="draw the curves overlaid, as PNG or SVG")
    parser.add_argument("--html", metavar="FILE", help="write it as one page with curves")
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the comparison."""
    import json

    from neural_trainer.errors import NeuralTrainerError
    from neural_trainer.render.progress import progress_on
    from neural_trainer.render.report_text import next_command
    from neural_trainer.runs.logs import read_logs
    from neural_trainer.study.compare import compare_each
    from neural_trainer.study.comparison_json import all_to_dict
    from neural_trainer.study.comparison_text import all_to_text

    if arguments.plan is not None:
        return _judge(arguments)
    logs = [arguments.before, arguments.against]
    if arguments.against is None:
        if len(arguments.before) != 2:
            raise NeuralTrainerError(
                f"{len(arguments.before)} logs and no --against: expected two logs, or "
                f"BEFORE … --against AFTER …"
            )
        logs = [arguments.before[:1], arguments.before[1:]]
    question = _question(arguments)
    with progress_on(sys.stderr) as progress:
        both = [read_logs(side, progress) for side in logs]
    for side in both:
        side.finish()
    before, after = both[0].runs, both[1].runs
    comparisons = compare_each(before, after, question)
    if arguments.plot:
        measures = tuple(comparison.measure for comparison in comparisons)
        _draw([("before", before), ("after", after)], measures, arguments.plot)
    if arguments.html:
        _write_page(comparisons, before, after, arguments.html)
    if arguments.json:
        print(json.dumps(all_to_dict(comparisons), indent=2, allow_nan=False))
    else:
        print(all_to_text(comparisons))
        print("\n" + next_command("plot", [*logs[0], *logs[1]]))
    return 0


def _question(arguments: argparse.Namespace) -> Question:
    """Return what the options ask."""
    from neural_trainer.errors import ConfigError
    from neural_trainer.study.compare import Question
    from neural_trainer.study.interquartile import score_range
    from neural_trainer.study.margin import parse_margin

    if not 0.5 <= arguments.level < 1:
        raise ConfigError(f"--level {arguments.level:g}: expected at least 0.5 and below 1")
    return Question(
        metrics=tuple(dict.fromkeys(arguments.metric)),
        at=arguments.at,
        level=arguments.level,
        margin=None if arguments.margin is None else parse_margin(arguments.margin),
        statistic=arguments.statistic,
        ranges=dict(map(score_range, arguments.score_range)),
    )


def _draw(sides: list[tuple[str, list[Run]]], metrics: tuple[str, ...], out: str) -> None:
    """Draw all runs overlaid, each named after its side."""
    from dataclasses import replace
    from pathlib import Path

    from neural_trainer.render.panels import View
    from neural_trainer.render.plots import plot

    named = [replace(run, name=f"{side}: {run.name}") for side, runs in sides for run in runs]
    plot(named, (), Path(out), View(metrics))
    print(f"{out} drawn", file=sys.stderr)


def _write_page(
    comparisons: list[Comparison], before: list[Run], after: list[Run], out: str
) -> None:
    from neural_trainer.render.page import write_page
    from neural_trainer.study.comparison_page import to_page

    write_page(to_page(comparisons, before, after), out)
    print(f"{out} written", file=sys.stderr)


def _judge(arguments: argparse.Namespace) -> int:
    """Print what the runs say to the plan."""
    import json
    from pathlib import Path

    from neural_trainer.errors import ConfigError
    from neural_trainer.render.progress import progress_on
    from neural_trainer.render.report_text import next_command
    from neural_trainer.runs.logs import read_logs
    from neural_trainer.study.plan_file import read_promise
    from neural_trainer.study.plan_judge import by_sides, judge
    from neural_trainer.study.plan_text import judgement_to_dict, judgement_to_text

    if arguments.html:
        raise ConfigError("--html shows two sides, BEFORE and AFTER: it does not go with --plan")
    promise = read_promise(Path(arguments.plan))
    with progress_on(sys.stderr) as progress:
        if arguments.against is not None:
            sides = [read_logs(s, progress) for s in (arguments.before, arguments.against)]
            runs = by_sides(promise, sides[0].runs, sides[1].runs)
        else:
            sides = [read_logs(arguments.before or [promise.folder], progress)]
            found = {run.name.rpartition("/")[2]: run for run in sides[0].runs}
            runs = {name: run for name, run in found.items() if name in promise.runs}
    for side in sides:
        side.finish()
    judgement = judge(promise, runs)
    if arguments.plot:
        arms = [
            (arm, [runs[n] for n, (of, _) in promise.runs.items() if of == arm and n in runs])
            for arm in promise.changes
        ]
        _draw(arms, (promise.metric,), arguments.plot)
    if arguments.json:
        print(json.dumps(judgement_to_dict(judgement), indent=2, allow_nan=False))
    else:
        print(judgement_to_text(judgement))
        logs = [*(arguments.before or [promise.folder]), *(arguments.against or [])]
        print("\n" + next_command("plot", logs))
    return 0
