"""Times one variant after the other."""

from statistics import median


def measure(variants, sync, clock, rounds=30):
    """Median seconds of a step of each variant."""
    found = {}
    for name, step in variants.items():
        for _ in range(10):
            step()
        sync()
        times = []
        for _ in range(rounds):
            start = clock()
            step()
            sync()
            times.append(clock() - start)
        found[name] = median(times)
    return found
