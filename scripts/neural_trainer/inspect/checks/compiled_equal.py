"""Does torch.compile give what the model gives without it?

In evaluation mode, within 1e-3 of the size of the outputs: fused operations round otherwise. Of a
model that draws at random there the outputs may differ: the compiler draws otherwise.
"""

from __future__ import annotations

import shutil

import torch

from neural_trainer.inspect.checks.forward import NO_FORWARD, difference, inputs_of
from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject
from neural_trainer.inspect.user_case import one_line

ID = "compiled-equal"
AGREES = 1e-3


def check(subject: Subject) -> Outcome:
    """Compare the outputs of a copy with those of a compiled one."""
    on_cpu = subject.device.type == "cpu"
    if on_cpu and not any(map(shutil.which, ("c++", "g++", "clang++", "cl"))):
        return NotCheckable("torch.compile needs a C++ compiler on a CPU, and none is on the path")
    inputs = inputs_of(subject)
    if inputs is None:
        return NotCheckable(NO_FORWARD)
    plain = inputs.output(subject.model().eval())
    try:
        torch._dynamo.reset()
        compiled = inputs.output(torch.compile(subject.model().eval()))
    except Exception as error:  # whatever the compiler makes of the user's code
        return Failed(
            f"torch.compile raised {one_line(error)}", None,
            "train without compile, or mend what it names; TORCH_LOGS=graph_breaks tells more",
        )  # fmt: skip
    finally:
        torch._dynamo.reset()
    if plain is None or compiled is None:
        return NotCheckable(NO_FORWARD)
    apart = difference(plain, compiled)
    if apart > AGREES and not inputs.drawn(subject.model().eval()):
        return Failed(
            f"compiled, the outputs differ by {apart:.3g} of their size", None,
            "train without compile; look for chance, in-place changes and shapes in forward",
            {"apart": apart},
        )  # fmt: skip
    return Passed(f"compiled, the outputs differ by {apart:.1g} of their size", {"apart": apart})
