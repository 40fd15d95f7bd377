"""`lint` as it is typed: its formats, its exit codes, what it says comes next."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from neural_trainer.cli import main
from neural_trainer.inspect.lint.rules import RULES

TWO = """import torch
import torch.nn.functional as F

a = F.cross_entropy(F.softmax(x, 1), y)
net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Softmax(1))
b = F.cross_entropy(net(x), y)
"""
BAD = "import torch\n\nscaler = torch.cuda.amp.GradScaler()\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("bad.py").write_text(BAD)
    Path("good.py").write_text("import torch\n")
    Path("broken.py").write_text("def (")
    return tmp_path


def printed(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    """Return what `lint` prints; it must exit with `code` and say nothing on stderr."""
    assert main(["lint", *words]) == code
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def test_text(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, ".").splitlines()
    assert lines[0].startswith("bad.py:3:10: deprecated-cuda-amp: torch.cuda.amp.GradScaler is")
    assert lines[1].startswith("not checked: broken.py:1: is no Python")
    assert lines[-2] == "1 finding in 2 files of 4 lines; 1 not checked"
    assert lines[-1].startswith("Next: neural-trainer ")


@pytest.mark.parametrize(("name", "code"), [("bad.py", 3), ("good.py", 0), ("broken.py", 0)])
def test_exit_code_is_3_where_it_found_something(
    name: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    printed(capsys, name, "--exit-code", code=code)
    printed(capsys, name)


@pytest.mark.parametrize("words", [("--json",), ("--format", "json")], ids=["short", "long"])
def test_json(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(printed(capsys, ".", *words))
    assert told["schema"] == "neural-trainer/lint/1"
    assert (told["files"], told["lines"]) == (2, 4)
    (finding,) = told["findings"]
    assert (finding["path"], finding["line"], finding["column"]) == ("bad.py", 3, 10)
    assert finding["rule"] == "deprecated-cuda-amp"
    assert finding["fixable"] is True
    assert told["not_checked"][0]["path"] == "broken.py"


def test_what_json_calls_fixable_is_what_fix_mends(capsys: pytest.CaptureFixture[str]) -> None:
    Path("two.py").write_text(TWO)
    found = json.loads(printed(capsys, "two.py", "--json"))["findings"]
    told = {each["line"]: each["fixable"] for each in found}
    assert main(["fix", "two.py", "--json"]) == 0
    (mended,) = json.loads(capsys.readouterr().out)["files"]
    for kind, fixable in (("fixed", True), ("left", False)):
        assert {line for line in told if told[line] is fixable} == {e["line"] for e in mended[kind]}
    assert set(told.values()) == {True, False}


def test_fixable_is_null_without_libcst(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "libcst", None)
    (finding,) = json.loads(printed(capsys, "bad.py", "--json"))["findings"]
    assert finding["fixable"] is None


def test_github(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, ".", "--format", "github").splitlines()
    assert lines[0].startswith("::warning file=bad.py,line=3,col=10,title=deprecated-cuda-amp::")
    assert lines[1].startswith("::notice file=broken.py,line=1::not checked: ")


def test_what_a_name_holds_is_no_command_of_github(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a,line=1::b%0A.py").write_text(BAD)
    first = printed(capsys, "a,line=1::b%0A.py", "--format", "github").splitlines()[0]
    assert first.startswith("::warning file=a%2Cline=1%3A%3Ab%250A.py,line=3,")


def test_sarif(capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(printed(capsys, ".", "--format", "sarif"))
    assert told["version"] == "2.1.0"
    (run,) = told["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == list(RULES)
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "bad.py"
    assert place["region"] == {"startLine": 3, "startColumn": 10}
    assert len(run["invocations"][0]["toolExecutionNotifications"]) == 1


def test_rules_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(printed(capsys, "bad.py", "--only", "zero-grad-missing", "--json"))
    assert told["findings"] == []


REFUSED = {
    "no_such_rule": (["bad.py", "--only", "zero-grad"], "did you mean zero-grad-missing"),
    "no_such_path": (["nowhere"], "nowhere does not exist"),
    "no_python": (["empty"], "holds no file of Python"),
}


@pytest.mark.parametrize(("words", "said"), REFUSED.values(), ids=REFUSED)
def test_refused_in_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("empty").mkdir()
    assert main(["lint", *words]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert said in captured.err


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_is_drawn_on_a_terminal_where_it_takes_long() -> None:
    from neural_trainer.inspect.lint.linting import lint
    from neural_trainer.render.progress import AFTER_S, progress_on

    now = [0.0]

    def clock() -> float:
        now[0] += AFTER_S
        return now[0]

    stream = _Terminal()
    with progress_on(stream, clock) as progress:
        lint(["."], progress)
    assert "source files" in stream.getvalue()


def test_the_hooks_of_pre_commit_call_what_there_is() -> None:
    import yaml

    from neural_trainer.cli import parser_of

    hooks = yaml.safe_load((Path(__file__).parents[3] / ".pre-commit-hooks.yaml").read_text())
    assert {hook["id"] for hook in hooks} == {"neural-trainer-lint", "neural-trainer-fix"}
    for hook in hooks:
        command, verb, *options = hook["entry"].split()
        assert command == "neural-trainer"
        assert parser_of(verb).parse_args([*options, "a.py"]).paths == ["a.py"]


def test_many_left_out_for_one_reason_take_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(9):
        Path(f"made_{number}.py").write_text("# @generated\n")
    lines = printed(capsys, ".").splitlines()
    assert sum("generated" in line for line in lines) == 1
    assert "made_0.py and 8 more" in "\n".join(lines)
    assert len(json.loads(printed(capsys, ".", "--json"))["not_checked"]) == 10
