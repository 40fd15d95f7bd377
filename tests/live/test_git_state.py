"""Commit, diff and untracked files of real repositories; what the diff may not show."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from neural_trainer.live.git_state import MOST_DIFF, MOST_FILE, git_state, shown_diff
from neural_trainer.live.masking import MASK


@pytest.fixture
def repository(tmp_path: Path) -> Callable[..., None]:
    """A repository with one commit; call it with the words of a git command."""

    def git(*words: str) -> None:
        names = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", "-C", str(tmp_path), *names, *words], check=True)

    git("init", "-q")
    (tmp_path / "train.py").write_text("lr = 0.1\n")
    git("add", ".")
    git("commit", "-qm", "one")
    return git


def test_outside_a_repository_there_is_none(tmp_path: Path) -> None:
    assert git_state(tmp_path) is None


def test_a_clean_repository_has_a_commit_alone(
    repository: Callable[..., None], tmp_path: Path
) -> None:
    state = git_state(tmp_path)
    assert state is not None
    assert len(state.pop("commit")) == 40
    assert state == {"dirty": False}


def test_the_diff_makes_the_commit_what_was_run(
    repository: Callable[..., None], tmp_path: Path
) -> None:
    changed = "lr = 0.2\nname = 'übung'\n"
    (tmp_path / "train.py").write_text(changed)
    (tmp_path / "new.py").write_text("x = 1\n")
    repository("add", "new.py")
    state = git_state(tmp_path)
    assert state is not None
    assert (state["dirty"], state["diff_cut"]) == (True, False)
    repository("reset", "-q", "--hard")
    subprocess.run(
        ["git", "-C", str(tmp_path), "apply", "-"], input=state["diff"].encode(), check=True
    )
    assert (tmp_path / "train.py").read_text() == changed
    assert (tmp_path / "new.py").read_text() == "x = 1\n"


def test_untracked_files_are_named_and_counted_but_for_ignored_ones(
    repository: Callable[..., None], tmp_path: Path
) -> None:
    (tmp_path / ".gitignore").write_text("*.log\n")
    repository("add", ".gitignore")
    repository("commit", "-qm", "two")
    for name in ("model.py", "a b.txt", "out.log"):
        (tmp_path / name).write_text("")
    state = git_state(tmp_path)
    assert state is not None
    assert (state["num_untracked"], set(state["untracked"])) == (2, {"model.py", "a b.txt"})
    assert state["dirty"] is False


def test_of_a_binary_file_there_is_the_name_alone(
    repository: Callable[..., None], tmp_path: Path
) -> None:
    (tmp_path / "weights.bin").write_bytes(bytes(range(256)) * 100)
    repository("add", "weights.bin")
    state = git_state(tmp_path)
    assert state is not None
    assert "Binary files /dev/null and b/weights.bin differ" in state["diff"]
    assert len(state["diff"]) < 300


def test_a_large_diff_is_cut_at_a_line_and_leaves_room_for_the_code(
    repository: Callable[..., None], tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("1,2,3\n" * 2_000_000)
    (tmp_path / "b.json").write_text("x" * 1_000_000)
    (tmp_path / "train.py").write_text("lr = 0.3\n")
    repository("add", ".")
    repository("commit", "-qm", "data")
    (tmp_path / "b.json").write_text("y" * 1_000_000)
    (tmp_path / "train.py").write_text("lr = 0.4\n")
    state = git_state(tmp_path)
    assert state is not None
    assert len(state["diff"]) < MOST_FILE
    assert "+lr = 0.4" in state["diff"]
    (tmp_path / "a.csv").write_text("4,5,6\n" * 2_000_000)
    state = git_state(tmp_path)
    assert state is not None
    assert state["diff_cut"] is True
    assert len(state["diff"]) < MOST_DIFF
    assert set(state["diff"].splitlines()[5:]) == {"-1,2,3"}


SECRET_FILES = [".env", "deploy/.env.local", "keys/id_rsa", "server.pem", "credentials", "a.key"]


@pytest.mark.parametrize("name", SECRET_FILES)
def test_a_file_of_secrets_is_left_out(
    repository: Callable[..., None], tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("hunter2\n")
    (tmp_path / "train.py").write_text("lr = 0.2\n")
    repository("add", "-f", ".")
    state = git_state(tmp_path)
    assert state is not None
    assert "hunter2" not in state["diff"]
    assert f"{MASK} (left out" in state["diff"]
    assert "+lr = 0.2" in state["diff"]


def test_secrets_in_a_diff_are_masked_on_both_sides(
    repository: Callable[..., None], tmp_path: Path
) -> None:
    (tmp_path / "train.py").write_text("lr = 0.1\npassword = 'old-one'\n")
    repository("commit", "-qam", "two")
    (tmp_path / "train.py").write_text("lr = 0.1\npassword = 'new-one'\n")
    state = git_state(tmp_path)
    assert state is not None
    assert f"-password = {MASK}\n+password = {MASK}\n" in state["diff"]
    assert "-one" not in state["diff"]


def test_no_program_that_a_repository_names_is_started(
    repository: Callable[..., None], tmp_path: Path
) -> None:
    started = tmp_path.parent / f"{tmp_path.name}-started"
    hook = tmp_path / "hook"
    hook.write_text(f"#!/bin/sh\ntouch '{started}'\n")
    hook.chmod(0o755)
    for name in ("diff.external", "core.fsmonitor", "core.pager", "diff.mine.textconv"):
        repository("config", name, str(hook))
    (tmp_path / ".gitattributes").write_text("*.py diff=mine\n")
    (tmp_path / "train.py").write_text("lr = 0.2\n")
    assert git_state(tmp_path) is not None
    assert not started.exists()


@pytest.mark.parametrize("text", ["", "password = 1"], ids=["nothing", "something-else"])
def test_what_is_no_diff_shows_nothing(text: str) -> None:
    assert shown_diff(text) == ("", False)
