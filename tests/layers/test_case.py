"""load_case: what it imports, and what it says where that cannot be."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from neural_trainer.errors import ConfigError
from neural_trainer.layers.case import Case, load_case

MODULE = """
from neural_trainer.layers.case import Case
not_callable = 3
def make_case(): return Case(model="m", loss_fn=len, train_batches=[1, 2])
def make_dict(): return {}
def make_error(): raise RuntimeError("theirs")
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working directory with a user's module in it, forgotten again afterwards."""
    (tmp_path / "users_case.py").write_text(MODULE)
    (tmp_path / "users_broken.py").write_text("import no_such_package_of_theirs\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield tmp_path
    for name in ("users_case", "users_broken"):
        sys.modules.pop(name, None)


def test_a_factory_in_the_working_directory_is_called(project: Path) -> None:
    case = load_case("users_case:make_case")
    assert isinstance(case, Case)
    assert (case.model, case.train_batches, case.optimizer) == ("m", [1, 2], None)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        pytest.param("users_case", "expected module:factory", id="no-colon"),
        pytest.param("users_case:", "expected module:factory", id="no-factory"),
        pytest.param("nowhere:make_case", "no module 'nowhere'", id="no-such-module"),
        pytest.param("users_case:make_cas", "did you mean make_case?", id="near-miss"),
        pytest.param("users_case:not_callable", "no function 'not_callable'", id="not-a-function"),
        pytest.param("users_case:make_dict", "returned a dict; expected a Case", id="not-a-case"),
    ],
)
def test_what_is_no_case_is_said_in_one_line(project: Path, target: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_case(target)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_user_code_raises_passes_through(project: Path) -> None:
    with pytest.raises(RuntimeError, match="theirs"):
        load_case("users_case:make_error")
    with pytest.raises(ModuleNotFoundError, match="no_such_package_of_theirs"):
        load_case("users_broken:make_case")
