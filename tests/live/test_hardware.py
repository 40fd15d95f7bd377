"""The machine's facts, against what the system says, and without a start of CUDA."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from neural_trainer.live import hardware as module
from neural_trainer.live.environment import normal_name, packages, variables
from neural_trainer.live.hardware import cpu_model, gpus, hardware, parsed_smi

SMI = """\
NVIDIA H100 80GB HBM3, 81559, 550.54.15
NVIDIA GB10, [N/A], 550.54.15
"""


def test_the_facts_of_this_machine() -> None:
    facts = hardware()
    assert facts["num_cpus"] == os.cpu_count()
    assert 0 < facts["num_usable_cpus"] <= facts["num_cpus"]
    assert facts["memory_bytes"] > 100_000_000
    assert facts["cpu"]
    json.dumps(facts)


@pytest.mark.parametrize(
    ("text", "model"),
    [
        pytest.param("processor : 0\nmodel name\t: AMD EPYC 7763\n", "AMD EPYC 7763", id="x86"),
        pytest.param("Model\t: Raspberry Pi 5\n", "Raspberry Pi 5", id="arm"),
    ],
)
def test_cpu_model(tmp_path: Path, text: str, model: str) -> None:
    (tmp_path / "cpuinfo").write_text(text)
    assert cpu_model(tmp_path / "cpuinfo") == model


def test_what_nvidia_smi_prints() -> None:
    assert parsed_smi(SMI) == {
        "gpus": [
            {"name": "NVIDIA H100 80GB HBM3", "memory_bytes": 81559 * 2**20},
            {"name": "NVIDIA GB10"},
        ],
        "driver": "550.54.15",
    }
    assert parsed_smi("NVIDIA-SMI has failed")["gpus"] == []


def test_nvidia_smi_is_asked_where_there_is_no_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{SMI}END\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert gpus()["driver"] == "550.54.15"
    assert len(gpus()["gpus"]) == 2


def test_the_driver_s_own_pages_are_read_where_there_is_no_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = tmp_path / "gpus" / "0000:01:00.0"
    card.mkdir(parents=True)
    (card / "information").write_text("Model: \t\t NVIDIA H200\nIRQ: 3\n")
    (tmp_path / "version").write_text(
        "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.1.2  Release Build\n"
    )
    found = module._from_proc(tmp_path)
    assert found == {"gpus": [{"name": "NVIDIA H200"}], "driver": "570.1.2"}


def fake_nvml(count: int, error: bool = False) -> Any:
    class NVMLError(Exception):
        pass

    def init() -> None:
        if error:
            raise NVMLError("no driver")

    return SimpleNamespace(
        NVMLError=NVMLError,
        nvmlInit=init,
        nvmlShutdown=lambda: None,
        nvmlDeviceGetCount=lambda: count,
        nvmlDeviceGetHandleByIndex=lambda index: index,
        nvmlDeviceGetName=lambda handle: f"card {handle}",
        nvmlDeviceGetMemoryInfo=lambda handle: SimpleNamespace(total=10 + handle),
        nvmlSystemGetDriverVersion=lambda: "560",
    )


def test_the_library_is_asked_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", fake_nvml(2))
    cards = [{"name": f"card {index}", "memory_bytes": 10 + index} for index in range(2)]
    assert gpus() == {"gpus": cards, "driver": "560"}


def test_without_a_card_there_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", fake_nvml(2, error=True))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(module, "_from_proc", lambda: module.parsed_smi(""))
    assert gpus() == {}


def test_packages_are_those_that_the_metadata_names() -> None:
    from importlib.metadata import distributions

    expected = {normal_name(found.name): found.version for found in distributions()}
    assert packages().keys() == expected.keys()
    assert packages()["torch"] == expected["torch"]


def test_variables_that_matter_are_kept_and_secrets_masked() -> None:
    environ = {
        "CUDA_VISIBLE_DEVICES": "0,1",
        "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": "4",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        "NCCL_DEBUG": "INFO",
        "JAX_API_TOKEN": "hunter2",
        "WANDB_API_KEY": "hunter2",
        "HOME": "/home/me",
        "TF_LONG": "x" * 10_000,
    }
    kept = variables(environ)
    assert "hunter2" not in json.dumps(kept)
    assert kept.pop("JAX_API_TOKEN") == "***"
    assert len(kept.pop("TF_LONG")) == 500
    names = set(environ) - {"JAX_API_TOKEN", "WANDB_API_KEY", "HOME", "TF_LONG"}
    assert kept == {name: environ[name] for name in names}
