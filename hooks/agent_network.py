"""The network that says which agent a prompt is for, read from agent_network.bin."""

from __future__ import annotations

import json
import os
import sys
from array import array
from bisect import bisect_left
from math import exp

from prompt_features import features_of

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "agent_network.bin")


class Network:
    """A row of numbers for each feature; their weighted sum passes one hidden layer.

    The file is a line of JSON (all but hashes and rows), the hashes as little-endian uint32 in
    rising order, then the rows as int8. `evals/triggers/fit.py` writes it.
    """

    def __init__(self, path: str = FILE) -> None:
        """Read a file. Raises ValueError where it is not whole."""
        with open(path, "rb") as file:
            head = json.loads(file.readline())
            content = file.read()
        self.agents: list[str] = head["agents"]  # the last, "none", is no agent
        self.threshold: float = head["threshold"]  # an agent less likely than this is not named
        self.scale: float = head["scale"]  # what one step of an int8 is worth
        self.bias: list[float] = head["bias"]  # (hidden + agents,)
        self.output: list[list[float]] = head["output"]  # (agents, hidden)
        self.output_bias: list[float] = head["output_bias"]  # (agents,)
        end = 4 * int(head["features"])
        size = end + head["features"] * len(self.bias)
        if len(content) != size:
            raise ValueError(f"{path}: {len(content)} bytes of features, expected {size}")
        self.hashes = array("I", content[:end])  # (features,)
        if sys.byteorder == "big":
            self.hashes.byteswap()
        self.rows = memoryview(content)[end:].cast("b")  # (features * (hidden + agents),)

    def agent_for(self, prompt: str) -> str | None:
        """The likeliest agent, where it is as likely as the threshold asks."""
        chances = self.chances(prompt)
        del chances[self.agents[-1]]
        agent = max(chances, key=lambda one: chances[one])
        return agent if chances[agent] >= self.threshold else None

    def chances(self, prompt: str) -> dict[str, float]:
        """How likely the prompt is for each agent, and for none; the chances sum to 1."""
        width = len(self.bias)
        sums = [0.0] * width
        for feature, weight in features_of(prompt).items():
            place = bisect_left(self.hashes, feature)
            if place < len(self.hashes) and self.hashes[place] == feature:
                row = self.rows[place * width : (place + 1) * width]
                sums = [total + weight * one for total, one in zip(sums, row, strict=True)]
        summed = [self.scale * total + bias for total, bias in zip(sums, self.bias, strict=True)]
        num_hidden = width - len(self.agents)
        hidden = [max(0.0, value) for value in summed[:num_hidden]]
        logits = [
            direct + bias + sum(map(float.__mul__, hidden, weights))
            for direct, bias, weights in zip(
                summed[num_hidden:], self.output_bias, self.output, strict=True
            )
        ]
        shares = [exp(logit - max(logits)) for logit in logits]
        return {
            agent: share / sum(shares) for agent, share in zip(self.agents, shares, strict=True)
        }
