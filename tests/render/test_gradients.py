"""What `gradients` prints, draws and writes: width, marks, blocks, many tensors, odd runs."""

from __future__ import annotations

import doctest
import json
import struct
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from made_layered import LAYERED_FAULTY, LAYERED_HEALTHY
from measured import changed, measured, mlp, transformer, with_layers
from sketch import Sketch, made, sketch

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.live.layers_writer import LayersWriter
from neural_trainer.render import gradients_text
from neural_trainer.render.gradients_plots import plot
from neural_trainer.render.gradients_text import to_dict, to_text
from neural_trainer.render.layer_rows import MARKS, blocks, rows
from neural_trainer.runs.layers import (
    ACTIVATION_STATISTICS,
    GRADIENT_STATISTICS,
    Layers,
    Module,
    Parameter,
)
from neural_trainer.runs.layers_file import read_layers
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import SYMPTOMS, look

MADE = {**LAYERED_HEALTHY, **LAYERED_FAULTY}


def lines_of(run: Run, *patterns: str) -> list[str]:
    return to_text(run, look(run), list(patterns)).splitlines()


def layers_of(run: Run) -> Layers:
    assert run.layers is not None
    return run.layers


@pytest.mark.parametrize("name", MADE)
def test_every_made_run_is_told_in_79_columns(name: str) -> None:
    run = MADE[name](0)
    for patterns in ([], ["*"]):
        lines = lines_of(run, *patterns)
        assert max(map(len, lines)) <= 79
        assert lines[-1] == "Next: neural-trainer diagnose made"
    seen = [f for f in look(run).found if f.symptom in {*MARKS, "gradients-alike"}]
    text = " ".join(lines_of(run))
    assert ("Nothing is wrong with these layers" in text) == (
        not any(f" {symptom}: " in text for symptom in SYMPTOMS)
    )
    assert all(f"- {finding.symptom}: " in text for finding in seen)


SHOWS = {
    "relus-die": ("4.weight", "! dead"),
    "sigmoids-too-deep": ("0.weight", "! vanishing"),
    "head-not-in-optimizer": ("8.weight", "! no optimizer"),
    "weights-stand-still": ("1.weight", "! not moving"),
    "layers-explode": ("6.weight", "! exploding"),
    "recurrence-explodes": ("rnn.weight", "! exploding"),
    "tanh-at-bounds": ("act2", "! saturated"),
    "attention-logits-run-away": ("2.attn ", "! growing"),
    "unbalanced-by-layer": ("3.weight", "! unbalanced"),
    "frozen-by-layer": ("0.weight", "frozen"),
}


@pytest.mark.parametrize(("name", "shown"), SHOWS.items(), ids=SHOWS)
def test_the_layer_at_fault_is_marked(name: str, shown: tuple[str, str]) -> None:
    layer, mark = shown
    marked = [line for line in lines_of(MADE[name](0), "*") if mark in line]
    assert any(line.startswith(layer) for line in marked)


# Told, for what it is worth, and no fault: a branch not in use, a layer unlike the others.
TOLD = {"idle-branch-by-layer", "unbalanced-by-layer"}


@pytest.mark.parametrize("name", sorted(set(LAYERED_HEALTHY) - TOLD))
def test_nothing_is_marked_in_a_healthy_run(name: str) -> None:
    assert not [line for line in lines_of(MADE[name](0)) if "! " in line]


@pytest.mark.parametrize("name", MADE)
def test_parameters_that_never_train_are_told_where_there_are_any(name: str) -> None:
    run = MADE[name](0)
    outside = any(p.trainable and p.group is None for p in layers_of(run).parameters)
    marked = any("! no optimizer" in line for line in lines_of(run, "*"))
    assert ("trainable tensors" in " ".join(lines_of(run))) == outside
    assert marked == (name == "head-not-in-optimizer")


REST = {
    "cut-off": (True, "no gradient", "4 of 6 trainable tensors never had a gradient"),
    "left-out": (False, "no optimizer", "4 of 6 trainable tensors are in no optimizer"),
}


