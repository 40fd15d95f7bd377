"""What modules put out: samples of activations and attention logits, taken by forward hooks."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatch
from typing import Any
from weakref import ref

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neural_trainer.layers.hooks import Hook
from neural_trainer.layers.reductions import local, vector
from neural_trainer.layers.watched import plain_name
from neural_trainer.layers.wrapping import is_traced, wrap
from neural_trainer.runs.layers import ACTIVATION_STATISTICS, Module

Floats = NDArray[np.float32]

_ROWS, _UNITS = 64, 128  # of an output that are looked at, spread evenly
_QUERIES = 64  # of an attention whose logits are computed again
_CLASSES: dict[type[nn.Module], str] = {
    nn.ReLU: "relu", nn.ReLU6: "relu", nn.LeakyReLU: "leaky_relu", nn.PReLU: "leaky_relu",
    nn.ELU: "elu", nn.GELU: "gelu", nn.SiLU: "silu", nn.Mish: "silu", nn.Tanh: "tanh",
    nn.Sigmoid: "sigmoid", nn.Hardtanh: "tanh", nn.Hardsigmoid: "sigmoid", nn.Softmax: "softmax",
}  # fmt: skip
# Where an output counts as saturated: within a hundredth of its bounds, where the slope is below
# a fiftieth (tanh) and a hundredth (sigmoid).
_BOUNDS = {"tanh": (-0.99, 0.99), "sigmoid": (0.01, 0.99)}
_ATTENTION = re.compile(r"(attention|attn)\d*$")  # at the end of a module's name
_DEAD = ("relu", "gelu", "silu")  # kinds whose unit does nothing where it is never above zero


def kind_of(module: nn.Module, name: str = "") -> str:
    """Return the kind of a module by its class: "relu", "attention" …, "other".

    An attention is also told by its own name in the model, blocks.0.attn or encoder.self_attn,
    where it is made of others: GPT-2's c_attn is a projection.
    """
    for cls, kind in _CLASSES.items():
        if isinstance(module, cls):
            return kind
    if "attention" in type(module).__name__.lower():
        return "attention"
    is_whole = next(module.children(), None) is not None
    return "attention" if is_whole and _ATTENTION.search(name.lower()) else "other"


class Activations:
    """Watches modules of a model while it is asked to; between, a hook costs one look at a flag.

    By default those with an activation function and those called attention; with patterns, as in a
    shell, the modules whose names they match. Only passes that gradients follow are looked at, so
    that evaluation is left out; of several in one step the last counts. Within torch.compile
    nothing is seen. What fails here is told to `on_error` and given up; the forward pass goes on.
    """

    def __init__(
        self,
        model: nn.Module,
        patterns: Sequence[str] = (),
        on_error: Callable[[Exception], None] | None = None,
    ) -> None:
        self.modules: list[Module] = []
        self._on_error, self._broken = on_error, False
        self.on = False
        self._handles: list[Any] = []
        self._samples: dict[int, Tensor] = {}
        self._logits: dict[int, Tensor] = {}
        self._inside: list[int] = []  # the attention modules whose forward is under way
        for name, module in model.named_modules():
            own = plain_name(name)
            kind = kind_of(module, own)
            if any(fnmatch(own, p) for p in patterns) if patterns else kind != "other":
                self._watch(module, Module(own, kind))
        self._release_attention: Callable[[], None] | None = None
        if any(module.kind == "attention" for module in self.modules):
            self._release_attention = _wrap_attention(self)

    def release(self) -> None:
        """Take the hooks away."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        self.on = False
        if self._release_attention is not None:
            self._release_attention()
            self._release_attention = None

    @torch.no_grad()
    def measure(self) -> tuple[Tensor, Callable[[Floats], Floats]] | None:
        """Return numbers on their device, and what makes of them (statistics, modules).

        None where no module was run.
        """
        self._inside.clear()  # a forward that raised has not taken its module out
        if not self._samples and not self._logits:
            return None
        samples, logits = list(self._samples.items()), list(self._logits.items())
        self._samples, self._logits = {}, {}
        kinds = [module.kind for module in self.modules]
        out = [_reduced(sample, kinds[index]) for index, sample in samples]
        out += [logit.reshape(1) for _, logit in logits]
        places, num = [index for index, _ in samples], len(self.modules)
        of_logits = [index for index, _ in logits]

        def readings(numbers: Floats) -> Floats:
            rows = np.full((len(ACTIVATION_STATISTICS), num), np.nan, np.float32)
            each = numbers[: 4 * len(places)].reshape(-1, 4)
            rows[:4, places] = each.T
            rows[4, of_logits] = numbers[4 * len(places) :]
            return rows

        return vector(out), readings

    def attends(self, query: Any, key: Any, scale: float | None) -> None:
        """Take the largest logit of an attention, for the module whose forward is under way."""
        if self.on and self._inside and torch.is_grad_enabled():
            self._safely(self._take_logit, query, key, scale)

    def _take_logit(self, query: Any, key: Any, scale: float | None) -> None:
        index = self._inside[-1]
        logit = _largest_logit(query.detach(), key.detach(), scale)
        known = self._logits.get(index)
        self._logits[index] = logit if known is None else torch.maximum(known, logit)

    @torch.no_grad()
    def _safely(self, act: Callable[..., None], *arguments: Any) -> None:
        if self._broken:
            return
        try:
            act(*arguments)
        except Exception as error:  # a fault of ours must not end the training
            self._broken = True
            self._samples, self._logits = {}, {}
            if self._on_error is not None:
                self._on_error(error)

    def _watch(self, module: nn.Module, about: Module) -> None:
        index, watched = len(self.modules), ref(module)  # a copy of it takes the hooks along
        self.modules.append(about)

        def before(module: nn.Module, inputs: Any) -> None:
            if not torch.compiler.is_compiling() and self.on and module is watched():
                self._inside.append(index)

        def after(module: nn.Module, inputs: Any, output: Any) -> None:
            if torch.compiler.is_compiling() or not self.on or module is not watched():
                return
            if about.kind == "attention" and self._inside and self._inside[-1] == index:
                self._inside.pop()
            if torch.is_grad_enabled():
                first = output[0] if isinstance(output, tuple) and output else output
                self._safely(self._take, index, first)

        if about.kind == "attention":
            self._handles.append(module.register_forward_pre_hook(Hook(before)))
        self._handles.append(module.register_forward_hook(Hook(after)))

    def _take(self, index: int, output: Any) -> None:
        if isinstance(output, Tensor) and output.numel() and output.is_floating_point():
            # A copy: the output may be changed in place, and its memory is wanted back.
            self._samples[index] = sample(local(output)).clone()


