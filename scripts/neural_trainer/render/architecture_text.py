"""The architecture of a model as text and as data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from neural_trainer.render.report_text import printable, wrapped
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.quantities import count, size

if TYPE_CHECKING:
    from neural_trainer.inspect.architecture import Architecture
    from neural_trainer.inspect.architecture.parameters import Part
    from neural_trainer.inspect.budgets import Budget

SCHEMA = "neural-trainer/architecture/1"
MOST_ROWS, MOST_LEVELS, MOST_NAMES = 28, 12, 4
NAME, KIND, SHAPE = 26, 13, 15  # columns
HALF = 0.5  # of all parameters: more of them in one of several layers is told


def to_text(found: Architecture, budgets: Sequence[Budget] = (), whole: bool = False) -> str:
    """Return the report in 79 columns. whole: every module and every layer."""
    total, run = found.parts[0], found.run
    frozen = total.num_parameters - total.num_trainable
    how = "in shapes alone, on the meta device" if run.on_meta else f"with numbers, on {run.device}"
    lines = [
        wrapped(
            f"{shown_name(found.name, 40)}: {shown_name(total.kind)}, {total.num_parameters:,} "
            f"parameters ({total.num_trainable:,} train"
            f"{f', {frozen:,} frozen' if frozen else ''})", "",
        ),
        f"Dry run {how}: {count(sum(run.flops))} FLOPs ({count(run.flops[0])} forward)",
    ]  # fmt: skip
    if not run.on_meta:
        lines.append(wrapped(f"not on the meta device: {printable(run.reason)}", "  "))
    lines += ["", *_table(found, whole), *_balance(found), "", *_memory(found)]
    lines += ["", *_weak_parts(found), *_variance(found, whole)]
    if found.not_checked:
        lines.append("")
        lines += [wrapped(f"Not checked: {printable(said, 300)}", "") for said in found.not_checked]
    if budgets:
        lines += ["", *(_budget(one) for one in budgets)]
    return "\n".join([*lines, "", following(found)])


def following(found: Architecture) -> str:
    """Return the command to run next."""
    verb = "probe" if found.trends else "profile"
    return f"Next: neural-trainer {verb} {printable(found.name)}"


def _rows(found: Architecture, whole: bool) -> list[Part]:
    """Return the modules down to the depth that still fits."""
    held = [part for part in found.parts if part.num_parameters]
    if whole:
        return held
    kept = held[:1]
    for depth in range(1, 1 + max(part.depth for part in held)):
        deeper = [part for part in held if part.depth <= depth]
        if len(deeper) > MOST_ROWS:
            ends = MOST_ROWS // 2
            return kept if len(kept) > 1 else deeper[:ends] + deeper[-ends:]
        kept = deeper
    return kept


def _table(found: Architecture, whole: bool) -> list[str]:
    shapes = {shape.name: shape for shape in found.run.shapes}
    total = max(1, found.parts[0].num_parameters)
    lines = [f"{'module':<{NAME}} {'kind':<{KIND}} {'params':>8} {'share':>5} "
             f"{'output':<{SHAPE}} {'FLOPs':>7}"]  # fmt: skip
    rows = _rows(found, whole)
    for part in rows:
        shape = shapes.get(part.name)
        output = "x".join(map(str, shape.shapes[0])) if shape and shape.shapes else "-"
        indent = "  " * max(0, part.depth - 1)
        name = indent + shown_name(part.name or "(whole)", NAME - len(indent))
        kind = part.kind if part.num_trainable else f"{part.kind}, frozen"
        flops = found.run.flops_of.get(part.name, 0)
        lines.append(
            f"{name:<{NAME}} {printable(kind, KIND):<{KIND}} "
            f"{count(part.num_parameters):>8} {part.num_parameters / total:>5.0%} "
            f"{output[:SHAPE]:<{SHAPE}} {count(flops) if flops else '-':>7}"
        )
    held = sum(bool(part.num_parameters) for part in found.parts)
    if len(rows) < held:
        lines.append(f"… and {held - len(rows)} modules more: --all shows them")
    return lines


def _balance(found: Architecture) -> list[str]:
    if found.balance is None:
        return []
    (name, share), (layer, most) = found.balance.largest, found.balance.heaviest
    ratio = found.balance.ratio
    times = "" if math.isinf(ratio) else f", {ratio:.3g}x the next part"
    said = f"Largest part: {shown_name(name)}, {share:.0%} of the parameters{times}."
    if most > HALF and found.balance.num_layers > 3:
        said += (
            f" One layer, {shown_name(layer)}, holds {most:.0%} of them: is it meant to be "
            "that wide?"
        )
    return [wrapped(said, "", "")]


def _memory(found: Architecture) -> list[str]:
    head = ("weights", "gradients", "optimizer", "activations", "total")
    lines = ["Memory of a step, upper bound without the allocator's and libraries' own:"]
    lines.append(f"{'':<12}" + "".join(f"{word:>13}" for word in head))
    alone = [one for one in found.memories if one.degree == 1]
    for one in alone:
        cells = (one.parameter_bytes, one.gradient_bytes, one.optimizer_bytes,
                 one.activation_bytes, one.total_bytes)  # fmt: skip
        lines.append(f"{one.precision:<12}" + "".join(f"{size(cell):>13}" for cell in cells))
    ways = dict.fromkeys((m.sharding, m.degree) for m in found.memories if m.degree > 1)
    lines.append("Sharded, in all on each of N devices:")
    lines.append(f"{'':<12}" + "".join(f"{f'{way} / {n}':>11}" for way, n in ways))
    for one in alone:
        totals = {(m.sharding, m.degree): m.total_bytes for m in found.memories
                  if m.precision == one.precision}  # fmt: skip
        lines.append(f"{one.precision:<12}" + "".join(f"{size(totals[w]):>11}" for w in ways))
    return [*lines, f"A file of the weights: {size(found.size_bytes)}."]


def _weak_parts(found: Architecture) -> list[str]:
    """Return what is dead and what is there twice."""
    lines = []
    for one in found.dead:
        lines.append(wrapped(
            f"! {shown_name(one.name)} ({shown_name(one.kind)}, {count(one.num_parameters)} "
            f"parameters): {one.reason}", "", "  "))  # fmt: skip
    if not found.dead:
        lines.append("No dead modules: all are called, and what they put out reaches the loss.")
    for twice in found.duplicates:
        names = ", ".join(shown_name(name) for name in twice.names[:MOST_NAMES])
        rest = len(twice.names) - MOST_NAMES
        more = f" and {rest} more" if rest > 0 else ""
        what = "one tensor" if twice.kind == "tied" else (
            "the same structure with equal weights: initialise each on its own, unless it is meant"
        )  # fmt: skip
        mark = "" if twice.kind == "tied" else "! "
        lines.append(wrapped(f"{mark}{names}{more}: {what}", "", "  "))
    return lines


def _variance(found: Architecture, whole: bool) -> list[str]:
    if not found.levels:
        return []
    lines = ["", f"{'layers at initialisation':<34} {'std':>9} {'signal':>9} {'gradient':>9}"]
    shown = list(found.levels)
    if not whole and len(shown) > MOST_LEVELS:
        ends = MOST_LEVELS // 2
        shown = shown[:ends] + shown[-ends:]
    for i, level in enumerate(shown):
        if len(shown) < len(found.levels) and i == len(shown) // 2:
            lines.append(f"… {len(found.levels) - len(shown)} layers between: --all shows them")
        cells = "".join(f" {_short(v):>9}" for v in (level.std, level.signal, level.gradient))
        lines.append(f"{shown_name(level.name, 34):<34}{cells}")
    lines.append("signal: over the samples of the batch; gradient: of the loss for the outputs")
    for trend in found.trends:
        times = f"{trend.factor:.1e} times" if trend.factor else "to nothing"
        way = "with depth" if trend.what == "signal" else "from the output down"
        lines.append(wrapped(
            f"! the {trend.what} {trend.verdict} {way}: {times} over the {trend.num_layers} layers "
            f"{shown_name(trend.pattern)}; scale the initialisation by kind of activation, or add "
            "norms or residual paths", "", "  "))  # fmt: skip
    if not found.trends:
        lines.append("Nothing explodes or vanishes with depth.")
    return lines


def _budget(one: Budget) -> str:
    shown = count if one.name == "params" else size
    word = "kept" if one.kept else "FAILED"
    return f"Budget {one.name}: {word} ({shown(one.taken)} of at most {shown(one.allowed)})"


def _short(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3g}"


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None


def to_dict(found: Architecture, budgets: Sequence[Budget] = ()) -> dict[str, Any]:
    """Return the same as plain data; what is not finite becomes null."""
    run, total = found.run, found.parts[0]
    return {
        "schema": SCHEMA,
        "case": found.name,
        "parameters": {"total": total.num_parameters, "trainable": total.num_trainable},
        "modules": [asdict(part) for part in found.parts],
        "balance": None if found.balance is None else {
            "largest": found.balance.largest, "ratio": _plain(found.balance.ratio),
            "heaviest": found.balance.heaviest,
        },
        "dry_run": {"on_meta": run.on_meta, "reason": run.reason, "device": run.device},
        "shapes": [asdict(shape) for shape in run.shapes],
        "flops": {"forward": run.flops[0], "backward": run.flops[1], "by_module": run.flops_of},
        "memory": [{**asdict(one), "total_bytes": one.total_bytes} for one in found.memories],
        "weights_file_bytes": found.size_bytes,
        "dead": [asdict(one) for one in found.dead],
        "duplicates": [asdict(one) for one in found.duplicates],
        "variance": [
            {"name": level.name, "kind": level.kind, "std": _plain(level.std),
             "signal": _plain(level.signal), "gradient": _plain(level.gradient)}
            for level in found.levels
        ],
        "trends": [{**asdict(one), "factor": _plain(one.factor)} for one in found.trends],
        "not_checked": list(found.not_checked),
        "budgets": [{**asdict(one), "kept": one.kept} for one in budgets],
    }  # fmt: skip
