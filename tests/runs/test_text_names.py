"""Text logs: numbers whose names are unusual, and what stands beside them that is no metric."""

# ruff: noqa: E501, RUF001

from __future__ import annotations

from pathlib import Path

import pytest

from neural_trainer.runs.read import read_all

Signals = dict[str, dict[float, float]]
EPOCHS = (1, 2, 3)


def epochs(line: str) -> str:
    """Return a line for each epoch, `#` in it being its number."""
    return "".join(line.replace("#", str(e)) for e in EPOCHS)


# name: text, what must be read, what must not
LOGS: dict[str, tuple[str, Signals, set[str]]] = {
    "functions": (
        epochs("[#/9][100/200]\tLoss_D: 1.#\tLoss_G: 4.#\tD(x): 0.5#\tD(G(z)): 0.2# / 0.1#\n"),
        {
            "loss/d": {100: 1.1, 300: 1.2, 500: 1.3},
            "D(x)": {100: 0.51, 300: 0.52, 500: 0.53},
            "D(G(z))": {100: 0.21, 300: 0.22, 500: 0.23},
            "D(G(z))/1": {100: 0.11, 300: 0.12, 500: 0.13},
        },
        set(),
    ),
    "an-aside-is-no-function": (
        epochs("step # loss (x): 0.#\n"),
        {"loss": {1: 0.1, 2: 0.2, 3: 0.3}},
        set(),
    ),
    "tolerance-in-a-name": (
        epochs("Epoch [#/9] Train: 0.0# | Val: 0.1# | MAE: 0.# | Acc±0.18: 6#.5% | LR: 0.00#\n"),
        {"eval/Acc±0.18": {1: 61.5, 2: 62.5, 3: 63.5}, "eval/loss": {1: 0.1, 2: 0.2, 3: 0.3}},
        {"eval/accuracy"},
    ),
    "deviations-behind-values": (
        epochs("Epoch # acc=0.7#±0.0100 loss=0.1#±0.0200\n"),
        {"accuracy": {1: 0.71, 2: 0.72, 3: 0.73}, "loss": {1: 0.11, 2: 0.12, 3: 0.13}},
        set(),
    ),
    "signs-that-look-greek": (
        epochs("Episode # Reward: -#.5 σ: 2.# | ε: 0.# ⍺: 0.5\n"),
        {"ε": {1: 0.1, 2: 0.2, 3: 0.3}, "⍺": {1: 0.5, 2: 0.5, 3: 0.5}},
        set(),
    ),
    "least-and-most-of-episodes": (
        epochs("Episode # Average score: 0.# Min: -0.# Max: 1.#\n"),
        {"Min": {1: -0.1, 2: -0.2, 3: -0.3}, "Max": {1: 1.1, 2: 1.2, 3: 1.3}},
        set(),
    ),
    "least-and-most-of-a-gradient": (
        epochs("step # loss: 0.# min: -0.# max: 1.#\n"),
        {"loss": {1: 0.1, 2: 0.2, 3: 0.3}},
        {"min", "max"},
    ),
    "unions-as-iu": (
        epochs("Epoch #\nStart testing\n    Accuracy: 7#.5\n    Mean IU: 1#.5\n    Mean dt: 0.#\n"),
        {"test/Mean IU": {1: 11.5, 2: 12.5, 3: 13.5}},
        {"test/Mean dt"},
    ),
    "scores-of-several-labels": (
        epochs("Epoch # loss: 0.#\nCP: 0.9#, CR: 0.6#, CF1 :0.7#\nOP: 0.8#, OR: 0.5#, OF1 0.4#\n"),
        {
            name: dict(zip(EPOCHS, (x + 0.01 * e for e in EPOCHS), strict=True))
            for name, x in {"CP": 0.9, "CR": 0.6, "CF1": 0.7, "OP": 0.8, "OR": 0.5, "OF1": 0.4}.items()
        },
        set(),
    ),
    "settings-before-a-score": (
        epochs("Epoch # loss: 0.#\nwidth: 32, depth: 4, accuracy: 0.7#\n"),
        {"accuracy": {1: 0.71, 2: 0.72, 3: 0.73}},
        {"width", "depth"},
    ),
    "evaluations-at-the-first-step": (
        "0 val 9.5\n0 hella 0.25\n" + epochs("# train 8.#\n").replace("1 train", "0 train", 1),
        {"loss": {0: 8.1, 2: 8.2, 3: 8.3}, "eval/loss": {0: 9.5}, "hella": {0: 0.25}},
        set(),
    ),
    "measured-on-which-data": (
        epochs(
            "__Epoch # training complete__\t\n_Cost on training data: 0.4#_\t\n_Accuracy on training data: #0 / 50_\t\n"
            "_Cost on evaluation data: 0.5#_\t\n_Accuracy on the test set: # / 10_\t\nNotes on test: 3#.5\n"
        ),
        {
            "loss": {1: 0.41, 2: 0.42, 3: 0.43},
            "accuracy": {1: 0.2, 2: 0.4, 3: 0.6},
            "eval/loss": {1: 0.51, 2: 0.52, 3: 0.53},
            "test/accuracy": {1: 0.1, 2: 0.2, 3: 0.3},
        },
        set(),
    ),
    "a-count-of-its-total-in-quotes": (
        epochs("{'loss': 2.#, 'memory(GiB)': 11.2, 'train_speed(iter/s)': 0.#, 'global_step/max_steps': '#0/99', 'percentage': '#.00%'}\n"),
        {"loss": {10: 2.1, 20: 2.2, 30: 2.3}, "train_speed": {10: 0.1, 20: 0.2, 30: 0.3}},
        {"percentage"},
    ),
    "how-far-an-evaluation-has-come": (
        epochs("step #/9 | loss 0.# | norm 1.5\nevaluating HellaSwag: 7/9\revaluating HellaSwag: 9/9\rHellaSwag: #/10 = 0.#\n"),
        {"loss": {1: 0.1, 2: 0.2, 3: 0.3}, "HellaSwag": {1: 0.1, 2: 0.2, 3: 0.3}},
        {"evaluating HellaSwag"},
    ),
    "arrays-below-their-names": (
        epochs("step # loss: 0.#\n[EVAL] Class dice: \n[0.1# 0.2#\n 0.3#]\nDone:\n[note] # of 9\n"),
        {f"eval/Class dice/{i}": {e: 0.1 * (i + 1) + 0.01 * e for e in EPOCHS} for i in range(3)},
        set(),
    ),
    "lines-below-a-colon": (
        epochs("Training:\n[#/9] loss: 0.#\nTesting:\n[12:00:0#] done\n"),
        {"loss": {1: 0.1, 2: 0.2, 3: 0.3}},
        set(),
    ),
    "the-last-batch-in-another-unit": (
        epochs(
            "Train Epoch: # [0/900 (0%)]\tLoss: 0.5\nTrain Epoch: # [800/900 (89%)]\tLoss: 0.25\n"
            "Train Epoch: # [85/90 (94%)]\tLoss: 0.#\n\nTest set: Average loss: 0.4#, Accuracy: 7#/100 (7#%)\n\n"
        ),
        {
            "loss": {
                0: 0.5, 800: 0.25, 850: 0.1, 900: 0.5, 1700: 0.25, 1750: 0.2, 1800: 0.5,
                2600: 0.25, 2650: 0.3,
            },
            "test/loss": {850: 0.41, 1750: 0.42, 2650: 0.43},
            "test/accuracy": {850: 0.71, 1750: 0.72, 2650: 0.73},
        },
        set(),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "expected", "missing"), LOGS.values(), ids=LOGS)
def test_names(content: str, expected: Signals, missing: set[str], tmp_path: Path) -> None:
    path = tmp_path / "stdout"
    path.write_text(content, encoding="utf-8")
    (run,) = read_all(path)
    assert missing.isdisjoint(run.signals)
    for name, values in expected.items():
        assert name in run.signals, sorted(run.signals)
        assert run.signals[name].step.tolist() == pytest.approx(list(values))
        assert run.signals[name].value.tolist() == pytest.approx(list(values.values()))
