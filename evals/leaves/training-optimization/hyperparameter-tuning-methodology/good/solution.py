import numpy as np


def report(correct):
    """Chooses in each bootstrap sample anew, and scores the choice on the items left out."""
    correct = np.asarray(correct, dtype=float)
    n = correct.shape[1]
    means = correct.mean(1)
    index = int(means.argmax())
    rng = np.random.default_rng(0)
    draws = 400
    counts = rng.multinomial(n, np.full(n, 1 / n), size=draws).astype(float)
    inside = counts @ correct.T
    out = counts == 0
    chosen = (inside + 1e-9 * rng.random(inside.shape)).argmax(1)
    hits = np.array([correct[c][o].mean() for c, o in zip(chosen, out, strict=True)])
    estimate = float(hits.mean())
    half = 1.645 * np.sqrt(max(estimate * (1 - estimate), 1 / n) / n)
    # What is uncertain in the correction itself, besides the items.
    half = float(np.hypot(half, 0.3 * (means[index] - estimate)))
    return index, estimate, max(0.0, estimate - half), min(1.0, estimate + half)
