"""A model is evaluated with gradients recorded: the loop is under no no_grad.

Look: a loop over held-out batches in which a model runs and nothing goes
backward, outside of torch.no_grad() and torch.inference_mode(), where training
is in sight or the same function has called eval() on the model; also one that goes
backward only under a flag, where a call or a phase does not set it.

Reason: each forward pass stores what a backward pass would need: more memory
than evaluation takes, up to running out of it, and time.

Fix: with torch.no_grad(): around the loop, or @torch.no_grad() on the function.

Not reported: a function whose caller in this file has switched gradients off;
gradients of inputs, as attacks and saliency take them.

Sources: PyTorch documentation, torch.no_grad; Autograd mechanics (no-grad mode).
"""

from __future__ import annotations

from neural_trainer.inspect.lint.deeds import gradients_on, name_of, sets_mode
from neural_trainer.inspect.lint.evaluation_loops import EvaluationLoop, evaluation_loops
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.shared_passes import shared_passes
from neural_trainer.inspect.lint.source import Source

ID = "evaluation-with-gradients"
CAUSE = ""


def find(source: Source) -> list[Spot]:
    """Return each loop over held-out batches that records gradients."""
    if not source.called("eval", "backward", "manual_backward"):
        return []
    spots = []
    seen = set()
    for found in (*evaluation_loops(source), *shared_passes(source)):
        if gradients_on(found.forward) is not True or not (found.trains or _eval_beside(found)):
            continue
        if any(a.word == "set_grad_enabled" and a.is_call for a in found.before):
            continue
        if found.loop in seen:
            continue
        seen.add(found.loop)
        saw = f"{name_of(found.model)} runs on held-out batches here with gradients recorded"
        spots.append(Spot(found.loop, saw))
    return spots


def _eval_beside(found: EvaluationLoop) -> bool:
    """Tell whether the function that holds the loop has put the model into eval mode itself."""
    own = [a for a in found.before if a.event.scope is found.scope]
    return any(sets_mode(a) is False and a.receiver == found.model for a in own)
