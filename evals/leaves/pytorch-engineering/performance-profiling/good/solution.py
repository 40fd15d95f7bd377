"""Times variants in turns, so that all meet the same device."""

from statistics import median


def measure(variants, sync, clock, rounds=30):
    """Median seconds of a step of each variant."""
    for step in variants.values():
        for _ in range(10):
            step()
    sync()
    times = {name: [] for name in variants}
    names = list(variants)
    for number in range(rounds):
        for name in names if number % 2 == 0 else reversed(names):
            sync()
            start = clock()
            variants[name]()
            sync()
            times[name].append(clock() - start)
    return {name: median(taken) for name, taken in times.items()}
