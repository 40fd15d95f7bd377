"""Ways on from trained weights that keep what the model computes."""

import copy
from dataclasses import replace

import torch
from decoder import Decoder


def _like(model, **changed):
    new = Decoder(replace(model.sizes, **changed))
    weight = model.embedding.weight
    return new.to(device=weight.device, dtype=weight.dtype).train(model.training)


def deepen(model, layers):
    """New blocks add nothing yet: only what they add to the stream is zero, so that it learns."""
    new = _like(model, layers=layers)
    old = model.sizes.layers
    places = {round((i + 1) * layers / old) - 1: i for i in range(old)}
    for place, block in enumerate(new.blocks):
        if place in places:
            block.load_state_dict(model.blocks[places[place]].state_dict())
        else:
            with torch.no_grad():
                for layer in (block.out, block.down):
                    layer.weight.zero_()
                    layer.bias.zero_()
    new.norm.load_state_dict(model.norm.state_dict())
    new.embedding.load_state_dict(model.embedding.state_dict())
    return new


def share_keys(model, kv_heads):
    new = _like(model, kv_heads=kv_heads)
    state = copy.deepcopy(model.state_dict())
    size = model.sizes.width // model.sizes.heads
    group = model.sizes.kv_heads // kv_heads
    for name, value in state.items():
        if "keys_values" in name:
            heads = value.view(2, kv_heads, group, size, *value.shape[1:])
            state[name] = heads.mean(2).reshape(-1, *value.shape[1:])
    new.load_state_dict(state)
    return new


def widen_vocabulary(model, size):
    """New tokens begin at the mean of the old ones, apart by a little noise."""
    new = _like(model, vocabulary=size)
    state = copy.deepcopy(model.state_dict())
    old = model.embedding.weight.detach()
    added = old.mean(0) + 0.1 * old.std(0) * torch.randn(size - len(old), old.shape[1]).to(old)
    state["embedding.weight"] = state["head.weight"] = torch.cat((old, added))
    new.load_state_dict(state)
    return new
