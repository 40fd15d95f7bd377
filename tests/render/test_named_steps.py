"""The bar that names the step under way: on a terminal alone, and gone at the end."""

from __future__ import annotations

import io

from neural_trainer.render.named_steps import named_steps_on


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_shown_each_step_and_cleared() -> None:
    stream = Terminal()
    with named_steps_on(stream, 2) as tell:
        tell("first-step")
        tell("second-step")
    shown = stream.getvalue()
    assert "second-step" in shown
    assert "1/2" in shown
    assert shown.endswith("\x1b[2K")  # the line is wiped off


def test_what_is_no_terminal_stays_empty() -> None:
    stream = io.StringIO()
    with named_steps_on(stream, 2) as tell:
        tell("first-step")
    assert stream.getvalue() == ""
