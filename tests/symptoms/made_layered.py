"""Runs that were measured layer by layer: healthy ones of many sorts, and one for each fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from measured import changed, columns, measured, mlp, recurrent, transformer, with_layers
from sketch import Sketch, made, sketch, warm_cosine

from neural_trainer.runs.layers import Layers
from neural_trainer.runs.run import Array, Run

Maker = Callable[[int], Run]


def _learns(s: Sketch, layers: Layers, peak: float = 3e-4) -> Run:
    """Return a run whose loss falls as it ought to, with a warm-up."""
    run = made({"loss": s.noisy(s.falling()), "lr": warm_cosine(s.n, peak), "grad_norm": s.norm()})
    return with_layers(run, layers)


def _stands(s: Sketch, layers: Layers, at: float = 1, level: float = 2.0) -> Run:
    """Return a run whose loss does not fall, its fault planted at step `at`."""
    loss = s.noisy(np.full(s.n, level))
    signals = {"loss": loss, "lr": warm_cosine(s.n, 3e-4), "grad_norm": s.norm()}
    return with_layers(made(signals, at), layers)


# Healthy.


def layered_mlp(seed: int) -> Run:
    """A plain network of eight layers."""
    s = sketch(seed)
    return _learns(s, measured(s, mlp(8)))


def layered_transformer(seed: int) -> Run:
    """A transformer: embeddings with rare tokens, norms and biases of another size."""
    s = sketch(seed)
    return _learns(s, measured(s, transformer(6)))


def layered_recurrent(seed: int) -> Run:
    """A recurrent network."""
    s = sketch(seed)
    return _learns(s, measured(s, recurrent()))


def lora_by_layer(seed: int) -> Run:
    """LoRA: all else is frozen, and the first gradient of each A is exactly zero, as B is."""
    s = sketch(seed)
    layers = measured(s, transformer(6, lora=True))
    first = [i for i, p in enumerate(layers.parameters) if p.name.endswith("lora_A")]
    norm, zeros, ratio = (
        layers.gradients[name].copy() for name in ("grad_norm", "grad_zeros", "update_ratio")
    )
    norm[0, first], zeros[0, first], ratio[0, first] = 0, 1, 0
    second = [i + 1 for i in first]
    norm[:, first] *= np.linspace(0, 1, len(norm))[:, None]  # in proportion to B, which grows
    ratio[:, second] = 1 / (1 + np.arange(len(ratio)))[:, None]  # B was zero
    return _learns(s, changed(layers, grad_norm=norm, grad_zeros=zeros, update_ratio=ratio))


def frozen_by_layer(seed: int) -> Run:
    """A fine-tune: the lower half is frozen, the steps of the upper are a hundredth as large."""
    s = sketch(seed)
    parameters, modules = mlp(8)
    lower = [replace(p, trainable=False, group=None) for p in parameters[:8]]
    layers = measured(s, (lower + parameters[8:], modules))
    return _learns(s, changed(layers, update_ratio=layers.gradients["update_ratio"] / 100), 1e-5)


def upper_part_by_layer(seed: int) -> Run:
    """Only the upper part was given to the optimizer."""
    s = sketch(seed)
    parameters, modules = mlp(8)
    lower = [replace(p, group=None) for p in parameters[:5]]
    return _learns(s, measured(s, (lower + parameters[5:], modules)))


def matrices_to_muon_by_layer(seed: int) -> Run:
    """The optimizer that is watched has the hidden matrices alone."""
    s = sketch(seed)
    parameters, modules = transformer(6)
    kept = [p if p.kind in ("attention", "linear") else replace(p, group=None) for p in parameters]
    return _learns(s, measured(s, (kept, modules)))


def group_at_zero_by_layer(seed: int) -> Run:
    """Layers to be unfrozen later are a parameter group whose learning rate is zero."""
    s = sketch(seed)
    parameters, modules = mlp(8)
    lower = [replace(p, group=1) for p in parameters[:8]]
    layers = measured(s, (lower + parameters[8:], modules))
    ratio = layers.gradients["update_ratio"].copy()
    ratio[:, :8] = 0
    return _learns(s, changed(layers, update_ratio=ratio))


def large_gradients_by_layer(seed: int) -> Run:
    """Gradient norms of 1e5 throughout."""
    s = sketch(seed)
    layers = measured(s, mlp(8))
    return _learns(s, changed(layers, grad_norm=1e5 * layers.gradients["grad_norm"]))


def warm_up_by_layer(seed: int) -> Run:
    """The learning rate rises for most of the run, and the updates with it."""
    s = sketch(seed)
    layers = measured(s, mlp(8))
    rises = np.linspace(0, 1, len(layers))[:, None]
    ratio = layers.gradients["update_ratio"] * rises
    run = made({"loss": s.noisy(s.falling()), "lr": warm_cosine(s.n, 1e-3, 0.8)})
    return with_layers(run, changed(layers, update_ratio=ratio))


def whole_data_by_layer(seed: int) -> Run:
    """The whole data at each step: successive gradients are alike and the loss has no noise."""
    s = sketch(seed)
    layers = measured(s, mlp(4))
    alike = np.full_like(layers.gradients["grad_cosine"], 0.9997)
    run = made({"loss": s.falling(), "lr": np.full(s.n, 0.05)})
    return with_layers(run, changed(layers, grad_cosine=alike))


def plateau_by_layer(seed: int) -> Run:
    """Parity: the gradients grow a hundredfold as the loss leaves its plateau."""
    s = sketch(seed)
    drop = 1 / (1 + np.exp(80 * (s.share - 0.85)))
    layers = measured(s, mlp(4))
    late = np.interp(layers.step, s.step, 1 - drop)[:, None]
    norm = layers.gradients["grad_norm"] * 10 ** (2 * late)
    run = made({"loss": s.noisy(0.01 + np.log(2) * drop), "lr": np.full(s.n, 1e-3)})
    return with_layers(run, changed(layers, grad_norm=norm))


def bag_of_words_by_layer(seed: int) -> Run:
    """The input is mostly zero, and so is the first matrix' gradient; its bias' is not."""
    s = sketch(seed)
    layers = measured(s, mlp(4))
    zeros = layers.gradients["grad_zeros"].copy()
    zeros[:, 0] = 0.995
    return _learns(s, changed(layers, grad_zeros=zeros))


def idle_branch_by_layer(seed: int) -> Run:
    """A second head is not in use: its gradient is zero."""
    s = sketch(seed)
    layers = measured(s, mlp(8))
    zeros, norm = layers.gradients["grad_zeros"].copy(), layers.gradients["grad_norm"].copy()
    zeros[:, 8:10], norm[:, 8:10] = 1, 0
    return _learns(s, changed(layers, grad_zeros=zeros, grad_norm=norm))


def sure_output_by_layer(seed: int) -> Run:
    """The last sigmoid is the answer, and it is sure."""
    s = sketch(seed)
    layers = measured(s, mlp(4, "sigmoid"))
    saturated = layers.activations["saturated"].copy()
    saturated[:, -1] = 0.98
    return _learns(s, changed(layers, saturated=saturated))


def loss_scale_by_layer(seed: int) -> Run:
    """The loss scaler settles: gradients that are not finite in the first steps alone."""
    s = sketch(seed)
    layers = measured(s, mlp(4))
    broken = layers.gradients["grad_nonfinite"].copy()
    broken[:2] = 7
    return _learns(s, changed(layers, grad_nonfinite=broken))


# Faulty.


def no_zero_grad(seed: int) -> Run:
    """The gradients add up: ever more alike, ever larger; the loss swings and ends high."""
    s = sketch(seed)
    layers = measured(s, mlp(4))
    steps = np.arange(1, len(layers) + 1)[:, None]
    alike = np.clip(1 - 0.05 / steps**2 + 0 * layers.gradients["grad_cosine"], None, 0.99999)
    norm = layers.gradients["grad_norm"] * steps**0.5
    run = _stands(s, changed(layers, grad_cosine=alike, grad_norm=norm))
    return replace(run, signals={**run.signals, "loss": made({"l": _swings(s)}).signals["l"]})


def no_zero_grad_closely(seed: int) -> Run:
    """As no_zero_grad, with each step measured in a stretch where few gradients are alike."""
    run = no_zero_grad(seed)
    layers = run.layers
    assert layers is not None
    times = np.where(layers.step == 200, 20, 1)
    at = np.repeat(np.arange(len(layers)), times)
    step = layers.step[at] + np.concatenate([np.arange(num) / num * 10 for num in times])
    gradients = {name: table[at] for name, table in layers.gradients.items()}
    gradients["grad_cosine"][times[at] > 1] = 0.8
    activations = {name: table[at] for name, table in layers.activations.items()}
    return with_layers(
        run, replace(layers, step=step, time=step, gradients=gradients, activations=activations)
    )


def _swings(s: Sketch) -> Array:
    return s.noisy(1.5 + np.exp(-3 * s.share) + 0.3 * np.sin(s.share * 60), low=0.02)


def head_not_in_optimizer(seed: int) -> Run:
    """The head was replaced after the optimizer was made."""
    s = sketch(seed)
    parameters, modules = mlp(8)
    head = [replace(p, group=None) for p in parameters[-2:]]
    layers = measured(s, (parameters[:-2] + head, modules))
    run = _learns(s, layers)
    return replace(run, events=_stands(s, layers, layers.step[0]).events)


def too_much_frozen(seed: int) -> Run:
    """All but the first layer is frozen, and the loss stands."""
    s = sketch(seed)
    parameters, modules = mlp(8)
    rest = [replace(p, trainable=False, group=None) for p in parameters[2:]]
    layers = measured(s, (parameters[:2] + rest, modules))
    return _stands(s, layers, float(layers.step[0]))


def attention_logits_run_away(seed: int) -> Run:
    """The largest logit of one attention grows by decades from a step on."""
    s = sketch(seed)
    layers = measured(s, transformer(6))
    onset = s.rng.uniform(0.35, 0.5)
    grown = np.clip(layers.step / s.n - onset, 0, None) / (1 - onset)
    logit = layers.activations["max_logit"].copy()
    logit[:, 2] *= 10 ** (4 * grown)
    run = _learns(s, changed(layers, max_logit=logit))
    return replace(run, events=_stands(s, layers, onset * s.n).events)


def recurrence_explodes(seed: int) -> Run:
    """The recurrent layer's gradient is thousands of times that of the head."""
    s = sketch(seed)
    layers = measured(s, recurrent())
    norm = layers.gradients["grad_norm"].copy()
    norm[:, :4] *= 10 ** s.rng.uniform(2.5, 6)
    return _stands(s, changed(layers, grad_norm=norm), float(layers.step[0]))


