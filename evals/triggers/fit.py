"""Fits the network behind the prompt hook and writes hooks/agent_network.bin: `make fit-triggers`.

With --judge it writes nothing: each writer's prompts are judged by a network fitted without them.
"""

from __future__ import annotations

import argparse
import json
import sys
from array import array
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
import torch

HERE = Path(__file__).resolve().parent
HOOKS = HERE.parents[1] / "hooks"
sys.path[:0] = [str(HERE), str(HOOKS)]

from agent_network import FILE  # noqa: E402
from prompt_features import features_of  # noqa: E402
from prompts import NONE, Prompt, drawn, fingerprint, written  # noqa: E402

HIDDEN = 24
EPOCHS = 10
BATCH = 64
RATE = 0.01
LEFT_OUT = 0.5  # share of a prompt's features that a step does not see
DRAWN_WEIGHT = 0.5  # of a drawn prompt beside a written one
MIN_PROMPTS = 2  # a feature of fewer prompts is not kept
THRESHOLD = 0.8  # --judge: where the precision of each writer's prompts is over .97
SEED = 0


class Fitted(torch.nn.Module):
    """A row for each feature: what it adds to the hidden layer, and to each agent directly."""

    def __init__(self, num_features: int, num_agents: int) -> None:
        super().__init__()
        self.rows = torch.nn.EmbeddingBag(
            num_features, HIDDEN + num_agents, mode="sum", sparse=True
        )
        torch.nn.init.normal_(self.rows.weight, std=0.05)
        self.rows.weight.data[:, HIDDEN:] = 0
        self.bias = torch.nn.Parameter(torch.zeros(HIDDEN + num_agents))
        self.output = torch.nn.Linear(HIDDEN, num_agents)
        self.dropout = torch.nn.Dropout(0.3)

    def forward(
        self, features: torch.Tensor, starts: torch.Tensor, weights: torch.Tensor
    ) -> torch.Tensor:
        """Logits (prompts, agents)."""
        sums = self.rows(features, starts, per_sample_weights=weights) + self.bias
        passed = self.output(self.dropout(torch.relu(sums[:, :HIDDEN])))
        logits: torch.Tensor = sums[:, HIDDEN:] + passed
        return logits


Bag = tuple[torch.Tensor, torch.Tensor]  # places in the vocabulary, weights


def agents_of(prompts: Sequence[Prompt]) -> list[str]:
    """The agents in order of name, `none` last."""
    return [*sorted({one.agent for one in prompts} - {NONE}), NONE]


def vocabulary(features: Sequence[dict[int, float]]) -> dict[int, int]:
    """Each feature that is kept, and its place in the order of hashes."""
    counts = Counter(one for of_prompt in features for one in of_prompt)
    return {one: i for i, one in enumerate(sorted(f for f in counts if counts[f] >= MIN_PROMPTS))}


def bag(features: dict[int, float], places: dict[int, int]) -> Bag:
    """The features of a prompt that the vocabulary has."""
    known = {places[one]: weight for one, weight in features.items() if one in places}
    return torch.tensor(list(known), dtype=torch.long), torch.tensor(list(known.values()))


