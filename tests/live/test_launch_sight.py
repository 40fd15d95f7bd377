"""Can a run be seen? Sources that log, each with what it will log, and sources that do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from neural_trainer.live.launch.visibility import sight

MONITOR = "from neural_trainer import Monitor\nm = Monitor('runs/a')\nm.step(1.0)\n"
ALL = {"loss", "lr", "grad_norm", "throughput"}
PLAIN = ALL - {"loss"}  # what the Monitor above leaves out

# name: (command, files, by, minimum signals that are missing)
SEEN: dict[str, tuple[str, dict[str, str], str, set[str]]] = {
    "monitor": ("python a.py", {"a.py": MONITOR}, "monitor", ALL - {"loss"}),
    "monitor_with_a_model": (
        "python a.py",
        {"a.py": "import neural_trainer as nt\nm = nt.Monitor('a', model=x)\n"
                 "m.step(loss, samples=8)"},
        "monitor", set(),
    ),
    "options_of_python": ("python3 -u -X dev a.py --lr 1", {"a.py": MONITOR}, "monitor", PLAIN),
    "torchrun": ("torchrun --nproc-per-node=2 a.py", {"a.py": MONITOR}, "monitor", PLAIN),
    "accelerate": ("accelerate launch --num_processes 2 a.py", {"a.py": MONITOR}, "monitor",
                   PLAIN),
    "deepspeed": ("deepspeed --num_gpus 2 a.py", {"a.py": MONITOR}, "monitor", PLAIN),
    "srun": ("srun -n 2 python a.py", {"a.py": MONITOR}, "monitor", PLAIN),
    "module": ("python -m pkg.train", {"pkg/__init__.py": "", "pkg/train.py": MONITOR},
               "monitor", PLAIN),
    "package": ("python -m pkg", {"pkg/__main__.py": MONITOR}, "monitor", PLAIN),
    "code_on_the_command_line": (
        "python -c 'from neural_trainer import Monitor\nMonitor(1).step(1)'", {}, "monitor", PLAIN,
    ),
    "shell_script": ("bash go.sh", {"go.sh": "set -e\ncd .\ntorchrun --x 1 \\\n  a.py --y\n",
                                    "a.py": MONITOR}, "monitor", PLAIN),
    "local_import": ("python a.py", {"a.py": "import loop\nloop.go()", "loop.py": MONITOR},
                     "monitor", PLAIN),
    "relative_import": ("python -m p.a", {"p/a.py": "from . import loop",
                                          "p/loop.py": MONITOR}, "monitor", PLAIN),
    "import_of_a_name": ("python a.py", {"a.py": "from pkg.loop import go",
                                         "pkg/loop.py": MONITOR}, "monitor", PLAIN),
    "imports_in_a_circle": ("python a.py", {"a.py": "import b", "b.py": "import a\n" + MONITOR},
                            "monitor", PLAIN),
    "our_trainer": ("neural-trainer train a.yaml", {}, "monitor", set()),
    "our_trainer_as_a_module": ("python -m neural_trainer train a.yaml", {}, "monitor", set()),
    "tensorboard": (
        "python a.py",
        {"a.py": "from torch.utils.tensorboard import SummaryWriter as W\nw = W('tb')\n"
                 "w.add_scalar('train/loss', 1, 2)\nw.add_scalar('learning_rate', 1, 2)"},
        "tensorboard", {"grad_norm", "throughput"},
    ),
    "tensorboardx": ("python a.py", {"a.py": "import tensorboardX\ntensorboardX.SummaryWriter()"},
                     "tensorboard", ALL),
    "wandb": ("python a.py", {"a.py": "import wandb\nwandb.init()\n"
                                      "wandb.log({'loss': 1, 'grad_norm': 2})"},
              "wandb", {"lr", "throughput"}),
    "mlflow": ("python a.py", {"a.py": "import mlflow\nmlflow.log_metric('loss', 1)"}, "mlflow",
               ALL - {"loss"}),
    "lightning": ("python a.py", {"a.py": "import lightning as L\nL.Trainer().fit(m)\n"
                                          "class M(L.LightningModule):\n"
                                          "  def f(self): self.log('train_loss', 1)"},
                  "lightning", ALL - {"loss"}),
    "transformers": ("python a.py", {"a.py": "from transformers import Trainer\nTrainer(m)"},
                     "transformers", {"throughput"}),
    "a_subclass_of_its_trainer": (
        "python a.py", {"a.py": "import transformers\nclass T(transformers.Trainer): pass\nT(m)"},
        "transformers", {"throughput"},
    ),
    "trl": ("python a.py", {"a.py": "from trl import SFTTrainer\nSFTTrainer(m)"}, "transformers",
            {"throughput"}),
    "its_callback": (
        "python a.py",
        {"a.py": "from transformers import Trainer\n"
                 "from neural_trainer.live.hf_callback import NeuralTrainerCallback\n"
                 "Trainer(m, callbacks=[NeuralTrainerCallback('a')])"},
        "monitor", set(),
    ),
}  # fmt: skip

UNSEEN = {
    "prints": ("python a.py", {"a.py": "print('loss', 1.0)"}),
    "imported_not_called": ("python a.py", {"a.py": "from neural_trainer import Monitor"}),
    "a_monitor_of_its_own": ("python a.py", {"a.py": "class Monitor: pass\nMonitor('a')"}),
    "named_in_a_comment": ("python a.py", {"a.py": "# wandb.init()\nx = 'SummaryWriter()'"}),
    "another_package": ("python a.py", {"a.py": "from mine import SummaryWriter\nSummaryWriter()"}),
    "syntax_error": ("python a.py", {"a.py": "from neural_trainer import Monitor\nMonitor(("}),
    "no_such_file": ("python none.py", {}),
    "a_file_beside_it": ("python a.py", {"a.py": "pass", "b.py": MONITOR}),
    "an_argument_that_is_a_script": ("python a.py b.py", {"a.py": "pass", "b.py": MONITOR}),
    "a_program": ("true", {}),
    "no_program": ("no-such-program-here x", {}),
}


def look(tmp_path: Path, command: str, files: dict[str, str], log_from: str | None = None):
    import shlex

    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return sight(shlex.split(command), tmp_path, log_from)


@pytest.mark.parametrize(("command", "files", "by", "missing"), SEEN.values(), ids=SEEN)
def test_seen(
    tmp_path: Path, command: str, files: dict[str, str], by: str, missing: set[str]
) -> None:
    found = look(tmp_path, command, files)
    assert found.by == by
    assert found.where
    assert set(found.missing) == missing


@pytest.mark.parametrize(("command", "files"), UNSEEN.values(), ids=UNSEEN)
def test_unseen(tmp_path: Path, command: str, files: dict[str, str]) -> None:
    assert look(tmp_path, command, files).by == ""


@pytest.mark.parametrize(("log_from", "by"), [("stdout", "stdout"), ("logs/a.csv", "path")])
def test_a_log_that_is_named(tmp_path: Path, log_from: str, by: str) -> None:
    found = look(tmp_path, "python a.py", {"a.py": "print(1)"}, log_from)
    assert (found.by, found.expected, found.missing) == (by, None, ())


VALIDATION = {
    "evaluate": ("m.evaluate(loss=1)", True),
    "logged": ("m.log(**{'val_loss': 1})\nm.log({'val/loss': 1})", True),
    "loader": ("for batch in val_loader: pass", True),
    "keyword": ("train(model, eval_dataset=data)", True),
    "step": ("def validation_step(self, batch): pass", True),
    "held_out": ("held_out = spirals(512)", True),
    "arrays": ("x_train, x_test = split(x)", True),
    "printed": ("print(f'step {step} val loss {off:.3f}')", True),
    "none": ("for batch in loader: train(batch)", False),
    "eval_mode": ("model.eval()", False),
    "a_value": ("for key, val in items: print(val)", False),
    "latest": ("latest = 3\ntesting = 4", False),
}


@pytest.mark.parametrize(("source", "has"), VALIDATION.values(), ids=VALIDATION)
def test_validation_data(tmp_path: Path, source: str, has: bool) -> None:
    found = look(tmp_path, "python a.py", {"a.py": f"{MONITOR}\n{source}"})
    assert found.has_validation is has


def test_validation_data_of_a_command_without_source(tmp_path: Path) -> None:
    assert look(tmp_path, "true", {}, "stdout").has_validation is None
