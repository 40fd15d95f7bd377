"""The graph is kept after the only backward pass through it.

Look: backward(retain_graph=True) in a training loop that goes backward once and
runs the model in each pass.

Reason: the buffers of the forward pass stay in memory until the loss is
replaced, about twice the activations at the peak. Where it hides an error
(trying to backward through the graph a second time), state of the last step,
such as a hidden state, is not detached: each step then goes back further.

Fix: drop retain_graph; detach what is carried from step to step.

Not reported: several backward passes or autograd.grad; create_graph; a forward
pass outside of the loop; retain_graph chosen while the program runs.

Sources: PyTorch documentation, torch.Tensor.backward (in nearly all cases
setting it is not needed).
"""

from __future__ import annotations

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.roles import MODEL, role
from neural_trainer.inspect.lint.settings import setting, truth
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import TrainingLoop, training_loops

ID = "retain-graph"
CAUSE = "memory-leak"


def find(source: Source) -> list[Spot]:
    """Return each lone backward pass that keeps its graph."""
    if not source.called("backward", "manual_backward"):
        return []
    saw = "retain_graph=True, and nothing else goes backward through this graph"
    return [
        Spot(loop.backwards[0].call.node, saw)
        for loop in training_loops(source)
        if _keeps_for_nothing(source, loop)
    ]


def _keeps_for_nothing(source: Source, loop: TrainingLoop) -> bool:
    if len(loop.backwards) != 1 or any(a.is_call and a.word == "grad" for a in loop.actions):
        return False
    backward = loop.backwards[0]
    if backward.place.loops[-1] is not loop.loop:  # once for each of several losses
        return False
    kept = setting(source, backward.call, 1, "retain_graph")
    second = setting(source, backward.call, 2, "create_graph")
    if kept is None or truth(source, *kept) is not True or second is not None:
        return False
    before = loop.actions[: loop.actions.index(backward)]
    return any(
        a.is_call and a.called and role(source, a.call.node.func, a.call.scope) == MODEL
        for a in before
    )
