"""Do the modes differ in dropout and norms alone, and is evaluation repeatable?"""

from __future__ import annotations

from torch import nn

from neural_trainer.inspect.checks.forward import NO_FORWARD, difference, inputs_of
from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject

ID = "modes"
ROUNDING = 1e-4  # of the size of the outputs


def check(subject: Subject) -> Outcome:
    """Compare two passes of the model in evaluation mode, then one in training mode."""
    inputs = inputs_of(subject)
    if inputs is None:
        return NotCheckable(NO_FORWARD)
    model = subject.model().eval()
    drawn = inputs.drawn(model)
    first, again = (inputs.output(model, draw) for draw in (1, 2))
    if first is None or again is None:
        return NotCheckable(NO_FORWARD)
    apart = difference(first, again)
    if apart > ROUNDING and drawn and not drawn & BY_MODE:
        return NotCheckable(
            f"the model draws at random in evaluation mode too ({_named(drawn)}): right where it "
            f"samples, as a VAE does"
        )
    if apart > ROUNDING or drawn & BY_MODE:
        return Failed(
            f"in evaluation mode {_named(drawn) or 'something'} still acts: two passes differ by "
            f"{apart:.3g} of the outputs", "train-mode-while-evaluating",
            "pass training=self.training to functional dropout; see that the model's train() and "
            "eval() reach every part", {"apart": apart},
        )  # fmt: skip
    model.train()
    training = inputs.output(model, 1)
    between = float("inf") if training is None else difference(first, training)
    if between <= ROUNDING:
        return Passed("evaluation is repeatable; training mode gives the same outputs")
    why = inputs.drawn(model)
    if why or _decides(model):
        told = f"training mode differs by {between:.3g}: {_named(why) or 'dropout between layers'}"
        return Passed(f"evaluation is repeatable; {told}", {"between": between})
    return Failed(
        f"training and evaluation mode differ by {between:.3g} of the outputs, and neither "
        f"dropout, nor a norm, nor chance does it", "train-val-mismatch",
        "have forward return the same in both modes (logits): what the loss is given in "
        "evaluation is another thing", {"between": between},
    )  # fmt: skip


# What evaluation mode turns off.
BY_MODE = {"dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "rrelu",
           "feature_alpha_dropout", "scaled_dot_product_attention",
           "multi_head_attention_forward"}  # fmt: skip


def _named(functions: set[str]) -> str:
    return ", ".join(sorted(functions))


def _decides(model: nn.Module) -> bool:
    """Tell whether a recurrent layer drops units inside: no call of ours sees it."""
    return any(isinstance(m, nn.RNNBase) and m.dropout > 0 for m in model.modules())
