"""Growing and thinning a trained Decoder."""

import copy
from dataclasses import replace

import torch
from decoder import Block, Decoder, Sizes
from torch import nn


def _build(model: Decoder, sizes: Sizes) -> Decoder:
    """A copy whose parts all know the new sizes; weights still those of `model`, head tied."""
    new = copy.deepcopy(model)
    new.sizes = sizes
    for block in new.blocks:
        block.sizes = sizes
    new.head.weight = new.embedding.weight
    return new


def _parameter(values: torch.Tensor, like: nn.Parameter) -> nn.Parameter:
    return nn.Parameter(values.detach().clone(), requires_grad=like.requires_grad)


def _identity(block: Block, number: int) -> Block:
    """A copy that adds nothing yet. Only what writes to the residual stream is zero: were anything
    before it zero too, no gradient would ever come through. The noise tells copies apart."""
    new = copy.deepcopy(block).requires_grad_(True)
    noise = torch.Generator().manual_seed(number)
    with torch.no_grad():
        for layer in (new.out, new.down):
            layer.weight.zero_()
            layer.bias.zero_()
        for layer in (new.queries, new.keys_values, new.gate_up):
            w = layer.weight
            drawn = torch.randn(w.shape, generator=noise).to(w)
            w += 0.05 * w.square().mean().sqrt() * drawn
    for p in new.parameters():
        p.grad = None
    return new


def deepen(model: Decoder, layers: int) -> Decoder:
    """More layers, same function; the new ones, spread among the old, start as identity."""
    old = len(model.blocks)
    extra = layers - old
    if extra < 0:
        raise ValueError(f"the model has {old} layers already")
    new = _build(model, replace(model.sizes, layers=layers))
    # behind[i]: how many new blocks follow old block i
    behind = [0] * old
    for j in range(extra):
        if extra < old:  # in the gaps between old blocks
            place = round((j + 1) * old / (extra + 1)) - 1
        else:
            place = (2 * j + 1) * old // (2 * extra)
        behind[min(max(place, 0), old - 1)] += 1
    blocks = []
    for block, count in zip(new.blocks, behind, strict=True):
        blocks.append(block)
        source = block
        for _ in range(count):
            blocks.append(_identity(source, len(blocks)))
    new.blocks = nn.ModuleList(blocks)
    return new.train(model.training)


def share_keys(model: Decoder, kv_heads: int) -> Decoder:
    """Grouped queries: each head of keys and values the mean of those it stands for.

    Query head i uses key head i // group, so the heads that merge are neighbours.
    """
    had = model.sizes.kv_heads
    if kv_heads < 1 or had % kv_heads:
        raise ValueError(f"{kv_heads} heads cannot share {had} evenly")
    new = _build(model, replace(model.sizes, kv_heads=kv_heads))
    for block in new.blocks:
        layer = block.keys_values
        size = layer.out_features // (2 * had)

        def merged(values, size=size):
            groups = values.detach().unflatten(0, (2, kv_heads, had // kv_heads, size))
            return groups.mean(2).flatten(0, 2)

        layer.weight = _parameter(merged(layer.weight), layer.weight)
        layer.bias = _parameter(merged(layer.bias), layer.bias)
        layer.out_features = 2 * kv_heads * size
    return new


def widen_vocabulary(model: Decoder, size: int) -> Decoder:
    """More tokens. The new rows lie around the mean of the old ones, so that a new token is about
    as likely as an average one and does not take over; old rows, and so old logits, stay."""
    table = model.embedding.weight
    had, width = table.shape
    if size < had:
        raise ValueError(f"the vocabulary has {had} tokens already")
    new = _build(model, replace(model.sizes, vocabulary=size))
    old = table.detach()
    mean = old.mean(0)
    spread = (old - mean).square().mean().sqrt()
    drawn = torch.randn(size - had, width, generator=torch.Generator().manual_seed(had)).to(old)
    new.embedding.weight = _parameter(torch.cat([old, mean + 0.1 * spread * drawn]), table)
    new.embedding.num_embeddings = new.head.out_features = size
    new.head.weight = new.embedding.weight
    return new