def sample(output: Tensor) -> Tensor:
    """Return some rows of some units of an output, at most (_ROWS, _UNITS); a view where it can be.

    Units lie along dimension 1 of images (N, C, H, W), along the last dimension of all else.
    """
    units = 1 if output.dim() >= 4 else output.dim() - 1
    rows = output.movedim(units, -1) if output.dim() else output.reshape(1, 1)
    rows = rows.reshape(-1, rows.shape[-1]) if rows.is_contiguous() else _few(rows)
    num, width = rows.shape
    return rows[:: max(num // _ROWS, 1)][:_ROWS, :: max(width // _UNITS, 1)][:, :_UNITS]


def _few(rows: Tensor) -> Tensor:
    """Return rows of a tensor that no view makes a matrix: the first of each long dimension."""
    most = max(int(_ROWS ** (1 / max(rows.dim() - 1, 1))), 2) * 2
    for dim in range(rows.dim() - 1):
        size = rows.shape[dim]
        if size > most:
            rows = rows.index_select(dim, torch.arange(0, size, size // most, device=rows.device))
    return rows.reshape(-1, rows.shape[-1])


def _reduced(rows: Tensor, kind: str) -> Tensor:
    """Return mean, deviation, share of dead units and share of saturated values, (4,)."""
    rows = rows.float()
    nothing = rows.new_full((), math.nan)
    dead = (rows.amax(0) <= 0).float().mean() if kind in _DEAD else nothing
    saturated = nothing
    if kind in _BOUNDS:
        low, high = _BOUNDS[kind]
        saturated = ((rows <= low) | (rows >= high)).float().mean()
    return torch.stack([rows.mean(), rows.std(correction=0), dead, saturated])


def _wrap_attention(activations: Activations) -> Callable[[], None]:
    """Let scaled_dot_product_attention, which never shows its logits, tell of its inputs."""

    def wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
        def attention(query: Any, key: Any, *more: Any, **named: Any) -> Any:
            mixed = original(query, key, *more, **named)
            if not is_traced(mixed):
                activations.attends(query, key, named.get("scale"))
            return mixed

        return attention

    return wrap(nn.functional, "scaled_dot_product_attention", wrapper)


def _largest_logit(query: Tensor, key: Tensor, scale: float | None) -> Tensor:
    """Return the largest logit of at most _QUERIES queries against all keys, masked ones too."""
    step = max(query.shape[-2] // _QUERIES, 1)
    some = query[..., ::step, :][..., :_QUERIES, :].float()
    if query.dim() > 3 and query.shape[-3] != key.shape[-3]:  # several heads share a key's
        some = some.reshape(*some.shape[:-3], key.shape[-3], -1, *some.shape[-2:])
        key = key.unsqueeze(-3)
    with torch.autocast(query.device.type, enabled=False):
        logits = some @ key.float().transpose(-1, -2)
    return logits.amax() * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)
