"""How bin/neural-trainer starts Python: which one, from where, and with what on sys.path."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from installed import CORE, REPOSITORY, Plugin, add_package, site_packages

SHELLS = [
    command
    for command in (["sh"], ["dash"], ["bash", "--posix"], ["bash"], ["ksh"], ["busybox", "sh"])
    if shutil.which(command[0])
]

# Which of the environments hold the core packages -> the one that is taken.
ORDER = {
    "active_before_local": ({"active", "local", "conda"}, "active"),
    "local_before_conda": ({"local", "conda"}, "local"),
    "conda_before_own": ({"conda"}, "conda"),
    "own_when_none_has_the_core": (set(), "own"),
}


@pytest.mark.parametrize(("fit", "taken"), ORDER.values(), ids=ORDER)
def test_order_of_environments(plugin: Plugin, fit: set[str], taken: str) -> None:
    folders = {
        "active": plugin.home / "active",
        "local": plugin.cwd / ".venv",
        "conda": plugin.home / "conda",
    }
    for name, folder in folders.items():
        plugin.add_environment(folder, *(CORE if name in fit else ()))
    plugin.add_uv()
    plugin.add_python()
    seen = plugin.seen(VIRTUAL_ENV=str(folders["active"]), CONDA_PREFIX=str(folders["conda"]))
    folders["own"] = plugin.data / "environments" / "1"
    assert seen["executable"] == str(folders[taken] / "bin" / "python")
    assert plugin.num_made == (taken == "own")


def test_named_interpreter_wins(plugin: Plugin) -> None:
    plugin.add_environment(plugin.cwd / ".venv", *CORE)
    seen = plugin.seen(NEURAL_TRAINER_PYTHON=sys.executable)
    assert seen["executable"] == sys.executable
    assert not plugin.data.exists()


def test_named_interpreter_may_be_a_name_on_path(plugin: Plugin) -> None:
    plugin.add_program("mine", f'exec "{sys.executable}" "$@"')
    assert plugin.seen(NEURAL_TRAINER_PYTHON="mine")["executable"] == sys.executable


def test_named_interpreter_that_is_not_there(plugin: Plugin) -> None:
    assert "no such program" in plugin.refusal(NEURAL_TRAINER_PYTHON="/nowhere/python")


def test_named_interpreter_that_is_too_old(plugin: Plugin) -> None:
    old = plugin.add_program(
        "old",
        f'shift\ncode=$1\nshift\nexec {sys.executable!r} -c "'
        'import sys; sys.version_info = (3, 9, 18)\n$code" "$@"',
    )
    refusal = plugin.refusal(NEURAL_TRAINER_PYTHON=str(old))
    assert "needs Python 3.10 or newer" in refusal
    assert "3.9" in refusal


PASSED_OVER = {
    "one_package_missing": (CORE[1:], "lacks numpy>="),
    "one_package_too_old": (("numpy==1.22.4", *CORE[1:]), "lacks numpy>="),
    "all_missing": ((), "PyYAML>="),
}


@pytest.mark.parametrize(("packages", "why"), PASSED_OVER.values(), ids=PASSED_OVER)
def test_environment_without_the_core_is_passed_over(
    plugin: Plugin, packages: tuple[str, ...], why: str
) -> None:
    local = plugin.add_environment(plugin.cwd / ".venv", *packages)
    plugin.add_uv()
    plugin.add_python()
    done = plugin.start()
    assert done.returncode == 0
    assert plugin.num_made == 1
    assert f"({local} lacks " in done.stderr
    assert why in done.stderr


def test_folder_left_by_a_removed_package_is_no_package(plugin: Plugin) -> None:
    local = plugin.add_environment(plugin.cwd / ".venv", *CORE[1:])
    (site_packages(local) / "numpy").mkdir()
    plugin.add_uv()
    plugin.add_python()
    plugin.seen()
    assert plugin.num_made == 1


def count_questions(plugin: Plugin, local: Path) -> Path:
    """Make the Python of the environment `local` write a line for each time it is asked."""
    python, log = local / "bin" / "python", plugin.home / "asked"
    real = python.rename(python.with_name("real"))
    python.write_text(f'#!/bin/sh\n[ "$1" != -I ] || echo asked >>"{log}"\nexec "{real}" "$@"\n')
    python.chmod(0o755)
    log.touch()
    return log


def test_answer_is_remembered_until_site_packages_changes(plugin: Plugin) -> None:
    local = plugin.add_environment(plugin.cwd / ".venv", *CORE[1:])
    asked = count_questions(plugin, local)
    plugin.add_uv()
    plugin.add_python()
    taken = []
    for change in ("none", "none", "install", "none", "remove", "none"):
        if change == "install":
            add_package(local, CORE[0])
        if change == "remove":
            shutil.rmtree(site_packages(local) / "numpy")
        plugin.seen()
        taken.append((len(asked.read_text().split()), plugin.num_made))
    # Asked once for each change, and the environment of our own is made once.
    assert taken == [(1, 1), (1, 1), (2, 1), (2, 1), (3, 1), (3, 1)]


def test_answer_is_asked_anew_for_another_core_list(plugin: Plugin) -> None:
    asked = count_questions(plugin, plugin.add_environment(plugin.cwd / ".venv", *CORE))
    plugin.seen()
    project = plugin.root / "pyproject.toml"
    project.write_text(project.read_text().replace('"numpy>=1.24"', '"numpy>=1.25"'))
    plugin.seen()
    assert asked.read_text().split() == ["asked", "asked"]


def test_answer_that_cannot_be_remembered_is_asked_each_time(plugin: Plugin) -> None:
    asked = count_questions(plugin, plugin.add_environment(plugin.cwd / ".venv", *CORE))
    for _ in range(2):
        done = plugin.start(CLAUDE_PLUGIN_DATA=str(plugin.launcher))
        assert (done.returncode, done.stderr) == (0, "")
    assert asked.read_text().split() == ["asked", "asked"]


def test_project_environment_that_is_too_old(plugin: Plugin) -> None:
    local = plugin.cwd / ".venv"
    (local / "bin").mkdir(parents=True)
    plugin.add_python("python", first="import sys; sys.version_info = (3, 9, 18)")
    shutil.move(plugin.programs / "python", local / "bin")
    plugin.add_uv()
    plugin.add_python()
    assert "lacks Python>=3.10" in plugin.start().stderr
    assert plugin.num_made == 1


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_runs_in_any_posix_shell(plugin: Plugin, shell: list[str]) -> None:
    program = shutil.which(shell[0])
    assert program
    local = plugin.add_environment(plugin.cwd / ".venv", *CORE)
    for _ in ("asked", "remembered"):
        seen = plugin.seen(program, *shell[1:], plugin.launcher, "--help")
        assert seen["executable"] == str(local / "bin" / "python")


def test_runs_through_a_chain_of_links(plugin: Plugin, tmp_path: Path) -> None:
    far = tmp_path / "far away" / "bin"
    far.mkdir(parents=True)
    os.symlink(plugin.launcher, far / "absolute")
    os.symlink("../../far away/bin/absolute", far / "relative")
    os.symlink(far, tmp_path / "folder")
    seen = plugin.seen(tmp_path / "folder" / "relative", NEURAL_TRAINER_PYTHON=sys.executable)
    assert seen["argv"][0] == str(plugin.launcher)


def test_runs_by_its_name_on_path(plugin: Plugin) -> None:
    path = f"{plugin.launcher.parent}:{plugin.programs}"
    words = [str(plugin.programs / "sh"), "-c", "neural-trainer"]
    seen = plugin.seen(*words, PATH=path, NEURAL_TRAINER_PYTHON=sys.executable)
    assert seen["argv"] == [str(plugin.launcher)]


def test_runs_by_its_bare_name_in_its_own_folder(plugin: Plugin) -> None:
    plugin.cwd = plugin.launcher.parent
    words = [str(plugin.programs / "sh"), "neural-trainer"]
    seen = plugin.seen(*words, NEURAL_TRAINER_PYTHON=sys.executable)
    assert seen["argv"] == [str(plugin.launcher)]


def test_runs_by_a_relative_path_whatever_cdpath_says(plugin: Plugin) -> None:
    launcher = os.path.relpath(plugin.launcher, plugin.cwd)
    seen = plugin.seen(
        plugin.programs / "sh", launcher, CDPATH="/:.", NEURAL_TRAINER_PYTHON=sys.executable
    )
    assert seen["argv"] == [str(plugin.launcher)]
    assert seen["cwd"] == str(plugin.cwd)


def test_words_input_and_exit_code_pass_through(plugin: Plugin) -> None:
    words = ["diagnose", "", "a b", "*", "two\nlines", "--x='$HOME'", "-c", "ü"]
    done = plugin.start(
        plugin.launcher,
        *words,
        stdin="a log",
        NEURAL_TRAINER_PYTHON=sys.executable,
        STUB_EXIT="3",
    )
    assert done.returncode == 3
    seen = plugin.seen(plugin.launcher, *words, stdin="a log", NEURAL_TRAINER_PYTHON=sys.executable)
    assert seen["argv"][1:] == words
    assert seen["stdin"] == "a log"


@pytest.mark.parametrize("safe_path", ["", "1"], ids=["plain", "PYTHONSAFEPATH"])
def test_neither_scripts_nor_the_working_directory_is_on_sys_path(
    plugin: Plugin, safe_path: str
) -> None:
    for name in ("argparse", "json", "numpy", "os", "re", "runpy", "site", "sys"):
        (plugin.cwd / f"{name}.py").write_text("raise SystemExit('shadowed')\n")
    mine = plugin.home / "mine"
    environ = {"PYTHONPATH": str(mine), "PYTHONSAFEPATH": safe_path}
    seen = plugin.seen(NEURAL_TRAINER_PYTHON=sys.executable, **environ)
    assert not {"", str(plugin.cwd), str(plugin.root / "scripts")} & set(seen["path"])
    assert seen["path"][0] == seen["pythonpath"] == str(mine)


def test_question_is_not_answered_by_the_working_directory(plugin: Plugin) -> None:
    plugin.add_environment(plugin.cwd / ".venv")
    for package in CORE:
        (plugin.cwd / f"{package.partition('==')[0]}.py").touch()
    plugin.add_uv()
    plugin.add_python()
    plugin.seen(PYTHONPATH=str(plugin.cwd))
    assert plugin.num_made == 1


def test_the_real_command_says_its_version(tmp_path: Path) -> None:
    done = subprocess.run(
        [REPOSITORY / "bin" / "neural-trainer", "--version"],
        cwd=tmp_path,
        env={"PATH": os.defpath, "NEURAL_TRAINER_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("neural-trainer ")
