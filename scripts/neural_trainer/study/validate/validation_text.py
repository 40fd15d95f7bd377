"""A validation as text for a terminal of 80 columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from textwrap import fill

from neural_trainer.render.report_text import WIDTH
from neural_trainer.runs.plain_text import printable, shown_name
from neural_trainer.runs.quantities import duration
from neural_trainer.study.validate.paired import Against
from neural_trainer.study.validate.validation import Validation

SHOWN_CLASSES, SHOWN_SLICES, SHOWN_MISTAKES, SHOWN_FEATURES = 12, 10, 5, 6
LONGEST = 20
ALPHA = 0.05


def to_text(v: Validation) -> str:
    """Return the validation as lines of at most 79 columns."""
    items = f"{v.num:,} items" + (f" in {v.num_clusters:,} groups" if v.num_clusters else "")
    lines = [_wrapped(f"{shown_name(v.source)}: {v.task}, {items}; model {shown_name(v.model)}; "
                      f"intervals at {v.level:.0%}.")]  # fmt: skip
    lines += [_wrapped(f"WARNING: {printable(told, 400)}") for told in v.warnings]
    parts = (_metrics, _confusion, _classes, _calibration, _slices, _gap, _leakage, _shift,
             _folds, _against, _robust, _speed, _mistakes)  # fmt: skip
    for part in parts:
        told = part(v)
        if told:
            lines += ["", *told]
    lines += ["", *(_wrapped(f"note: {printable(note, 300)}") for note in v.notes)] * bool(v.notes)
    if v.not_checked:
        lines += ["", _wrapped(f"Not checked: {'; '.join(v.not_checked)}.")]
    return "\n".join(lines)


def _metrics(v: Validation) -> list[str]:
    rows = [("metric", "value", "interval", "better", "by")]
    rows += [
        (m.name, number(m.value), _interval(m.low, m.high),
         "higher" if m.higher_is_better else
         "nearer 0" if m.name.endswith("(bias)") else "lower", m.method)
        for m in v.metrics
    ]  # fmt: skip
    return _table(rows)


def _confusion(v: Validation) -> list[str]:
    if v.confusion is None or len(v.classes) > SHOWN_CLASSES:
        return []
    names = [shown_name(name, 8) for name in v.classes]
    rows = [("true \\ predicted", *names)]
    rows += [
        (shown_name(name, LONGEST), *(f"{value:.0f}" for value in row))
        for name, row in zip(v.classes, v.confusion, strict=True)
    ]
    lines = _table(rows)
    return lines if max(map(len, lines)) < WIDTH else []


def _classes(v: Validation) -> list[str]:
    if not v.class_rows:
        return []
    shown = v.class_rows
    if len(shown) > SHOWN_CLASSES:
        shown = tuple(sorted(shown, key=lambda r: r.recall if r.support else 2)[:SHOWN_CLASSES])
    rows = [("class", "items", "precision", "", "recall", "", "F1")]
    rows += [
        (shown_name(r.name, LONGEST), str(r.support), number(r.precision, 3),
         _interval(*r.precision_interval, 3), number(r.recall, 3),
         _interval(*r.recall_interval, 3), number(r.f1, 3))
        for r in shown
    ]  # fmt: skip
    lines = _table(rows)
    if len(shown) < len(v.class_rows):
        lines.append(f"… of {len(v.class_rows)} classes those of least recall: --json holds all")
    return lines


def _calibration(v: Validation) -> list[str]:
    c = v.calibration
    if c is None:
        return []
    which = "overconfident" if c.overconfident > 0 else "underconfident"
    told = (
        f"Calibration: expected error {number(c.ece)} {_interval(c.low, c.high)}; a model that is "
        f"calibrated stays below {number(c.by_chance)} on 95 of 100 such splits. On average "
        f"{which} by {number(abs(c.overconfident))}."
    )
    told += " Miscalibrated." if c.ece > c.by_chance else " No miscalibration shown."
    return [_wrapped(told)]


def _slices(v: Validation) -> list[str]:
    s = v.slices
    if s is None:
        return []
    rows = [("slice, worst first", "items", s.score, "interval", "less rest", "p (Holm)")]
    rows += [
        (f"{shown_name(r.column, 12)}={shown_name(r.value, 18)}", str(r.num), number(r.score),
         _interval(r.low, r.high), number(r.difference), _p(r.p))
        for r in s.rows[:SHOWN_SLICES]
    ]  # fmt: skip
    lines = _table(rows) if s.rows else []
    if s.rows:
        worst = s.rows[0]
        shown = "apart from the rest" if worst.p < ALPHA else "not shown to differ from the rest"
        lines.append(_wrapped(f"Worst group: {shown_name(worst.column)}="
                              f"{shown_name(worst.value)}, {shown}."))  # fmt: skip
    return lines + [_wrapped(f"left out: {printable(told, 200)}") for told in s.left_out]


def _gap(v: Validation) -> list[str]:
    g = v.gap
    if g is None:
        return []
    told = (
        f"Gap, both in evaluation mode: {g.score} {number(g.held_out)} held out, {number(g.train)} "
        f"in training; difference {number(g.difference)} {_interval(g.low, g.high)}."
    )
    if g.num_clean:
        told += f" Without copies of training items: {number(g.clean)} ({g.num_clean} items)."
    return [_wrapped(told)]


def _leakage(v: Validation) -> list[str]:
    k = v.leakage
    if k is None:
        return []
    told = (
        f"Leakage: {k.exact} of {k.num} items are exact copies of training items "
        f"({k.repeats:.1%} of these have one among themselves)"
    )
    if k.near is not None:
        told += f", {k.near} near ones more ({k.chance:.1%}): {k.how}"
    told += "."
    if k.exact + (k.near or 0) and not k.leaks:
        told += " Chance may explain that."
    return [_wrapped(f"{told} {k.note}".strip())]


def _shift(v: Validation) -> list[str]:
    s = v.shift
    if s is None:
        return []
    apart = [row for row in s.rows if row.p < ALPHA]
    told = f"Shift from training data: {len(apart)} of {len(s.rows)} features differ (Holm)."
    if math.isfinite(s.joint):
        told += f" Whole {s.joint_of}: p {_p(s.joint)} (kernel two-sample test)."
    rows = [("feature", "test", "distance", "p (Holm)")]
    rows += [
        (shown_name(r.name, 30), r.test, number(r.distance), _p(r.p))
        for r in apart[:SHOWN_FEATURES]
    ]
    lines = [_wrapped(told)] + (_table(rows) if apart else [])
    return lines + [_wrapped(f"left out: {printable(one, 200)}") for one in s.left_out[:4]]


def _folds(v: Validation) -> list[str]:
    f = v.folds
    if f is None:
        return []
    told = (
        f"Cross-validation ({f.how}, {len(f.values)} folds): {f.score} {number(f.mean)} "
        f"{_interval(f.low, f.high)}, folds {', '.join(number(one) for one in f.values[:12])}. The "
        f"interval allows for training sets that overlap (Nadeau and Bengio 2003)."
    )
    if v.fold_p:
        told += f" Against other models over folds: p {', '.join(map(_p, v.fold_p))}."
    return [_wrapped(told), *(_wrapped(f"note: {note}") for note in f.notes)]


def _against(v: Validation) -> list[str]:
    lines = [line for one in v.against for line in _one_other(one)]
    count = sum(len(one.rows) for one in v.against)
    return lines + [f"p corrected by Holm for {count} tests."] * (count > 1)


def _one_other(a: Against) -> list[str]:
    rows = [("other less this", "this", "other", "difference", "interval", "p")]
    rows += [
        (r.name, number(r.ours), number(r.theirs), number(r.difference),
         _interval(r.low, r.high), _p(r.p))
        for r in a.rows
    ]  # fmt: skip
    lines = _table(rows)
    for r in a.rows:
        told = f"{r.name}: {shown_name(a.source)} is {r.verdict.upper()} ({r.test})"
        if math.isfinite(r.detectable):
            told += f"; a true difference of {number(r.detectable)} is found 8 times in 10"
        lines.append(_wrapped(f"{told}."))
    if a.discordant is not None:
        lines.append(_wrapped(f"Right where this model errs: {a.discordant[0]}; wrong where it is "
                              f"right: {a.discordant[1]}."))  # fmt: skip
    return [*lines, _wrapped(f"{a.num} items matched by {a.matched}.")]


def _robust(v: Validation) -> list[str]:
    if not v.robust:
        return []
    rows = [("corruption", v.robust[0].score, "difference", "interval", "p (Holm)")]
    rows += [
        (r.corruption, number(r.corrupted), number(r.difference), _interval(r.low, r.high), _p(r.p))
        for r in v.robust
    ]
    return _table(rows)


def _speed(v: Validation) -> list[str]:
    s = v.speed
    if s is None:
        return []
    return [_wrapped(
        f"Speed ({s.device}): batches of {s.num_samples} take {duration(s.p50_s)} (95 of 100 "
        f"within {duration(s.p95_s)}), {number(s.samples_per_s)} samples/s; {s.num_passes} passes."
    )]  # fmt: skip


def _mistakes(v: Validation) -> list[str]:
    if not v.mistakes:
        return []
    if v.task == "language":
        most = [(shown_name(m.item, 30), number(m.size)) for m in v.mistakes[:SHOWN_MISTAKES]]
        return _table([("most nats a token: item", "nats a token"), *most])
    what = "surest mistakes" if v.task == "classification" else "largest errors"
    size = "sure" if v.task == "classification" else "error"
    rows = [(f"{what}: item", "true", "predicted", size)]
    rows += [
        (shown_name(m.item, 24), shown_name(m.truth, LONGEST), shown_name(m.predicted, LONGEST),
         number(m.size))
        for m in v.mistakes[:SHOWN_MISTAKES]
    ]  # fmt: skip
    return _table(rows)


def number(value: float, digits: int = 4) -> str:
    """Return a number of four digits, a dash for none."""
    return "-" if math.isnan(value) else f"{value:.{digits}g}"


def _interval(low: float, high: float, digits: int = 4) -> str:
    if math.isnan(low) or math.isnan(high):
        return "-"
    return f"[{number(low, digits)}, {number(high, digits)}]"


def _p(value: float) -> str:
    return "-" if math.isnan(value) else "<0.0001" if value < 1e-4 else f"{value:.2g}"


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows]
    return [line.rstrip() for line in lines]


def _wrapped(text: str) -> str:
    return fill(text, WIDTH, subsequent_indent="  ", break_on_hyphens=False)
