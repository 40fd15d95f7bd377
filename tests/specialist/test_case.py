"""What makes a case, and what is refused as one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from neural_trainer.errors import SpecialistError
from neural_trainer.specialist.case import LARGEST, read_case
from neural_trainer.specialist.roles import DEBUGGER, EXPERT


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", "b.csv", "train.py", "config.yaml"):
        (tmp_path / name).write_text("")
    return tmp_path


def written(case: Any) -> str:
    Path("case.json").write_text(json.dumps(case), encoding="utf-8")
    return "case.json"


GOOD: dict[str, tuple[str, Any, dict[str, Any], dict[str, Any]]] = {
    "from-a-file": (
        DEBUGGER,
        {"symptoms": "NaN", "logs": ["a.csv"], "code": "train.py", "config": "config.yaml"},
        {},
        {"symptoms": "NaN", "logs": ["a.csv"], "code": ["train.py"], "config": "config.yaml"},
    ),
    "by-options": (
        DEBUGGER,
        None,
        {"symptoms": None, "logs": ["a.csv", "b.csv"], "code": [], "requirements": None},
        {"logs": ["a.csv", "b.csv"]},
    ),
    "an-option-wins-and-lists-grow": (
        DEBUGGER,
        {"symptoms": "NaN", "logs": "a.csv"},
        {"symptoms": "spikes", "logs": ["b.csv"]},
        {"symptoms": "spikes", "logs": ["a.csv", "b.csv"]},
    ),
    "code-and-words-alone": (
        DEBUGGER,
        None,
        {"symptoms": "loss is NaN", "code": ["train.py"]},
        {"symptoms": "loss is NaN", "code": ["train.py"]},
    ),
    "for-the-expert": (
        EXPERT,
        {"requirements": ["fast"], "constraints": {"params": 25e6}, "existing_code": "train.py"},
        {"reference_materials": ["arXiv:1706.03762"]},
        {
            "requirements": ["fast"],
            "constraints": {"params": 25e6},
            "existing_code": ["train.py"],
            "reference_materials": ["arXiv:1706.03762"],
        },
    ),
}


@pytest.mark.parametrize(("task", "file", "given", "case"), GOOD.values(), ids=GOOD)
def test_a_case(task: str, file: Any, given: dict[str, Any], case: dict[str, Any]) -> None:
    assert read_case(task, None if file is None else written(file), given) == case


BAD: dict[str, tuple[str, Any, dict[str, Any], str]] = {
    "nothing": (DEBUGGER, None, {}, "neither logs nor code"),
    "code-without-words": (DEBUGGER, None, {"code": ["train.py"]}, "--symptoms"),
    "no-requirements": (EXPERT, None, {"existing_code": ["train.py"]}, "no requirements"),
    "a-log-that-is-not-there": (DEBUGGER, None, {"logs": ["c.csv"]}, "there is no c.csv"),
    "a-config-that-is-not-there": (
        DEBUGGER, {"logs": ["a.csv"], "config": "c.yaml"}, {}, "there is no c.yaml",
    ),
    "a-number-for-a-path": (DEBUGGER, {"logs": [3]}, {}, "3, which is no path"),
    "a-key-of-the-other": (DEBUGGER, {"logs": ["a.csv"], "requirements": "x"}, {}, "requirements"),
    "an-option-of-the-other": (EXPERT, {"requirements": "x"}, {"logs": ["a.csv"]}, "--logs is not"),
    "a-list": (DEBUGGER, ["a.csv"], {}, "no JSON object"),
    "too-large": (DEBUGGER, {"symptoms": "x" * LARGEST}, {}, "names files"),
}  # fmt: skip


@pytest.mark.parametrize(("task", "file", "given", "told"), BAD.values(), ids=BAD)
def test_what_is_no_case(task: str, file: Any, given: dict[str, Any], told: str) -> None:
    with pytest.raises(SpecialistError, match=told):
        read_case(task, None if file is None else written(file), given)


def test_a_file_that_is_no_json_or_not_there() -> None:
    Path("case.json").write_text("{", encoding="utf-8")
    for name in ("case.json", "nowhere.json"):
        with pytest.raises(SpecialistError, match=f"{name} cannot be read as JSON"):
            read_case(DEBUGGER, name, {})
