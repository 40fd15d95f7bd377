"""What is shown of each layer, or of each block of them: levels over time, and what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from neural_trainer.runs.layers import Layers
from neural_trainer.runs.run import Array
from neural_trainer.signals.levels import decades, median, over_time
from neural_trainer.symptoms import SYMPTOMS, Finding, Findings
from neural_trainer.symptoms.roles import LAYER_ROLES

LATE = 0.5  # share of the measured steps that ratios, cosines and zeros are taken of, to the end
POINTS = 8  # of the course of a row
# What a symptom is called beside the layers that show it.
MARKS = {
    "layers-outside-optimizer": "no optimizer",
    "layers-not-moving": "not moving",
    "layer-gradients-exploding": "exploding",
    "recurrent-gradients-large": "exploding",
    "layer-gradients-vanishing": "vanishing",
    "depth-out-of-balance": "unbalanced",
    "units-dead": "dead",
    "units-saturated": "saturated",
    "attention-logits-grow": "growing",
}
_BLOCK = re.compile(r"^(?:.*?\.)?\d+(?=\.|$)")  # up to the first number: encoder.layers.11


@dataclass(frozen=True)
class Row:
    """One parameter or block. norm: first, middle and last; each ratio, cosine and zeros: late.

    state: "frozen", "no gradient", "no optimizer" or "", none of which need be a fault. course:
    (POINTS,) log10 of the gradient norm over the run. NaN: not measured. marks: what is wrong.
    """

    name: str
    kind: str
    count: int
    state: str
    norm: tuple[float, float, float]
    ratio: float
    cosine: float
    zeros: float
    nonfinite: float
    course: Array
    marks: tuple[str, ...]


def of_layers(findings: Findings) -> Findings:
    """Return of `findings` what is about layers."""
    about = {name for name, symptom in SYMPTOMS.items() if set(symptom.NEEDS) & set(LAYER_ROLES)}
    return Findings(
        tuple(f for f in findings.found if f.symptom in about),
        tuple(name for name in findings.absent if name in about),
        tuple(item for item in findings.unchecked if item.symptom in about),
    )


def marks(found: Sequence[Finding]) -> dict[str, tuple[str, ...]]:
    """Return for the name of each layer that shows one of `found` what is wrong with it."""
    marked: dict[str, tuple[str, ...]] = {}
    for finding in found:
        word = MARKS.get(finding.symptom)
        for name in finding.layers if word else ():
            if word and word not in marked.get(name, ()):
                marked[name] = (*marked.get(name, ()), word)
    return marked


def rows(layers: Layers, marked: Mapping[str, tuple[str, ...]]) -> list[Row]:
    """Return a row a parameter, in the order of the model."""
    columns = [[i] for i in range(len(layers.parameters))]
    return _rows(layers, marked, columns, [p.name for p in layers.parameters])


def blocks(layers: Layers, marked: Mapping[str, tuple[str, ...]]) -> list[Row]:
    """Return a row a block, which is all that is named alike up to the first number in a name."""
    named = [_block(parameter.name) for parameter in layers.parameters]
    groups = [list(group) for _, group in groupby(range(len(named)), key=lambda i: named[i])]
    return _rows(layers, marked, groups, [named[group[0]] for group in groups])


def _block(name: str) -> str:
    match = _BLOCK.match(name)
    return match[0] if match else name.partition(".")[0]


def _rows(
    layers: Layers, marked: Mapping[str, tuple[str, ...]], groups: list[list[int]], named: list[str]
) -> list[Row]:
    """Return a row for each of `groups`, columns side by side: joint norm, medians of the rest."""
    late = slice(-max(1, round(LATE * len(layers))), None)
    squares = np.square(layers.gradients["grad_norm"].astype(np.float64))
    known = ~np.isnan(squares)
    starts = [group[0] for group in groups]
    total = np.add.reduceat(np.where(known, squares, 0), starts, axis=1)
    measured = np.logical_or.reduceat(known, starts, axis=1)
    norm = np.sqrt(np.where(measured, total, np.nan))
    first_to_last = over_time(norm, 5)[[0, 2, 4]]
    course = over_time(decades(norm), POINTS)
    ratio, cosine, zeros = (
        median(layers.gradients[name][late])
        for name in ("update_ratio", "grad_cosine", "grad_zeros")
    )
    broken = (np.nan_to_num(layers.gradients["grad_nonfinite"]) > 0).mean(axis=0)
    found = []
    for index, (group, name) in enumerate(zip(groups, named, strict=True)):
        parameters = [layers.parameters[i] for i in group]
        words = dict.fromkeys(w for p in parameters for w in marked.get(p.name, ()))
        kinds = {p.kind for p in parameters}
        first, middle, last = (float(v) for v in first_to_last[:, index])
        found.append(
            Row(
                name=name,
                kind=kinds.pop() if len(kinds) == 1 else "",
                count=len(group),
                state=_state(layers, group),
                norm=(first, middle, last),
                ratio=_middle(ratio[group]),
                cosine=_middle(cosine[group]),
                zeros=_middle(zeros[group]),
                nonfinite=float(broken[group].max(initial=0.0)),
                course=course[:, index],
                marks=tuple(words),
            )
        )
    return found


def _state(layers: Layers, group: list[int]) -> str:
    trained = [i for i in group if layers.parameters[i].trainable]
    if not trained:
        return "frozen"
    if np.isnan(layers.gradients["grad_nonfinite"][:, group]).all():
        return "no gradient"
    return "no optimizer" if all(layers.parameters[i].group is None for i in trained) else ""


def at_rest(layers: Layers, marked: Mapping[str, tuple[str, ...]]) -> dict[str, list[int]]:
    """Return the columns of parameters that are to train and never did, by state.

    Those that a symptom has `marked` are left out.
    """
    found: dict[str, list[int]] = {}
    for index, parameter in enumerate(layers.parameters):
        state = _state(layers, [index])
        if parameter.trainable and state and parameter.name not in marked:
            found.setdefault(state, []).append(index)
    return found


def _middle(value: Array) -> float:
    known = value[~np.isnan(value)]
    if len(known) == 1:
        return float(known[0])
    return float(np.median(known)) if len(known) else float("nan")
