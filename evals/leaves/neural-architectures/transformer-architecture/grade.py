"""Judges surgery on a decoder: kept functions, live gradients, a tied head, right groups."""

from __future__ import annotations

import copy
import importlib
import os
import sys
from itertools import pairwise
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any

FILES = Path(__file__).resolve().parent / "files"


def grade(folder: Path) -> str | None:
    """Why the answer does not pass; None where it does."""
    from forked import run

    try:
        done = run(["-c", f"import runpy; runpy.run_path({__file__!r})['check']()"], folder, 60)
    except TimeoutExpired:
        return "took longer than 60 s"
    if done.returncode == 0:
        return None
    return (done.stderr.strip().splitlines() or ["failed without a word"])[-1]


def check() -> None:
    sys.path[:0] = [str(FILES), os.getcwd()]
    import torch

    decoder = importlib.import_module("decoder")
    answer = importlib.import_module("solution")
    torch.manual_seed(0)
    model = decoder.Decoder(decoder.Sizes())
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.1 * torch.randn(parameter.shape)
    model.double()
    kept = copy.deepcopy(model.state_dict())
    tokens = torch.randint(97, (3, 20))
    expected = model(tokens).detach()

    def same(new: Any, what: str, tolerance: float = 1e-5) -> None:
        apart = (new(tokens)[..., :97] - expected).abs().max().item()
        assert apart < tolerance, f"{what}: logits differ by {apart:.3g}"

    def sound(new: Any, what: str) -> None:
        assert new.head.weight is new.embedding.weight, f"{what}: the head is no longer tied"
        fresh = decoder.Decoder(new.sizes).double()
        fresh.load_state_dict(new.state_dict())
        assert torch.allclose(fresh(tokens), new(tokens)), f"{what}: its state dict differs"

    deep = answer.deepen(model, 7).double()
    assert deep.sizes.layers == len(deep.blocks) == 7, "deepen: not seven layers"
    same(deep, "deepen")
    sound(deep, "deepen")
    old = [
        place
        for place, block in enumerate(deep.blocks)
        if any(torch.equal(block.gate_up.weight, b.gate_up.weight) for b in model.blocks)
        and (block.out.weight.abs().sum() > 0)
    ]
    added = [place for place in range(7) if place not in old]
    assert len(added) == 3, f"deepen: {len(added)} blocks are new, not 3"
    assert max(b - a for a, b in pairwise(added)) > 1, "deepen: the new blocks are not spread"
    optimizer = torch.optim.SGD(deep.parameters(), lr=0.5)
    before = [copy.deepcopy(block.state_dict()) for block in deep.blocks]
    for _ in range(2):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(deep(tokens[:, :-1]).mT, tokens[:, 1:])
        torch.autograd.backward(loss)
        optimizer.step()
    for place in added:
        for name in ("queries.weight", "keys_values.weight", "out.weight", "gate_up.weight",
                     "down.weight"):  # fmt: skip
            moved = (deep.blocks[place].state_dict()[name] - before[place][name]).abs().max()
            assert moved > 0, f"deepen: {name} of new block {place} does not learn"

    shared = answer.share_keys(model, 2).double()
    assert shared.sizes.kv_heads == 2, "share_keys: sizes do not say so"
    sound(shared, "share_keys")
    alike = copy.deepcopy(model)  # heads that share are alike already: nothing may change
    with torch.no_grad():
        for block in alike.blocks:
            for parameter in (block.keys_values.weight, block.keys_values.bias):
                heads = parameter.view(2, 2, 4, 6, -1)
                heads.copy_(heads[:, :, :1].clone().expand_as(heads))
    alike_expected = alike(tokens).detach()
    apart = (answer.share_keys(alike, 2).double()(tokens) - alike_expected).abs().max().item()
    assert apart < 1e-5, f"share_keys: heads that agree give other logits, by {apart:.3g}"
    weight = model.blocks[1].keys_values.weight.detach()
    mean = weight.view(2, 2, 4, 6, 48).mean(2).reshape(-1, 48)
    assert torch.allclose(shared.blocks[1].keys_values.weight, mean), "share_keys: not the mean"

    wide = answer.widen_vocabulary(model, 110).double()
    assert wide(tokens).shape[-1] == 110, "widen_vocabulary: not 110 logits"
    assert wide.sizes.vocabulary == 110, "widen_vocabulary: sizes do not say so"
    same(wide, "widen_vocabulary")
    sound(wide, "widen_vocabulary")
    share = wide(tokens).softmax(-1)[..., 97:].sum(-1).mean().item()
    old_share = wide.embedding.weight[:97].norm(dim=1).mean()
    new_share = wide.embedding.weight[97:].norm(dim=1).mean()
    assert new_share < 2 * old_share, (
        f"widen_vocabulary: new rows are {new_share / old_share:.0f} times as long as old ones, "
        f"and tokens never met get {share:.0%} of the probability"
    )
    again = answer.share_keys(answer.widen_vocabulary(answer.deepen(model, 6), 100), 4)
    sound(again.double(), "all three")
    assert (again.sizes.layers, again.sizes.vocabulary, again.sizes.kv_heads) == (6, 100, 4)
    other = answer.deepen(answer.share_keys(shared, 1), 5).double()
    sound(other, "share_keys twice, then deepen")
    state = model.state_dict()
    assert all(torch.equal(state[name], kept[name]) for name in kept), "the given model changed"
