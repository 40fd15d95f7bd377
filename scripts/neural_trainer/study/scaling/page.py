"""Scaling laws as one page: the law and its limits in words, losses with it, what is left over."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neural_trainer.render.figure_svg import Look, Shape, figure_svg
from neural_trainer.render.page import page, section, shown, words
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.study.scaling.analysis import Analysis, FittedLaw
from neural_trainer.study.scaling.analysis_text import to_text
from neural_trainer.study.scaling.pictures import FINE, LABELS, axis_of, line_of

LAW = "best"  # the class of what is fitted
MOST_CURVES = 60
NEAR = 0.1  # in the logarithm of compute: points of one budget


def to_page(analyses: Sequence[Analysis]) -> str:
    """Return the page of one study or of several."""
    named = [shown(shown_name(a.label or a.points.source)) for a in analyses]
    title = f"Scaling: {named[0]}" + (f" and {len(named) - 1} more" if len(named) > 1 else "")
    head = f"<header><h1>{title}</h1><p>Method: {shown(analyses[0].method)}.</p></header>"
    titles = named if len(named) > 1 else ["The law"]
    parts = [section(name, _study(a)) for name, a in zip(titles, analyses, strict=True)]
    return page(title, [head, *parts])


def _study(analysis: Analysis) -> str:
    figures = _figures(analysis)
    return (f'<div class="pair">{"".join(figures)}</div>' if figures else "") + words(
        to_text(analysis)
    )


def _figures(analysis: Analysis) -> list[str]:
    if analysis.grids:
        return [_optima(analysis, kind) for kind in ("lr", "batch")]
    if analysis.isoflop is not None or analysis.envelope is not None:
        return [_curves(analysis), _line(analysis)]
    return [] if analysis.law is None else [_losses(analysis, analysis.law),
                                            _residuals(analysis, analysis.law)]  # fmt: skip


def _losses(analysis: Analysis, law: FittedLaw) -> str:
    """Draw losses measured over losses predicted: on the line the law is right."""
    loss = analysis.points.loss
    predicted = loss / np.exp(law.fit.residual)
    ends = np.array([min(loss.min(), predicted.min()), max(loss.max(), predicted.max())])
    shapes = [Shape("curve", ends, ends, LAW, "as predicted"), Shape("dots", predicted, loss)]
    return figure_svg(shapes, Look("loss by the law", "loss measured"))


def _residuals(analysis: Analysis, law: FittedLaw) -> str:
    name = axis_of(analysis)
    x = analysis.points.columns[name]
    ends = np.array([x.min(), x.max()])
    shapes = [Shape("curve", ends, np.zeros(2), LAW), Shape("dots", x, law.fit.residual)]
    return figure_svg(shapes, Look(LABELS[name], "log of loss over prediction", log_x=True))


def _curves(analysis: Analysis) -> str:
    columns, shapes = analysis.points.columns, []
    if analysis.isoflop is not None:
        for place, optimum in enumerate(analysis.isoflop.optima[:MOST_CURVES]):
            near = np.flatnonzero(np.abs(np.log(columns["compute"] / optimum.compute)) < NEAR)
            own = near[np.argsort(columns["params"][near])]
            x, y = columns["params"][own], columns["loss"][own]
            shapes += [Shape("raw", x, y, f"c{place % 6}"), Shape("dots", x, y, f"c{place % 6}")]
        kept = [o for o in analysis.isoflop.optima if not o.edge]
        at = np.array([(o.params.value, o.loss) for o in kept]).reshape(-1, 2)
        shapes.append(Shape("dots", at[:, 0], at[:, 1], LAW, "optimum"))
        return figure_svg(shapes, Look(LABELS["params"], "loss", True, True))
    assert analysis.envelope is not None
    groups = columns["params"] if analysis.points.run is None else analysis.points.groups
    for place, group in enumerate(np.unique(groups)[:MOST_CURVES]):
        own = np.flatnonzero(groups == group)
        own = own[np.argsort(columns["compute"][own])]
        x, y = columns["compute"][own], columns["loss"][own]
        shapes.append(Shape("raw", x, y, f"c{place % 6}"))
    best = np.array([(m.compute, m.loss) for m in analysis.envelope.models]).reshape(-1, 2)
    shapes.append(Shape("dots", best[:, 0], best[:, 1], LAW, "best of each size"))
    return figure_svg(shapes, Look(LABELS["compute"], "loss", True, True))


def _line(analysis: Analysis) -> str:
    """Draw the optimal size over compute, with the line and its interval."""
    found, at = line_of(analysis)
    budgets = [plan.demand.flops for plan in analysis.plans]
    fine = np.geomspace(min([*at[:, 0], *budgets]), max([*at[:, 0], *budgets]), FINE)
    told = [found.at(float(x)) for x in fine]
    low, high = (np.array([getattr(v, end) for v in told]) for end in ("low", "high"))
    shapes = [
        Shape("band", fine, low, LAW, top=high),
        Shape("curve", fine, np.array([v.value for v in told]), LAW, "optimal size"),
        Shape("dots", at[:, 0], at[:, 1]),
    ]
    return figure_svg(shapes, Look(LABELS["compute"], "optimal parameters", True, True))


def _optima(analysis: Analysis, kind: str) -> str:
    """Draw the optimum of each grid over tokens, with its interval as an upright line."""
    shapes = []
    for grid in analysis.grids:
        value = grid.lr if kind == "lr" else grid.batch
        ends = [v if np.isfinite(v) and v > 0 else value.value for v in (value.low, value.high)]
        shapes.append(Shape("raw", np.full(2, grid.tokens), np.array(ends)))
        shapes.append(Shape("dots", np.array([grid.tokens]), np.array([value.value])))
    return figure_svg(shapes, Look(LABELS["tokens"], f"optimal {LABELS[kind]}", True, True))