def sigmoids_too_deep(seed: int) -> Run:
    """Twelve sigmoid layers, each of which takes most of a decade."""
    s = sketch(seed)
    layers = measured(s, mlp(12, "sigmoid"))
    order = np.arange(len(layers.parameters)) // 2
    norm = layers.gradients["grad_norm"] * 10 ** (s.rng.uniform(0.6, 1.0) * (order - 12.0))
    return _stands(s, changed(layers, grad_norm=norm), float(layers.step[0]))


def relus_die(seed: int) -> Run:
    """A step too large kills a layer: from there on it and all before it get nothing."""
    s = sketch(seed)
    layers = measured(s, mlp(8))
    died = s.event(0.1, 0.4)
    after = layers.step > died
    zeros, norm = layers.gradients["grad_zeros"].copy(), layers.gradients["grad_norm"].copy()
    zeros[np.ix_(after, range(10))], norm[np.ix_(after, range(10))] = 1, 0
    layers = changed(layers, grad_zeros=zeros, grad_norm=norm)
    loss = np.where(s.step > died, 2.3, s.falling(2.3, 0.5))
    run = _stands(s, layers, float(layers.step[int(np.argmax(after))]))
    return replace(run, signals={**run.signals, "loss": made({"l": s.noisy(loss)}).signals["l"]})


