"""Does the model follow a move to another device?

To a GPU where there is one, with outputs that agree within 1 %. Else to torch's meta device, which
holds no data: an operation there that also takes a tensor left behind would fail on a GPU.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from neural_trainer.inspect.checks.forward import NO_FORWARD, difference, inputs_of
from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject
from neural_trainer.inspect.user_case import one_line
from neural_trainer.layers.batches import tensors

ID = "device-moves"
AGREES = 1e-2
_OTHER_DEVICE = ("expected device", "same device", "is on cpu", "device cpu", "found two devices",
                 "devices")  # fmt: skip
_MAY_MIX = ("index", "index_put", "index_put_", "_index_put_impl_", "copy_", "_to_copy")


def check(subject: Subject) -> Outcome:
    """Run a copy on the other device, with its inputs there."""
    inputs = inputs_of(subject)
    if inputs is None:
        return NotCheckable(NO_FORWARD)
    to = torch.device("cuda" if torch.cuda.is_available() else "meta")

    def move(value: Any) -> Any:
        return value.to(to) if isinstance(value, Tensor) else value

    try:
        with _Together():  # type: ignore[no-untyped-call]
            output = inputs.changed(move).output(subject.model().eval().to(to))
    except (RuntimeError, NotImplementedError) as error:
        told = one_line(error)
        if any(words in told.lower() for words in _OTHER_DEVICE):
            return _failed(f"on {to.type} the forward pass raised {told}")
        return NotCheckable(f"it cannot run without data on the meta device: {told}")
    if output is None:
        return NotCheckable(NO_FORWARD)
    if output.device.type != to.type:
        return _failed(f"on {to.type} the output is on {output.device.type}")
    if to.type == "meta":
        return Passed("nothing stays behind on a move to the meta device (no GPU here)")
    plain = inputs.output(subject.model().eval())
    apart = float("inf") if plain is None else difference(plain, output)
    if apart > AGREES and not inputs.drawn(subject.model().eval()):
        return _failed(f"on {to.type} the outputs differ by {apart:.3g} of their size")
    return Passed(f"on {to.type} the outputs differ by {apart:.1g} of their size")


class _Together(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Raises RuntimeError where an operation takes tensors of the meta device and of another.

    A number may come from another device, and an index.
    """

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Look at the arguments and call `func`."""
        found = [t for _, t in tensors([*args, *(kwargs or {}).values()])]
        given = [t for t in found if isinstance(t, Tensor) and t.ndim]
        name = func.overloadpacket.__name__
        devices = {t.device.type for t in given}
        if len(devices) > 1 and "meta" in devices and name not in _MAY_MIX:
            raise RuntimeError(f"{name} takes tensors on two devices, one left on the cpu")
        return func(*args, **(kwargs or {}))


def _failed(told: str) -> Failed:
    return Failed(
        told, None,
        "register_buffer tensors that the model keeps, and make new ones with device=x.device",
    )  # fmt: skip
