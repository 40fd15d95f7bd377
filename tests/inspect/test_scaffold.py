"""What scaffold writes: it passes its own tests and ruff unchanged, and its case can be used."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from neural_trainer.errors import ConfigError
from neural_trainer.inspect.lint.linting import lint
from neural_trainer.inspect.scaffold import KINDS, add_tests, create_model_skeleton, templates

SCRIPTS = Path(__file__).parents[2] / "scripts"


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a module of this Python in a folder, with one thread."""
    environment = {
        "PATH": os.defpath, "HOME": str(folder), "PYTHONPATH": str(SCRIPTS), "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=folder, env=environment, capture_output=True, text=True
    )


def passed(folder: Path, *words: str) -> int:
    """Return how many tests pass under pytest; fails where one does not, or is left out."""
    done = run(folder, "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    last = done.stdout.strip().splitlines()[-1]
    told = re.fullmatch(r"(\d+) passed in .*", last)
    assert told, last
    return int(told[1])


EACH_KIND = pytest.mark.parametrize(
    "kind",
    [pytest.param(k, marks=() if k == "mlp" else pytest.mark.slow) for k in KINDS],
)


@EACH_KIND
def test_it_passes_its_own_tests(kind: str, tmp_path: Path) -> None:
    create_model_skeleton("my_net", kind, tmp_path)
    assert passed(tmp_path, "my_net") >= 13


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_it_trains_under_watch(kind: str, tmp_path: Path) -> None:
    create_model_skeleton("my_net", kind, tmp_path)
    done = run(tmp_path, "my_net.trainer")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"loss on held-out data: \d+\.\d+\n", done.stdout)
    metrics = (tmp_path / "runs" / "my_net" / "metrics.jsonl").read_text().splitlines()
    assert len(metrics) >= 300
    assert (tmp_path / "runs" / "my_net" / "last.pt").is_file()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [88, 100])
@pytest.mark.parametrize("name", ["a", "as_long_as_a_name_may_be"])
def test_ruff_finds_nothing(kind: str, width: int, name: str, tmp_path: Path) -> None:
    create_model_skeleton(name, kind, tmp_path)
    rules = "E,F,I,UP,B,SIM,RUF,PT,C4"
    common = ("--isolated", f"--line-length={width}", "--no-cache", "--target-version=py310")
    checked = run(tmp_path, "ruff", "check", f"--select={rules}", *common, ".")
    assert checked.returncode == 0, checked.stdout
    laid_out = run(tmp_path, "ruff", "format", "--check", *common, ".")
    assert laid_out.returncode == 0, laid_out.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_lint_finds_nothing(kind: str, tmp_path: Path) -> None:
    create_model_skeleton("my_net", kind, tmp_path)
    add_tests("my_net.trainer:make_case", tmp_path / "test_case.py")
    linted = lint([str(tmp_path)])
    assert linted.num_files == 6
    assert (linted.findings, linted.unread) == ([], [])


@EACH_KIND
def test_it_keeps_the_contract_of_a_model(kind: str, tmp_path: Path) -> None:
    create_model_skeleton("my_net", kind, tmp_path)
    done = run(
        tmp_path, "neural_trainer", "check-model", "my_net.trainer:make_case", "--json",
        "--exit-code", "--time-limit", "300",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_the_template_is_left(kind: str, tmp_path: Path) -> None:
    files = create_model_skeleton("my_net", kind, tmp_path)
    assert [file.name for file in files] == [
        "__init__.py", "config.py", "model.py", "trainer.py", "test_my_net.py",
    ]  # fmt: skip
    for file in files:
        text = file.read_text()
        assert "emplate" not in text
        assert "# for:" not in text
        names = [node.name for node in ast.parse(text).body if hasattr(node, "name")]
        assert len(names) == len(set(names))
    model = ast.parse(files[2].read_text())
    assert "MyNet" in [node.name for node in model.body if isinstance(node, ast.ClassDef)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_model_knows_nothing_of_its_training(kind: str, tmp_path: Path) -> None:
    text = create_model_skeleton("my_net", kind, tmp_path)[2].read_text()
    modules = {
        node.module for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)
    }
    assert modules <= {"__future__", "torch", "torch.nn", "config"}
    assert not re.search(r"optim|backward|seed|\.item\(|\.cuda\(|loss", text)


def test_every_section_of_a_template_is_for_a_kind_that_there_is() -> None:
    named = set()
    for template in templates().glob("*.py"):
        for words in re.findall(r"# for: (.*)", template.read_text()):
            named |= set(words.split())
    assert named == {*KINDS, "all"}


REFUSED = {
    "capitals": ("MyNet", "is no name for a module"),
    "a-path": ("../my_net", "is no name for a module"),
    "a-keyword": ("class", "is no name for a module"),
    "hides-the-library": ("random", "would hide the module"),
    "hides-torch": ("torch", "would hide the module"),
    "too-long": ("m" * 25, "at most 24 characters"),
    "empty": ("", "is no name for a module"),
}


@pytest.mark.parametrize(("name", "said"), REFUSED.values(), ids=REFUSED)
def test_names_that_are_refused(name: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=said):
        create_model_skeleton(name, "mlp", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "my_net").mkdir()
    (tmp_path / "my_net" / "mine.py").write_text("kept = True\n")
    with pytest.raises(ConfigError, match="nothing is written over"):
        create_model_skeleton("my_net", "mlp", tmp_path)
    assert [file.name for file in (tmp_path / "my_net").iterdir()] == ["mine.py"]


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected one of transformer, cnn"):
        create_model_skeleton("my_net", "gan", tmp_path)


GOOD_CASE = """
import torch
from torch import nn
from neural_trainer.layers.case import Case


def make(model=None):
    torch.manual_seed(0)
    model = model or nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
    batch = (torch.randn(8, 4), torch.arange(8) % 2)
    loss = lambda m, b: nn.functional.cross_entropy(m(b[0]), b[1])
    return Case(model, loss, [batch], torch.optim.Adam(model.parameters()))


class Forgetful(nn.Module):
    def __init__(self):
        super().__init__()
        self.used, self.forgotten = nn.Linear(4, 2), nn.Linear(4, 2)

    def forward(self, x):
        return self.used(x)


def forgetful():
    return make(Forgetful())
"""


def test_tests_are_added_to_a_case(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(GOOD_CASE)
    sound = add_tests("mine:make", tmp_path / "test_sound.py")
    assert passed(tmp_path, sound.name) == 6
    faulty = add_tests("mine:forgetful", tmp_path / "test_faulty.py")
    done = run(tmp_path, "pytest", "-q", "-p", "no:cacheprovider", faulty.name)
    assert done.returncode == 1
    assert "1 failed, 5 passed" in done.stdout
    assert "test_gradients_reach_every_parameter_that_trains" in done.stdout
    with pytest.raises(ConfigError, match="nothing is written over"):
        add_tests("mine:make", sound)


@pytest.mark.parametrize("target", ["mine", "mine:", ":make", "a b:make", 'm:x"; import os'])
def test_tests_of_what_is_no_case_are_refused(target: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="names no case"):
        add_tests(target, tmp_path / "test_mine.py")
    assert list(tmp_path.iterdir()) == []


def test_the_library_offers_what_the_verbs_use() -> None:
    import neural_trainer
    from neural_trainer.inspect.benchmark import benchmark_model

    assert neural_trainer.create_model_skeleton is create_model_skeleton
    assert neural_trainer.add_tests is add_tests
    assert neural_trainer.benchmark_model is benchmark_model
