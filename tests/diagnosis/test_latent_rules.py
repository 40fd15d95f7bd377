"""A rule's finding that does no harm by itself weighs as a habit, not as the fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from neural_trainer.diagnosis.code_facts import code_evidence

SUMMED = """
import torch
from torch import nn

model = nn.Linear(4, 3)
optimizer = torch.optim.{optimizer}(model.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss(reduction="sum")
for x, y in loader:
    optimizer.zero_grad()
    criterion(model(x), y).backward()
    optimizer.step()
"""


@pytest.mark.parametrize(("optimizer", "kind"), [("SGD", "rule"), ("Adam", "code")])
def test_the_scale_of_a_gradient_matters_where_the_optimizer_keeps_it(
    optimizer: str, kind: str, tmp_path: Path
) -> None:
    path = tmp_path / "train.py"
    path.write_text(SUMMED.format(optimizer=optimizer))
    facts = [f for f in code_evidence([str(path)]).facts if f.name == "loss-reduction-wrong"]
    assert [fact.kind for fact in facts] == [kind]
