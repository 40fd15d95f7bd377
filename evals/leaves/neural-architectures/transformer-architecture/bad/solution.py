"""Ways on from trained weights."""

import copy
from dataclasses import replace

from decoder import Block, Decoder
from torch import nn


def deepen(model, layers):
    new = copy.deepcopy(model)
    new.sizes = replace(model.sizes, layers=layers)
    extra = []
    for _ in range(layers - model.sizes.layers):
        block = Block(new.sizes)
        for parameter in block.parameters():
            nn.init.zeros_(parameter)
        extra.append(block)
    old = list(new.blocks)
    for i, block in enumerate(extra):
        old.insert(2 * i + 1, block)
    new.blocks = nn.ModuleList(old)
    return new


def share_keys(model, kv_heads):
    sizes = replace(model.sizes, kv_heads=kv_heads)
    new = Decoder(sizes)
    state = copy.deepcopy(model.state_dict())
    size = sizes.width // sizes.heads
    group = model.sizes.kv_heads // kv_heads
    for name, value in state.items():
        if "keys_values" in name:
            heads = value.view(2, group, kv_heads, size, *value.shape[1:])
            state[name] = heads.mean(1).reshape(-1, *value.shape[1:])
    new.load_state_dict(state)
    return new


def widen_vocabulary(model, size):
    new = copy.deepcopy(model)
    new.sizes = replace(model.sizes, vocabulary=size)
    new.embedding = nn.Embedding(size, model.sizes.width)
    new.embedding.weight.data[: model.sizes.vocabulary] = model.embedding.weight.data
    new.head = nn.Linear(model.sizes.width, size, bias=False)
    new.head.weight.data[: model.sizes.vocabulary] = model.head.weight.data
    return new
