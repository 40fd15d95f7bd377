"""Judges a split of links: no pair in two parts, no link among negatives, none drawn twice."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any


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
    sys.path.insert(0, os.getcwd())
    import torch

    split = importlib.import_module("solution").split_links

    def exported(nodes: int, links: Any) -> Any:
        """Both directions of most, one of some, doubles, and people beside themselves."""
        turned = links.flip(0)
        alone = torch.arange(0, nodes, 3).repeat(2, 1)
        edges = torch.cat((links, turned[:, ::2], links[:, ::7], turned[:, ::7], alone), 1)
        return edges[:, torch.randperm(edges.shape[1])]

    def pairs(links: Any) -> list[tuple[int, int]]:
        return [(int(a), int(b)) for a, b in links.T.tolist()]

    torch.manual_seed(0)
    upper = torch.triu_indices(40, 40, 1)
    dense = upper[:, torch.randperm(780)[:390]]  # every pair that is no link is needed
    low, high = torch.randint(99_999, (2, 150_000)).sort(0).values
    sparse = torch.unique(torch.stack((low, high))[:, low != high], dim=1)
    for name, nodes, links in (("dense", 40, dense), ("sparse", 100_000, sparse)):
        edges = exported(nodes, links)
        kept = edges.clone()
        torch.manual_seed(1)
        found = split(edges, nodes, seed=3)
        assert torch.equal(edges, kept), f"{name}: edge_index was changed"
        torch.manual_seed(2)
        again = split(edges, nodes, seed=3)
        assert all(torch.equal(found[key], again[key]) for key in found), (
            f"{name}: the same seed gives another split"
        )
        real = set(pairs(links))
        parts = {key: pairs(found[key]) for key in ("train", "val", "test")}
        together = [pair for part in parts.values() for pair in part]
        assert len(together) == len(set(together)), f"{name}: a link stands in two places"
        assert set(together) == real, f"{name}: the links are not those of the graph"
        for key, share in (("val", 0.1), ("test", 0.2)):
            assert abs(len(parts[key]) - share * len(real)) < 1, f"{name}: {key} has another size"
        for key, known in (("message", ("train",)), ("message_test", ("train", "val"))):
            message = pairs(found[key])
            right = {pair for part in known for pair in parts[part]}
            assert {tuple(sorted(pair)) for pair in message} - {(n, n) for n in range(nodes)} == (
                right
            ), f"{name}: {key} holds other links than {known}"
            bare = [pair for pair in message if pair[0] != pair[1]]
            assert len(bare) == 2 * len(right), f"{name}: {key} lacks a direction, or doubles one"
        negative = []
        for key, part in parts.items():
            none = pairs(found[f"{key}_negative"])
            assert len(none) == len(part), f"{name}: {len(none)} negatives for {len(part)} of {key}"
            negative += none
        assert not set(negative) & real, f"{name}: a negative is a link of the graph"
        assert all(a < b for a, b in negative), f"{name}: a negative is no pair, or turned"
        twice = len(negative) - len(set(negative))
        assert not twice, f"{name}: {twice} negatives are drawn twice, some in two parts"
    try:
        split(exported(40, upper[:, :500]), 40)
    except ValueError:
        return
    raise AssertionError("500 links of 780 pairs: no ValueError")
