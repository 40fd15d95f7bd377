"""Search over settings: Optuna proposes, each trial is launched and watched like any run.

After it, or while it runs: `sweep report FOLDER`; one more worker: `sweep work FOLDER`.
Said again with the same file, it goes on where it stood: no trial is lost, none is done twice.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neural_trainer.study.sweep.sweep_file import Kept

ACTIONS = ("report", "work")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `sweep`."""
    add = parser.add_argument
    parser.usage = (
        "neural-trainer sweep CONFIG.yaml [options]\n"
        "       neural-trainer sweep --plan PLAN.yaml [options]\n"
        "       neural-trainer sweep report|work FOLDER [options]"
    )
    add("words", nargs="*", metavar="CONFIG", help="a YAML file: command, space, objective, ...")
    add("--plan", metavar="FILE", help="run the runs of a plan that neural-trainer plan wrote")
    add("--trials", type=int, metavar="N", help="how many (default: 32)")
    add("--sampler", metavar="NAME", help="random, quasi-random, tpe, cma or gp")
    add("--pruner", metavar="NAME", help="none, median or hyperband (default: median)")
    add("--storage", metavar="URL", help="journal (default), sqlite, or postgresql://, grpc://")
    add("--workers", type=int, metavar="N", help="at once (default: 1, or one a GPU)")
    add("--gpus", metavar="LIST", help="0,1,...: one for each worker in turn")
    add("--executor", metavar="NAME", help="local (default), slurm or ray")
    add("--folder", metavar="FOLDER", help="of the sweep (default: sweeps/NAME of the file)")
    add("--yes", action="store_true", help="start it without asking")
    add("--json", action="store_true", help="print the report as JSON, all else on stderr")
    add("--plot", metavar="FILE.png", help="draw parallel coordinates and slices")
    add("--html", metavar="FILE.html", help="write the report as one page")
    add("--index", type=int, default=0, help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    """Run the sweep, or report on one, or work for one."""
    from neural_trainer.errors import ConfigError

    words = arguments.words
    if len(words) == 2 and words[0] in ACTIONS:
        return (_report if words[0] == "report" else _work)(Path(words[1]).absolute(), arguments)
    if arguments.plan is None and len(words) != 1:
        raise ConfigError("expected one CONFIG.yaml, or --plan PLAN.yaml, or report FOLDER")
    if arguments.plan is not None and words:
        raise ConfigError(f"{words[0]} and --plan both say what to run; expected one of the two")
    return _sweep(arguments)


def _sweep(arguments: argparse.Namespace) -> int:
    import shlex

    from neural_trainer.live.launch.start import agreed
    from neural_trainer.study.sweep import settings
    from neural_trainer.study.sweep.plan_runs import sweep_of_plan
    from neural_trainer.study.sweep.start import demand_possible, plan_text, run_sweep
    from neural_trainer.study.sweep.storage import optuna_package
    from neural_trainer.study.sweep.sweep_file import Kept
    from neural_trainer.study.sweep.worker import stop_on_signals

    optuna_package()
    runs: list[dict[str, Any]] = []
    plan = ""
    if arguments.plan is not None:
        path = Path(arguments.plan).absolute()
        plan, tree = str(path), _options({}, arguments)
        sweep, runs = sweep_of_plan(path, tree)
    else:
        path = Path(arguments.words[0])
        tree = _options(settings.read_tree(path), arguments)
        sweep = settings.built(tree, str(path), path.stem)
    out = sys.stderr if arguments.json else sys.stdout
    demand_possible(sweep, runs)
    print(plan_text(sweep, plan), file=out, flush=True)
    if not arguments.yes:
        agreed(sys.stdin, sys.stderr)

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    named = f"--plan {shlex.quote(arguments.plan)}" if plan else shlex.quote(arguments.words[0])
    again = f"neural-trainer sweep {named}"
    if arguments.folder is not None:
        again += f" --folder {shlex.quote(arguments.folder)}"
    study = run_sweep(sweep, tree, runs, plan, again, stop_on_signals(), say)
    return _print(Kept(sweep, plan, again), study, arguments)


def _options(tree: dict[str, Any], arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the keys of the file, those of the options over them."""
    given = dict(tree)
    for key in ("trials", "sampler", "pruner", "storage", "folder"):
        if getattr(arguments, key) is not None:
            given[key] = getattr(arguments, key)
    changed: dict[str, Any] = {}
    if arguments.workers is not None:
        changed["workers"] = arguments.workers
    if arguments.gpus is not None:
        changed["gpus"] = arguments.gpus.split(",")
    if arguments.executor is not None:
        changed["kind"] = arguments.executor
    if changed:
        before = given.get("executor", "local")
        given["executor"] = {**({"kind": before} if isinstance(before, str) else before), **changed}
    return given


def _work(folder: Path, arguments: argparse.Namespace) -> int:
    from neural_trainer.study.sweep.sweep_file import kept
    from neural_trainer.study.sweep.worker import stop_on_signals, work

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    # bin/neural-trainer, by which `train:` and plans start their trials, is to take this Python.
    os.environ.setdefault("NEURAL_TRAINER_PYTHON", sys.executable)
    sweep = kept(folder, go_there=True).sweep
    return int(work(sweep, arguments.index, say, stop_on_signals()) == "bad node")


def _report(folder: Path, arguments: argparse.Namespace) -> int:
    from neural_trainer.study.sweep.storage import opened, optuna_package, reaching
    from neural_trainer.study.sweep.sweep_file import kept

    asked = kept(folder)
    sweep = asked.sweep
    optuna = optuna_package()
    storage = opened(sweep)
    with reaching(sweep):
        study = optuna.load_study(study_name=sweep.name, storage=storage)
    return _print(asked, study, arguments)


def _print(asked: Kept, study: Any, arguments: argparse.Namespace) -> int:
    """Print the report and write what was asked for; 1 where no trial came to an end."""
    import json

    from neural_trainer.study.sweep.report import report_of
    from neural_trainer.study.sweep.report_json import to_dict
    from neural_trainer.study.sweep.report_text import to_text
    from neural_trainer.study.sweep.storage import reaching

    with reaching(asked.sweep):
        report = report_of(asked, study)
    if arguments.json:
        print(json.dumps(to_dict(report), indent=2, allow_nan=False))
    else:
        print(to_text(report))
    if arguments.plot:
        from neural_trainer.study.sweep.pictures import draw

        print(f"{draw(report, Path(arguments.plot))} written", file=sys.stderr)
    if arguments.html:
        from neural_trainer.study.sweep.page import write_report

        print(f"{write_report(report, Path(arguments.html))} written", file=sys.stderr)
    return 0 if report.num_ended else 1
