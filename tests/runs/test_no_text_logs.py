"""Texts that are no logs, though they hold names and numbers: refused with a reason."""

# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest

from neural_trainer.errors import ReadError
from neural_trainer.runs.read import read_all
from neural_trainer.runs.readers import text

NO_LOGS = {
    "notes-on-rates": "".join(
        f"Training {i} --> lr = 0.{i}, weight decay = 0.01, batch size = 4, T_max = 20\n"
        for i in (1, 2, 3)
    ),
    "positions-alone": "".join(
        f"[2024-09-12 22:02:5{i}s] iter:{5 * i} epoch:{i} | 10\n" for i in (1, 2, 3, 4)
    ),
    "settings-in-a-block": 'model config {\n  "learning_rate": 0.1,\n  "dropout": 0.5\n}\n',
    "session-headers": "".join(
        f"================ Training Loss (Mon Nov 12 14:0{i}:54 2018) ================\n" for i in range(9)
    ),
    "source": "import os\n" * 6 + "def f(x, lr=0.1):\n    loss = 0.5\n    acc = 1.0\n    return 0\n" * 30,
    "tests-with-a-log-in-them": "import os\nimport re\n" * 5 + "LOG = 'loss: 0.5'\n" + "def test(): pass\n" * 9,
    "settings": "lr: 0.1\nloss: mse\nepochs: 10\nbatch_size: 32\nmodel:\n  depth: 12\n  width: 64\n" * 2,
    "arguments-that-count": "INFO Namespace(bs=1, epochs=150, lr=0.0001, start_epoch=0)\n" * 3,
    "arguments": "Namespace(lr=0.1, epochs=10, loss_scale=128.0, seed=1)\n",
    "prose": "In 2017, the loss of 3 models fell.\nSection 2 has 4 errors; 12 rewards were given in 3 steps.\n" * 5,
    "json": '{\n  "step": 1,\n  "loss": 0.5\n}\n',
    "installation": "Collecting torch==2.1\n  Downloading torch-2.1.whl (670.2 MB)\n  45%|####  | 300/670 [00:10<00:12]\n",
    "traceback": 'Traceback (most recent call last):\n  File "train.py", line 297, in <module>\n    main()\n' * 3,
    "best-of-each-epoch": "Start Evaluating 1 Epoch..0%..50%....BEST_ACC: 12.5% (12.5%)....[success][66.5 s]\n" * 3,
    "numbers": "1 2 3\n4 5 6\n7 8 9\n",
    "network": "  (0): Conv2d(3, 64, kernel_size=(7, 7), stride=(2, 2))\n  (1): BatchNorm2d(64, eps=1e-05, momentum=0.1)\n" * 9,
}  # fmt: skip


@pytest.mark.parametrize("content", NO_LOGS.values(), ids=NO_LOGS)
def test_no_log(content: str, tmp_path: Path) -> None:
    path = tmp_path / "stdout"
    path.write_text(content)
    assert not text.sniff(content.encode(), path)
    with pytest.raises(ReadError, match=r"no metric in \d+ lines of text; expected lines such as"):
        text.read(path)


def test_a_file_called_a_log_says_why_it_is_none(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_text(NO_LOGS["prose"])
    with pytest.raises(ReadError, match="no metric in 10 lines"):
        read_all(path)
