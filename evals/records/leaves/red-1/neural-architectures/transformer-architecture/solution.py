"""Going on from trained weights: more layers, fewer key heads, more tokens."""

from dataclasses import replace

import torch
from torch import Tensor

from decoder import Decoder


def _build(model: Decoder, state: dict[str, Tensor], **changes: int) -> Decoder:
    like = model.embedding.weight
    new = Decoder(replace(model.sizes, **changes)).to(like.device, like.dtype)
    new.load_state_dict(state)
    return new.train(model.training)


def _state(model: Decoder) -> dict[str, Tensor]:
    return {name: x.detach().clone() for name, x in model.state_dict().items()}


def deepen(model: Decoder, layers: int) -> Decoder:
    """New blocks add exactly nothing to the residual stream as long as the last matrix of either
    branch is zero. All else in them is freshly initialised, so those matrices get gradients at
    once and the rest as soon as they have moved."""
    old = model.sizes.layers
    fresh = layers - old
    if fresh < 0:
        raise ValueError(f"the model has {old} layers already")
    # Before new block i there are so many old ones.
    before = [-(-(2 * i + 1) * old // (2 * fresh)) for i in range(fresh)]
    places = [i + sum(b <= i for b in before) for i in range(old)]

    state = {n: x for n, x in _state(model).items() if not n.startswith("blocks.")}
    for source, place in enumerate(places):
        for name, x in _state(model.blocks[source]).items():
            state[f"blocks.{place}.{name}"] = x
    template = Decoder(replace(model.sizes, layers=layers))
    for place in set(range(layers)) - set(places):
        for name, x in _state(template.blocks[place]).items():
            if name.startswith(("out.", "down.")):
                x.zero_()
            state[f"blocks.{place}.{name}"] = x
    return _build(model, state, layers=layers)


def share_keys(model: Decoder, kv_heads: int) -> Decoder:
    """Keys and values (weights and biases) averaged over the neighbouring heads that share them."""
    sizes = model.sizes
    if kv_heads < 1 or sizes.kv_heads % kv_heads:
        raise ValueError(f"{sizes.kv_heads} key heads do not divide into {kv_heads}")
    size = sizes.width // sizes.heads
    state = _state(model)
    for name, x in state.items():
        if ".keys_values." in name:
            grouped = x.view(2, kv_heads, sizes.kv_heads // kv_heads, size, *x.shape[1:])
            state[name] = grouped.mean(2).flatten(0, 2)
    return _build(model, state, kv_heads=kv_heads)


def widen_vocabulary(model: Decoder, size: int) -> Decoder:
    """New rows lie close to the mean of the old ones: as the head is tied, a new token's logit is
    then about the mean logit and takes little probability; the noise tells them apart."""
    extra = size - model.sizes.vocabulary
    if extra < 0:
        raise ValueError(f"the model knows {model.sizes.vocabulary} tokens already")
    state = _state(model)
    old = state["embedding.weight"]
    rows = old.mean(0) + 0.1 * old.std(0) * torch.randn(extra, old.shape[1]).to(old)
    state["embedding.weight"] = state["head.weight"] = torch.cat((old, rows))
    return _build(model, state, vocabulary=size)