def _joined(bags: Sequence[Bag]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    lengths = torch.tensor([0, *(len(places) for places, _ in bags[:-1])])
    places = torch.cat([places for places, _ in bags])
    return places, lengths.cumsum(0), torch.cat([weights for _, weights in bags])


def fit(prompts: Sequence[Prompt], agents: Sequence[str]) -> tuple[Fitted, dict[int, int]]:
    """A network fitted on prompts, and its vocabulary. Seeded."""
    features = [features_of(one.text) for one in prompts]
    places = vocabulary(features)
    bags = [bag(one, places) for one in features]
    labels = torch.tensor([agents.index(one.agent) for one in prompts])
    worth = torch.tensor([DRAWN_WEIGHT if one.writer == "frames" else 1.0 for one in prompts])
    torch.manual_seed(SEED)
    model = Fitted(len(places), len(agents))
    rest = [parameter for name, parameter in model.named_parameters() if name != "rows.weight"]
    optimizers = [
        torch.optim.SparseAdam([model.rows.weight], lr=RATE),
        torch.optim.Adam(rest, lr=RATE),
    ]
    num_steps = EPOCHS * -(-len(prompts) // BATCH)
    step = 0
    for _ in range(EPOCHS):
        for chosen in torch.split(torch.randperm(len(prompts)), BATCH):
            where, starts, weights = _joined([bags[i] for i in chosen])
            kept = torch.rand_like(weights) >= LEFT_OUT
            logits = model(where, starts, weights * kept / (1 - LEFT_OUT))
            losses = torch.nn.functional.cross_entropy(logits, labels[chosen], reduction="none")
            for optimizer in optimizers:
                optimizer.zero_grad()
                optimizer.param_groups[0]["lr"] = RATE * (1 - step / num_steps)
            torch.autograd.backward((losses * worth[chosen]).mean())
            for optimizer in optimizers:
                optimizer.step()
            step += 1
    return model.eval(), places


def chances(model: Fitted, places: dict[int, int], prompts: Sequence[Prompt]) -> np.ndarray:
    """How likely each prompt is for each agent (prompts, agents)."""
    with torch.no_grad():
        logits = model(*_joined([bag(features_of(one.text), places) for one in prompts]))
        found: np.ndarray = torch.softmax(logits, -1).numpy()
    return found


def write(model: Fitted, places: dict[int, int], agents: Sequence[str], path: Path) -> None:
    """Write the network as `agent_network.Network` reads it."""
    rows = model.rows.weight.detach().numpy()
    scale = float(np.abs(rows).max() / 127)
    head = {
        "agents": list(agents),
        "threshold": THRESHOLD,
        "features": len(places),
        "scale": scale,
        "bias": _rounded(model.bias),
        "output": [_rounded(row) for row in model.output.weight],
        "output_bias": _rounded(model.output.bias),
        "fitted_on": fingerprint(),
    }
    hashes = array("I", places)
    if sys.byteorder == "big":
        hashes.byteswap()
    content = hashes.tobytes() + np.rint(rows / scale).astype(np.int8).tobytes()
    head["crc32"] = crc32(content)
    path.write_bytes(json.dumps(head).encode() + b"\n" + content)


def _rounded(numbers: torch.Tensor) -> list[float]:
    return [round(float(one), 4) for one in numbers.tolist()]


def judge() -> None:
    """Print precision and recall of each writer's prompts, by a network that has not seen them."""
    prompts, frames = written(), drawn()
    agents = agents_of(prompts)
    seen: list[tuple[float, bool, bool]] = []
    for writer in sorted({one.writer for one in prompts} - {"house"}):
        own = [one for one in prompts if one.writer == writer]
        model, places = fit([one for one in prompts if one.writer != writer] + frames, agents)
        found = chances(model, places, own)[:, :-1]
        best = found.argmax(1)
        part = [
            (float(found[i, best[i]]), agents[best[i]] == one.agent, one.agent != NONE)
            for i, one in enumerate(own)
        ]
        _print_shares(writer, part)
        seen += part
    _print_shares("all", seen)


def _print_shares(name: str, judged: Sequence[tuple[float, bool, bool]]) -> None:
    for threshold in (0.5, 0.6, 0.65, 0.7, 0.8):
        named = [right for chance, right, _ in judged if chance >= threshold]
        meant = sum(has_agent for _, _, has_agent in judged)
        print(
            f"{name:<8} threshold {threshold}: precision {sum(named) / len(named):.3f}, "
            f"recall {sum(named) / meant:.3f}",
            flush=True,
        )


def main() -> int:
    """Fit and write, or judge; return 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--judge", action="store_true", help="leave one writer out, write nothing")
    parser.add_argument("--to", type=Path, default=Path(FILE), help="the file to write")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.judge:
        judge()
        return 0
    prompts = written()
    agents = agents_of(prompts)
    model, places = fit(prompts + drawn(), agents)
    write(model, places, agents, arguments.to)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
