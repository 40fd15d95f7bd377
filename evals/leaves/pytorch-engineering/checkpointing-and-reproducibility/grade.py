"""A resumed run is the uninterrupted one to the last bit, wherever it was stopped."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any

FILES = Path(__file__).resolve().parent / "files"


def grade(folder: Path) -> str | None:
    """None where every resumed run is exact, else what is not."""
    from forked import run

    try:
        ran = run([__file__], folder, 60)
    except TimeoutExpired:
        return "took more than 60 s"
    if ran.returncode == 0 and ran.stdout.endswith("held\n"):
        return None
    return (ran.stderr.strip().splitlines() or ["ended without a word"])[-1]


def same(one: Any, two: Any) -> bool:
    """Whether nested states are equal, tensors bit by bit."""
    import torch

    if isinstance(one, torch.Tensor):
        return torch.equal(one, two)
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(two) and all(map(same, one, two))
    return bool(one == two)


def state(trainer: Any) -> dict[str, Any]:
    """All that a later step depends on, and what the run tells."""
    names = ("steps", "losses", "best_loss", "best_weights")
    parts = {name: getattr(trainer, name) for name in names}
    for name in ("model", "optimizer", "scheduler"):
        parts[name] = getattr(trainer, name).state_dict()
    return parts


def check() -> None:
    """Raise on the first run that goes another way."""
    import torch

    torch.set_num_threads(1)
    from solution import ResumableTrainer
    from trainer import Trainer

    straight = Trainer(3)
    for _ in range(25):
        straight.step()
    # An epoch has 7 batches: before the first, in its middle, at its end, one later, thrice.
    for stops in ((0,), (3,), (7,), (8,), (14,), (4, 11, 20)):
        path = Path("checked.pt")
        trainer = ResumableTrainer(3)
        for number in range(25):
            if number in stops:
                trainer.save(str(path))
                torch.load(path, weights_only=True)
                trainer.step()  # what the killed run did after its last save is lost
                trainer = ResumableTrainer(99 + number)
                trainer.load(str(path))
            trainer.step()
        case = f"stopped at {stops}"
        for (name, one), two in zip(state(straight).items(), state(trainer).values(), strict=True):
            assert same(one, two), f"{case}: {name} differs from the run that was not stopped"
        path.unlink()

    trainer = ResumableTrainer(3)
    for number in range(25):
        trainer.step()
        if number in (2, 6, 12):
            trainer.save("checked.pt")
    assert trainer.losses == straight.losses, "saving changes how the run goes on"

    before = trainer.steps
    trainer.save("checked.pt")
    trainer.step()
    real = torch.save

    class Killed(BaseException):
        pass

    def torn(value: Any, file: Any, *rest: Any, **options: Any) -> None:
        if hasattr(file, "write"):
            file.write(b"PK torn")
        else:
            Path(file).write_bytes(b"PK torn")
        raise Killed

    setattr(torch, "save", torn)  # noqa: B010
    try:
        trainer.save("checked.pt")
        before = trainer.steps  # written without torch.save
    except Killed:
        pass
    finally:
        setattr(torch, "save", real)  # noqa: B010
    fresh = ResumableTrainer(5)
    try:
        fresh.load("checked.pt")
    except Exception:
        raise AssertionError("a save that is killed leaves no whole file") from None
    assert fresh.steps == before, f"after a killed save: step {fresh.steps}, not {before}"
    trainer.save("checked.pt")
    fresh.load("checked.pt")
    assert fresh.steps == trainer.steps, "no save after one that was killed"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        sys.path[:0] = [str(FILES), str(Path.cwd())]
        os.chdir(scratch)
        check()
        os.chdir(FILES)
    print("held")
