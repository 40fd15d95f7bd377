"""A rule's finding that does no harm by itself weighs as a habit, not as the fault."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_faulty import FAULTY
from made_healthy import HEALTHY

from neural_trainer.diagnosis import diagnose
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


LOGARITHM = """
import torch
from torch import nn

model = nn.Linear(4, 3)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for x, y in loader:
    optimizer.zero_grad()
    shares = model(x).softmax(1)
    loss = -torch.log(shares)[range(len(y)), y].mean()
    loss.backward()
    optimizer.step()
"""


def test_a_habit_is_the_fault_once_the_log_shows_its_harm(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(LOGARITHM)
    beside = code_evidence([str(path)])
    assert {f.kind for f in beside.facts if f.cause == "log-of-zero"} == {"code"}
    for seed in range(5):
        report = diagnose(FAULTY["nan-sudden"](seed), beside)
        assert report.root_causes[0].cause == "log-of-zero"
        assert diagnose(HEALTHY["power-law"](seed), beside).verdict in ("healthy", "converged")
