"""The plan as a file: YAML that says what to run, and what was promised before the first run."""

from __future__ import annotations

import math
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from neural_trainer.errors import ConfigError
from neural_trainer.study.ablation import Hypothesis
from neural_trainer.study.plan import Plan, config_of, level_of_each, outcomes, stopping

SCHEMA = "neural-trainer/plan/1"


@dataclass(frozen=True)
class Promise:
    """What `compare --plan` holds runs to.

    runs: name of each planned run with its arm and its seed. changes: of each arm. noise: of one
    run, and of a pair's difference. margin: a difference below it does not matter,
    None where none was stated.
    """

    question: str
    kind: str
    metric: str
    at: Literal["steps", "time", "compute"]
    level: float
    margin: float | None
    paired: bool
    power: float
    noise: tuple[float, float]
    hypotheses: tuple[Hypothesis, ...]
    runs: dict[str, tuple[str, int]]
    changes: dict[str, dict[str, Any]]
    folder: str
    outcomes: dict[str, str]


def to_dict(plan: Plan, config: str | None, seed_key: str, folder: str) -> dict[str, Any]:
    """Return the plan as plain data. config: the base config, None where nothing is launched."""
    r, noise = plan.request, plan.request.noise
    runs = []
    for run in plan.runs:
        entry: dict[str, Any] = {"name": run.name, "arm": run.arm, "seed": run.seed}
        if config is not None:
            changes = config_of(run, plan, seed_key)
            words = [f"{key}={_word(value)}" for key, value in changes.items()]
            entry["command"] = shlex.join(["neural-trainer", "train", config, "--set", *words])
        runs.append(entry)
    hours = r.budget.hours
    return {
        "schema": SCHEMA,
        "question": r.question,
        "kind": r.kind,
        "metric": r.metric,
        "lower_is_better": plan.lower_is_better,
        "at": "steps",
        "level": r.level,
        "level_of_each": _round(level_of_each(r)),
        "effect": _round(plan.effect),
        "effect_is": "stated" if plan.stated else "the smallest that the budget can find",
        "margin": None if plan.margin is None else _round(plan.margin),
        "power": {
            "wanted": r.power,
            "promised": _round(plan.promised),
            "smallest_effect": _round(plan.detectable),
            "seeds_needed": plan.needed,
            "seeds_needed_at_upper_noise": plan.needed_unlucky,
        },
        "noise": {
            "of_one_run": _round(noise.one),
            "of_a_difference": _round(noise.of_differences),
            "upper_factor": _round(noise.upper),
            "source": noise.source,
            "level_of_metric": None if noise.level is None else _round(noise.level),
        },
        "paired": r.paired,
        "correction": "holm",
        "hypotheses": [
            {"name": h.name, "before": list(h.before), "after": list(h.after)} for h in r.hypotheses
        ],
        "arms": [{"name": arm.name, "set": dict(arm.changes)} for arm in r.arms],
        "seeds": list(plan.seeds),
        "seed_key": seed_key,
        "config": config,
        "folder": folder,
        "budget": {
            "runs": r.budget.runs,
            "gpu_hours": r.budget.gpu_hours,
            "hours_per_run": None if hours is None else _round(hours),
            "planned_runs": len(plan.runs),
            "planned_gpu_hours": None if hours is None else _round(hours * len(plan.runs)),
        },
        "stopping": stopping(plan),
        "outcomes": outcomes(plan),
        "notes": list(plan.notes),
        "runs": runs,
    }


def to_yaml(plan: dict[str, Any]) -> str:
    """Return the plan as a YAML document."""
    import yaml

    text: str = yaml.safe_dump(plan, sort_keys=False, width=100, allow_unicode=True)
    return text


def write(plan: dict[str, Any], path: Path) -> None:
    """Write the plan to a new file: one that was promised by is not written over."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(to_yaml(plan))
    except FileExistsError as error:
        raise ConfigError(f"{path} is there already; name another with --out") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}") from error


def read_promise(path: Path) -> Promise:
    """Return what the plan in a file promised. Raises ConfigError."""
    import yaml

    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}; expected a plan") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(tree, dict) or tree.get("schema") != SCHEMA:
        found = tree.get("schema") if isinstance(tree, dict) else type(tree).__name__
        raise ConfigError(f"{path} has the schema {found}; expected {SCHEMA}, as plan writes it")
    try:
        return _promise(tree)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(
            f"{path} lacks or garbles {error}; expected a plan as plan writes it"
        ) from error


def _promise(tree: dict[str, Any]) -> Promise:
    if tree["at"] not in ("steps", "time", "compute"):
        raise ValueError("at")
    hypotheses = tuple(
        Hypothesis(str(h["name"]), tuple(map(str, h["before"])), tuple(map(str, h["after"])))
        for h in tree["hypotheses"]
    )
    arms = {str(arm["name"]): dict(arm["set"]) for arm in tree["arms"]}
    runs = {str(run["name"]): (str(run["arm"]), int(run["seed"])) for run in tree["runs"]}
    named = {arm for h in hypotheses for arm in (*h.before, *h.after)}
    if not hypotheses or not named <= arms.keys() or not {a for a, _ in runs.values()} <= named:
        raise ValueError("hypotheses")
    if any(len(h.before) != len(h.after) for h in hypotheses):
        raise ValueError("hypotheses")
    margin = None if tree["margin"] is None else float(tree["margin"])
    level = float(tree["level"])
    if not (margin is None or (math.isfinite(margin) and margin > 0)) or not 0.5 <= level < 1:
        raise ValueError("margin or level")
    noise = tree["noise"]
    return Promise(
        str(tree["question"]), str(tree["kind"]), str(tree["metric"]),
        cast(Literal["steps", "time", "compute"], tree["at"]), level, margin,
        bool(tree["paired"]), float(tree["power"]["promised"]),
        (float(noise["of_one_run"]), float(noise["of_a_difference"])), hypotheses, runs, arms,
        str(tree["folder"]), {str(k): str(v) for k, v in tree["outcomes"].items()},
    )  # fmt: skip


def _word(value: Any) -> str:
    """Return a value as `--set` reads it back."""
    import json

    return value if isinstance(value, str) else json.dumps(value)


def _round(value: float) -> float:
    """Return a number in six digits: more are no part of a promise."""
    return float(f"{value:.6g}")
