"""Where the time of a step goes, as text with a bar and as data."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from neural_trainer.render.report_text import printable, wrapped
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.quantities import count, duration, size

if TYPE_CHECKING:
    from neural_trainer.inspect.profile import Profile
    from neural_trainer.inspect.profile.trial import Gain

SCHEMA = "neural-trainer/profile/1"
WIDTH = 79
MOST_OPERATIONS = 8
OPERATION = 44  # columns of an operator's name
MARKS = {"data": "█", "forward": "▓", "backward": "▒", "optimizer": "░"}
BOUNDS = {
    "data": "the wait for data: the model stands still while batches are made",
    "host": "the host: Python and dispatch between operators, while nothing computes",
    "kernels": "what operators compute",
}


def bar(seconds: Mapping[str, float], width: int = WIDTH) -> str:
    """Return phases side by side, each as wide as its share; rounded so that all is filled.

    >>> bar({"data": 1.0, "forward": 1.0, "backward": 2.0}, 8)
    '██▓▓▒▒▒▒'
    """
    total = sum(seconds.values()) or 1.0
    drawn, until = "", 0.0
    for phase, spent in seconds.items():
        until += spent
        drawn += MARKS[phase] * (round(width * until / total) - len(drawn))
    return drawn


def to_text(found: Profile, max_latency_ms: float | None = None) -> str:
    """Return the report in 79 columns."""
    p50, p95, p99 = found.latency_s
    total = sum(found.seconds.values())
    lines = [
        f"{shown_name(found.name, 40)} on {found.device}: {found.num_steps} "
        f"{'passes' if found.what == 'forward pass' else 'steps'}, batches of {found.num_samples}",
        wrapped(
            f"A {found.what} takes {duration(total)} (p50 {duration(p50)}, p95 {duration(p95)}, "
            f"p99 {duration(p99)}): {count(found.samples_per_s)} samples a second", "", "",
        ),
        "",
        bar(found.seconds),
        *_legend(found),
        "",
        *_bound(found),
        "",
        *_operations(found),
        *_memory(found),
        "",
        *_suggestions(found),
    ]  # fmt: skip
    if found.applied is not None:
        lines += ["", *_applied(found)]
    if max_latency_ms is not None:
        lines += ["", *_latency(found, max_latency_ms)]
    return "\n".join([*lines, "", following(found)])


def following(found: Profile) -> str:
    """Return the command to run next."""
    name = shlex.quote(printable(found.name))
    if found.applied is None and any(v.options is not None for v in found.variants):
        option = " --inference" if found.what == "forward pass" else ""
        return f"Next: neural-trainer profile {name}{option} --apply"
    return f"Next: neural-trainer architecture {name}"


def _legend(found: Profile) -> list[str]:
    total = sum(found.seconds.values()) or 1.0
    told = [
        f"{MARKS[phase]} {phase} {spent / total:.0%} {duration(spent)}"
        for phase, spent in found.seconds.items()
        if spent
    ]
    lines = [""]
    for entry in told:
        longer = f"{lines[-1]}   {entry}" if lines[-1] else entry
        lines = [*lines[:-1], longer] if len(longer) <= WIDTH else [*lines, entry]
    return lines


def _bound(found: Profile) -> list[str]:
    parts = found.shares
    said = (
        f"Bound by {BOUNDS[found.bound]}. Of a {found.what}: data {parts.data:.0%}, host "
        f"{parts.host:.0%}, kernels {parts.kernels:.0%} (under the profiler; "
        f"{parts.products:.0%} in matrix products and convolutions)."
    )
    if not found.flops:
        said += " FLOPs: not counted (torch's counter finds no product in it, or breaks it)."
    if not math.isnan(found.utilisation):
        speed = count(found.utilisation * found.product_flops_per_s)
        said += (
            f" Operators reach {speed}FLOP/s, {found.utilisation:.0%} of what one large "
            f"matrix product reaches here."
        )
    return [wrapped(said, "", "")]


def _operations(found: Profile) -> list[str]:
    lines = [f"{'operator':<{OPERATION}} {'share':>6} {'calls':>7} {'each':>10}"]
    for one in found.profiled.operations[:MOST_OPERATIONS]:
        each = duration(one.seconds / max(one.calls, 1))
        lines.append(
            f"{printable(one.name, OPERATION):<{OPERATION}} {one.share:>6.0%} "
            f"{one.calls:>7} {each:>10}"
        )
    return lines


def _memory(found: Profile) -> list[str]:
    peaks = found.profiled.peak_bytes
    if not peaks:
        return []
    told = ", ".join(size(peak) for peak in peaks)
    grows = all(left > 0 for left in found.profiled.held_bytes[1:])
    more = " Each step leaves more behind than it found: is a loss kept with its graph?"
    said = f"Memory by {found.what}, at its peak above what was held: {told}."
    return [wrapped(said + (more if grows and len(peaks) > 1 else ""), "", "")]


def _suggestions(found: Profile) -> list[str]:
    able = [one for one in found.variants if one.options is not None]
    lines = ["What could be tried, by how much of it could go at most:"] if able else [
        "Nothing that could be tried would touch more than noise."
    ]  # fmt: skip
    for i, one in enumerate(able, 1):
        said = f"{i}. {one.name} (touches {one.touches:.0%}): {one.reason}"
        lines.append(wrapped(said, "", "   "))
    for one in found.variants:
        if one.options is None:
            lines.append(wrapped(f"not {one.name}: {printable(one.reason)}", "   ", "   "))
    return lines


def _applied(found: Profile) -> list[str]:
    trial = found.applied
    assert trial is not None
    lines = [
        f"Tried, interleaved with the baseline ({duration(trial.baseline_s)} a {found.what}):",
        f"{'':<15} {'speed':>7} {'least to greatest':>19}  verdict",
    ]
    for gain in trial.gains:
        span = f"{gain.least:.2f} to {gain.greatest:.2f}"
        lines.append(
            f"{gain.name:<15} {gain.ratio:>6.2f}x {span:>19}  {gain.verdict}{_apart(gain)}"
        )
    for name, reason in trial.failed.items():
        lines.append(wrapped(f"{name}: could not be tried: {printable(reason, 200)}", "", "  "))
    if trial.gains:
        rounds = trial.gains[0].rounds
        lines.append(
            wrapped(
                f"Speed by sample, median of {rounds} rounds with the baseline in each; a verdict "
                "only where all rounds agree.", "", "",
            )
        )  # fmt: skip
    return lines


def _apart(gain: Gain) -> str:
    """Return what else changed: the loss, and a long first step."""
    told = ""
    if gain.loss_change is not None and abs(gain.loss_change) > 1e-6:
        told += f", loss {gain.loss_change:+.1e}"
    return told + (f", first {duration(gain.first_s)}" if gain.first_s > 1 else "")


def _latency(found: Profile, most_ms: float) -> list[str]:
    """Return whether 95 of 100 passes keep to the budget, as it is and in each variant."""
    rows = {"as it is": found.latency_s[1], **variant_latencies(found)}
    return [
        f"Budget {most_ms:g} ms: {name} {'kept' if 1e3 * p95 <= most_ms else 'FAILED'} "
        f"(p95 {duration(p95)})"
        for name, p95 in rows.items()
    ]


def variant_latencies(found: Profile) -> dict[str, float]:
    """Return the 95th percentile, in seconds, of each variant that was tried."""
    if found.applied is None:
        return {}
    ordered = {gain.name: sorted(gain.latencies_s) for gain in found.applied.gains}
    return {name: all_of[int(0.95 * (len(all_of) - 1))] for name, all_of in ordered.items()}


def to_dict(found: Profile, max_latency_ms: float | None = None) -> dict[str, Any]:
    """Return the same as plain data."""
    p50, p95, p99 = found.latency_s
    applied = found.applied
    return {
        "schema": SCHEMA,
        "case": found.name,
        "what": found.what,
        "device": found.device,
        "steps": found.num_steps,
        "samples_a_step": found.num_samples,
        "samples_per_s": found.samples_per_s,
        "seconds": found.seconds,
        "latency_s": {"p50": p50, "p95": p95, "p99": p99},
        "shares": asdict(found.shares),
        "bound": found.bound,
        "flops": found.flops,
        "product_flops_per_s": found.product_flops_per_s,
        "utilisation": None if math.isnan(found.utilisation) else found.utilisation,
        "operations": [asdict(one) for one in found.profiled.operations],
        "memory": {
            "peak_bytes": list(found.profiled.peak_bytes),
            "left_bytes": list(found.profiled.held_bytes),
        },
        "suggestions": [
            {"name": one.name, "touches": one.touches, "reason": one.reason}
            for one in found.variants
            if one.options is not None
        ],
        "not_applicable": {v.name: v.reason for v in found.variants if v.options is None},
        "applied": None
        if applied is None
        else {
            "baseline_s": applied.baseline_s,
            "gains": [
                {
                    "name": gain.name, "ratio": gain.ratio, "least": gain.least,
                    "greatest": gain.greatest, "rounds": gain.rounds, "verdict": gain.verdict,
                    "first_s": gain.first_s, "loss_change": gain.loss_change,
                }
                for gain in applied.gains
            ],
            "failed": applied.failed,
        },
        "budget": None
        if max_latency_ms is None
        else {"max_latency_ms": max_latency_ms, "p95_ms": 1e3 * p95},
    }  # fmt: skip
