"""The gradients vanish on their way to the first layers.

Looks like: a loss that stands near that of a guess, and gradient norms that
fall by a steady factor from each layer to the one before it.

Why: a gradient is multiplied by each layer's slope and weights; with sigmoids
(slope at most 1/4), or weights that are too small, the factor is under one,
and twenty layers make a millionth of it or less. So do the time steps of a
recurrent network, each of which is a layer.

Not to be confused with: relus-dead (exactly zero, at one layer); lr-too-low
(all layers alike); a LoRA layer, whose first gradient is zero by design.

Settled by: the gradient norm of each layer at the first step, and again with
an initialisation that fits the activation.

Fix: ReLU or GELU in place of sigmoid and tanh, residual connections,
normalisation between layers, He or Xavier initialisation; in a recurrent
network orthogonal weights, and forget gates that are open at first.

Sources: Bengio et al. 1994, IEEE Transactions on Neural Networks 5(2);
Jozefowicz et al. 2015, ICML (forget gates); Glorot and Bengio 2010, AISTATS;
He et al. 2015, arXiv:1502.01852; He et al. 2015, arXiv:1512.03385 (residual
connections).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "gradients-vanishing"
ISSUE = "The gradients vanish on their way to the first layers"
CONFIRM = "The gradient norm of each layer at the first step, with He or Xavier initialisation."
SETTING = "any"
PRIOR = 0.005
EXPECTS = {
    "layer-gradients-vanishing": 0.95,
    "layers-not-moving": 0.4,
    "depth-out-of-balance": 0.2,
    "units-saturated": 0.1,
    "loss-not-falling": 0.6,
    "loss-at-chance": 0.3,
    "loss-plateau": 0.4,
    "gradient-gone": 0.2,
    "loss-held-high": 0.6,
    "accuracy-constant": 0.2,
    "words-not-learnt": 0.1,
    "descent-falls-short": 0.1,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what keeps a gradient alive over many layers."""
    gone_well = "The gradient norms of the first and the last layer are within a factor of ten."
    if _is_over_time(run, findings):
        alive = (
            "The gradient norms of the recurrent layer and of the head are within a factor of ten."
        )
        return (
            words(
                "Initialise the recurrent weights with torch.nn.init.orthogonal_ and the forget "
                "gates' bias with 1, and use nn.LSTM or nn.GRU in place of nn.RNN.",
                alive,
            ),
            words("Feed shorter sequences, or take the loss at more of their steps.", alive),
        )
    return (
        words(
            "Use ReLU or GELU in place of sigmoid or tanh, with He initialisation "
            "(torch.nn.init.kaiming_normal_).",
            gone_well,
        ),
        words(
            "Add residual connections and a LayerNorm or BatchNorm to each block.",
            gone_well,
        ),
    )


def _is_over_time(run: Run, findings: Findings) -> bool:
    """Tell whether it is in recurrent layers that the gradient vanished."""
    found = findings.get("layer-gradients-vanishing")
    if found is None or run.layers is None:
        return False
    kinds = {p.name: p.kind for p in run.layers.parameters}
    return all(kinds.get(name) == "recurrent" for name in found.layers)
