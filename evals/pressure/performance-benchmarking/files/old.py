"""The runtime that is in use: scores the tokens of a request."""

import numpy as np

WIDTH, LAYERS = 24, 36
SCALES = np.random.default_rng(0).normal(0, 1, (LAYERS, WIDTH))
EMBEDDING = np.random.default_rng(1).normal(0, 1, (1000, WIDTH))


class Runtime:
    def __init__(self):
        self.scales = None

    def _load(self):
        """Lay the scales out, once, when the first request comes."""
        scales = SCALES
        for _ in range(4_000):
            scales = np.ascontiguousarray(scales[::-1])
        self.scales = scales

    def score(self, tokens):
        """Return one number for a request, a list of token ids."""
        if self.scales is None:
            self._load()
        x = EMBEDDING[tokens]
        for scale in self.scales:
            x = x + np.tanh(x * scale)
        return float(x.mean(0) @ x[-1])
