"""One study analysed by one method: the law, what it rests on, and the plans that follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.runs.run import Array
from neural_trainer.study.scaling.allocation import Demand, Plan, plan
from neural_trainer.study.scaling.bootstrap import bootstrap, draws
from neural_trainer.study.scaling.envelope import Envelope, envelope
from neural_trainer.study.scaling.fit import Fit, fit
from neural_trainer.study.scaling.flops import Architecture, flops_per_token
from neural_trainer.study.scaling.hold_out import HoldOut, hold_out
from neural_trainer.study.scaling.huber import DELTA
from neural_trainer.study.scaling.hyperparameters import (
    GridOptimum,
    HyperparameterLaw,
    hyperparameters,
)
from neural_trainer.study.scaling.identified import estimates
from neural_trainer.study.scaling.intervals import Estimate, percentiles
from neural_trainer.study.scaling.isoflop import IsoFlop, isoflop
from neural_trainer.study.scaling.law_losses import law_loss
from neural_trainer.study.scaling.laws import OVER_TRAINING, PARAMETRIC, power
from neural_trainer.study.scaling.model import Model, SumOfPowers
from neural_trainer.study.scaling.points import Points
from neural_trainer.study.scaling.power_line import PowerLine
from neural_trainer.study.scaling.repeated import RepeatedData
from neural_trainer.study.scaling.sensitivity import Without, sensitivity

METHODS = {
    "parametric": ("params", "tokens"),
    "isoflop": ("params", "compute"),
    "envelope": ("params", "tokens", "compute"),
    "power": (),
    "over-training": ("params", "tokens"),
    "repeated-data": ("params", "tokens", "unique"),
    "hyperparameters": ("params", "tokens", "lr", "batch"),
}
SAMPLES = 1000
SPARE = 2  # points beyond one for each parameter: fewer leave nothing that tells the noise
FEWEST_RUNS = 4  # drawn with repetition, three give one sample in nine of a single run


@dataclass(frozen=True)
class Settings:
    """How to analyse. demands: budgets to plan for; per_token of these is set from the points."""

    method: str = "parametric"
    delta: float = DELTA
    samples: int = SAMPLES
    seed: int = 0
    demands: Sequence[Demand] = ()
    convention: str = "6ND"


@dataclass(frozen=True, eq=False)
class FittedLaw:
    """A law, its parameters with intervals, and how far it can be trusted.

    samples: (b, p), the parameters, as fitted, of the bootstrap.
    """

    fit: Fit
    estimates: Mapping[str, Estimate]
    samples: Array
    without: Sequence[Without] = ()
    held_out: HoldOut | None = None

    @property
    def identified(self) -> bool:
        """Whether the data hold every parameter at both ends."""
        return all(estimate.identified for estimate in self.estimates.values())


@dataclass(frozen=True, eq=False)
class Analysis:
    """What one method finds in one study; the parts that a method does not make are empty."""

    label: str
    method: str
    points: Points
    convention: str
    law: FittedLaw | None = None
    isoflop: IsoFlop | None = None
    envelope: Envelope | None = None
    grids: Sequence[GridOptimum] = ()
    grid_laws: Sequence[HyperparameterLaw] = ()
    plans: Sequence[Plan] = ()
    notes: Sequence[str] = ()


def analyse(points: Points, settings: Settings, label: str = "") -> Analysis:
    """Return what the method of `settings` finds in `points`, which are checked and complete."""
    lacking = [name for name in METHODS[settings.method] if name not in points.columns]
    if lacking:
        raise NeuralTrainerError(
            f"{points.source} has no {' and no '.join(lacking)}, which --method "
            f"{settings.method} needs; name the column with --{lacking[0]}"
        )
    start = Analysis(label, settings.method, points, settings.convention, notes=points.notes)
    if settings.method == "hyperparameters":
        if settings.demands:
            raise NeuralTrainerError("laws of learning rate and batch plan no --budget")
        optima, laws = hyperparameters(points, settings.seed)
        return replace(start, grids=optima, grid_laws=laws)
    if settings.method in ("isoflop", "envelope"):
        return _by_optima(start, points, settings)
    model = _model(points, settings.method)
    _enough(model, points)
    law = fitted(model, points, settings)
    largest = float(points.columns["compute"].max()) if "compute" in points.columns else np.nan
    plans = []
    for demand in _demands(points, settings):
        theta = np.concatenate([law.fit.theta[None], law.samples])
        loss = law_loss(law.fit.law, theta, demand)
        why = [e.why for name, e in law.estimates.items() if name != "E" and e.why]
        plans.append(plan(demand, loss, len(law.samples), largest, why[0] if why else ""))
    return replace(start, law=law, plans=plans)


def _enough(model: Model, points: Points) -> None:
    """Raise where the law has nearly as many parameters as there are points, or runs to draw."""
    parameters, runs = len(model.law.parameters), len(np.unique(points.groups))
    for what, count, fewest in (
        ("points", len(points), parameters + SPARE),
        ("runs to draw", runs, FEWEST_RUNS),
    ):
        if count < fewest:
            raise NeuralTrainerError(
                f"{points.source} has {count} {what} for a law of {parameters} parameters; "
                f"expected {fewest} at least"
            )


def completed(
    points: Points, convention: str = "6ND", architecture: Architecture | None = None
) -> Points:
    """Return points with tokens from compute, or compute from tokens, by the convention."""
    columns = points.columns
    if "params" not in columns or ("tokens" in columns) == ("compute" in columns):
        return points
    each = flops_per_token(columns["params"], convention, architecture)
    if "tokens" in columns:
        return points.with_column("compute", each * columns["tokens"])
    return points.with_column("tokens", columns["compute"] / each)


def fitted(model: Model, points: Points, settings: Settings) -> FittedLaw:
    """Return the law fitted, with its intervals and checks."""
    found = fit(model, settings.delta)
    weights = draws(points.groups, settings.samples, settings.seed)
    samples = bootstrap(model, found, weights, settings.delta)
    known = estimates(found, samples, model.columns, model.loss)
    without = sensitivity(model, found, known, settings.delta)
    size = next(name for name in ("compute", "params", "tokens") if name in points.columns)
    compute = points.columns[size]
    held = hold_out(model, found, compute, points.groups, settings.delta, settings.seed)
    return FittedLaw(found, known, samples, without, held)


def _model(points: Points, method: str) -> Model:
    columns = points.columns
    if method == "repeated-data":
        return RepeatedData(columns, points.loss)
    if method == "over-training":
        ratio = columns["tokens"] / columns["params"]
        return SumOfPowers(OVER_TRAINING, {**columns, "multiplier": ratio}, points.loss)
    if method == "power":
        known = [name for name in ("compute", "params", "tokens") if name in columns]
        if not known:
            raise NeuralTrainerError(f"{points.source} has no compute, parameters or tokens")
        return SumOfPowers(power(known[0]), columns, points.loss)
    return SumOfPowers(PARAMETRIC, columns, points.loss)


def _demands(points: Points, settings: Settings) -> list[Demand]:
    """Return the demands with the FLOP that a parameter and token of these points cost."""
    columns = points.columns
    if not settings.demands or not {"params", "tokens", "compute"} <= set(columns):
        return list(settings.demands)
    each = float(np.median(columns["compute"] / (columns["params"] * columns["tokens"])))
    return [Demand(demand.flops, demand.served, demand.unique, each) for demand in settings.demands]


def _by_optima(start: Analysis, points: Points, settings: Settings) -> Analysis:
    """Return the analysis by optima of budgets: IsoFLOP curves, or the envelope of curves."""
    if any(demand.served or np.isfinite(demand.unique) for demand in settings.demands):
        raise NeuralTrainerError(
            "--served and --unique-tokens need a law of both sizes; fit --method parametric"
        )
    by_size: IsoFlop | Envelope
    if settings.method == "isoflop":
        by_size = isoflop(points, settings.seed)
        best = [(o.compute, o.loss) for o in by_size.optima if not o.edge]
    else:
        by_size = envelope(points, settings.seed)
        best = [(model.compute, model.loss) for model in by_size.models]
    compute, loss = np.array(best).T
    optima = Points(points.source, {"compute": compute, "loss": loss})
    law = None
    if len(loss) > len(power("compute").parameters):
        law = fitted(SumOfPowers(power("compute"), optima.columns, loss), optima, settings)
    largest = float(points.columns["compute"].max())
    plans = [
        _plan_of_lines(demand, by_size.params, by_size.tokens, law, largest)
        for demand in _demands(points, settings)
    ]
    if isinstance(by_size, IsoFlop):
        return replace(start, law=law, isoflop=by_size, plans=plans)
    return replace(start, law=law, envelope=by_size, plans=plans)


def _plan_of_lines(
    demand: Demand, params: PowerLine, tokens: PowerLine, law: FittedLaw | None, largest: float
) -> Plan:
    """Return the plan that the lines of N and D give at the budget, and the frontier's loss."""
    n, d = params.at(demand.flops), tokens.at(demand.flops)
    ratio = Estimate(
        d.value / n.value, d.low / n.high, d.high / n.low if n.low > 0 else np.inf, n.why or d.why
    )
    loss = Estimate(np.nan, np.nan, np.nan, "too few budgets")
    if law is not None:
        at = {"compute": np.array([demand.flops])}
        all_of_it = np.concatenate([law.fit.theta[None], law.samples])
        told = law.fit.law.predict(all_of_it, at)[:, 0]
        loss = Estimate(float(told[0]), *percentiles(told[1:]))
    return Plan(demand, n, d, ratio, loss, demand.flops / largest)
