"""The parameters of a model that are watched: their names, kinds and parameter groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from neural_trainer.runs.layers import Parameter

_WRAPPERS = ("module.", "_orig_mod.", "_fsdp_wrapped_module.")  # DDP, torch.compile, FSDP
_NORMS = ("norm", "batchnorm", "layernorm", "rmsnorm", "groupnorm")
_ATTENTION = ("attn", "attention")
_PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "qkv", "query", "key", "value", "c_attn")


class Watched(NamedTuple):
    """One parameter: the tensor and what is said of it."""

    tensor: Any
    about: Parameter


def watched(model: Any, optimizers: Sequence[Any]) -> list[Watched]:
    """Return the parameters of `model` in its order, then those that only an optimizer holds.

    group: the parameter's group, counted over all optimizers; None where none holds it. Tied
    parameters appear once, under their first name.
    """
    groups = [group for optimizer in optimizers for group in optimizer.param_groups]
    group_of = {id(p): i for i, group in enumerate(groups) for p in group["params"]}
    found, seen = [], set[int]()
    for name, tensor, kind in _named(model) if model is not None else ():
        seen.add(id(tensor))
        found.append(Watched(tensor, _about(name, kind, tensor, group_of.get(id(tensor)))))
    for index, group in enumerate(groups):
        for place, tensor in enumerate(group["params"]):
            if id(tensor) not in seen:
                seen.add(id(tensor))
                name = f"optimizer.group{index}.{place}"
                found.append(Watched(tensor, _about(name, "other", tensor, index)))
    return found


def held_by(model: Any) -> list[Any]:
    """Return the parameters of a model's modules, in some order, shared ones more than once.

    model.parameters() takes five times as long, to give each a name first.
    """
    found: list[Any] = []
    waiting, known = [model], set[int]()
    while waiting:
        module = waiting.pop()
        if module is not None and id(module) not in known:
            known.add(id(module))
            found += module._parameters.values()
            waiting += module._modules.values()
    return [parameter for parameter in found if parameter is not None]


def plain_name(name: str) -> str:
    """Return a parameter's or module's name without what wrappers put into it.

    >>> plain_name("_orig_mod.module.blocks.0.weight")
    'blocks.0.weight'
    """
    for wrapper in _WRAPPERS:
        name = name.replace(f".{wrapper}", ".")
    while name.startswith(_WRAPPERS):
        name = name.partition(".")[2]
    return name


def _about(name: str, kind: str, tensor: Any, group: int | None) -> Parameter:
    return Parameter(name, kind, tuple(tensor.shape), bool(tensor.requires_grad), group)


def _named(model: Any) -> list[tuple[str, Any, str]]:
    """Return name, tensor and kind of each parameter of a model."""
    owner: dict[str, Any] = {}
    holders: dict[int, int] = {}  # how many modules hold a tensor: two share a tied one
    for path, module in model.named_modules():
        for own, tensor in module._parameters.items():
            owner[f"{path}.{own}" if path else own] = module
            holders[id(tensor)] = holders.get(id(tensor), 0) + 1
    named = list(model.named_parameters())
    kinds = [_kind(plain_name(name), owner.get(name), tensor) for name, tensor in named]
    matrices = [i for i, kind in enumerate(kinds) if kind in ("linear", "attention", "conv")]
    tied = any(  # then the embedding is the head, and no other matrix is
        kind == "embedding" and holders[id(tensor)] > 1
        for kind, (_, tensor) in zip(kinds, named, strict=True)
    )
    if not tied and len(matrices) > 1 and kinds[matrices[-1]] == "linear":
        kinds[matrices[-1]] = "head"
    return [(plain_name(n), tensor, kind) for (n, tensor), kind in zip(named, kinds, strict=True)]


def _kind(name: str, module: Any, tensor: Any) -> str:
    """Return the kind of a parameter by its module's class and its name."""
    cls, low = type(module).__name__.lower(), name.lower()
    own = low.rpartition(".")[2]
    if "lora_" in low:
        return "lora"
    if any(word in cls for word in _NORMS):
        return "norm"
    if own.startswith("bias") or own.endswith("bias"):
        return "bias"
    if "embedding" in cls:
        return "embedding"
    if any(word in cls for word in ("rnn", "lstm", "gru")):
        return "recurrent"
    if "multiheadattention" in cls or cls == "nondynamicallyquantizablelinear":  # its projection
        return "attention"
    if "conv" in cls and tensor.dim() > 2:
        return "conv"
    if tensor.dim() >= 2 and ("linear" in cls or "conv1d" in cls):
        inside = any(word in low for word in _ATTENTION)
        return "attention" if inside or any(word in low for word in _PROJECTIONS) else "linear"
    return "other"
