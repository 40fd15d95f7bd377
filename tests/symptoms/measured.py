"""Statistics by layer for made runs: a model's parameters, and what a healthy run measures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sketch import Sketch

from neural_trainer.runs.layers import ACTIVATION_STATISTICS, Layers, Module, Parameter
from neural_trainer.runs.run import Run

EVERY = 10  # steps between two measured ones


def mlp(depth: int, act: str = "relu") -> tuple[list[Parameter], list[Module]]:
    """Return a plain network of `depth` hidden layers and its head."""
    parameters: list[Parameter] = []
    for index in range(depth + 1):
        kind = "head" if index == depth else "linear"
        parameters += [
            Parameter(f"{index}.weight", kind, (64, 64), True, 0),
            Parameter(f"{index}.bias", "bias", (64,), True, 0),
        ]
    return parameters, [Module(f"act{index}", act) for index in range(depth)]


def transformer(blocks: int, lora: bool = False) -> tuple[list[Parameter], list[Module]]:
    """Return a transformer; with `lora` all is frozen but two small matrices a block."""
    trains = not lora
    group = None if lora else 0
    parameters = [Parameter("embed.weight", "embedding", (500, 32), trains, group)]
    for b in range(blocks):
        for name, kind in (("norm", "norm"), ("attn.qkv", "attention"), ("mlp.fc", "linear")):
            parameters.append(Parameter(f"{b}.{name}.weight", kind, (32, 32), trains, group))
        parameters.append(Parameter(f"{b}.mlp.fc.bias", "bias", (32,), trains, group))
        if lora:
            for half in "AB":
                parameters.append(Parameter(f"{b}.attn.lora_{half}", "lora", (4, 32), True, 0))
    parameters.append(Parameter("head.weight", "head", (500, 32), trains, group))
    return parameters, [Module(f"{b}.attn", "attention") for b in range(blocks)]


def recurrent() -> tuple[list[Parameter], list[Module]]:
    """Return an embedding, a recurrent layer and a head."""
    return [
        Parameter("embed.weight", "embedding", (50, 16), True, 0),
        Parameter("rnn.weight_ih_l0", "recurrent", (32, 16), True, 0),
        Parameter("rnn.weight_hh_l0", "recurrent", (32, 32), True, 0),
        Parameter("rnn.bias_ih_l0", "bias", (32,), True, 0),
        Parameter("head.weight", "head", (50, 32), True, 0),
    ], []


def measured(s: Sketch, model: tuple[list[Parameter], list[Module]]) -> Layers:
    """Return what a healthy run of `model` measures at every tenth step.

    Norms within a decade of one another, each scattering by a tenth of a decade and falling over
    the run; updates of about a thousandth; cosines about 0.3; zeros where a ReLU is.
    """
    parameters, modules = model
    step = np.arange(EVERY, s.n + 1, EVERY, dtype=np.float64)
    n, m = len(step), len(parameters)
    relu = any(module.kind == "relu" for module in modules)
    matrix = np.array([p.kind not in ("norm", "bias") for p in parameters])
    norm = 10 ** (
        np.where(matrix, s.rng.uniform(-1, -0.2, m), s.rng.uniform(-3, -1, m))
        + 0.1 * s.rng.standard_normal((n, m))
        - 0.5 * np.linspace(0, 1, n)[:, None]
    )
    rare = np.array([p.kind == "embedding" for p in parameters])
    gradients: dict[str, NDArray[np.float64]] = {
        "grad_norm": norm,
        "grad_mean": norm * 1e-3 * s.rng.standard_normal((n, m)),
        "grad_std": norm / 30,
        "grad_max": norm / 5,
        "grad_zeros": np.where(rare, 0.97, s.rng.uniform(0, 0.5 * relu, m)) + np.zeros((n, m)),
        "grad_nonfinite": np.zeros((n, m)),
        "weight_norm": np.full((n, m), 5.0),
        "update_ratio": 10 ** (-3 + 0.3 * s.rng.standard_normal((n, m))),
        "grad_cosine": np.clip(0.3 + 0.15 * s.rng.standard_normal((n, m)), -1, 1),
    }
    at_rest = [not p.trainable or p.group is None for p in parameters]
    activations = {name: np.full((n, len(modules)), np.nan) for name in ACTIVATION_STATISTICS}
    for index, module in enumerate(modules):
        level = s.rng.uniform(0, 0.3) + np.zeros(n)
        if module.kind == "relu":
            activations["dead"][:, index] = level
        elif module.kind in ("tanh", "sigmoid"):
            activations["saturated"][:, index] = level
        elif module.kind == "attention":
            grows = 1 + 3 * np.linspace(0, 1, n) ** 0.5
            activations["max_logit"][:, index] = 4 * grows * np.exp(0.1 * s.rng.standard_normal(n))
    for table in gradients.values():
        table[:, at_rest] = np.nan
    return Layers(step, step, tuple(parameters), tuple(modules), gradients, activations)


def changed(layers: Layers, **tables: NDArray[np.float64]) -> Layers:
    """Return `layers` with other tables, of gradients or of activations, by name."""
    gradients = {name: tables.get(name, table) for name, table in layers.gradients.items()}
    activations = {name: tables.get(name, table) for name, table in layers.activations.items()}
    return replace(layers, gradients=gradients, activations=activations)


def columns(layers: Layers, *kinds: str) -> list[int]:
    """Return the columns of the parameters of `kinds`."""
    return [index for index, p in enumerate(layers.parameters) if p.kind in kinds]


def with_layers(run: Run, layers: Layers) -> Run:
    """Return `run` with `layers` beside its signals."""
    return replace(run, layers=layers)
