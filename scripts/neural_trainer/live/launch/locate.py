"""Where a run's logger writes: the newest log of its kind that was not there before."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from neural_trainer.live.launch.checkpoints import files_below, state_of

KINDS = {
    "tensorboard": r".*tfevents.*",
    "lightning": r".*tfevents.*|metrics\.csv",
    "csv": r".*\.csv",
    "transformers": r".*tfevents.*|trainer_state\.json",
    "wandb": r".*\.wandb",
    "mlflow": r"loss|train_loss|.*loss.*|mlflow\.db",
}


class Locator:
    """Looks for the log of one run below the folders where it may be."""

    def __init__(
        self,
        kind: str,
        folder: Path,
        places: Iterable[str] = (),
        shared: frozenset[Path] | None = None,
    ) -> None:
        """kind: the logger. folder: where the run starts. places: folders that its source names.

        shared: folders with event files of other runs, by default those that have some now.
        """
        self._pattern = re.compile(KINDS[kind])
        self._kind = kind
        outside = [folder / place for place in places]
        self._roots = [folder, *(p for p in outside if not _is_below(p, folder))]
        if kind == "wandb":
            self._roots.append(folder / "wandb")
        if kind == "mlflow":
            self._roots.append(folder / "mlruns")
        self._before = state_of(self._files())
        now_there = (path.parent for path in self._before if "tfevents" in path.name)
        self.shared = frozenset(now_there) if shared is None else shared

    def find(self) -> Path | None:
        """Return the path to follow: the newest changed log, its folder for event files.

        A folder that held event files before, of another run or of a stage, is not read whole.
        """
        now = state_of(self._files())
        new = [path for path, state in now.items() if self._before.get(path) != state]
        if not new:
            return None
        newest = max(new, key=lambda path: now[path])
        if "tfevents" in newest.name:
            return newest if newest.parent in self.shared else newest.parent
        if newest.name == "trainer_state.json" and newest.parent.name.startswith("checkpoint-"):
            return newest.parent.parent  # each checkpoint brings a new one
        if self._kind == "mlflow" and newest.parent.name == "metrics":
            return newest.parent.parent
        return newest

    def _files(self) -> Iterable[Path]:
        for root in self._roots:
            if root.is_dir():
                for path in files_below(root):
                    if self._pattern.fullmatch(path.name):
                        yield path


def _is_below(path: Path, folder: Path) -> bool:
    return path.absolute().is_relative_to(folder.absolute())
