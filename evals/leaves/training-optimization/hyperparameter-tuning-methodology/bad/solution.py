import numpy as np


def report(correct):
    correct = np.asarray(correct, float)
    n = correct.shape[1]
    index = int(correct.mean(1).argmax())
    p, z = correct[index].mean(), 1.645
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return index, float(p), float(centre - half), float(centre + half)
