"""Feeds one reader what libFuzzer makes up: harness.py --reader=NAME, its options and corpora.

Three times in four an input is made by a mutation that knows the format. An exception that
tests/runs/sound.py does not allow ends it, and so does a warning.
"""

from __future__ import annotations

import random
import shlex
import sys
import tempfile
import warnings
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests" / "runs")]

with atheris.instrument_imports(include=["neural_trainer.runs"]):
    import mutations
    import sound

MUTATIONS = {
    "tensorboard": mutations.records,
    "wandb-file": mutations.fragments,
    "mlflow-database": mutations.bytes_alone,
    "numpy-archive": mutations.members,
}  # and of all others their text


def fuzz(reader: str) -> None:
    """Feed one reader until libFuzzer has enough, as its options say."""
    mutated = MUTATIONS.get(reader, mutations.text)
    path = Path(tempfile.mkdtemp(prefix="fuzz-", dir="/dev/shm")) / sound.FILES[reader]
    warnings.simplefilter("error")  # as in the tests: a reader that warns talks to nobody

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        chance = random.Random(seed)
        if chance.random() < 0.25:
            return bytes(atheris.Mutate(data, most))
        return mutated(data, most, chance)[:most]

    def read(data: bytes) -> None:
        path.write_bytes(data)
        sound.read_soundly(path)

    # A merge starts it again from a shell, by the first word.
    again = shlex.join([sys.executable, __file__])
    atheris.Setup([again, *sys.argv[1:]], read, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    fuzz(sys.argv[1].removeprefix("--reader="))  # libFuzzer passes over what begins with "--"
