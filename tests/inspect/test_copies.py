"""A case on a copy: what its batches are, wherever its model is."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from neural_trainer.inspect.architecture import architecture
from neural_trainer.inspect.copies import batches, first_batch
from neural_trainer.inspect.probe import probe
from neural_trainer.inspect.profile import profile
from neural_trainer.layers.case import Case


def on(device: str) -> Case:
    """A case whose loader yields tensors of the host, wherever its model is, as a trainer's do."""
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)).to(device)

    def loss(model: Any, batch: dict[str, Tensor]) -> Tensor:
        return nn.functional.cross_entropy(model(batch["inputs"]), batch["labels"])

    data = [{"inputs": torch.randn(6, 4), "labels": torch.arange(6) % 2} for _ in range(3)]
    return Case(model, loss, data, torch.optim.SGD(model.parameters(), lr=0.1))


def test_batches_are_where_the_model_is() -> None:
    """`meta` stands in for a GPU: a tensor of the host beside its own is refused there, too."""
    case = on("meta")
    found = [first_batch(case, "case"), *batches(case, 4)]
    assert {tensor.device.type for batch in found for tensor in batch.values()} == {"meta"}
    assert len(found) == 5
    case.loss_fn(case.model, found[0]).backward()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_model_on_a_gpu_is_probed_profiled_and_laid_out() -> None:
    assert probe(on("cuda"), "case", 3).last_step == 3
    assert profile(on("cuda"), "case", num_steps=3).profiled.operations
    found = architecture(on("cuda"), "case")
    assert found.size_bytes >= 4 * (4 * 8 + 8 + 8 * 2 + 2)
    assert found.levels
