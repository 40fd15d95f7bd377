"""A figure: each value at its place on axes of either kind, what cannot be shown left out."""

from __future__ import annotations

import re

import numpy as np
import pytest

from neural_trainer.render.axes_svg import BOTTOM, LEFT, RIGHT, TOP
from neural_trainer.render.figure_svg import MOST_DOTS, Look, Shape, figure_svg

PLACE = re.compile(r"[ML]([\d.]+) ([\d.]+)")


def places(svg: str, kind: str) -> np.ndarray:
    found = [re.findall(PLACE, d) for d in re.findall(rf'class="{kind} [^>]*? d="([^"]*)"', svg)]
    return np.array([place for path in found for place in path], float)


@pytest.mark.parametrize("log", [False, True])
def test_values_lie_where_the_axes_say(log: bool) -> None:
    x = np.array([1.0, 10.0, 100.0])
    look = Look("x", "y", log, log, 500, 300)
    at = places(figure_svg([Shape("dots", x, x)], look), "dots")
    assert at[0] == pytest.approx([LEFT, 300 - BOTTOM], abs=25)
    assert at[2] == pytest.approx([500 - RIGHT, TOP], abs=25)
    share = (at[1, 0] - at[0, 0]) / (at[2, 0] - at[0, 0])
    assert share == pytest.approx(0.5 if log else 9 / 99, abs=0.01)
    assert (at[0, 1] - at[1, 1]) / (at[0, 1] - at[2, 1]) == pytest.approx(share, abs=0.01)


def test_what_the_axes_cannot_show_is_left_out() -> None:
    x = np.array([-1.0, 0.0, 1.0, np.nan, np.inf, 10.0])
    svg = figure_svg([Shape("dots", x, x)], Look("x", "y", True, True))
    assert len(places(svg, "dots")) == 2
    assert "nan" not in svg
    assert "inf" not in svg


@pytest.mark.parametrize("value", [[], [np.nan], [3.0], [0.0, 0.0], [1e300, -1e300]])
def test_odd_values_have_a_figure(value: list[float]) -> None:
    y = np.array(value)
    svg = figure_svg([Shape("curve", np.arange(len(y), dtype=float), y)], Look("x", "y"))
    assert svg.startswith("<figure>")
    assert "nan" not in svg


def test_a_long_line_keeps_its_spike() -> None:
    y = np.zeros(100_000)
    y[77_777] = 1.0
    at = places(figure_svg([Shape("raw", np.arange(1e5), y)], Look("x", "y")), "raw")
    assert len(at) < 2000
    assert at[:, 1].min() < at[:, 1].max() - 100


def test_dots_are_in_bounds_and_a_band_goes_there_and_back() -> None:
    x = np.arange(10_000.0)
    assert len(places(figure_svg([Shape("dots", x, x)], Look("x", "y")), "dots")) == MOST_DOTS
    band = figure_svg([Shape("band", x[:5], x[:5], top=x[:5] + 1)], Look("x", "y"))
    assert len(places(band, "band")) == 10
