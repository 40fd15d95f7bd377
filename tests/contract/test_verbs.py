"""The table of verbs, the scripts and the modules of commands/ say the same."""

from __future__ import annotations

import ast
import inspect
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from neural_trainer import __version__
from neural_trainer.cli import main
from neural_trainer.commands import VERBS

SCRIPTS = Path(__file__).parents[2] / "scripts"
WIDTH = 80  # columns of the narrowest terminal that help is written for
EACH_VERB = pytest.mark.parametrize("verb", VERBS)


def test_there_are_verbs() -> None:
    assert VERBS


def test_scripts_are_those_of_the_verbs() -> None:
    scripts = [entry.script for entry in VERBS.values()]
    assert sorted(scripts) == sorted(path.name for path in SCRIPTS.glob("*.py"))


def test_modules_are_those_of_the_verbs() -> None:
    modules = [entry.module for entry in VERBS.values()]
    files = (SCRIPTS / "neural_trainer" / "commands").glob("*.py")
    assert sorted(modules) == sorted(path.stem for path in files if path.stem != "__init__")


@EACH_VERB
def test_script_is_a_docstring_an_import_and_a_call(verb: str) -> None:
    tree = ast.parse((SCRIPTS / VERBS[verb].script).read_text())
    docstring = ast.get_docstring(tree)
    assert docstring
    assert docstring.startswith(f"neural-trainer {verb}: ")
    assert [ast.unparse(statement) for statement in tree.body[1:]] == [
        "from neural_trainer.cli import script",
        "raise SystemExit(script(__file__))",
    ]


@EACH_VERB
def test_module_has_a_docstring_arguments_and_a_call(verb: str) -> None:
    module = import_module(f"neural_trainer.commands.{VERBS[verb].module}")
    assert module.__doc__
    assert list(inspect.signature(module.configure).parameters) == ["parser"]
    assert list(inspect.signature(module.run).parameters) == ["arguments"]


def assert_fits(text: str) -> None:
    """Fail where a line of `text` is wider than a narrow terminal, or where there is none."""
    assert text.strip()
    assert [line for line in text.splitlines() if len(line) > WIDTH] == []


@EACH_VERB
def test_help_of_a_verb_fits(
    verb: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert main([verb, "--help"]) == 0
    shown = capsys.readouterr()
    assert_fits(shown.out)
    assert shown.out.startswith(f"usage: neural-trainer {verb} ")
    assert shown.err == ""


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["help"], []], ids=str)
def test_help_names_every_verb(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert_fits(shown)
    first_words = [line.split()[0] for line in shown.splitlines() if line.startswith("  ")]
    assert [word for word in first_words if word in VERBS] == list(VERBS)


@EACH_VERB
def test_script_runs_from_anywhere(verb: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, SCRIPTS / VERBS[verb].script, "--help"],
        cwd=tmp_path,
        env={"PATH": os.defpath, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: neural-trainer {verb} ")
    assert list(tmp_path.iterdir()) == []


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"neural-trainer {__version__}\n"


USAGE_ERRORS = {
    "unknown_verb": (["diagnoze"], "diagnose"),
    "unknown_option": (["doctor", "--no-such-option"], "--no-such-option"),
    "abbreviated_option": (["diagnose", "x", "--jso"], "--jso"),
    "missing_log": (["diagnose"], "LOG"),
}


@pytest.mark.parametrize(("words", "named"), USAGE_ERRORS.values(), ids=USAGE_ERRORS)
def test_usage_errors(words: list[str], named: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert named in shown.err
