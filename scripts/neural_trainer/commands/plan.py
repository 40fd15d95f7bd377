"""Plan an experiment: arms, seeds from power, order of runs, and what each outcome will mean.

Reads only; --out writes the plan as YAML, to which compare --plan holds the runs afterwards.
Questions: 'does warm-up help?', 'is B better than A by 0.5 %?', 'is B as good as A within 1 %?',
'which of A, B and C is best?'. An ablation of config keys is asked by --factor.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neural_trainer.study.ablation import Arm, Hypothesis
    from neural_trainer.study.plan_noise import Noise
    from neural_trainer.study.plan_question import Asked


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `plan`."""
    add = parser.add_argument
    add("question", metavar="QUESTION", help="what you want to know, in quotes")
    add(
        "--pilot",
        nargs="+",
        default=[],
        metavar="LOG",
        help="runs of the first arm that differ in their seed: the noise",
    )
    add(
        "--pilot-against",
        nargs="+",
        default=[],
        metavar="LOG",
        help="runs of another arm, of the same seeds: the noise of pairs",
    )
    add("--noise", type=float, metavar="SD", help="standard deviation between seeds, if known")
    add(
        "--correlation",
        type=float,
        default=0.0,
        metavar="R",
        help="of two arms at one seed, where no pairs tell it (default: 0)",
    )
    add(
        "--baseline",
        type=float,
        metavar="VALUE",
        help="where the first arm ends",
    )
    add("--metric", metavar="NAME", help="signal to judge by (default: as compare chooses)")
    add("--effect", metavar="SIZE", help="smallest difference that matters: 0.01, or 0.5%%")
    add("--runs", type=int, metavar="N", help="most runs in all")
    add("--gpu-hours", type=float, metavar="H", help="most GPU hours in all")
    add(
        "--hours-per-run",
        type=float,
        metavar="H",
        help="GPU hours of a run (default: what the pilot's clock says)",
    )
    add("--power", type=float, default=0.8, help="chance wanted (default: %(default)s)")
    add("--level", type=float, default=0.95, help="of the intervals (default: %(default)s)")
    add(
        "--arm",
        action="append",
        nargs="+",
        default=[],
        metavar=("NAME", "KEY=VALUE"),
        help="what an arm changes in the config; the first is compared with",
    )
    add(
        "--factor",
        action="append",
        default=[],
        metavar="KEY=V1,V2",
        help="a key to ablate; the first value is the baseline's",
    )
    add(
        "--grid",
        choices=("one-at-a-time", "factorial"),
        default="one-at-a-time",
        help="of factors (default: %(default)s)",
    )
    add("--unpaired", action="store_true", help="arms share no seeds")
    add("--first-seed", type=int, default=0, metavar="N", help="(default: %(default)s)")
    add(
        "--seed-key",
        default="training.seed",
        metavar="KEY",
        help="of the seed in the config (default: %(default)s)",
    )
    add("--config", metavar="CONFIG.yaml", help="base config, for the command of each run")
    add("--folder", default="runs", help="where runs will lie (default: %(default)s)")
    add("--out", metavar="FILE", help="write the plan as YAML, to a new file")
    add("--json", action="store_true", help="print it as JSON")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Print the plan, and write it where asked."""
    import json
    import shlex
    from pathlib import Path

    from neural_trainer.study import plan_file, plan_text
    from neural_trainer.study.margin import parse_margin
    from neural_trainer.study.plan import Budget, Request, make_plan
    from neural_trainer.study.plan_question import read_question

    _demand_sound(arguments)
    asked = read_question(arguments.question)
    arms, hypotheses = _arms(arguments, asked)
    noise, metric = _noise(arguments)
    hours = arguments.hours_per_run if arguments.hours_per_run is not None else noise.hours
    effect = parse_margin(arguments.effect) if arguments.effect else asked.size
    plan = make_plan(
        Request(
            arguments.question, asked.kind, metric, tuple(arms), tuple(hypotheses), noise, effect,
            Budget(arguments.runs, arguments.gpu_hours, hours), arguments.power, arguments.level,
            not arguments.unpaired, arguments.first_seed,
        )
    )  # fmt: skip
    tree = plan_file.to_dict(plan, arguments.config, arguments.seed_key, arguments.folder)
    if arguments.out:
        plan_file.write(tree, Path(arguments.out))
        print(f"{arguments.out} written", file=sys.stderr)
    if arguments.json:
        print(json.dumps(tree, indent=2, allow_nan=False))
        return 0
    print(plan_text.to_text(plan))
    if arguments.out:
        written = f"--plan {shlex.quote(arguments.out)}"
        how = f"neural-trainer sweep {written}" if arguments.config else "run them in this order"
        print(f"\nNext: {how}\n      then neural-trainer compare {written}")
    else:
        print("\nNext: the same with --out plan.yaml, by which compare --plan judges the runs")
    return 0


def _demand_sound(arguments: argparse.Namespace) -> None:
    """Raise ConfigError for numbers that no plan can have."""
    from neural_trainer.errors import ConfigError

    bounds = {
        "--power": (arguments.power, 0.5, 0.999),
        "--level": (arguments.level, 0.5, 0.9999),
        "--correlation": (arguments.correlation, -0.99, 0.99),
        "--noise": (arguments.noise, 1e-300, 1e300),
        "--runs": (arguments.runs, 1, 1_000_000),
        "--gpu-hours": (arguments.gpu_hours, 1e-9, 1e12),
        "--hours-per-run": (arguments.hours_per_run, 1e-9, 1e12),
        "--first-seed": (arguments.first_seed, 0, 2**31),
    }
    for name, (value, low, high) in bounds.items():
        if value is not None and not low <= value <= high:
            raise ConfigError(f"{name} {value:g}: expected {low:g} to {high:g}")


def _arms(arguments: argparse.Namespace, asked: Asked) -> tuple[list[Arm], list[Hypothesis]]:
    """Return the arms and hypotheses that the options name, else those of the question."""
    from neural_trainer.errors import ConfigError
    from neural_trainer.study.ablation import (
        Arm,
        each_against_each,
        grid,
        one_against_others,
        parse_assignment,
        parse_factor,
    )
    from neural_trainer.study.plan_question import slug

    if arguments.factor:
        if arguments.arm:
            raise ConfigError("--arm and --factor both name arms; expected one of the two")
        return grid([parse_factor(text) for text in arguments.factor], arguments.grid)
    arms = [Arm(slug(words[0]), dict(map(parse_assignment, words[1:]))) for words in arguments.arm]
    if not arms:
        arms = [Arm(slug(name), {}) for name in asked.arms]
    if len(arms) < 2:
        raise ConfigError("one --arm leaves nothing to compare; expected two, the baseline first")
    return arms, (each_against_each if asked.kind == "which" else one_against_others)(arms)


def _noise(arguments: argparse.Namespace) -> tuple[Noise, str]:
    """Return the noise, stated or of the pilot, and the metric."""
    from dataclasses import replace

    from neural_trainer.errors import ConfigError
    from neural_trainer.render.progress import progress_on
    from neural_trainer.runs.logs import read_logs
    from neural_trainer.study.compare import MEASURES, first_measure
    from neural_trainer.study.plan_noise import pilot_noise, stated_noise

    if (arguments.noise is None) == (not arguments.pilot):
        raise ConfigError(
            "the noise between seeds is needed, from one place; expected --pilot LOG … (two or "
            "more runs of different seeds), or --noise SD"
        )
    if arguments.noise is not None:
        noise = stated_noise(arguments.noise, arguments.correlation, arguments.baseline)
        return noise, arguments.metric or MEASURES[0]
    with progress_on(sys.stderr) as progress:
        logs = [
            read_logs(paths, progress)
            for paths in (arguments.pilot, arguments.pilot_against)
            if paths
        ]
    for side in logs:
        side.finish()
    runs, others = logs[0].runs, logs[1].runs if len(logs) > 1 else []
    metric = arguments.metric or first_measure([*runs, *others])
    noise = pilot_noise(runs, others, metric, arguments.correlation)
    return noise if arguments.baseline is None else replace(noise, level=arguments.baseline), metric
