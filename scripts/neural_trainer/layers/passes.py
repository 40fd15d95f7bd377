"""What goes into a model and comes out of it, and in which mode it runs, by hooks on the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

from neural_trainer.layers.batches import tensors
from neural_trainer.layers.columns import Moments
from neural_trainer.layers.hooks import Hook
from neural_trainer.layers.reductions import local
from neural_trainer.layers.seen_rows import SeenRows

_ROWS, _FEATURES = 64, 4096  # of a batch that are looked at
_SCORED = 1024  # held-out samples of an evaluation that are compared with those of training
_ELEMENTS = 2**20  # of a batch whose largest is looked for
_NORMS = (_BatchNorm, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm)


class Passes:
    """Watches passes of a model.

    Of every training pass: input_max, the largest magnitude in its first tensor of fractions, which
    a NaN or an infinity passes on. At complete sets (`on`): input_rms and input_scale_ratio of that
    tensor, where the model does not begin with a normalisation of its own; output_contrast of its
    output; output_in_fp16; fitted_without_dropout. Of passes without gradients since the last step:
    whether they ran in training mode. Modes are told of models that have dropout or batch norm,
    which alone make them differ; and how many of their samples had been trained on (SeenRows). Of a
    ModuleDict or ModuleList, which is never called itself, each part is watched, as
    output_contrast/<part>. Within torch.compile nothing is seen.
    """

    def __init__(self, model: nn.Module, on_error: Callable[[Exception], None]) -> None:
        self.on = False
        self._on_error = on_error
        self._seen: dict[str, Any] = {}
        self._evaluated = [0, 0]  # passes without gradients, and those in training mode
        self._rows = SeenRows()
        self._given: Tensor | None = None
        self._trained: Moments | None = None
        self._scored: Moments | None = None
        self.count = 0  # training passes since the last call of take
        self._model = model
        self._handles: list[Any] = []
        if isinstance(model, nn.ModuleDict | nn.ModuleList):
            parts = {f"/{name}": module for name, module in model.named_children()}
        else:
            parts = {"": model}
        for name, module in parts.items():
            hook = partial(self._passed, name, _has_modes(module), _normalises_first(module))
            self._handles.append(module.register_forward_hook(Hook(hook), with_kwargs=True))

    def take(self) -> dict[str, Any]:
        """Return what was seen since the last call, numbers on the model's device; forget it.

        What the passes without gradients did is forgotten too: they belonged to no evaluation.
        """
        seen, self._seen, self._evaluated = self._seen, {}, [0, 0]
        self._rows.forget_passes()
        self._scored, self.count = None, 0
        return seen

    def take_inputs(self) -> Tensor | None:
        """Return the first tensor that the last training pass was given, where it was looked at."""
        given, self._given = self._given, None
        return given

    def evaluation_mode(self) -> float | None:
        """Return the share of passes without gradients since the last step that ran in training
        mode; None where there was none, or the mode makes no difference."""
        count, training = self._evaluated
        return training / count if count else None

    def trained_on(self) -> float | None:
        """Return the share of held-out samples that were trained on; None where nothing tells."""
        return self._rows.take()

    def apart(self) -> tuple[float, float] | None:
        """Return how wide held-out inputs are beside those of training, and how far off."""
        scored, self._scored = self._scored, None
        if scored is None or self._trained is None:
            return None
        return scored.apart(self._trained)

    def release(self) -> None:
        """Take the hooks away."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def _passed(
        self, name: str, has_modes: bool, normalises: bool,
        module: nn.Module, given: Any, named: dict[str, Any], output: Any,
    ) -> None:  # fmt: skip
        if torch.compiler.is_compiling() or not self._is_ours(name, module):
            return
        try:
            if not torch.is_grad_enabled():
                self._look_at_evaluation(name, has_modes, module, (given, named))
                return
            self.count += not name
            inputs = _first((given, named))
            if inputs is not None:
                self._seen[f"input_max{name}"] = largest(inputs)
            if not self.on:
                return
            if not name and (samples := _samples((given, named))) is not None:
                self._given = local(samples.detach())
                reached = next((t for _, t in tensors(output) if t.requires_grad), None)
                if reached is not None:
                    told = partial(self._reached, samples.detach())
                    reached.register_hook(told)
            if inputs is not None and not name:
                self._trained = Moments.of(local(inputs.detach())).with_more(self._trained)
            if has_modes and not name:
                self._seen["fitted_without_dropout"] = float(not module.training)
            out = _output(output)
            if out is not None:
                with torch.no_grad(), torch.autocast(out.device.type, enabled=False):
                    self._look(name, None if normalises else inputs, out)
        except Exception as error:  # a fault of ours must not end the training
            self.on = False
            self.release()
            self._on_error(error)

    def _reached(self, samples: Tensor, gradient: Tensor) -> None:
        """A gradient has come to what a pass put out: its samples are trained on.

        Held-out data that pass through without `no_grad` get none.
        """
        try:
            self._rows.trained(samples)
        except Exception as error:
            self.on = False
            self.release()
            self._on_error(error)

    def _look_at_evaluation(
        self, name: str, has_modes: bool, module: nn.Module, given: Any
    ) -> None:
        if name:
            return
        if has_modes:
            self._evaluated[0] += 1
            self._evaluated[1] += int(module.training)
        if (samples := _samples(given)) is not None:
            self._rows.scored(samples)
        inputs = _first(given)
        if inputs is not None and (self._scored is None or self._scored.num < _SCORED):
            self._scored = Moments.of(local(inputs)).with_more(self._scored)

    def _is_ours(self, name: str, module: nn.Module) -> bool:
        """Tell a module from a replica of it by DataParallel, which shares its hooks."""
        if not name:
            return module is self._model
        return any(module is part for part in self._model.children())

    def _look(self, name: str, inputs: Tensor | None, out: Tensor) -> None:
        if inputs is not None:
            rows = _rows(inputs)
            self._seen[f"input_rms{name}"] = rows.square().mean().sqrt()
            if inputs.dim() == 2 and inputs.shape[1] > 2:
                each = rows.std(0, correction=0)
                ratio = each.amax() / each.median().clamp_min(1e-12)
                self._seen[f"input_scale_ratio{name}"] = ratio
        if not name:
            self._seen["output_in_fp16"] = float(out.dtype == torch.float16)
        if len(out) > 1:
            rows = _rows(out)
            size = rows.square().mean().sqrt()
            spread = rows.var(0, correction=0).mean().sqrt()
            self._seen[f"output_contrast{name}"] = spread / size.clamp_min(1e-30)


