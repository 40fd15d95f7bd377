"""Points read from logs and run folders: parameters, tokens and loss of each run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neural_trainer.errors import ReadError
from neural_trainer.runs.folder_files import RUN_FILE
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Array, Run
from neural_trainer.signals.course import tail
from neural_trainer.study.scaling.points import Points

LOSSES = ("eval/loss", "loss")
# Signals that count tokens, as loggers name them.
TOKENS = (
    "tokens", "num_tokens", "tokens_seen", "total_tokens", "train/tokens", "consumed_tokens",
    "num_input_tokens_seen", "train/num_input_tokens_seen", "train/tokens_seen",
)  # fmt: skip
# Keys of a configuration that hold the number of parameters.
PARAMETERS = ("num_parameters", "num_params", "n_params", "params", "parameters", "model_params")
END = 0.1  # share of a training loss, at its end, whose median stands for it
LARGEST_RECORD = 1 << 24  # bytes of a run.json


def run_points(
    runs: Sequence[Run], named: Mapping[str, str], tokens_per_step: float | None, curves: bool
) -> Points:
    """Return a point a run, or with `curves` all points of its loss.

    named: the signal of the loss and that of the tokens, the key of the configuration that holds
    the parameters. tokens_per_step: where a log counts steps alone. Raises ReadError where a run
    lacks one of the three.
    """
    columns: dict[str, list[Array]] = {"params": [], "tokens": [], "loss": []}
    names: list[str] = []
    for run in runs:
        params = _parameters(run, named.get("params"))
        tokens, loss = _tokens_and_loss(run, named, tokens_per_step)
        if not curves:
            tokens, loss = tokens[-1:], loss[-1:]
        columns["params"].append(np.full(len(loss), params))
        columns["tokens"].append(tokens)
        columns["loss"].append(loss)
        names += [run.name] * len(loss)
    joined = {name: np.concatenate(parts) for name, parts in columns.items()}
    source = f"{len(runs)} run{'' if len(runs) == 1 else 's'}"
    return Points(source, joined, np.array(names) if curves else None)


def _parameters(run: Run, key: str | None) -> float:
    """Return how many parameters the model has, from the configuration or from run.json."""
    keys = PARAMETERS if key is None else (key,)
    for tree in (run.config, _record(run.source)):
        for name in keys:
            value = _looked_up(tree, name)
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                return float(value)
    raise ReadError(
        f"{shown_name(run.name)} does not say how many parameters its model has; expected "
        f"{' or '.join(keys[:2])} in its configuration or run.json: name its key with --params"
    )


def _looked_up(tree: Mapping[str, Any], name: str) -> Any:
    """Return the value of `name`, dots leading into sub-trees; None where there is none."""
    value: Any = tree
    for part in [name] if name in tree else name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _record(source: str) -> dict[str, Any]:
    """Return run.json of a run folder; empty where there is none that can be read."""
    path = Path(source) / RUN_FILE
    try:
        if path.stat().st_size > LARGEST_RECORD:
            return {}
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _tokens_and_loss(
    run: Run, named: Mapping[str, str], tokens_per_step: float | None
) -> tuple[Array, Array]:
    """Return tokens and loss at each point of the loss, the last of a training loss a median."""
    losses = (named["loss"],) if "loss" in named else LOSSES
    name = next((name for name in losses if run.get(name) is not None), None)
    if name is None:
        raise ReadError(
            f"{shown_name(run.name)} has no signal {' or '.join(losses)}; name one with --loss"
        )
    series = run.signals[name]
    value = series.value.copy()
    if not name.startswith("eval/") and np.isfinite(value[-1]):
        value[-1] = float(np.median(tail(series.finite().value, END)))
    if tokens_per_step is not None:
        return series.step * tokens_per_step, value
    for counter in (named["tokens"],) if "tokens" in named else TOKENS:
        counted = run.get(counter)
        if counted is not None:
            return np.interp(series.step, counted.step, counted.value), value
    if run.axis in TOKENS:
        return series.step.copy(), value
    raise ReadError(
        f"{shown_name(run.name)} counts {run.axis}s, not tokens: give --tokens-per-step, or name "
        "the signal that counts tokens with --tokens"
    )
