"""preflight and check-model: what they print and return; one line for what cannot be checked."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import torch
from report_schema import faults

from neural_trainer.cli import main
from neural_trainer.errors import ConfigError
from neural_trainer.inspect.checks import CHECK_MODEL, PREFLIGHT
from neural_trainer.render.checks_json import schema

ROOT = Path(__file__).parents[2]
SKIPPED = ["--skip", "compiled-equal"]  # it compiles C++

MODULE = f"""
import sys, time
sys.path.insert(0, {str(Path(__file__).parent)!r})
import torch
from checked_cases import *
from planted_cases import *
from neural_trainer.layers.case import Case

def talks():
    print("from the factory")
    def loss(model, batch):
        print("from the loss")
        return cross_entropy(model, batch)
    return dataclasses.replace(sound(), loss_fn=loss)

def raises(): raise ValueError("no such column\\nas this")
def exits(): raise SystemExit("bye")
def hangs():
    while True: time.sleep(0.01)
def hangs_eating_errors():
    while True:
        try: time.sleep(0.01)
        except Exception: pass
def on_gpu(): return Case(sound().model.to("cuda:7"), cross_entropy, [])
def a_number(): return 3
def no_module(): return Case("model", cross_entropy, [1])
def no_loss(): return Case(sound().model, None, [1])
def no_batches(): return Case(sound().model, cross_entropy, 5)
def empty(): return Case(sound().model, cross_entropy, [])
"""

CONFIG = """
model: {name: image_classifier, num_layers: 1, width: 8, num_samples: 512, image_size: 8}
optimizer: {lr: 3.0e-3}
training: {steps: 40, batch_size: 16, eval_every: 20, threads: 1}
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working directory with a user's module and a config in it, on one thread."""
    (tmp_path / "users_checked.py").write_text(MODULE)
    (tmp_path / "small.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield tmp_path
    torch.set_num_threads(threads)
    sys.modules.pop("users_checked", None)


def test_preflight_of_a_config(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preflight", "small.yaml", "--exit-code"]) == 0
    shown = capsys.readouterr().out
    lines = shown.splitlines()
    assert max(map(len, lines)) <= 80
    marks = {line.split()[1]: line.split()[0] for line in lines if line[:6].strip() in MARKS}
    assert list(marks) == [*PREFLIGHT, "logging", "reproducibility"]
    assert "failed" not in marks.values()
    assert lines[0].startswith(f"small.yaml: {len(marks)} checks, none failed, ")
    assert lines[-1] == "Next: neural-trainer train small.yaml"
    assert "40 steps" in shown


MARKS = ("ok", "failed", "-")


def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    told = json.loads(capsys.readouterr().out)
    assert faults(told, schema()) == []
    return told


def test_the_schema_is_the_page_of_it() -> None:
    page = json.loads((ROOT / "docs" / "checks.schema.json").read_text())
    assert page == schema()


def test_preflight_of_a_factory_as_json_with_a_plot(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["preflight", "users_checked:validation_in_training", "--json", "--exit-code"]
    assert main([*words, "--plot", "lr.png"]) == 3
    told = printed(capsys)
    by_name = {check["check"]: check for check in told["checks"]}
    assert not told["passed"]
    assert [n for n, c in by_name.items() if c["outcome"] == "failed"] == ["duplicates"]
    assert by_name["duplicates"]["cause"] == "data-leakage"
    assert by_name["duplicates"]["numbers"]["shared"] == 32
    assert told["next"] == "neural-trainer explain data-leakage"
    assert by_name["logging"]["outcome"] == "not_checkable"
    assert by_name["reproducibility"]["numbers"]["of"] == 11
    rising = by_name["lr-range"]["series"]["lr"]
    assert rising == sorted(rising)
    assert Path("lr.png").read_bytes()[:4] == b"\x89PNG"


def test_without_exit_code_a_failed_check_is_told_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["check-model", "users_checked:softmax_twice", "--only", "loss-inputs"]
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert "failed  loss-inputs" in shown
    assert "[softmax-twice]" in shown
    assert shown.endswith("Next: neural-trainer explain softmax-twice\n")


def test_a_failed_check_without_a_cause_is_run_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-model", "users_checked:branches_on_values", "--only", "exports"]) == 0
    shown = capsys.readouterr()
    again = "neural-trainer check-model users_checked:branches_on_values --only exports"
    assert shown.out.endswith(f"Next: {again}\n")
    assert shown.err == ""  # torch prints graphs


def test_check_model_and_what_user_code_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-model", "users_checked:talks", "--json", "--exit-code", *SKIPPED]) == 0
    shown = capsys.readouterr()
    told = json.loads(shown.out)
    names = [check["check"] for check in told["checks"]]
    assert names == [name for name in CHECK_MODEL if name != "compiled-equal"]
    assert told["next"] == "neural-trainer preflight users_checked:talks"
    assert "from the factory" in shown.err
    assert "from the loss" in shown.err


BAD = {
    "raises": ("raises", "raised ValueError: no such column"),
    "exits": ("exits", "raised SystemExit: bye"),
    "hangs": ("hangs", "had not returned after 0.3 s"),
    "hangs-eating-errors": ("hangs_eating_errors", "had not returned after 0.3 s"),
    "a-number": ("a_number", "returned a int; expected a Case"),
    "no-module": ("no_module", "whose model is a str; expected a torch.nn.Module"),
    "no-loss": ("no_loss", "whose loss_fn is a NoneType"),
    "no-batches": ("no_batches", "whose train_batches is a int"),
    "empty": ("empty", "train_batches yields nothing"),
    "no-such-factory": ("soundd", "did you mean sound?"),
}


@pytest.mark.parametrize("verb", ["preflight", "check-model"])
@pytest.mark.parametrize(("factory", "words"), BAD.values(), ids=BAD)
def test_a_factory_that_gives_no_case_is_one_line(
    verb: str, factory: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    limit = ["--time-limit", "0.3"] if factory.startswith("hangs") else []
    assert main([verb, f"users_checked:{factory}", *limit]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert words in shown.err
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize("verb", ["preflight", "check-model"])
def test_a_module_that_hangs_while_it_is_imported_is_one_line(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("hangs_at_import.py").write_text("while True: pass\n")
    assert main([verb, "hangs_at_import:sound", "--time-limit", "0.3"]) == 1
    shown = capsys.readouterr()
    assert "importing hangs_at_import had not returned after 0.3 s" in shown.err
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize("target", ["users_checked:sound", "users_checked:raises"])
def test_importing_takes_nothing_from_the_time_of_the_factory(
    target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from neural_trainer.inspect import user_case

    held: list[bool] = []  # of each limit: whether the module was there when it began

    @contextmanager
    def limit(seconds: float) -> Iterator[None]:
        held.append("users_checked" in sys.modules)
        yield

    monkeypatch.setattr(user_case, "time_limit", limit)
    with suppress(ConfigError):
        user_case.user_case(target)
    assert held == [False, True]


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is there")
def test_a_factory_that_needs_a_gpu_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-model", "users_checked:on_gpu"]) == 1
    shown = capsys.readouterr().err
    assert "needs a GPU, and torch sees none here" in shown
    assert shown.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["preflight", "absent.yaml"], "No such file", id="no-config"),
        pytest.param(["preflight", "users_checked:sound", "--set", "a=1"], "--set", id="set"),
        pytest.param(["check-model", "users_checked:sound", "--only", "mode"], "modes", id="only"),
        pytest.param(["preflight", "small.yaml", "--set", "case=users_checked:raises",
                      "model=null"], "case and a model", id="case-and-model"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_line(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 1
    shown = capsys.readouterr().err
    assert told in shown
    assert shown.count("\n") == 1


def test_a_run_folder_that_cannot_be_written_is_found(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("taken").write_text("a file")
    changes = ["--set", "run.folder=taken/runs", "training.eval_every=0"]
    assert main(["preflight", "small.yaml", "--json", "--exit-code", *changes]) == 3
    failed = [check for check in printed(capsys)["checks"] if check["outcome"] == "failed"]
    assert [check["check"] for check in failed] == ["logging"]
    assert "taken cannot be written" in failed[0]["evidence"]


def test_a_run_that_is_never_evaluated_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    changes = ["--set", "training.eval_every=0"]
    assert main(["preflight", "small.yaml", "--json", *changes]) == 0
    failed = [check for check in printed(capsys)["checks"] if check["outcome"] == "failed"]
    assert [(check["check"], check["cause"]) for check in failed] == [("logging", "overfitting")]


def test_what_the_trainer_refuses_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        MODULE
        + """
def without_optimizer(): return dataclasses.replace(sound(), optimizer=None)
"""
    )
    Path("users_checked.py").write_text(text)
    Path("case.yaml").write_text("case: users_checked:without_optimizer\n")
    assert main(["preflight", "case.yaml"]) == 1
    assert "brings no optimizer" in capsys.readouterr().err


def test_several_optimizers_are_checked_together(capsys: pytest.CaptureFixture[str]) -> None:
    Path("gpt.yaml").write_text("""
model: {num_layers: 1, num_heads: 2, width: 16, context: 16}
optimizer: {name: muon, lr: 1.0e-2}
training: {steps: 12, batch_size: 8, threads: 1}
""")
    assert main(["preflight", "gpt.yaml", "--json", "--exit-code"]) == 0
    by_name = {check["check"]: check for check in printed(capsys)["checks"]}
    for name in ("optimizer-covers", "repeatable", "checkpoint", "lr-range", "memory-and-time"):
        assert by_name[name]["outcome"] == "passed", by_name[name]


def test_a_loader_that_seeds_itself_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        MODULE
        + """
def unseeded():
    generator = torch.Generator()
    generator.seed()
    data = TensorDataset(*classified(256, 0))
    train = DataLoader(data, 16, shuffle=True, generator=generator)
    return dataclasses.replace(sound(), train_batches=train)
"""
    )
    Path("users_checked.py").write_text(text)
    Path("case.yaml").write_text("case: users_checked:unseeded\ntraining: {steps: 9, threads: 1}")
    assert main(["preflight", "case.yaml", "--json"]) == 0
    failed = [check for check in printed(capsys)["checks"] if check["outcome"] == "failed"]
    assert [(check["check"], check["cause"]) for check in failed] == [
        ("reproducibility", "seed-noise")
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["char_gpt", "image_classifier"])
def test_the_examples_pass_whole(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preflight", str(ROOT / "examples" / f"{name}.yaml"), "--json"]) == 0
    told = printed(capsys)
    assert told["passed"]
    assert sum(check["seconds"] for check in told["checks"]) < 120
