"""A probe: a few steps of a case on a copy of its model, measured whole at each step."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural_trainer.errors import ConfigError
from neural_trainer.inspect.copies import batches, check_reached, copied
from neural_trainer.inspect.untouched import gradients_of, random_states
from neural_trainer.layers.activations import Activations
from neural_trainer.layers.case import Case
from neural_trainer.layers.measurement import Measurement
from neural_trainer.layers.watched import Watched, watched
from neural_trainer.runs.layers import ACTIVATION_STATISTICS, GRADIENT_STATISTICS, Layers
from neural_trainer.runs.run import Run, Series

MOST_STEPS = 10
FORMAT = "probe"

Row = NDArray[np.float32]


@dataclass
class _Record:
    """What the steps gave, one entry a step."""

    loss: list[float] = field(default_factory=list)
    norm: list[float] = field(default_factory=list)
    time: list[float] = field(default_factory=list)
    gradients: list[Row] = field(default_factory=list)
    activations: list[Row] = field(default_factory=list)


def probe(case: Case, name: str, num_steps: int = MOST_STEPS) -> Run:
    """Return the run of at most MOST_STEPS steps of `case` on a copy of its model and optimizer.

    The case's model, its gradients, its optimizer and all random states are afterwards what they
    were. Raises ConfigError where the model cannot be copied, the loss does not use the model that
    it is given, or there is no batch; what the case's own code raises passes through.
    """
    model, optimizer, notes = copied(case)
    parameters = watched(model, [optimizer])
    measurement, activations = Measurement(parameters), Activations(model)
    activations.on = True
    record = _Record()
    with random_states(case.train_batches, case.eval_batches), gradients_of(case.model):
        model.train()
        try:
            for batch in batches(case, min(num_steps, MOST_STEPS)):
                optimizer.zero_grad(set_to_none=True)
                loss = case.loss_fn(model, batch)
                loss.backward()
                if not record.loss:
                    check_reached(model, case.model)
                norm = measurement.begin()
                optimizer.step()
                _note(record, loss, norm, measurement, activations, parameters)
        finally:
            activations.release()
    if not record.loss:
        raise ConfigError(f"{name}: train_batches yields nothing; expected at least one batch")
    return _run(name, record, parameters, activations, case.config, notes)


def _note(
    record: _Record, loss: Any, norm: Any, measurement: Measurement, activations: Activations,
    parameters: list[Watched],
) -> None:  # fmt: skip
    complete, active = measurement.end(), activations.measure()
    record.loss.append(float(loss.detach()))
    record.norm.append(float("nan") if norm is None else float(norm))
    record.time.append(time.time())
    empty = np.full((len(GRADIENT_STATISTICS), len(parameters)), np.nan, np.float32)
    rows = empty if complete is None else complete.readings(complete.numbers.cpu().numpy(), 1.0)
    record.gradients.append(rows)
    none = np.full((len(ACTIVATION_STATISTICS), len(activations.modules)), np.nan, np.float32)
    record.activations.append(none if active is None else active[1](active[0].cpu().numpy()))


def _run(
    name: str, record: _Record, parameters: list[Watched], activations: Activations,
    config: Mapping[str, Any] | None, notes: tuple[str, ...],
) -> Run:  # fmt: skip
    step, clock = np.arange(1.0, len(record.loss) + 1), np.array(record.time)
    gradients, active = np.stack(record.gradients), np.stack(record.activations)
    layers = Layers(
        step=step,
        time=clock,
        parameters=tuple(one.about for one in parameters),
        modules=tuple(activations.modules),
        gradients={key: gradients[:, i] for i, key in enumerate(GRADIENT_STATISTICS)},
        activations={key: active[:, i] for i, key in enumerate(ACTIVATION_STATISTICS)},
    )
    signals = {"loss": record.loss, "grad_norm": record.norm}
    return Run(
        name=name,
        source=name,
        format=FORMAT,
        signals={key: Series(step, np.array(value), clock) for key, value in signals.items()},
        logged_as={key: key for key in signals},
        config=config or {},
        notes=notes,
        layers=layers,
    )
