"""An analysis as plain data: what --json prints."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from neural_trainer.study.scaling.allocation import Plan
from neural_trainer.study.scaling.analysis import Analysis, FittedLaw
from neural_trainer.study.scaling.intervals import LEVEL, Estimate
from neural_trainer.study.scaling.power_line import PowerLine

SCHEMA = "neural-trainer/scaling/1"


def to_dict(analyses: Sequence[Analysis]) -> dict[str, Any]:
    """Return analyses as data: one as it is, several under `studies`. Open ends become null."""
    if len(analyses) == 1:
        return {"schema": SCHEMA, **_analysis(analyses[0])}
    return {"schema": SCHEMA, "studies": [_analysis(analysis) for analysis in analyses]}


def _analysis(analysis: Analysis) -> dict[str, Any]:
    told: dict[str, Any] = {
        "study": analysis.label or analysis.points.source,
        "method": analysis.method,
        "points": len(analysis.points),
        "level": LEVEL,
        "flops": analysis.convention,
        "notes": list(analysis.notes),
    }
    if analysis.law is not None:
        told |= law_data(analysis.law)
    if analysis.isoflop is not None:
        found = analysis.isoflop
        told |= {"params_by_compute": _line(found.params), "tokens_by_compute": _line(found.tokens)}
        told["noise"] = plain(found.noise)
        told["optima"] = [
            {
                "compute": optimum.compute,
                "params": estimate(optimum.params),
                "tokens": optimum.tokens,
                "loss": optimum.loss,
                "sizes": optimum.sizes,
                "edge": optimum.edge,
            }
            for optimum in found.optima
        ]
    if analysis.envelope is not None:
        curves = analysis.envelope
        told["params_by_compute"] = _line(curves.params)
        told["tokens_by_compute"] = _line(curves.tokens)
        told["models"] = [vars(model) for model in curves.models]
    if analysis.grids:
        told["grids"] = [
            {
                "params": grid.params,
                "tokens": grid.tokens,
                "points": grid.points,
                "lr": estimate(grid.lr),
                "batch": estimate(grid.batch),
            }
            for grid in analysis.grids
        ]
        told["laws"] = {
            law.kind: {
                "coefficient": estimate(law.coefficient),
                "on_params": None if law.on_params is None else estimate(law.on_params),
                "on_tokens": None if law.on_tokens is None else estimate(law.on_tokens),
                "grids": law.grids,
            }
            for law in analysis.grid_laws
        }
    told["plans"] = [_plan(plan) for plan in analysis.plans]
    return told


def law_data(law: FittedLaw) -> dict[str, Any]:
    """Return a fitted law: objective, parameters, and what it rests on."""
    found = law.fit
    return {
        "law": found.law.formula,
        "source": found.law.source,
        "objective": found.objective,
        "identified": law.identified,
        "parameters": {name: estimate(value) for name, value in law.estimates.items()},
        "starts_agreeing": found.agreeing,
        "unmoved": list(found.unmoved),
        "bootstrap": len(law.samples),
        "without": [
            {
                "left_out": f"{case.count} {case.what}",
                "parameters": _numbers(case.parameters),
                "moved": list(case.moved),
            }
            for case in law.without
        ],
        "held_out": None
        if law.held_out is None
        else {
            "points": law.held_out.count,
            "reach": law.held_out.reach,
            "mean_log_error": estimate(law.held_out.error),
            "inside_interval": law.held_out.inside,
            "verdict": law.held_out.verdict,
        },
    }


def estimate(value: Estimate) -> dict[str, Any]:
    """Return an estimate; an end that the data do not hold is null."""
    return {
        "value": plain(value.value),
        "interval": [plain(value.low), plain(value.high)],
        "identified": value.identified,
        **({"why": value.why} if value.why else {}),
    }


def plain(value: float) -> float | None:
    """Return a number, or None for one that is not finite."""
    return value if math.isfinite(value) else None


def _line(line: PowerLine) -> dict[str, Any]:
    return {
        "exponent": estimate(line.exponent),
        "coefficient": estimate(line.coefficient),
        "points": line.count,
    }


def _plan(plan: Plan) -> dict[str, Any]:
    demand = plan.demand
    return {
        "budget": demand.flops,
        "served": demand.served,
        "unique_tokens": plain(demand.unique),
        "flops_per_param_and_token": demand.per_token,
        "verdict": plan.verdict,
        "params": estimate(plan.params),
        "tokens": estimate(plan.tokens),
        "tokens_per_param": estimate(plan.ratio),
        "loss": estimate(plan.loss),
        "epochs": plan.epochs,
        "reach": plain(plan.reach),
    }


def _numbers(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: plain(value) for name, value in values.items()}
