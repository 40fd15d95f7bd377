"""What loss_fn does with a model: inputs, output, calls of losses, what chance decides."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

CLASSES = ("cross_entropy", "nll_loss")
BINARY = ("binary_cross_entropy_with_logits", "binary_cross_entropy")
NUMBERS = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")
_LOSSES = frozenset((*CLASSES, *BINARY, *NUMBERS))
_DRAWS = ("rand", "randn", "rand_like", "randn_like", "randint", "randperm", "bernoulli",
          "bernoulli_", "normal", "normal_", "uniform_", "multinomial", "poisson", "rrelu",
          "gumbel_softmax", "dropout", "dropout_", "native_dropout")  # fmt: skip


@dataclass(frozen=True)
class LossCall:
    """One call of a loss of torch.nn.functional; options: its other arguments by name."""

    name: str
    input: Tensor
    target: Tensor
    options: dict[str, Any]


@dataclass
class Observed:
    """args, kwargs, output: of the model's first forward pass; None where loss_fn has no such.

    drawn: the functions that drew at random or took the batch's own statistics.
    """

    args: tuple[Any, ...] | None = None
    kwargs: dict[str, Any] = field(default_factory=dict)
    output: Any = None
    calls: list[LossCall] = field(default_factory=list)
    drawn: set[str] = field(default_factory=set)
    loss: Any = None
    error: Exception | None = None


@contextmanager
def watching(model: nn.Module) -> Iterator[Observed]:
    """Yield what fills while `model` and losses are called within the block."""
    seen = Observed()

    def note_forward(_: nn.Module, args: Any, kwargs: Any, output: Any) -> None:
        if seen.args is None:
            seen.args, seen.kwargs, seen.output = args, kwargs, output

    handle = model.register_forward_hook(note_forward, with_kwargs=True)
    try:
        with _Calls(seen):
            yield seen
    finally:
        handle.remove()


def observe(loss_fn: Callable[[Any, Any], Any], model: nn.Module, batch: Any) -> Observed:
    """Return what `loss_fn(model, batch)` does; what it raises is kept as `error`."""
    with watching(model) as seen:
        try:
            seen.loss = loss_fn(model, batch)
        except Exception as error:  # whatever the user's code raises
            seen.error = error
    return seen


def main_output(output: Any) -> Tensor | None:
    """Return the logits, else the first floating tensor, of what a model returns."""
    if isinstance(output, Tensor):
        return output if output.is_floating_point() else None
    logits = output.get("logits") if isinstance(output, dict) else getattr(output, "logits", None)
    if isinstance(logits, Tensor):
        return logits
    values = output.values() if isinstance(output, dict) else output
    if isinstance(output, dict | list | tuple):
        return next((t for t in map(main_output, values) if t is not None), None)
    return None


class _Calls(TorchFunctionMode):
    """Notes the calls of losses, before they can fail, and of what mode or chance decides."""

    def __init__(self, seen: Observed) -> None:
        super().__init__()
        self._seen = seen

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Note the call and make it."""
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        # By name: a Monitor that is at work has put functions of its own around those of torch.
        if name in _LOSSES and func.__module__ == functional.__name__:
            bound = _bound(func, args, kwargs)
            pair = bound.pop("input"), bound.pop("target")
            self._seen.calls.append(LossCall(name, *pair, bound))
        elif (name in _DRAWS or name in _DECIDED) and _is_on(name, func, args, kwargs):
            self._seen.drawn.add(name)
        return func(*args, **kwargs)


def _bound(func: Any, args: Any, kwargs: Any) -> dict[str, Any]:
    bound = inspect.signature(func).bind(*args, **kwargs)
    bound.apply_defaults()
    return dict(bound.arguments)


# The arguments that, all of them true, turn it on.
_DECIDED = {
    **dict.fromkeys(
        ("dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"),
        ("p", "training"),
    ),
    "dropout": ("p", "training"),
    "rrelu": ("training",),
    "batch_norm": ("training",),
    "instance_norm": ("use_input_stats",),
    "scaled_dot_product_attention": ("dropout_p",),
    "multi_head_attention_forward": ("dropout_p", "training"),
}
_RECURRENT = ("lstm", "gru", "rnn_tanh", "rnn_relu")


def _is_on(name: str, func: Any, args: Any, kwargs: Any) -> bool:
    wanted = _DECIDED.get(name)
    if wanted is None:
        return True
    try:
        bound = _bound(func, args, kwargs)
    except (TypeError, ValueError):  # a function of C tells no signature
        if name == "scaled_dot_product_attention":
            return bool(kwargs.get("dropout_p", args[4] if len(args) > 4 else 0.0))
        return False
    return all(bound.get(argument, False) for argument in wanted)
