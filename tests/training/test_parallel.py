"""How a model is spread over processes, and what each way refuses in one line."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from neural_trainer.errors import ConfigError, NeuralTrainerError
from neural_trainer.training.config_file import build_config
from neural_trainer.training.parallel import refuse_out_of_sync, refuse_unused, spread, way_of
from neural_trainer.training.world import World

TWO = World(0, 2, is_joined=True)


def config(way: str, optimizer: str | None = "adamw", **training: Any) -> Any:
    tree: dict[str, Any] = {"case": "a:b", "training": {"distributed": way, **training}}
    if optimizer is not None:
        tree["optimizer"] = {"name": optimizer}
    return build_config(tree)


@pytest.mark.parametrize(
    ("way", "world", "expected"),
    [
        pytest.param("auto", World(), "", id="alone"),
        pytest.param("fsdp", World(), "", id="alone-whatever-is-asked"),
        pytest.param("auto", World(0, 1, is_joined=True), "", id="one-under-torchrun"),
        pytest.param("fsdp", World(0, 1, is_joined=True), "fsdp", id="one-in-shards"),
        pytest.param("auto", TWO, "ddp", id="two"),
        pytest.param("fsdp", TWO, "fsdp", id="two-in-shards"),
    ],
)
def test_the_way(way: str, world: World, expected: str) -> None:
    assert way_of(config(way), world) == expected


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        pytest.param(config("fsdp", "muon"), "muon needs whole matrices", id="muon"),
        pytest.param(config("fsdp", None), "the case brings its optimizer", id="own-optimizer"),
        pytest.param(
            config("fsdp", compare_ranks_every=5), "with fsdp each has shards of its own", id="sync"
        ),
    ],
)
def test_what_fsdp_cannot_do_is_refused(asked: Any, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        way_of(asked, TWO)
    assert "\n" not in str(caught.value)
    assert "training.distributed=ddp" in str(caught.value)


def shared_between_blocks() -> nn.Module:
    blocks = nn.ModuleList(nn.Linear(3, 3) for _ in range(2))
    blocks[1].weight = blocks[0].weight
    return nn.ModuleDict({"blocks": blocks})


def shared_with_the_outside() -> nn.Module:
    blocks = nn.ModuleList([nn.Linear(3, 3)])
    head = nn.Linear(3, 3)
    head.weight = blocks[0].weight
    return nn.ModuleDict({"blocks": blocks, "head": head})


def of_two_dtypes() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2, dtype=torch.float64))


@pytest.mark.parametrize(
    ("model", "words"),
    [
        pytest.param(shared_between_blocks(), "blocks.0.weight is a weight of more", id="blocks"),
        pytest.param(shared_with_the_outside(), "blocks.0.weight is a weight of more", id="head"),
        pytest.param(of_two_dtypes(), "one dtype.*torch.float32, torch.float64", id="dtypes"),
    ],
)
def test_a_model_that_cannot_be_sharded_is_refused(model: nn.Module, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        spread(model, "fsdp", TWO)
    assert "\n" not in str(caught.value)


class Beside(World):
    """A rank 0 beside one whose sums of bits are those of another model."""

    def gathered(self, own: Any) -> list[Any]:
        theirs = list(own)
        for place in self.__dict__["differs"]:
            theirs[place] += 1
        return [own, theirs]


@pytest.mark.parametrize(
    ("differs", "words"),
    [
        pytest.param([1, 2], "0.bias differs on rank 1.*first of 2 of 4 tensors", id="two"),
        pytest.param([3], "2.bias differs on rank 1.*first of 1 of 4 tensors", id="last"),
    ],
)
def test_the_first_tensor_that_differs_is_named(differs: list[int], words: str) -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2))
    world = Beside(0, 2)
    world.__dict__["differs"] = []
    refuse_out_of_sync(model, world, 4)
    world.__dict__["differs"] = differs
    with pytest.raises(NeuralTrainerError, match=f"^step 4: ranks-out-of-sync: {words}"):
        refuse_out_of_sync(model, world, 4)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float32, torch.float64,
                                  torch.complex64])  # fmt: skip
def test_a_single_bit_of_any_dtype_is_seen(kind: torch.dtype) -> None:
    seen: list[list[int]] = []

    class Keeps(World):
        def gathered(self, own: Any) -> list[Any]:
            seen.append(own)
            return [own]

    model = nn.Module()
    model.weight = nn.Parameter(torch.ones(3, 5, dtype=kind))
    refuse_out_of_sync(model, Keeps(0, 2), 1)
    with torch.no_grad():
        flat = torch.view_as_real(model.weight) if kind.is_complex else model.weight
        flat.view(torch.uint8).flatten()[4] ^= 1
    refuse_out_of_sync(model, Keeps(0, 2), 1)
    assert abs(seen[0][0] - seen[1][0]) >= 1


def test_parameters_without_a_part_are_named_and_frozen_ones_are_not() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2))
    model[1].requires_grad_(False)
    model[0](torch.ones(1, 2)).sum().backward()
    with pytest.raises(ConfigError, match=r"^2\.weight and 1 other parameters have no part"):
        refuse_unused(model)
    model[2].requires_grad_(False)
    refuse_unused(model)
