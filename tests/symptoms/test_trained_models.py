"""Models trained for real under the Monitor: the planted fault is named, a sound one left alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from small_models import FAULTS, SOUND

from neural_trainer.diagnosis import alarms, diagnose
from neural_trainer.render.layer_rows import of_layers
from neural_trainer.symptoms import SYMPTOMS, look

SHARES = (0.1, 0.2, 0.4, 0.7, 1.0)
EACH_SEED = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2, 3, 4))]


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep the registry of runs out of the sources, and these small tensors to one thread."""
    monkeypatch.chdir(tmp_path)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("seed", EACH_SEED)
@pytest.mark.parametrize("name", SOUND)
def test_no_layer_of_a_sound_model_alarms(name: str, seed: int, tmp_path: Path) -> None:
    run = SOUND[name](tmp_path / "run", seed)
    assert run.layers is not None
    assert len(run.layers) >= 40
    for share in SHARES:
        part = run.until(share * run.last_step)
        seen = [f for f in of_layers(look(part)).found if SYMPTOMS[f.symptom].ALARM]
        assert seen == [], share
        assert "gradients-exploding" not in [f.symptom for f in look(part).found], share
    assert {a.symptom for a in alarms(diagnose(run))} <= {"early-instability"}


@pytest.mark.parametrize("seed", EACH_SEED)
@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_named_first(name: str, seed: int, tmp_path: Path) -> None:
    make, symptom, causes = FAULTS[name]
    run = make(tmp_path / "run", seed)
    report = diagnose(run)
    assert symptom in [finding.symptom for finding in report.symptoms]
    assert report.verdict == "faulty"
    assert report.root_causes[0].cause in causes
