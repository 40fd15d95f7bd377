"""What an answer claims is held against files, what was printed, and what ran."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from neural_trainer.specialist.claims import not_as_written, not_in_code, not_measured, not_run


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "train.py").write_text("import torch\n    loss.backward()\n")
    (tmp_path / "secret.py").write_text("key = 1\n")
    return tmp_path


def cause(**changed: Any) -> list[dict[str, Any]]:
    return [{"cause": "c", "evidence": [], "against": [], **changed}]


LINES = {
    "as-it-stands": ("src/train.py", 2, "loss.backward()", True),
    "other-spaces": ("src/train.py", 2, "loss . backward( )", True),
    "another-line": ("src/train.py", 1, "loss.backward()", False),
    "past-the-end": ("src/train.py", 3, "loss.backward()", False),
    "no-such-file": ("src/model.py", 1, "import torch", False),
    "outside-of-the-case": ("secret.py", 1, "key = 1", False),
    "out-by-dots": ("src/../secret.py", 1, "key = 1", False),
}


@pytest.mark.parametrize(("file", "line", "text", "stands"), LINES.values(), ids=LINES)
def test_a_cited_line(file: str, line: int, text: str, stands: bool) -> None:
    cited = cause(code=[{"file": file, "line": line, "text": text}])
    assert (not_in_code(cited, [Path("src")]) == []) is stands


PRINTED = (
    "loss fell to 1.887 at step 57, rose to 6.0294 by 1500; 94% sure, 0.3125 of 12800, 2.5e-05"
)
NUMBERS = {
    "as-printed": ("The loss fell to 1.887.", True),
    "rounded": ("It rose to 6.029.", True),
    "rounded-wrongly": ("It rose to 6.04.", False),
    "of-its-own": ("It rose to 7.125.", False),
    "short": ("Within 12 steps of 7.", True),
    "percent-of-a-share": ("That is 31.25 % of it.", True),
    "with-an-exponent": ("A rate of 1.25e-05.", False),
    "steps": ("By step 1500 of 12800.", True),
    "a-step-of-its-own": ("By step 1337.", False),
    "a-name-with-digits": ("float32 and layer4.weight128 and v1.234x", True),
}


@pytest.mark.parametrize(("sentence", "held"), NUMBERS.values(), ids=NUMBERS)
@pytest.mark.parametrize("where", ["evidence", "against"])
def test_a_number_of_the_evidence(where: str, sentence: str, held: bool) -> None:
    assert (not_measured(cause(**{where: [sentence]}), PRINTED) == []) is held


def test_commands_that_did_not_run() -> None:
    assert not_run(["pytest  -q", "pytest -q"], ["pytest -q"]) == []
    (claim,) = not_run(["pytest -q", "pytest"], ["pytest -q tests", "pytest"])
    assert "'pytest -q' did not run" in claim


def test_files_that_were_not_written_and_files_left_out(here: Path) -> None:
    changes = [{"file": "a.py"}, {"file": str(here / "b.py")}]
    written = [str(here / "b.py"), str(here / "c.py")]
    assert not_as_written(changes, written) == [
        f"{here / 'a.py'} is among code_changes and was not written",
        f"{here / 'c.py'} was written and is not among code_changes",
    ]
