"""The new runtime: a request is taken in at once, and finished when float() asks for the score."""

import numpy as np
import old

AT_ONCE = 30  # layers
MOST_TOKENS = 256


class Pending:
    """A score that is not finished."""

    def __init__(self, runtime, x):
        self.runtime, self.x, self.value = runtime, x, None

    def __float__(self):
        if self.value is None:
            x = self.runtime.layers(self.x, AT_ONCE, old.LAYERS)
            self.value = float(x.mean(0) @ x[-1])
        return self.value


class Runtime:
    def __init__(self):
        self.scales = np.ascontiguousarray(old.SCALES)

    def score(self, tokens):
        """Return a Pending for a request, a list of token ids."""
        return Pending(self, self.layers(old.EMBEDDING[tokens[-MOST_TOKENS:]], 0, AT_ONCE))

    def layers(self, x, first, last):
        scaled = np.empty_like(x)
        for scale in self.scales[first:last]:
            np.multiply(x, scale, out=scaled)
            np.tanh(scaled, out=scaled)
            x += scaled
        return x
