"""One way of timing for all: hot device, variants in turns, slopes instead of single calls."""

import random
from statistics import median

_WARM = 10  # calls of each variant: compilation, autotuning, allocator
_HEAT = 600, 1800  # steps, all variants together, until the clock rate has settled
_SHORT, _LONG = 2, 10  # steps queued between two waits


def measure(variants, sync, clock, rounds=30):
    """Seconds that one step of each variant takes in the long run, on a device that is hot.

    A wait, the launch of the first step and the drain of the queue cost the same whether 2 or
    10 steps lie between, so the difference of the two times is 8 steps as they are in a full
    queue: host and device overlap as in training. Medians leave out the steps that something
    else disturbed; few steps a block keep most blocks undisturbed.
    """
    names = list(variants)
    if not names:
        return {}
    order = random.Random(0)

    def block(name, steps):
        step = variants[name]
        sync()
        begin = clock()
        for _ in range(steps):
            step()
        sync()
        return clock() - begin

    def turn():
        """Each variant once, in a new order, so that none gets the colder device."""
        found = {}
        for name in order.sample(names, len(names)):
            if order.random() < 0.5:
                short, long = block(name, _SHORT), block(name, _LONG)
            else:
                long, short = block(name, _LONG), block(name, _SHORT)
            found[name] = (long - short) / (_LONG - _SHORT), long / _LONG
        return found

    for name in names:
        block(name, _WARM)

    # Heat by the same mixture that is then measured, without a pause, until times stay.
    per_turn = (_SHORT + _LONG) * len(names)
    least, most = (-(-steps // per_turn) for steps in _HEAT)
    totals = []
    while len(totals) < most:
        totals.append(sum(whole for _, whole in turn().values()))
        if len(totals) >= max(least, 10):
            before, now = median(totals[-10:-5]), median(totals[-5:])
            if now <= 1.005 * before:
                break

    times = [turn() for _ in range(max(rounds, 1))]
    result = {}
    for name in names:
        slope = median(found[name][0] for found in times)
        result[name] = slope if slope > 0 else median(found[name][1] for found in times)
    return result
