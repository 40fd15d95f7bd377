"""How ReLU nets learn by depth as torch initialises them, beside the scale that their signal loses.

python benchmarks/initial_variance.py [STEPS]: a line a depth, medians of three seeds; the loss is
that on held-out data after STEPS of Adam at 1e-3. The threshold of `neural-trainer architecture`
(inspect/architecture/variance.py) rests on it. Needs torch; about a minute on one core.
"""

from __future__ import annotations

import math
import statistics
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))

from neural_trainer.inspect.architecture.variance import SIGNAL, levels, trends
from neural_trainer.layers.case import Case

DEPTHS = (3, 5, 7, 8, 9, 10, 12, 15)
SEEDS = (0, 1, 2)
INPUTS, WIDTH, CLASSES = 20, 64, 5


def net(depth: int) -> nn.Sequential:
    """Return a plain ReLU net of `depth` hidden layers."""
    widths = [INPUTS, *[WIDTH] * depth]
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(WIDTH, CLASSES))


def data(seed: int, num: int) -> tuple[Tensor, Tensor]:
    """Return inputs and the classes that a fixed linear map gives them."""
    rule = torch.randn(INPUTS, CLASSES, generator=torch.Generator().manual_seed(9))
    inputs = torch.randn(num, INPUTS, generator=torch.Generator().manual_seed(seed))
    return inputs, (inputs @ rule).argmax(1)


def cross_entropy(model: Any, batch: Any) -> Tensor:
    """Return the loss of a batch."""
    return nn.functional.cross_entropy(model(batch[0]), batch[1])


def measured(depth: int, seed: int, num_steps: int) -> tuple[float, float, bool]:
    """Return the decades that the signal loses, the loss after training, whether it is told."""
    torch.manual_seed(seed)
    model, (inputs, classes) = net(depth), data(seed + 1, 2048)
    batch = (inputs[:256], classes[:256])
    found = levels(Case(model, cross_entropy, [batch]), batch, "net")
    decades = math.log10(found[0].signal / found[-1].signal)
    told = any(trend.what == SIGNAL for trend in trends(found))
    adam = torch.optim.Adam(model.parameters(), 1e-3)
    for _ in range(num_steps):
        chosen = torch.randint(0, len(inputs), (64,))
        adam.zero_grad()
        loss: Any = cross_entropy(model, (inputs[chosen], classes[chosen]))
        loss.backward()
        adam.step()
    with torch.no_grad():
        return decades, float(cross_entropy(model, data(99, 1024))), told


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    num_steps = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    print("depth  decades lost  loss  told")
    for depth in DEPTHS:
        decades, losses, told = zip(*(measured(depth, s, num_steps) for s in SEEDS), strict=True)
        print(
            f"{depth:>5} {statistics.median(decades):>13.1f} {statistics.median(losses):>5.2f}  "
            f"{sum(told)} of {len(SEEDS)}"
        )


if __name__ == "__main__":
    main()