def encoder_cut_off(seed: int) -> Run:
    """What comes before the cut gets no gradient; the rest is trained."""
    s = sketch(seed)
    layers = measured(s, mlp(6))
    norm = layers.gradients["grad_norm"].copy()
    norm[:, :6] = np.nan
    return _stands(s, changed(layers, grad_norm=norm), float(layers.step[0]))


def tanh_at_bounds(seed: int) -> Run:
    """Weights that were made too large: the units of most layers are at their bounds."""
    s = sketch(seed)
    layers = measured(s, mlp(6, "tanh"))
    saturated = np.clip(layers.activations["saturated"] + 0.8, 0, 0.99)
    saturated[:, 0] = 0.1
    return _stands(s, changed(layers, saturated=saturated), float(layers.step[0]))


def steps_below_precision(seed: int) -> Run:
    """The learning rate is so small that the weights do not change in rounding, or hardly."""
    s = sketch(seed)
    layers = measured(s, mlp(4))
    ratio = layers.gradients["update_ratio"] * 1e-5
    return _stands(s, changed(layers, update_ratio=ratio), float(layers.step[0]))


def weights_stand_still(seed: int) -> Run:
    """Twelve sigmoid layers under SGD: the first of them get updates that round to nothing."""
    run = sigmoids_too_deep(seed)
    layers = run.layers
    assert layers is not None
    ratio = layers.gradients["update_ratio"].copy()
    ratio[:, :8] = 0
    return replace(run, layers=changed(layers, update_ratio=ratio))


