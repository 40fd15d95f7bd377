"""Near copies are those of a double-precision loop, in bounded memory; a shipped block is small."""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from subprocess import TimeoutExpired


def grade(folder: Path) -> str | None:
    """None where the functions hold, else what does not."""
    from forked import run

    try:
        ran = run([__file__], folder, 60)
    except TimeoutExpired:
        return "took more than 60 s"
    if ran.returncode == 0 and ran.stdout.endswith("held\n"):
        return None
    return (ran.stderr.strip().splitlines() or ["ended without a word"])[-1]


def check() -> None:
    """Raise on the first thing that does not hold."""
    import torch

    sys.path.insert(0, str(Path.cwd()))
    from solution import near_copies, ship

    torch.set_num_threads(1)
    source = torch.Generator().manual_seed(0)
    for rows, others, size in ((7, 9, 4), (40, 300, 256), (600, 500, 64)):
        train = 255 * torch.rand(others, size, generator=source)
        test = 255 * torch.rand(rows, size, generator=source)
        test[::3] = train[torch.randperm(others, generator=source)[: len(test[::3])]]
        test[::6] += 0.001 * (torch.rand(test[::6].shape, generator=source) - 0.5)
        test[3] += 0.5 / size**0.5  # a neighbour, not a copy
        train[-1] = test[0]  # one item, two copies
        expected = []
        for row, item in enumerate(test.double()):
            near = ((train.double() - item) ** 2).sum(1).sqrt() <= 0.05
            expected += [[row, int(other)] for other in near.nonzero()]
        found = near_copies(test, train, 0.05)
        assert found.dtype == torch.int64, f"dtype {found.dtype}"
        missed = len({tuple(p) for p in expected} - {tuple(p) for p in found.tolist()})
        assert found.tolist() == expected, f"{missed} of {len(expected)} pairs missed at D={size}"
    none = near_copies(test[1:2] + 1000, train, 0.05)
    assert none.shape == (0, 2), f"no pair has shape {tuple(none.shape)}"

    test, train = (255 * torch.rand(n, 256, generator=source) for n in (3000, 6000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    near_copies(test, train, 0.05)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 600, f"{grown:.0f} MiB more for 3,000 by 6,000 rows"

    table = torch.rand(50_000, 64, generator=source)
    ship(table, 100, 130, "block.pt")
    size = Path("block.pt").stat().st_size
    block = torch.load("block.pt", weights_only=True)
    Path("block.pt").unlink()
    assert torch.equal(block, table[100:130]), "the block differs"
    assert size < 40_000, f"30 rows of 64 floats take {size:,} bytes"


if __name__ == "__main__":
    check()
    print("held")
