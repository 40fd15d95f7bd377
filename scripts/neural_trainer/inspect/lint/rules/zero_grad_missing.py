"""Gradients are never cleared in a training loop, so that each step adds to all before it.

Look: a loop in which a loss goes backward and an optimizer steps, and nothing
clears gradients: no zero_grad of the optimizer or the model, no .grad = None,
in the loop or in the functions of this file that it calls.

Reason: backward adds to .grad. Without clearing, step N moves along the sum
of all N gradients: the loss falls, then swings or diverges, as with a learning
rate that grows.

Fix: optimizer.zero_grad() before the backward pass.

Not reported: a loop that ends after one pass; an optimizer made anew in it; an
optimizer or its owner handed to code of another file, which may clear; a step
of DeepSpeed's engine, which clears by itself.

Sources: PyTorch, Zeroing out gradients in PyTorch (recipes); Humbatova et al.
2020, Taxonomy of Real Faults in Deep Learning Systems, arXiv 1910.11015.
"""

from __future__ import annotations

from neural_trainer.inspect.lint.deeds import name_of
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import training_loops

ID = "zero-grad-missing"
CAUSE = "zero-grad-missing"


def find(source: Source) -> list[Spot]:
    """Return each backward pass of a loop that steps and never clears."""
    spots = []
    for loop in training_loops(source):
        if loop.zeros or loop.ends_at_once:
            continue
        keys = {loop.optimizer(source, step) for step in loop.steps}
        if any(loop.built_inside(key) or loop.out_of_sight(source, key) for key in keys):
            continue
        step = loop.steps[0]
        name = name_of(loop.optimizer(source, step))
        saw = (
            f"this loop goes backward and steps {name} (line {step.call.node.lineno}), and "
            "nothing in it clears the gradients"
        )
        spots.append(Spot(loop.backwards[0].call.node, saw))
    return spots