def largest(tensor: Tensor) -> Tensor:
    """Return the largest magnitude in a tensor, of a million elements or so where it is larger."""
    some = local(tensor)
    if some.numel() > _ELEMENTS:
        some = some[:: -(-some.numel() // _ELEMENTS)]
    low, high = some.aminmax()
    return torch.maximum(-low, high)


def _has_modes(module: nn.Module) -> bool:
    """Tell whether training mode makes a difference to what a module puts out."""
    for part in module.modules():
        if isinstance(part, _BatchNorm) or (isinstance(part, _DropoutNd) and part.p > 0):
            return True
        own = getattr(part, "dropout", None)
        if isinstance(own, float) and own > 0:  # of nn.LSTM, nn.MultiheadAttention
            return True
    return False


def _normalises_first(module: nn.Module) -> bool:
    """Tell whether the first of its layers is a normalisation: the scale of inputs is then free."""
    leaves = (part for part in module.modules() if next(part.children(), None) is None)
    return isinstance(next(leaves, None), _NORMS)


def _first(given: Any) -> Tensor | None:
    """Return the first tensor of fractions with samples and features."""
    found = (tensor for _, tensor in tensors(given))
    return next((t for t in found if t.is_floating_point() and t.dim() > 1 and t.numel()), None)


def _samples(given: Any) -> Tensor | None:
    """Return the first tensor of numbers with samples and features, no mask and no position."""
    tensor: Tensor
    for name, tensor in tensors(given):
        no_numbers = tensor.dtype == torch.bool or tensor.is_complex() or tensor.is_sparse
        if no_numbers or tensor.dim() < 2 or not tensor.numel():
            continue
        if not any(word in name.lower() for word in ("mask", "position", "label", "type_ids")):
            return tensor
    return None


def _output(output: Any) -> Tensor | None:
    logits = getattr(output, "logits", None)
    if logits is None and isinstance(output, Mapping):
        logits = output.get("logits")
    return _first(output if logits is None else logits)


def _rows(tensor: Tensor) -> Tensor:
    """Return a part of a batch as float32, (samples, features)."""
    some = local(tensor)[:_ROWS].flatten(1)[:, :_FEATURES]
    return some.float()