@pytest.mark.parametrize(("is_cut_off", "state", "told"), REST.values(), ids=REST)
def test_the_first_layers_that_do_not_train_are_named(
    is_cut_off: bool, state: str, told: str
) -> None:
    s = sketch(3, (400,))
    layers = measured(s, mlp(2))
    if is_cut_off:
        tables = {key: table.astype(np.float64) for key, table in layers.gradients.items()}
        for table in tables.values():
            table[:, :4] = np.nan
        layers = changed(layers, **tables)
    else:
        first = [replace(p, group=None) for p in layers.parameters[:4]]
        layers = replace(layers, parameters=(*first, *layers.parameters[4:]))
    run = with_layers(made({"loss": s.noisy(s.falling())}), layers)
    lines = lines_of(run)
    assert [line.split()[0] for line in lines if line.endswith(state)] == [
        p.name for p in layers.parameters[:4]
    ]
    assert told in " ".join(lines)
    assert [layer["state"] for layer in to_dict(run, look(run), [])["layers"]] == (
        [state] * 4 + [""] * 2
    )


def test_numbers_are_those_that_were_measured() -> None:
    s = sketch(3, (400,))
    layers = measured(s, mlp(2))
    norm = np.tile(np.repeat([1.0, 2.0, 3.0, 4.0, 5.0], 8)[:, None], (1, 6)) * np.arange(1, 7)
    run = with_layers(made({"loss": s.noisy(s.falling())}), changed(layers, grad_norm=norm))
    row = rows(layers_of(run), {})[2]
    assert row.norm == (3.0, 9.0, 15.0)
    whole = blocks(layers_of(run), {})[1]  # the norm of weight and bias together
    assert whole.name == "1"
    assert whole.count == 2
    assert whole.norm == pytest.approx(tuple(np.hypot(3, 4) * np.array([1, 3, 5])))
    told = to_dict(run, look(run), [])["layers"][2]["statistics"]["grad_norm"]
    assert told == {"first": 3.0, "middle": 9.0, "last": 15.0}


def test_blocks_are_told_apart_by_the_first_number_in_a_name() -> None:
    names = ["embed.weight", "encoder.layers.0.fc.weight", "encoder.layers.0.fc.bias",
             "encoder.layers.1.fc.weight", "head.weight"]  # fmt: skip
    parameters = [Parameter(name, "linear", (2, 2), True, 0) for name in names]
    layers = measured(sketch(0), (parameters, []))
    found = [(row.name, row.count) for row in blocks(layers, {names[2]: ("dead",)})]
    assert found == [("embed", 1), ("encoder.layers.0", 2), ("encoder.layers.1", 1), ("head", 1)]
    assert [row.marks for row in blocks(layers, {names[2]: ("dead",)})][1] == ("dead",)


def large(num_blocks: int = 125) -> Run:
    """Return a run of 5,000 tensors, of which a tenth of the blocks die."""
    s = Sketch(np.random.default_rng(0), 400)
    parameters = [
        Parameter(f"model.layers.{b}.part{j}.{own}", kind, (512, 512), True, 0)
        for b in range(num_blocks)
        for j in range(20)
        for own, kind in (("weight", "linear"), ("bias", "bias"))
    ]
    layers = measured(s, (parameters, [Module(f"{b}.act", "relu") for b in range(num_blocks)]))
    zeros = layers.gradients["grad_zeros"].copy()
    zeros[10:, :480:2] = 1
    return with_layers(made({"loss": s.noisy(s.falling())}), changed(layers, grad_zeros=zeros))


def test_thousands_of_tensors_are_told_in_blocks(tmp_path: Path) -> None:
    run = large()
    assert len(layers_of(run).parameters) == 5000
    lines = lines_of(run)
    assert len(lines) < 80
    assert sum("! dead" in line for line in lines) == 12
    assert any(line.startswith("… and 85 blocks more, none of them marked") for line in lines)
    assert len(lines_of(run, "model.layers.7.*")) < 70
    assert plot(run, layers_of(run), look(run), tmp_path / "a.png").stat().st_size > 10_000
    assert len(to_dict(run, look(run), [])["layers"]) == 5000


