"""Does the model come back from a file exactly, as safetensors and without code?"""

from __future__ import annotations

import tempfile
from pathlib import Path

import torch
from torch import nn

from neural_trainer.inspect.checks.forward import NO_FORWARD, inputs_of
from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Outcome, Passed, few
from neural_trainer.inspect.checks.subject import Subject
from neural_trainer.inspect.user_case import one_line

ID = "save-and-load"


def check(subject: Subject) -> Outcome:
    """Save a copy, load it into one whose weights are all others, compare tensors and outputs."""
    try:
        from safetensors.torch import load_model, save_model
    except ImportError:
        return NotCheckable("safetensors is not installed")
    model, fresh = subject.model().eval(), _overwritten(subject.model().eval())
    extra = [k for k, v in model.state_dict().items() if not isinstance(v, torch.Tensor)]
    if extra:
        return _failed(f"state_dict holds {few(extra)}, which are no tensors")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        try:
            save_model(model, str(path))
            load_model(fresh, str(path))
        except Exception as error:  # whatever load_state_dict of the user's parts raises
            return _failed(f"saving and loading raised {one_line(error)}")
        size = path.stat().st_size
    kept = fresh.state_dict()
    other = [
        name
        for name, tensor in model.state_dict().items()
        if tensor.dtype != kept[name].dtype or not torch.equal(tensor, kept[name])
    ]
    if other:
        return _failed(f"{len(other)} tensors come back otherwise: {few(other)}")
    inputs = inputs_of(subject)
    if inputs is not None:
        before, after = inputs.output(model), inputs.output(fresh)
        if before is None or after is None:
            return NotCheckable(NO_FORWARD)
        if not torch.equal(before, after):
            return _failed("all tensors come back and the outputs differ: something is not in it")
    told = "outputs" if inputs is not None else "tensors"
    return Passed(f"{size / 1e6:.3g} MB; {told} equal to the last bit", {"bytes": float(size)})


def _overwritten(model: nn.Module) -> nn.Module:
    """Return `model` with every tensor that its state_dict holds set to one."""
    with torch.no_grad():
        for tensor in model.state_dict().values():
            if isinstance(tensor, torch.Tensor):
                tensor.fill_(1)
    return model


def _failed(told: str) -> Failed:
    return Failed(
        told, "resume-incomplete",
        "register_buffer what forward uses, and keep tensors alone in state_dict",
    )  # fmt: skip
