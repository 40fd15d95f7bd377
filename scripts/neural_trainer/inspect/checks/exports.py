"""Can torch.export take the model, and does what it exports give the same outputs?"""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout

import torch

from neural_trainer.inspect.checks.forward import NO_FORWARD, MainOutput, difference, inputs_of
from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject
from neural_trainer.inspect.user_case import one_line

ID = "exports"
AGREES = 1e-3


def check(subject: Subject) -> Outcome:
    """Export a copy in evaluation mode and run what comes of it."""
    inputs = inputs_of(subject)
    if inputs is None:
        return NotCheckable(NO_FORWARD)
    model = MainOutput(subject.model().eval())
    plain = inputs.output(model)
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):  # it prints graphs
            program = torch.export.export(model, inputs.args, inputs.kwargs)
        output = inputs.output(program.module())
    except Exception as error:  # whatever the exporter makes of the user's code
        return Failed(
            f"torch.export raised {one_line(error)}", None,
            "branch on shapes, not on values of tensors; torch.cond where it must be",
        )  # fmt: skip
    if plain is None or output is None:
        return NotCheckable(NO_FORWARD)
    apart = difference(plain, output)
    if apart > AGREES and not inputs.drawn(model):
        return Failed(
            f"exported, the outputs differ by {apart:.3g} of their size", None,
            "look for values that were fixed while it was traced", {"apart": apart},
        )  # fmt: skip
    nodes = len(list(program.graph.nodes))
    return Passed(f"{nodes} operations; the outputs differ by {apart:.1g} of their size")