@pytest.mark.parametrize("name", MADE)
def test_data_are_plain(name: str) -> None:
    run = MADE[name](0)
    told = json.loads(json.dumps(to_dict(run, look(run), []), allow_nan=False))
    assert told["schema"] == "neural-trainer/gradients/1"
    assert [layer["name"] for layer in told["layers"]] == [
        parameter.name for parameter in layers_of(run).parameters
    ]
    for layer in told["layers"]:
        assert set(layer["statistics"]) <= set(GRADIENT_STATISTICS)
        assert bool(layer["statistics"]) == (layer["state"] == "" and layer["group"] is not None)


def test_picture_is_1200_by_1000(tmp_path: Path) -> None:
    run = MADE["relus-die"](0)
    out = plot(run, layers_of(run), look(run), tmp_path / "deep" / "a.png")
    assert struct.unpack(">II", out.read_bytes()[16:24]) == (1200, 1000)
    svg = plot(run, layers_of(run), look(run), tmp_path / "a.svg").read_text()
    ElementTree.fromstring(svg)
    assert "4.weight" in svg
    assert "last fifth" in svg


def odd(steps: int, value: float, name: str = "a.weight") -> Run:
    """Return a run with one layer that measures `value` at each of `steps` steps."""
    step = np.arange(1.0, steps + 1)
    parameter = Parameter(name, "linear", (2, 2), True, 0)
    tables = {one: np.full((steps, 1), value, np.float32) for one in GRADIENT_STATISTICS}
    no_modules = {one: np.empty((steps, 0), np.float32) for one in ACTIVATION_STATISTICS}
    layers = Layers(step, step, (parameter,), (), tables, no_modules)
    return with_layers(made({"loss": np.ones(steps)}), layers)


@pytest.mark.parametrize("value", [0.0, 1.0, 1e-30, 1e30, np.inf, np.nan, -1.0])
@pytest.mark.parametrize("steps", [1, 2, 3, 50])
def test_odd_layers_are_told(steps: int, value: float, tmp_path: Path) -> None:
    run = odd(steps, value)
    assert max(map(len, lines_of(run))) <= 79
    json.dumps(to_dict(run, look(run), []), allow_nan=False)
    if np.isnan(value):
        with pytest.raises(NeuralTrainerError, match="nothing to draw"):
            plot(run, layers_of(run), look(run), tmp_path / "a.png")
    else:
        assert plot(run, layers_of(run), look(run), tmp_path / "a.png").exists()


def test_hostile_names_are_shown_tame(tmp_path: Path) -> None:
    run = odd(30, 1.0, "$x^2$ \x1b[31m\u202e" + "a" * 150)
    writer = LayersWriter(tmp_path / "layers.bin", new=True)
    writer.describe(layers_of(run).parameters, [])
    for step in range(1, 31):
        writer.append(step, 0.0, np.ones(len(GRADIENT_STATISTICS), np.float32))
    run = replace(run, layers=read_layers(writer.path)[0])
    assert "\x1b" not in "\n".join(lines_of(run))
    assert max(map(len, lines_of(run))) <= 79
    assert plot(run, layers_of(run), look(run), tmp_path / "a.png").exists()


def test_a_run_without_layers_says_how_to_get_them() -> None:
    run = replace(MADE["layered-mlp"](0), layers=None)
    with pytest.raises(NeuralTrainerError, match=r"pass the model and its optimizer") as told:
        lines_of(run)
    assert "\n" not in str(told.value)


def test_a_layer_that_is_not_there_is_refused() -> None:
    run = MADE["layered-mlp"](0)
    with pytest.raises(NeuralTrainerError, match=r"no layer is called zork; there are 0\.weight"):
        lines_of(run, "zork")
    with pytest.raises(NeuralTrainerError, match=r"expected \.png or \.svg"):
        plot(run, layers_of(run), look(run), Path("a.gif"))


def test_before_the_first_measured_step_there_is_nothing_to_show() -> None:
    run = MADE["layered-mlp"](0)
    with pytest.raises(NeuralTrainerError, match="no step was measured"):
        lines_of(run.until(1))


def test_examples() -> None:
    results = doctest.testmod(gradients_text)
    assert results.attempted
    assert not results.failed


def test_a_transformer_is_told_by_block() -> None:
    s = sketch(1)
    run = with_layers(made({"loss": s.noisy(s.falling())}), measured(s, transformer(12)))
    starts = [line.split()[0] for line in lines_of(run) if line]
    assert [str(b) for b in range(12)] == [start for start in starts if start.isdigit()]
