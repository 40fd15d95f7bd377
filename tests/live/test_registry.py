"""The list of a project's runs: what is entered is read back, and garbage is passed over."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from neural_trainer.live.registry import Registered, register, registered


def test_runs_come_back_in_order_and_the_folder_hides_itself_from_git(tmp_path: Path) -> None:
    first = Registered(tmp_path / "runs/a", "a", 1.0)
    second = Registered(tmp_path / "runs/b", "b", 2.0)
    register(tmp_path, first)
    register(tmp_path, second)
    assert registered(tmp_path) == [first, second]
    assert (tmp_path / ".neural-trainer/.gitignore").read_text() == "*\n"


def test_a_folder_entered_again_keeps_its_last_line(tmp_path: Path) -> None:
    for folder, started in (("a", 1.0), ("b", 2.0), ("a", 3.0)):
        register(tmp_path, Registered(tmp_path / folder, folder, started))
    assert [(run.name, run.started) for run in registered(tmp_path)] == [("b", 2.0), ("a", 3.0)]


def test_a_relative_folder_is_entered_as_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    register(tmp_path, Registered(Path("runs/a"), "a", 1.0))
    assert registered(tmp_path)[0].folder == tmp_path / "runs/a"


def test_no_registry_is_no_run_and_torn_or_foreign_lines_are_passed_over(tmp_path: Path) -> None:
    assert registered(tmp_path) == []
    register(tmp_path, Registered(tmp_path / "a", "a", 1.0))
    with (tmp_path / ".neural-trainer/runs.jsonl").open("ab") as file:
        file.write(b'[1]\n{"folder": 3}\n\xff\xfe\n{"folder": "/b", "na')
    assert [run.name for run in registered(tmp_path)] == ["a"]


def test_runs_that_start_at_once_do_not_mix_their_lines(tmp_path: Path) -> None:
    def enter(number: int) -> None:
        register(tmp_path, Registered(tmp_path / f"{number}" / ("x" * 200), f"{number}", number))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(enter, range(200)))
    assert sorted(int(run.name) for run in registered(tmp_path)) == list(range(200))
