"""The checklist: each condition in each of its states, asked of a process that is in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader

from neural_trainer.live.environment import packages
from neural_trainer.live.launch import ending
from neural_trainer.live.launch.caps import Spent
from neural_trainer.live.pins import pinned
from neural_trainer.live.reproducibility import (
    CANNOT_TELL,
    HELD,
    NOT_HELD,
    Condition,
    checklist,
)
from neural_trainer.live.run_folder import RUN_FILE, write_json
from neural_trainer.live.seeds import seeds

SCRIPTS = Path(__file__).parents[2] / "scripts"


def condition(name: str, project: Path, **known: Any) -> Condition:
    found = [each for each in checklist(seeds({}), project, **known) if each.name == name]
    assert len(found) == 1
    assert bool(found[0].do) == (found[0].state != HELD)
    return found[0]


def asked(setup: str, name: str, **variables: str) -> str:
    """Return the state of a condition in a process of its own, after `setup`."""
    code = (
        f"import random\n{setup}\nfrom pathlib import Path\n"
        "from neural_trainer.live.reproducibility import checklist\n"
        "from neural_trainer.live.seeds import seeds\n"
        "found = checklist(seeds({'training': {'seed': 987654}}), Path.cwd())\n"
        f"print([c.state for c in found if c.name == {name!r}][0])"
    )
    environment = {"PYTHONPATH": str(SCRIPTS), "PATH": os.environ["PATH"], **variables}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("setup", "name", "state"),
    [
        pytest.param("random.seed(42)", "seed of python", HELD, id="python"),
        pytest.param("random.seed(987654)", "seed of python", HELD, id="python-as-in-the-config"),
        pytest.param(
            "random.seed(1); [random.random() for _ in range(10_000)]", "seed of python", HELD,
            id="python-drawn-from",
        ),
        pytest.param("pass", "seed of python", CANNOT_TELL, id="python-not-seeded"),
        pytest.param("random.seed(5551212)", "seed of python", CANNOT_TELL, id="python-unusual"),
        pytest.param(
            "import numpy; numpy.random.seed(42); numpy.random.rand(5000)", "seed of numpy", HELD,
            id="numpy-drawn-from",
        ),
        pytest.param("import numpy", "seed of numpy", CANNOT_TELL, id="numpy-not-seeded"),
        pytest.param("import torch; torch.manual_seed(5551212)", "seed of torch", HELD, id="torch"),
        pytest.param(
            "import torch; torch.manual_seed(5551212); random.seed(5551212)", "seed of python",
            HELD, id="python-as-torch",
        ),
        pytest.param("import torch", "seed of torch", NOT_HELD, id="torch-not-seeded"),
        pytest.param("pass", "seed of torch", CANNOT_TELL, id="no-torch"),
        pytest.param("pass", "tf32", CANNOT_TELL, id="no-torch-no-tf32"),
        pytest.param("pass", "order of sets", NOT_HELD, id="hash-seed-not-set"),
    ],
)  # fmt: skip
def test_seeds_of_a_fresh_process(setup: str, name: str, state: str) -> None:
    assert asked(setup, name) == state


def test_a_hash_seed_from_outside_is_held() -> None:
    assert asked("pass", "order of sets", PYTHONHASHSEED="0") == HELD
    assert asked("pass", "order of sets", PYTHONHASHSEED="random") == NOT_HELD


def test_asking_for_seeds_draws_from_no_generator() -> None:
    import random

    import numpy as np

    def states() -> Any:
        return random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()

    before = states()
    seeds({"seed": 3})
    assert states() == before


def test_the_config_s_seeds_are_named_by_their_keys() -> None:
    config = {
        "seed": 1, "training": {"data_seed": 2, "seeds": 3}, "runs": [{"random.seed": 4}],
        "seeded": 5, "seed_everything": True, "num_seeds_x": "6",
    }  # fmt: skip
    named = seeds(config)["config"]
    assert named == {
        "seed": 1,
        "training.data_seed": 2,
        "training.seeds": 3,
        "runs.0.random.seed": 4,
    }


def fake_torch(
    cuda: str | None = "12.8", precision: str = "highest", tf32: bool = False,
    benchmark: bool = False, deterministic: bool = True, warn_only: bool = False,
) -> Any:  # fmt: skip
    return SimpleNamespace(
        version=SimpleNamespace(cuda=cuda, hip=None),
        initial_seed=lambda: 1,
        are_deterministic_algorithms_enabled=lambda: deterministic,
        is_deterministic_algorithms_warn_only_enabled=lambda: warn_only,
        get_float32_matmul_precision=lambda: precision,
        backends=SimpleNamespace(cudnn=SimpleNamespace(benchmark=benchmark, allow_tf32=tf32)),
    )


@pytest.mark.parametrize(
    ("torch_as", "name", "state"),
    [
        pytest.param({"precision": "high"}, "tf32", NOT_HELD, id="tf32-products"),
        pytest.param({"tf32": True}, "tf32", NOT_HELD, id="tf32-convolutions"),
        pytest.param({}, "tf32", HELD, id="ieee"),
        pytest.param({"cuda": None, "tf32": True}, "tf32", HELD, id="no-gpu"),
        pytest.param({"benchmark": True}, "cudnn.benchmark", NOT_HELD, id="benchmark"),
        pytest.param({}, "cudnn.benchmark", HELD, id="no-benchmark"),
        pytest.param({"benchmark": True, "cuda": None}, "cudnn.benchmark", HELD, id="no-cudnn"),
        pytest.param({}, "deterministic algorithms", NOT_HELD, id="no-workspace"),
        pytest.param({"cuda": None}, "deterministic algorithms", HELD, id="deterministic"),
        pytest.param(
            {"cuda": None, "warn_only": True}, "deterministic algorithms", NOT_HELD, id="warns-only"
        ),
        pytest.param(
            {"cuda": None, "deterministic": False}, "deterministic algorithms", NOT_HELD, id="not"
        ),
    ],
)
def test_switches(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    torch_as: dict[str, Any],
    name: str,
    state: str,
) -> None:
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    monkeypatch.setitem(sys.modules, "torch", fake_torch(**torch_as))
    assert condition(name, tmp_path).state == state


def test_a_workspace_makes_cuda_deterministic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    monkeypatch.setitem(sys.modules, "torch", fake_torch())
    assert condition("deterministic algorithms", tmp_path).state == HELD


def test_the_switches_of_torch_itself(tmp_path: Path) -> None:
    name = "deterministic algorithms"
    before = torch.are_deterministic_algorithms_enabled()
    try:
        torch.use_deterministic_algorithms(True)
        assert condition(name, tmp_path).state == HELD
        torch.use_deterministic_algorithms(False)
        assert condition(name, tmp_path).state == NOT_HELD
    finally:
        torch.use_deterministic_algorithms(before)


def loader(seed: int | None = None, **more: Any) -> Any:
    generator = torch.Generator()
    if seed is None:
        generator.seed()
    else:
        generator.manual_seed(seed)
    return DataLoader([1, 2, 3], generator=generator, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("loaders", "state"),
    [
        pytest.param([], CANNOT_TELL, id="unknown"),
        pytest.param([loader(3)], HELD, id="seeded"),
        pytest.param([loader(3), loader()], NOT_HELD, id="one-not-seeded"),
        pytest.param([loader(3, worker_init_fn=print)], CANNOT_TELL, id="function-of-its-own"),
    ],
)
def test_workers(tmp_path: Path, loaders: list[Any], state: str) -> None:
    assert condition("seeds of data-loader workers", tmp_path, loaders=loaders).state == state


GIT = {"commit": "c" * 40, "dirty": False}


@pytest.mark.parametrize(
    ("git", "state", "word"),
    [
        pytest.param(None, NOT_HELD, "no git repository", id="no-repository"),
        pytest.param(GIT, HELD, "all at cccccccccccc", id="committed"),
        pytest.param({**GIT, "dirty": True, "diff_cut": False}, NOT_HELD, "the diff is", id="diff"),
        pytest.param({**GIT, "dirty": True, "diff_cut": True}, NOT_HELD, "a part", id="cut"),
        pytest.param({**GIT, "dirty": None}, CANNOT_TELL, "too long", id="no-answer"),
        pytest.param({**GIT, "untracked": ["a.txt"]}, HELD, "all at", id="text-not-in-it"),
        pytest.param({**GIT, "untracked": ["m.py"]}, NOT_HELD, "m.py", id="code-not-in-it"),
    ],
)
def test_code(tmp_path: Path, git: Any, state: str, word: str) -> None:
    found = condition("code committed", tmp_path, git=git)
    assert found.state == state
    assert word in found.found


UV_LOCK = 'version = 1\n\n[[package]]\nname = "torch"\nversion = "{}"\nsource = {{}}\n'


@pytest.mark.parametrize(
    ("name", "text", "state"),
    [
        pytest.param("none.txt", "", NOT_HELD, id="none"),
        pytest.param("requirements.txt", "torch\nnumpy==1.0\n", NOT_HELD, id="one-left-open"),
        pytest.param("requirements.txt", "torch=={} # why\n", HELD, id="pinned"),
        pytest.param("requirements.txt", "Torch[x] == {} ; y > '1'\n", HELD, id="marked"),
        pytest.param("requirements.txt", "torch=={} \\\n --hash=sha256:a\n", HELD, id="hashed"),
        pytest.param("requirements-dev.lock", "torch==1.0 ; a\ntorch=={} ; b\n", HELD, id="both"),
        pytest.param("requirements.txt", "torch==1.0\n", NOT_HELD, id="installed-otherwise"),
        pytest.param("uv.lock", UV_LOCK, HELD, id="uv"),
        pytest.param("uv.lock", UV_LOCK.replace("{}", "1.0"), NOT_HELD, id="uv-otherwise"),
    ],
)
def test_pins(tmp_path: Path, name: str, text: str, state: str) -> None:
    installed = packages()
    version = installed["torch"].partition("+")[0]
    (tmp_path / name).write_text(text.replace("{}", version).replace("{{", "{").replace("}}", "}"))
    assert condition("packages pinned", tmp_path, packages=installed).state == state


def test_pins_of_this_project_s_own_lock() -> None:
    pins = pinned(SCRIPTS.parent / "requirements-dev.lock")
    assert pins["torch"] == {"2.13.0"}
    assert len(pins) > 30


@pytest.mark.parametrize(
    ("files", "state"),
    [
        pytest.param([], NOT_HELD, id="none-named"),
        pytest.param([{"path": "a", "sha256": "0"}], HELD, id="hashed"),
        pytest.param([{"path": "a", "not_hashed": "out of time"}], CANNOT_TELL, id="no-time"),
    ],
)
def test_data(tmp_path: Path, files: list[Any], state: str) -> None:
    assert condition("data fingerprinted", tmp_path, data_files=files).state == state


def test_a_checklist_is_json(tmp_path: Path) -> None:
    json.dumps([each._asdict() for each in checklist(seeds({}), tmp_path)])


def test_a_launched_run_s_summary_shows_what_is_open(tmp_path: Path) -> None:
    conditions = [
        {"name": "code committed", "state": HELD, "found": "all at 5f2d"},
        {"name": "seed of torch", "state": NOT_HELD, "found": "it seeded itself", "do": "seed it"},
    ]
    write_json(tmp_path / RUN_FILE, {"reproducibility": conditions})

    def shown() -> str:
        record = ending.summary(
            ended="completed", code=0, run_folder=tmp_path, log=None, run=None, report=None,
            attempts=[], alarms=[], spent=Spent(0, 0, 0), checkpoints=[], notes=[],
        )  # fmt: skip
        return ending.to_text(record)

    text = shown()
    assert "  reproducibility: 1 of 2 conditions are held\n" in text
    assert "    seed of torch not held: seed it\n" in text
    (tmp_path / RUN_FILE).write_text("{}")  # of an older version
    assert "reproducibility" not in shown()
