"""What the layers of a run show, layer by layer over time, as text and as data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fnmatch import fnmatch
from typing import Any

import numpy as np

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.render.layer_rows import Row, at_rest, blocks, marks, of_layers, rows
from neural_trainer.render.report_json import finding_to_dict
from neural_trainer.render.report_text import next_command, printable, wrapped
from neural_trainer.runs.layers import ACTIVATION_STATISTICS, GRADIENT_STATISTICS, Layers
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Array, Run
from neural_trainer.signals.levels import over_time
from neural_trainer.symptoms import Findings
from neural_trainer.symptoms.matrices import named

SCHEMA = "neural-trainer/gradients/1"
MOST = 40  # rows; of more parameters a row a block, of more blocks those that matter
MOST_MODULES = 16
NAME, KIND = 24, 5  # columns of the table of parameters
MODULE, MODULE_KIND = 19, 9  # and of that of modules
KINDS = {"embedding": "embed", "linear": "lin", "recurrent": "rnn", "attention": "attn"}
BARS = "▁▂▃▄▅▆▇█"
LEAST_DECADES = 1.0  # that a row's bars span, so that noise does not look like a course
AT_REST = {
    "no gradient": "never had a gradient: not used, or cut off by detach() or no_grad()",
    "no optimizer": "are in no optimizer: left out, or of one that the Monitor did not see step",
}
HOW = (
    "pass the model and its optimizer to the Monitor (Monitor(folder, model=model, "
    "optimizer=optimizer)) and run again"
)


def chosen(run: Run, patterns: Sequence[str]) -> Layers:
    """Return the layers of a run whose names match one of `patterns` (as in a shell), or all.

    Raises NeuralTrainerError where it has none.
    """
    layers = run.layers
    if layers is None:
        raise NeuralTrainerError(
            f"{printable(run.source)} holds no statistics by layer (layers.bin): {HOW}"
        )
    if len(layers) == 0:
        raise NeuralTrainerError(
            f"{printable(run.source)}: no step was measured by layer so far; try again later"
        )
    if not patterns:
        return layers
    kept = [
        i for i, p in enumerate(layers.parameters) if any(fnmatch(p.name, one) for one in patterns)
    ]
    modules = [
        i for i, m in enumerate(layers.modules) if any(fnmatch(m.name, one) for one in patterns)
    ]
    if not kept and not modules:
        asked, known = ", ".join(patterns), ", ".join(p.name for p in layers.parameters[:6])
        raise NeuralTrainerError(f"no layer is called {asked}; there are {known} …")
    return Layers(
        layers.step,
        layers.time,
        tuple(layers.parameters[i] for i in kept),
        tuple(layers.modules[i] for i in modules),
        {name: table[:, kept] for name, table in layers.gradients.items()},
        {name: table[:, modules] for name, table in layers.activations.items()},
    )


def to_text(run: Run, findings: Findings, patterns: Sequence[str], following: str = "") -> str:
    """Return the table of the layers, what was seen in them and what could not be, 79 columns.

    following: the last line, the command to run next; by default that which diagnoses the run.
    """
    layers, about = chosen(run, patterns), of_layers(findings)
    marked = marks(about.found)
    first, last = layers.step[0], layers.step[-1]
    lines = [
        f"{shown_name(run.name, 40)}: {len(layers.parameters)} tensors, "
        f"{len(layers)} measured steps, {run.axis} {first:.0f} to {last:.0f}",
        *_whole(layers),
        "",
    ]
    whole = len(layers.parameters) <= MOST or bool(patterns)
    shown = rows(layers, marked) if whole else blocks(layers, marked)
    kept = _few(shown) if not patterns else shown
    lines += _table(kept)
    if len(kept) < len(shown):
        hidden = [row for row in shown if row not in kept]
        wrong = sum(bool(row.marks) for row in hidden)
        lines.append(f"… and {len(hidden)} blocks more, {wrong or 'none'} of them marked")
    if len(kept) < len(layers.parameters) and not patterns:
        lines.append(f"Rows are blocks: --layer '{kept[0].name}*' shows one, --layer '*' all.")
    lines += _modules(layers, marked, bool(patterns))
    lines += ["", *_seen(about), *_at_rest(layers, marked)]
    lines += [wrapped(f"note: {printable(note)}", "") for note in run.notes[:4]]
    return "\n".join([*lines, "", following or next_command("diagnose", [run.source])])


def _whole(layers: Layers) -> list[str]:
    """Return the medians over all layers of what has no column of its own, of the last half."""
    late = {name: over_time(table, 2)[-1] for name, table in layers.gradients.items()}
    told = []
    for name, what in (("update_ratio", "update ratio"), ("grad_cosine", "cosine of successive "
                       "gradients")):  # fmt: skip
        known = late[name][np.isfinite(late[name])]
        if len(known):
            told.append(f"{what} {_short(float(np.median(known)))}")
    return [wrapped(f"Medians, last half: {', '.join(told)}.", "")] if told else []


def _table(shown: list[Row]) -> list[str]:
    head = f"{'layer':<{NAME}} {'kind':<{KIND}} {'first':>7} {'last':>7} {'update':>7} over time"
    lines = [f"{'':<{NAME}} {'':<{KIND}} {'gradient norm':>15} {'ratio':>7}", head]
    for row in shown:
        count = "" if row.count == 1 else f" ({row.count})"
        name = shown_name(row.name, NAME - len(count)) + count
        words = [f"{'!' * len(row.marks[:2])} {row.marks[0]}"] if row.marks else []
        words += [row.state] if row.state and not row.marks else []
        cells = [
            f"{name:<{NAME}}", f"{KINDS.get(row.kind, row.kind):<{KIND}}",
            f"{_short(row.norm[0]):>7}", f"{_short(row.norm[2]):>7}", f"{_short(row.ratio):>7}",
            bars(row.course), *words,
        ]  # fmt: skip
        lines.append(" ".join(cells).rstrip())
    return lines


def _few(shown: list[Row]) -> list[Row]:
    """Return at most MOST rows: the first and the last, those marked, and some spread between."""
    if len(shown) <= MOST:
        return shown
    ends = {0, 1, len(shown) - 2, len(shown) - 1}
    marked = [i for i, row in enumerate(shown) if row.marks]
    spread = np.linspace(0, len(marked) - 1, min(len(marked), MOST // 2)).astype(int).tolist()
    kept = ends | {marked[i] for i in spread}
    rest = [i for i in range(len(shown)) if i not in kept and not shown[i].marks]
    room = min(MOST - len(kept), len(rest))
    kept |= {rest[i] for i in np.linspace(0, len(rest) - 1, room).astype(int).tolist()}
    return [shown[i] for i in sorted(kept)]


def bars(course: Array) -> str:
    """Return a course of log10 values, (n,), as bars; a dot where nothing was measured.

    >>> bars(np.array([0.0, 1.0, 2.0, np.nan]))
    '▁▅█·'
    """
    known = course[~np.isnan(course)]
    if len(known) == 0:
        return "·" * len(course)
    low, high = float(known.min()), float(known.max())
    spare = max(0.0, LEAST_DECADES - (high - low)) / 2
    low, high = low - spare, high + spare
    places = np.round((course - low) / (high - low) * (len(BARS) - 1))
    return "".join("·" if math.isnan(place) else BARS[int(place)] for place in places.tolist())


def _modules(layers: Layers, marked: dict[str, tuple[str, ...]], all_of_them: bool) -> list[str]:
    """Return the table of the modules whose outputs were watched."""
    late = {name: over_time(table, 2)[-1] for name, table in layers.activations.items()}
    measured = [
        i for i in range(len(layers.modules))
        if any(not math.isnan(late[name][i]) for name in ACTIVATION_STATISTICS)
    ]  # fmt: skip
    if not measured:
        return []
    shown = sorted(measured, key=lambda i: (not marked.get(layers.modules[i].name), i))
    shown = sorted(shown if all_of_them else shown[:MOST_MODULES])
    head = (
        f"{'module':<{MODULE}} {'kind':<{MODULE_KIND}} {'mean':>8} {'std':>8} {'dead':>5} "
        f"{'sat.':>5} {'logit':>7}"
    )
    lines = ["", head]
    for i in shown:
        module, words = layers.modules[i], marked.get(layers.modules[i].name, ())
        cells = [
            f"{shown_name(module.name, MODULE):<{MODULE}}",
            f"{shown_name(module.kind, MODULE_KIND):<{MODULE_KIND}}",
            f"{_short(late['mean'][i]):>8}", f"{_short(late['std'][i]):>8}",
            f"{_percent(late['dead'][i]):>5}", f"{_percent(late['saturated'][i]):>5}",
            f"{_short(late['max_logit'][i]):>7}", *(f"! {word}" for word in words[:1]),
        ]  # fmt: skip
        lines.append(" ".join(cells).rstrip())
    if len(shown) < len(measured):
        lines.append(f"… and {len(measured) - len(shown)} modules more: --layer '*' shows all")
    return lines


def _seen(about: Findings) -> list[str]:
    """Return what was seen, what was looked for, and what could not be."""
    lines = []
    if about.found:
        lines += ["Seen:"]
        for finding in about.found:
            lines += [
                wrapped(f"- {finding.symptom}: {finding.evidence[0]}", "", "  "),
                *(wrapped(sentence, "  ", "  ") for sentence in finding.evidence[1:]),
            ]
    else:
        lines.append(wrapped(f"Nothing is wrong with these layers: {len(about.absent)} symptoms "
                             "were looked for and not seen.", ""))  # fmt: skip
    if about.unchecked:
        needs: dict[str, list[str]] = {}
        for item in about.unchecked:
            needs.setdefault(item.needs, []).append(item.symptom)
        told = "; ".join(f"{', '.join(names)} ({need})" for need, names in needs.items())
        lines.append(wrapped(f"Not checked: {told}.", "", "  "))
    return lines


def _at_rest(layers: Layers, marked: dict[str, tuple[str, ...]]) -> list[str]:
    """Return which parameters never train though they are to: meant or not, it is told."""
    num = sum(parameter.trainable for parameter in layers.parameters)
    return [
        wrapped(
            f"{len(columns)} of {num} trainable tensors {AT_REST[state]}: "
            f"{named(layers, np.array(columns))}.", "", "  ",
        )
        for state, columns in at_rest(layers, marked).items()
    ]  # fmt: skip


def _short(value: float) -> str:
    """Return a number in at most seven columns; a dash where there is none.

    >>> _short(0.00012345), _short(123456.0), _short(float("nan"))
    ('1.2e-04', '1.2e+05', '-')
    """
    if math.isnan(value):
        return "-"
    if value == 0 or 1e-2 <= abs(value) < 1e4:
        return f"{value:.0f}" if abs(value) >= 1e3 else f"{value:.3g}"
    return f"{value:.1e}"


def _percent(value: float) -> str:
    return "-" if math.isnan(value) else f"{100 * value:.0f} %"


def to_dict(run: Run, findings: Findings, patterns: Sequence[str]) -> dict[str, Any]:
    """Return the same as plain data, a record a parameter; what is not finite becomes null."""
    layers, about = chosen(run, patterns), of_layers(findings)
    marked = marks(about.found)
    of_parameters = {name: over_time(layers.gradients[name], 5) for name in GRADIENT_STATISTICS}
    of_modules = {name: over_time(layers.activations[name], 5) for name in ACTIVATION_STATISTICS}
    return {
        "schema": SCHEMA,
        "run": run.name,
        "source": {"path": run.source, "axis": run.axis},
        "measured": {
            "steps": len(layers), "first": float(layers.step[0]), "last": float(layers.step[-1]),
        },
        "layers": [
            {
                "name": parameter.name, "kind": parameter.kind, "shape": list(parameter.shape),
                "trainable": parameter.trainable, "group": parameter.group, "state": row.state,
                "marks": list(row.marks), "statistics": _levels(of_parameters, index),
            }
            for index, (parameter, row) in enumerate(
                zip(layers.parameters, rows(layers, marked), strict=True)
            )
        ],
        "modules": [
            {
                "name": module.name, "kind": module.kind,
                "marks": list(marked.get(module.name, ())), "statistics": _levels(of_modules, i),
            }
            for i, module in enumerate(layers.modules)
        ],
        "symptoms": [finding_to_dict(finding) for finding in about.found],
        "absent": list(about.absent),
        "not_checked": [{"symptom": i.symptom, "needs": i.needs} for i in about.unchecked],
        "notes": list(run.notes),
    }  # fmt: skip


def _levels(tables: dict[str, Array], column: int) -> dict[str, dict[str, float | None]]:
    """Return the first, middle and last level of each statistic that was measured of a column."""
    told = {}
    for name, table in tables.items():
        values = [float(v) for v in table[[0, 2, 4], column]]
        if not all(math.isnan(v) for v in values):
            kept = [v if math.isfinite(v) else None for v in values]
            told[name] = dict(zip(("first", "middle", "last"), kept, strict=True))
    return told
