"""Pictures: their size, that no extreme is lost, and that what was seen is marked."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from neural_trainer.diagnosis import diagnose
from neural_trainer.errors import NeuralTrainerError
from neural_trainer.render.panels import View
from neural_trainer.render.plots import COLOURS, MOST_NAMED, plot
from neural_trainer.runs.run import Run, Series


def made_run(name: str = "a", **signals: list[float]) -> Run:
    series = {
        key.replace("eval_", "eval/"): Series(np.arange(1.0, len(v) + 1), np.array(v, dtype=float))
        for key, v in signals.items()
    }
    return Run(name, f"{name}.jsonl", "json-lines", series)


FALLING = [3 * step**-0.3 + 0.01 * (step % 7) for step in range(1, 301)]


def test_png_is_1200_by_800(tmp_path: Path) -> None:
    out = plot([made_run(loss=FALLING, lr=[1e-3] * 300)], (), tmp_path / "deep" / "a.png")
    header = out.read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", header[16:]) == (1200, 800)


def test_svg_names_the_alarm_and_the_signals(tmp_path: Path) -> None:
    loss = FALLING[:150] + [2.0 + 0.05 * step for step in range(150)]
    run = made_run(loss=loss, grad_norm=[1.0] * 300)
    seen = diagnose(run).symptoms
    assert "loss-diverging" in [finding.symptom for finding in seen]
    out = plot([run], [seen], tmp_path / "a.svg")
    text = out.read_text()
    ElementTree.fromstring(text)
    assert "loss-diverging" in text
    assert "grad_norm" in text


@pytest.mark.parametrize(
    "run",
    [
        made_run(loss=[2.0]),
        made_run(loss=[float("nan")] * 5),
        made_run(loss=[1.0, float("inf"), 2.0]),
        made_run(loss=[-1.0, -2.0, -3.0]),
        made_run(loss=[1e300, 1e-300, 5.0]),
        made_run(loss=[1.0] * 200),
        made_run(own_metric=[1.0, 2.0, 3.0]),
        made_run(reward=[1.0, 2.0], eval_accuracy=[0.1, 0.2]),
        made_run("$x^2$ <b>_", loss=FALLING),
        made_run("$\\frac{", loss=FALLING),
        made_run("\u8bad\u7ec3 \U0001f525", loss=FALLING),
        made_run(loss=[1.0, -1.0] * 80 + [1e9] + [1.0] * 40),
        made_run(loss=[0.0] * 120),
    ],
    ids=["one-point", "all-nan", "an-inf", "negative", "huge-range", "constant", "own-name",
         "reward", "hostile-name", "no-formula", "no-glyph", "huge-among-small", "zeros"],
)  # fmt: skip
def test_odd_runs_are_drawn(run: Run, tmp_path: Path) -> None:
    assert plot([run], (), tmp_path / "a.png").stat().st_size > 1000
    other = made_run("_b", loss=FALLING)
    view = View(log_x=True, log_y=True)
    assert plot([run, other], (), tmp_path / "b.png", view).stat().st_size > 1000


def test_a_run_without_signals_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NeuralTrainerError, match="no run has a curve"):
        plot([made_run()], (), tmp_path / "a.png")


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NeuralTrainerError, match=r"expected \.png or \.svg"):
        plot([made_run(loss=FALLING)], (), tmp_path / "a.gif")


def drawn(tmp_path: Path, runs: list[Run], findings: object = (), view: View | None = None) -> Any:
    """Return what is drawn as matplotlib holds it."""
    kept = []

    def keep(figure: Any, out: Path, **options: object) -> None:
        kept.append(figure)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matplotlib.figure.Figure.savefig", keep)
        plot(runs, findings, tmp_path / "a.png", view)  # type: ignore[arg-type]
    return kept[0]


def lines_of(figure: Any, panel: int = 0) -> list[tuple[Any, Any]]:
    pairs = [(line.get_xdata(), line.get_ydata()) for line in figure.axes[panel].lines]
    return [(np.asarray(x), np.asarray(y)) for x, y in pairs if len(x) > 2]


def test_no_spike_of_a_long_run_is_lost_and_its_course_ignores_it(tmp_path: Path) -> None:
    value = [1.0] * 100_000
    value[54_321] = 9.0
    (raw, course) = lines_of(drawn(tmp_path, [made_run(loss=value)]))
    assert (raw[1].max(), raw[0][raw[1].argmax()]) == (9.0, 54_322)
    assert len(raw[0]) < 5000
    assert course[1].max() == 1.0


def test_the_course_of_a_ramp_does_not_lag(tmp_path: Path) -> None:
    ramp = [float(step) for step in range(1, 10_001)]
    for view in (View(), View(log_x=True)):
        _, (step, value) = lines_of(drawn(tmp_path, [made_run(loss=ramp)], view=view))
        inner = slice(3, -3)  # at the ends the window is cut short
        np.testing.assert_allclose(value[inner], step[inner], rtol=0.05, atol=1.0)


def test_a_line_does_not_go_on_where_values_are_lost(tmp_path: Path) -> None:
    value = [2.0] * 30 + [float("nan")] * 20 + [1.0] * 30
    figure = drawn(tmp_path, [made_run(loss=value)])
    ((step, level),) = lines_of(figure)
    assert np.isnan(level[(step > 30) & (step < 51)]).all()
    assert "not finite" in [text.get_text() for text in figure.axes[0].texts]


def test_nothing_finite_is_said(tmp_path: Path) -> None:
    figure = drawn(tmp_path, [made_run(loss=[float("nan")] * 9, lr=[0.1] * 9)])
    assert "no finite value" in [text.get_text() for text in figure.axes[0].texts]


def test_one_point_can_be_seen(tmp_path: Path) -> None:
    (line,) = drawn(tmp_path, [made_run(loss=[2.0])]).axes[0].lines
    assert line.get_marker() == "o"


SCALES = {
    "linear": ([1.0, 2.0], View(), "linear"),
    "decades": ([0.5**step for step in range(30)], View(), "log"),
    "asked": ([1.0, 2.0], View(log_y=True), "log"),
    "asked-of-negative": ([-1.0, 2.0], View(log_y=True), "symlog"),
    "asked-of-zero": ([0.0, 2.0], View(log_y=True), "symlog"),
    "negative-and-huge": ([-1.0, 1.0] * 20 + [1e9], View(), "symlog"),
    "all-zero": ([0.0, 0.0], View(log_y=True), "linear"),
}


@pytest.mark.parametrize(("value", "view", "scale"), SCALES.values(), ids=SCALES)
def test_an_axis_on_which_everything_can_be_seen(
    value: list[float], view: View, scale: str, tmp_path: Path
) -> None:
    assert drawn(tmp_path, [made_run(loss=value)], view=view).axes[0].get_yscale() == scale


@pytest.mark.parametrize("count", [2, 12, 200])
def test_every_run_has_a_colour_and_the_legend_stays_short(count: int, tmp_path: Path) -> None:
    runs = [made_run(f"run-{number}", loss=FALLING[:50]) for number in range(count)]
    figure = drawn(tmp_path, runs)
    colours = {tuple(np.ravel(to_rgb(line.get_color()))) for line in figure.axes[0].lines}
    assert len(colours) == count
    (legend,) = figure.legends
    named = [text.get_text() for text in legend.get_texts()]
    assert named[0] == "run-0"
    assert named[-1] == f"run-{count - 1}"
    assert len(named) == min(count, MOST_NAMED)


def test_an_alarm_of_one_among_several_has_the_colour_of_its_run(tmp_path: Path) -> None:
    ill = made_run("ill", loss=FALLING[:150] + [2.0 + 0.05 * step for step in range(150)])
    runs = [made_run("well", loss=FALLING), ill]
    figure = drawn(tmp_path, runs, [diagnose(run).symptoms for run in runs])
    told = {text.get_text(): text.get_color() for text in figure.axes[0].texts}
    assert told["loss-diverging"] == COLOURS[1]


def test_terms_of_a_loss_have_a_panel_each_where_runs_are_overlaid(tmp_path: Path) -> None:
    terms = {"loss/box": FALLING, "loss/cls": FALLING, "eval/loss/box": FALLING}
    one = drawn(tmp_path, [made_run("a", **terms)])
    assert [ax.get_ylabel() for ax in one.axes] == ["loss"]
    two = drawn(tmp_path, [made_run("a", **terms), made_run("b", **terms)])
    assert [ax.get_ylabel() for ax in two.axes] == ["loss/box", "loss/cls"]


def test_a_long_name_stands_above_its_panel(tmp_path: Path) -> None:
    run = made_run(**{"layers/11/attention/grad_norm": FALLING})
    (ax,) = drawn(tmp_path, [run]).axes
    assert (ax.get_ylabel(), ax.get_title("left")) == ("", "layers/11/attention/grad_norm")


def test_a_run_without_the_signals_is_left_out(tmp_path: Path) -> None:
    figure = drawn(tmp_path, [made_run("a", loss=FALLING), made_run("b", own=FALLING)])
    assert figure._suptitle.get_text() == "a"
    assert figure.legends == []


def test_where_the_learning_rate_turns_is_marked(tmp_path: Path) -> None:
    lr = [min(1.0, step / 100) for step in range(1, 301)]
    figure = drawn(tmp_path, [made_run(loss=FALLING, lr=lr)])
    assert "lr holds" in [text.get_text() for text in figure.axes[1].texts]


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NeuralTrainerError, match="cannot be written"):
        plot([made_run(loss=FALLING)], (), tmp_path / "file" / "a.png")
