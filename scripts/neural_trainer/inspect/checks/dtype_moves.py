"""Does the model follow a change of dtype: .to(float64), .to(bfloat16)?

In float64 the outputs must agree with those of float32 within 1 %.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from neural_trainer.inspect.checks.forward import NO_FORWARD, difference, inputs_of
from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject
from neural_trainer.inspect.user_case import one_line

ID = "dtype-moves"
DTYPES = (torch.float64, torch.bfloat16)
AGREES = {torch.float64: 1e-2, torch.bfloat16: float("inf")}
_NO_KERNEL = ("not implemented for", "not supported")


def check(subject: Subject) -> Outcome:
    """Run a copy in each dtype on inputs of that dtype."""
    inputs = inputs_of(subject)
    if inputs is None:
        return NotCheckable(NO_FORWARD)
    plain = inputs.output(subject.model().eval())
    draws = inputs.drawn(subject.model().eval())  # other numbers in another dtype
    done, lacking = [], []
    for dtype in DTYPES:

        def cast(value: Any, dtype: torch.dtype = dtype) -> Any:
            is_float = isinstance(value, Tensor) and value.is_floating_point()
            return value.to(dtype) if is_float else value

        name = str(dtype).removeprefix("torch.")
        try:
            output = inputs.changed(cast).output(subject.model().eval().to(dtype))
        except (RuntimeError, TypeError) as error:
            told = one_line(error)
            if any(words in told for words in _NO_KERNEL):
                lacking.append(f"{name}: no kernel here")
                continue
            return _failed(f"in {name} the forward pass raised {told}")
        if output is None or plain is None:
            return NotCheckable(NO_FORWARD)
        if output.dtype != dtype:
            return _failed(f"in {name} the output is {str(output.dtype).removeprefix('torch.')}")
        apart = difference(plain, output)
        if apart > AGREES[dtype] and not draws:
            return _failed(f"in {name} the outputs differ by {apart:.3g} of their size")
        done.append(f"{name} (differs by {apart:.1g})")
    if not done:
        return NotCheckable("; ".join(lacking))
    return Passed("; ".join([", ".join(done), *lacking]))


def _failed(told: str) -> Failed:
    return Failed(
        told, None, "register_buffer tensors that the model keeps, and make new ones with "
        "dtype=x.dtype",
    )  # fmt: skip
