"""The page of scaling laws: words of the report, and figures of what each method rests on."""

from __future__ import annotations

import numpy as np
import pytest
from page_parts import Page

from neural_trainer.runs.run import Array
from neural_trainer.study.scaling.allocation import Demand
from neural_trainer.study.scaling.analysis import Analysis, Settings, analyse
from neural_trainer.study.scaling.analysis_text import to_text
from neural_trainer.study.scaling.page import to_page

from .made_studies import curves, spread

STUDIES = {"parametric": spread, "isoflop": curves}


def made(method: str, label: str = "") -> Analysis:
    settings = Settings(method, samples=50, demands=(Demand(1e22),))
    return analyse(STUDIES[method](), settings, label)


@pytest.mark.parametrize("method", STUDIES)
def test_words_and_figures(method: str) -> None:
    analysis = made(method)
    page = Page(to_page([analysis]))
    assert " ".join(to_text(analysis).split()) in page.text
    assert len(page.all("svg")) == 2
    dots = sum(path["d"].count("M") for path in page.all("path", "dots"))
    assert dots >= len(analysis.points.loss)


def test_several_studies_each_by_its_name() -> None:
    page = Page(to_page([made("parametric", "<b>one"), made("parametric", "two")]))
    assert "<b>one" in page.text
    assert len(page.all("svg")) == 4


def test_losses_lie_on_the_law() -> None:
    """Without noise each measured loss is that predicted: dots at equal shares of both axes."""
    analysis = analyse(spread(noise=1e-9), Settings(samples=50))
    page = Page(to_page([analysis]))
    (dots,) = page.all("path", "dots")[:1]
    places = np.array([p.removesuffix("h.01").split() for p in dots["d"].split("M")[1:]], float)
    x, y = _shares(places[:, 0]), 1 - _shares(places[:, 1])
    np.testing.assert_allclose(x, y, atol=0.01)


def _shares(values: Array) -> Array:
    return (values - values.min()) / np.ptp(values)
