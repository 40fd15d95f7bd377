"""Going on from the weights of a trained Decoder, in another size."""

from dataclasses import replace

import torch
from torch import Tensor

from decoder import Decoder, Sizes


def _build(model: Decoder, sizes: Sizes, state: dict[str, Tensor], origin=lambda name: name):
    """A Decoder of these sizes and weights; mode, dtype, device and frozen parts as in `model`."""
    with torch.random.fork_rng():  # its first weights are overwritten: spend no random numbers
        new = Decoder(sizes)
    like = model.embedding.weight
    new.to(device=like.device, dtype=like.dtype)
    new.load_state_dict(state)
    old = dict(model.named_parameters())
    for name, parameter in new.named_parameters():
        parameter.requires_grad_(old[origin(name)].requires_grad)
    return new.train(model.training)


def _state(model: Decoder) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def deepen(model: Decoder, layers: int) -> Decoder:
    """More layers, spread among the old ones, that at first add exactly nothing.

    A new layer is a copy of the old one before it, with both matrices that write into the
    residual stream (and their biases) at zero. These alone: they have a gradient at once, and
    from the first step on all that lies before them has one as well.
    """
    old = model.sizes.layers
    if layers < old:
        raise ValueError(f"the model has {old} layers already")
    sources = [i * old // layers for i in range(layers)]
    given, state = _state(model), {}
    for name, value in given.items():
        if not name.startswith("blocks."):
            state[name] = value
    for i, source in enumerate(sources):
        prefix = f"blocks.{source}."
        new = i > 0 and sources[i - 1] == source
        for name, value in given.items():
            if name.startswith(prefix):
                rest = name.removeprefix(prefix)
                silent = new and rest.split(".")[0] in ("out", "down")
                state[f"blocks.{i}.{rest}"] = torch.zeros_like(value) if silent else value.clone()

    def origin(name):
        if not name.startswith("blocks."):
            return name
        _, i, rest = name.split(".", 2)
        return f"blocks.{sources[int(i)]}.{rest}"

    result = _build(model, replace(model.sizes, layers=layers), state, origin)
    for i in range(1, layers):
        if sources[i] == sources[i - 1]:
            result.blocks[i].requires_grad_(True)  # the new ones learn, whatever was frozen
    return result


def share_keys(model: Decoder, kv_heads: int) -> Decoder:
    """Grouped queries: each key and value head is the mean of the neighbours it stands for.

    Neighbours, since query head h is served by head h // (heads / kv_heads). The mean of the
    projections (weights and biases) is the projection of the mean, before the rotation, which
    is linear and the same for all heads.
    """
    before = model.sizes.kv_heads
    if kv_heads < 1 or before % kv_heads:
        raise ValueError(f"{before} key heads cannot be shared as {kv_heads}")
    state = _state(model)
    for name, value in state.items():
        if ".keys_values." in name:
            size = value.shape[0] // (2 * before)
            heads = value.reshape(2, kv_heads, before // kv_heads, size, *value.shape[1:])
            state[name] = heads.mean(2).reshape(2 * kv_heads * size, *value.shape[1:])
    return _build(model, replace(model.sizes, kv_heads=kv_heads), state)


def widen_vocabulary(model: Decoder, size: int) -> Decoder:
    """More tokens; the old rows, and so the old logits, stay.

    A new row is the mean of the old ones, whose logit is the mean logit and takes little
    probability from the old tokens, and a little noise: equal rows could not be told apart, and
    a row of zeros would be blown up by the norm.
    """
    old = model.embedding.weight.detach()
    if size < len(old):
        raise ValueError(f"the model has {len(old)} tokens already")
    generator = torch.Generator().manual_seed(len(old))  # not the program's random numbers
    noise = torch.randn(size - len(old), old.shape[1], generator=generator).to(old)
    rows = torch.cat([old, old.mean(0) + 0.1 * old.std(0) * noise])
    state = _state(model)
    state["embedding.weight"] = state["head.weight"] = rows  # one matrix
    return _build(model, replace(model.sizes, vocabulary=size), state)
