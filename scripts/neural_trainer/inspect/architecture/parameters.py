"""The parameters of a model by module: how many, how many train, and which part holds most."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn


@dataclass(frozen=True)
class Part:
    """A module with all that is in it; a tensor that is shared counts where it is met first.

    own: parameters of the module itself, without those of its children. size_bytes: of its
    parameters as they are stored.
    """

    name: str
    kind: str
    depth: int
    num_parameters: int
    num_trainable: int
    own: int
    size_bytes: int
    is_leaf: bool


@dataclass(frozen=True)
class Balance:
    """How the parameters spread over the parts of the first level at which there are several.

    largest: name and share of the largest part. ratio: how many times the next it is; infinite
    where no other part has any. heaviest: name and share of the one layer that holds most.
    """

    largest: tuple[str, float]
    ratio: float
    heaviest: tuple[str, float]
    num_layers: int


def parts(model: nn.Module) -> tuple[Part, ...]:
    """Return every module of `model`, the model itself first, as torch lists them."""
    counted_in: dict[int, str] = {}
    for name, module in model.named_modules():
        for parameter in module.parameters(recurse=False):
            counted_in.setdefault(id(parameter), name)
    found = []
    for name, module in model.named_modules():
        inside = f"{name}." if name else ""
        own = [
            p for p in dict.fromkeys(module.parameters(recurse=False))
            if counted_in[id(p)] == name
        ]  # fmt: skip
        held = [
            p for p in dict.fromkeys(module.parameters())
            if not name or counted_in[id(p)] == name or counted_in[id(p)].startswith(inside)
        ]  # fmt: skip
        found.append(
            Part(
                name=name,
                kind=type(module).__name__,
                depth=name.count(".") + 1 if name else 0,
                num_parameters=sum(p.numel() for p in held),
                num_trainable=sum(p.numel() for p in held if p.requires_grad),
                own=sum(p.numel() for p in own),
                size_bytes=sum(p.numel() * p.element_size() for p in held),
                is_leaf=next(module.children(), None) is None,
            )
        )
    return tuple(found)


def first_level(found: tuple[Part, ...]) -> tuple[Part, ...]:
    """Return the parts of the first level at which parameters lie in more than one of them."""
    inside, depth = "", 1
    while True:
        level = tuple(
            p for p in found if p.depth == depth and p.name.startswith(inside) and p.num_parameters
        )
        if len(level) != 1 or level[0].is_leaf or level[0].own:
            return level
        inside, depth = f"{level[0].name}.", depth + 1


def balance(found: tuple[Part, ...]) -> Balance | None:
    """Return how the parameters spread; None where fewer than two modules hold any."""
    total = found[0].num_parameters
    level = sorted(first_level(found), key=lambda p: -p.num_parameters)
    layers = [p for p in found if p.own]
    if len(layers) < 2 or not level:
        return None
    heaviest = max(layers, key=lambda p: p.own)
    following = level[1].num_parameters if len(level) > 1 else 0
    return Balance(
        largest=(level[0].name, level[0].num_parameters / total),
        ratio=level[0].num_parameters / following if following else float("inf"),
        heaviest=(heaviest.name, heaviest.own / total),
        num_layers=len(layers),
    )


def weights_bytes(model: nn.Module) -> int:
    """Return the bytes of a checkpoint of the weights: each storage of the state once."""
    storages = {t.untyped_storage()._cdata: t.untyped_storage() for t in model.state_dict().values()
                if hasattr(t, "untyped_storage")}  # fmt: skip
    return sum(storage.nbytes() for storage in storages.values())
