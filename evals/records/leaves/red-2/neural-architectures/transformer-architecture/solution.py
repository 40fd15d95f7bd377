from dataclasses import replace

import torch
from torch import nn

from decoder import Decoder, Sizes


def _build(model: Decoder, sizes: Sizes, state: dict) -> Decoder:
    weight = model.embedding.weight
    new = Decoder(sizes).to(device=weight.device, dtype=weight.dtype)
    new.load_state_dict(state)
    return new.train(model.training)


def _state(model: Decoder) -> dict:
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def deepen(model: Decoder, layers: int) -> Decoder:
    """New blocks lie between old ones. Their two last projections are zero, so that they add
    nothing; all before these is freshly drawn, so that the projections get gradients at once and
    the rest as soon as they have moved."""
    old = model.sizes.layers
    if layers < old:
        raise ValueError(f"the model has {old} layers already")
    sizes = replace(model.sizes, layers=layers)
    if old > 1:  # first stays first, last stays last
        places = [(2 * i * (layers - 1) + old - 1) // (2 * (old - 1)) for i in range(old)]
    else:
        places = [0]
    state = {k: v for k, v in _state(model).items() if not k.startswith("blocks.")}
    weight = model.embedding.weight
    new = Decoder(sizes).to(device=weight.device, dtype=weight.dtype)
    for place, block in enumerate(new.blocks):
        if place in places:
            block.load_state_dict(model.blocks[places.index(place)].state_dict())
        else:
            for layer in (block.out, block.down):
                nn.init.zeros_(layer.weight)
                nn.init.zeros_(layer.bias)
    new.load_state_dict(state, strict=False)
    return new.train(model.training)


def share_keys(model: Decoder, kv_heads: int) -> Decoder:
    """Grouped-query attention; a shared head is the mean of those of neighbouring query heads."""
    sizes = model.sizes
    if kv_heads < 1 or sizes.kv_heads % kv_heads:
        raise ValueError(f"{sizes.kv_heads} key heads cannot be shared into {kv_heads}")
    state = _state(model)
    size, group = sizes.width // sizes.heads, sizes.kv_heads // kv_heads
    for name, tensor in state.items():
        if ".keys_values." in name:  # weight (2 * heads * size, width), bias (2 * heads * size)
            rest = tensor.shape[1:]
            state[name] = tensor.view(2, kv_heads, group, size, *rest).mean(2).reshape(-1, *rest)
    return _build(model, replace(sizes, kv_heads=kv_heads), state)


def widen_vocabulary(model: Decoder, size: int) -> Decoder:
    """New rows are the mean of the old ones and a little noise: as the head is tied, rows drawn
    around zero could outbid trained tokens, whereas the mean's logit is the mean logit."""
    extra = size - model.sizes.vocabulary
    if extra < 0:
        raise ValueError(f"the model knows {model.sizes.vocabulary} tokens already")
    state = _state(model)
    old = state["embedding.weight"]
    new = old.mean(0) + 0.05 * old.std(0, correction=0) * torch.randn(
        extra, old.shape[1], dtype=old.dtype, device=old.device
    )
    state["embedding.weight"] = state["head.weight"] = torch.cat((old, new))
    return _build(model, replace(model.sizes, vocabulary=size), state)
