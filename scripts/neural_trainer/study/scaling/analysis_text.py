"""An analysis as text for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neural_trainer.render.report_text import printable, wrapped
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.study.scaling.allocation import FAR, Plan
from neural_trainer.study.scaling.analysis import Analysis, FittedLaw
from neural_trainer.study.scaling.intervals import Estimate
from neural_trainer.study.scaling.power_line import PowerLine
from neural_trainer.study.scaling.sensitivity import Without

MOST_ROWS = 16  # of optima and grids
LONGEST_LABEL = 60
ENDS = "end: the least loss is that of an end of the curve, and is not used"


def to_text(analysis: Analysis) -> str:
    """Return the analysis as lines of at most 79 columns."""
    points = analysis.points
    name = analysis.label or points.source
    lines = [wrapped(f"{shown_name(name, LONGEST_LABEL)}: {len(points)} points, by "
                     f"{analysis.method}, FLOP by {analysis.convention}. "
                     "Intervals are of 95 %.", "")]  # fmt: skip
    lines += [wrapped(f"note: {printable(note)}", "  ") for note in analysis.notes]
    if analysis.isoflop is not None:
        lines += _isoflop(analysis)
    if analysis.envelope is not None:
        lines += _envelope(analysis)
    if analysis.grids:
        lines += _grids(analysis)
    if analysis.law is not None:
        lines += ["", *_law(analysis.law)]
    for plan in analysis.plans:
        lines += ["", *_plan(plan)]
    return "\n".join(lines)


def number(value: float) -> str:
    """Return a number in four digits.

    >>> number(2143.4061), number(4.2e21), number(float("inf"))
    ('2143', '4.2e+21', 'open')
    """
    return f"{value:.4g}" if np.isfinite(value) else "open"


def estimated(value: Estimate) -> str:
    """Return an estimate in words."""
    told = f"{number(value.value)} ({number(value.low)} to {number(value.high)})"
    return told if value.identified else f"{told}, not identified: {value.why}"


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows in columns, the first row as their heading."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    cells = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows)
    return [line.rstrip() for line in cells]


def _law(law: FittedLaw) -> list[str]:
    found = law.fit
    lines = [f"{found.law.formula}", f"  ({found.law.source})"]
    rows = [("", "value", "from", "to")]
    for name, value in law.estimates.items():
        rows.append((name, number(value.value), number(value.low), number(value.high)))
    lines += table(rows)
    if not law.identified:
        lines.append(wrapped(f"NOT IDENTIFIED: {_unidentified(law)}.", ""))
    lines.append(f"objective {found.objective:.8f}; {found.agreeing} of the starts ended there; "
                 f"{len(law.samples)} bootstraps")  # fmt: skip
    for case in law.without:
        if case.moved:
            moves = ", ".join(
                f"{name} {number(law.estimates[name].value)} -> {number(case.parameters[name])}"
                for name in law.estimates
            )
            lines.append(wrapped(f"Sensitive: without {_points(case)}, {moves}.", ""))
    if law.without and not any(case.moved for case in law.without):
        lines.append(
            wrapped(f"Not sensitive: without the {law.without[0].count} highest, lowest or worst "
                    "fitted losses no parameter moves by half of its interval.", "")
        )  # fmt: skip
    return lines + _held_out(law)


def _unidentified(law: FittedLaw) -> str:
    """Name the parameters that are not identified, those with one reason together."""
    by_reason: dict[str, list[str]] = {}
    for name, value in law.estimates.items():
        if not value.identified:
            by_reason.setdefault(value.why, []).append(name)
    return "; ".join(f"{', '.join(names)} ({why})" for why, names in by_reason.items())


def _points(case: Without) -> str:
    """Name the points that are left out.

    >>> _points(Without("highest", 1, {}, ())), _points(Without("worst fitted", 3, {}, ()))
    ('the highest loss', 'the 3 worst fitted losses')
    """
    if case.count == 1:
        return f"the {case.what} loss"
    return f"the {case.count} {case.what} losses"


def _held_out(law: FittedLaw) -> list[str]:
    held = law.held_out
    if held is None:
        return ["Not checked on held-out compute: too few points."]
    error = f"{held.error.value:+.4f} ({held.error.low:+.4f} to {held.error.high:+.4f})"
    told = f"Held out the {held.count} points of the most compute: "
    if held.verdict == "inconclusive":
        told += f"INCONCLUSIVE, chance explains as much as the loss falls; mean of logs {error}."
    else:
        told += (
            f"the law {held.verdict.upper()} at {number(held.reach)} times the compute of the "
            f"others. Log of loss over prediction, mean: {error}; {100 * held.inside:.0f} % of the "
            "points in their own interval."
        )
    return [wrapped(told, "")]


def _line(what: str, line: PowerLine) -> str:
    return wrapped(
        f"{what} = k C^a, a {estimated(line.exponent)}, k {estimated(line.coefficient)}; "
        f"{line.count} budgets",
        "",
    )


def _isoflop(analysis: Analysis) -> list[str]:
    found = analysis.isoflop
    assert found is not None
    rows = [("compute", "sizes", "optimal N", "from", "to", "D", "loss", "")]
    for optimum in found.optima[:MOST_ROWS]:
        n = optimum.params
        rows.append(
            (
                number(optimum.compute),
                str(optimum.sizes),
                number(n.value),
                number(n.low) if n.low > 0 else "open",
                number(n.high),
                number(optimum.tokens),
                number(optimum.loss),
                "end" if optimum.edge else "",
            )
        )
    more = len(found.optima) - MOST_ROWS
    return [
        "",
        *table(rows),
        *([f"and {more} more"] if more > 0 else []),
        *([ENDS] if any(optimum.edge for optimum in found.optima) else []),
        f"noise of a log loss about its neighbours: {number(found.noise)}",
        "",
        _line("Optimal N", found.params),
        _line("Optimal D", found.tokens),
    ]


def _envelope(analysis: Analysis) -> list[str]:
    found = analysis.envelope
    assert found is not None
    rows = [("N", "best from", "to", "D at the middle", "loss")]
    for model in found.models[:MOST_ROWS]:
        told = (model.params, model.since, model.until, model.tokens, model.loss)
        rows.append(tuple(number(value) for value in told))  # type: ignore[arg-type]
    return [
        "",
        *table(rows),
        "The first and the last have no neighbour on one side, and are not used.",
        "",
        _line("Optimal N", found.params),
        _line("Optimal D", found.tokens),
    ]


def _grids(analysis: Analysis) -> list[str]:
    rows = [("N", "D", "points", "optimal lr", "optimal batch")]
    for grid in analysis.grids[:MOST_ROWS]:
        rows.append(
            (
                number(grid.params),
                number(grid.tokens),
                str(grid.points),
                _short(grid.lr),
                _short(grid.batch),
            )
        )
    lines = ["", *table(rows)]
    for kind in ("lr", "batch"):
        law = next((law for law in analysis.grid_laws if law.kind == kind), None)
        if law is None:
            lines.append(
                wrapped(f"Law of {kind}: not identified, too few grids of other sizes.", "")
            )
            continue
        parts = [
            f"{symbol} to the power {estimated(value)}"
            for symbol, value in (("N", law.on_params), ("D", law.on_tokens))
            if value is not None
        ]
        lines.append(wrapped(f"Law of {kind}: {'; '.join(parts)}; coefficient "
                             f"{estimated(law.coefficient)}; {law.grids} grids", ""))  # fmt: skip
    return lines


def _short(value: Estimate) -> str:
    """Return an estimate in little room."""
    ends = f"{value.low:.3g} to {value.high:.3g}" if value.identified else "open"
    return f"{value.value:.3g} ({ends})"


def _plan(plan: Plan) -> list[str]:
    demand = plan.demand
    asked = f"Plan for {number(demand.flops)} FLOP"
    if demand.served:
        asked += f", {number(demand.served)} tokens to serve among them"
    if np.isfinite(demand.unique):
        asked += f", {number(demand.unique)} unique tokens"
    if plan.verdict == "inconclusive":
        asked += ": INCONCLUSIVE, the data do not hold the optimum"
    rows = [("", "value", "from", "to")]
    for name, value in (
        ("parameters", plan.params),
        ("tokens", plan.tokens),
        ("tokens per parameter", plan.ratio),
        ("loss", plan.loss),
    ):
        rows.append((name, number(value.value), number(value.low), number(value.high)))
    lines = [wrapped(asked, ""), *table(rows)]
    if np.isfinite(demand.unique):
        lines.append(f"The data would be seen {number(plan.epochs)} times.")
    if plan.params.why:
        lines.append(wrapped(f"Not identified: {plan.params.why}.", ""))
    if plan.reach > FAR:
        lines.append(
            wrapped(f"{number(plan.reach)} times the largest compute measured: the interval says "
                    "what chance does, not whether the law still holds there.", "")
        )  # fmt: skip
    return lines