def layers_explode(seed: int) -> Run:
    """The gradients of the upper layers grow by decades, and the loss turns and rises."""
    s = sketch(seed)
    onset = s.event(0.65, 0.8)
    layers = measured(s, mlp(8))
    grown = 10 ** (4 * np.clip(layers.step / s.n - onset / s.n, 0, None) / 0.2)
    norm = layers.gradients["grad_norm"].copy()
    norm[:, 8:] *= grown[:, None]
    level = s.falling()
    level[onset:] += np.linspace(0, 3, s.n - onset)
    total = s.norm() * 10 ** (4 * np.clip(s.share - onset / s.n, 0, None) / 0.2)
    signals = {"loss": s.noisy(level), "lr": np.full(s.n, 1e-2), "grad_norm": total}
    ratio = layers.gradients["update_ratio"] * 500
    return with_layers(made(signals, onset), changed(layers, grad_norm=norm, update_ratio=ratio))


def layers_not_finite(seed: int) -> Run:
    """From a step on one layer's gradient is not finite at each third step; these are skipped."""
    s = sketch(seed)
    onset = s.event(0.3, 0.6)
    layers = measured(s, mlp(4))
    bad = (layers.step > onset) & (np.arange(len(layers)) % 3 == 0)
    broken = layers.gradients["grad_nonfinite"].copy()
    broken[bad, 2] = 5
    total = s.norm()
    total[np.isin(s.step, layers.step[bad])] = np.inf
    signals = {"loss": s.noisy(s.falling()), "lr": np.full(s.n, 1e-2), "grad_norm": total}
    first = float(layers.step[int(np.argmax(bad))])
    return with_layers(made(signals, first), changed(layers, grad_nonfinite=broken))


def unbalanced_layers(seed: int) -> Run:
    """One layer in the middle has a gradient ten thousand times smaller than its like."""
    s = sketch(seed)
    layers = measured(s, mlp(8))
    norm = layers.gradients["grad_norm"].copy()
    norm[:, columns(layers, "linear")[3]] *= 1e-5
    run = _stands(s, changed(layers, grad_norm=norm), float(layers.step[0]))
    return replace(run, signals={**run.signals, "loss": _learns(s, layers).signals["loss"]})


LAYERED_HEALTHY: dict[str, Maker] = {
    "layered-mlp": layered_mlp,
    "layered-transformer": layered_transformer,
    "layered-recurrent": layered_recurrent,
    "lora-by-layer": lora_by_layer,
    "frozen-by-layer": frozen_by_layer,
    "upper-part-by-layer": upper_part_by_layer,
    "matrices-to-muon-by-layer": matrices_to_muon_by_layer,
    "group-at-zero-by-layer": group_at_zero_by_layer,
    "large-gradients-by-layer": large_gradients_by_layer,
    "warm-up-by-layer": warm_up_by_layer,
    "whole-data-by-layer": whole_data_by_layer,
    "plateau-by-layer": plateau_by_layer,
    "bag-of-words-by-layer": bag_of_words_by_layer,
    "idle-branch-by-layer": idle_branch_by_layer,
    "sure-output-by-layer": sure_output_by_layer,
    "loss-scale-by-layer": loss_scale_by_layer,
    "unbalanced-by-layer": unbalanced_layers,
}
LAYERED_FAULTY: dict[str, Maker] = {
    "no-zero-grad": no_zero_grad,
    "no-zero-grad-closely": no_zero_grad_closely,
    "head-not-in-optimizer": head_not_in_optimizer,
    "too-much-frozen": too_much_frozen,
    "attention-logits-run-away": attention_logits_run_away,
    "recurrence-explodes": recurrence_explodes,
    "sigmoids-too-deep": sigmoids_too_deep,
    "weights-stand-still": weights_stand_still,
    "relus-die": relus_die,
    "encoder-cut-off": encoder_cut_off,
    "tanh-at-bounds": tanh_at_bounds,
    "steps-below-precision": steps_below_precision,
    "layers-explode": layers_explode,
    "layers-not-finite": layers_not_finite,
}
