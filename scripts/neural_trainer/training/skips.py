"""Updates left out because a gradient was not finite: how many, and how many in a row."""

from __future__ import annotations

from typing import Any

from neural_trainer.errors import NeuralTrainerError

# By then fp16's loss scale has fallen from 65,536 to below 1: it is not the scale that overflows.
MOST_IN_A_ROW = 20


class Skips:
    """Counts them without a wait for the device, which alone may know whether one was left out."""

    def __init__(self) -> None:
        """Begin with none."""
        from neural_trainer.layers.transfer import Transfer

        self.count: Any = 0
        self.in_a_row: Any = 0
        self._transfer = Transfer()
        self._too_many: int | None = None  # the step at which there were, once that is known

    def add(self, step: int, skipped: Any) -> None:
        """Note of a step whether its update was left out, a tensor where its device knows."""
        self.count = self.count + skipped
        self.in_a_row = (self.in_a_row + skipped) * skipped
        if not hasattr(self.in_a_row, "device"):
            self._look(step, self.in_a_row)
            return
        self._transfer.arrived()
        self._transfer.send(self.in_a_row.reshape(1), lambda told: self._look(step, int(told[0])))

    def check(self) -> None:
        """Raise NeuralTrainerError once so many were left out in a row."""
        if self._too_many is not None:
            raise NeuralTrainerError(
                f"step {self._too_many}: a gradient was NaN or infinite in {MOST_IN_A_ROW} steps "
                f"in a row, so no weight has moved and the training ends here; look at the loss "
                f"and at the data of these steps, or lower optimizer.lr"
            )

    def state(self) -> tuple[int, int]:
        """Return the counts, for a checkpoint."""
        return int(self.count), int(self.in_a_row)

    def restore(self, state: tuple[int, int]) -> None:
        """Go on counting from a checkpoint."""
        self.count, self.in_a_row = state

    def _look(self, step: int, in_a_row: int) -> None:
        if in_a_row >= MOST_IN_A_ROW and self._too_many is None:
            self._too_many = step
