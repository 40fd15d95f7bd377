"""Models trained for real under the Monitor: the planted fault is named, a sound one left alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from small_models import FAULTS, SOUND

from neural_trainer.causes import FAULTS as FAULT_IDS
from neural_trainer.diagnosis import alarms, diagnose
from neural_trainer.diagnosis.ranking import posterior
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


# How many of the likeliest causes hold the planted one, where it is not the first at every seed: a
# learning rate that is too high kills units, too, and a run of 150 steps may end far from learnt.
AMONG = {"relus-killed": 3, "large-tanhs": 3, "twenty-small-tanhs": 3}


@pytest.mark.parametrize("seed", EACH_SEED)
@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_named(name: str, seed: int, tmp_path: Path) -> None:
    make, symptom, causes = FAULTS[name]
    run = make(tmp_path / "run", seed)
    findings = look(run)
    assert symptom in [finding.symptom for finding in findings.found]
    chance = posterior(run, findings)
    ranked = sorted(FAULT_IDS, key=lambda cause: -chance[cause])[: AMONG.get(name, 1)]
    assert causes & set(ranked)
    if name not in AMONG:
        assert diagnose(run).verdict == "faulty"
