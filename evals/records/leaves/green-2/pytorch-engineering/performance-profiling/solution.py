"""One way to say how long a step takes."""

import random
import statistics

FEW, MANY = 2, 10  # steps of a short and a long block
HOT_STEPS, HOT_LIMIT = 800, 6000


def _block(step, count, sync, clock):
    """Seconds from an idle device to an idle device."""
    sync()
    begin = clock()
    for _ in range(count):
        step()
    sync()
    return clock() - begin


def _typical(values):
    """Median of those that nothing else disturbed (a disturbance only ever adds)."""
    ordered = sorted(values)
    usual = ordered[len(ordered) // 4]
    return statistics.median([value for value in ordered if value <= 1.25 * usual])


def measure(variants, sync, clock, rounds=30) -> dict[str, float]:
    """Seconds a step takes in the long run: pipeline full, card hot, nothing else running.

    1. Each variant is called until compilation and tuning are over; then all are run in turns
       until the times no longer rise, for the card is hot in the long run.
    2. All are measured in turns, in a new order every round, without pauses: whatever still
       drifts meets them alike.
    3. A long block less a short one: the start of the pipeline and the wait at the end, which
       both blocks have, drop out, and short blocks are seldom disturbed.
    """
    names = list(variants)
    if not names:
        return {}
    rng = random.Random(0)

    for name in names:
        for _ in range(6):
            _block(variants[name], 5, sync, clock)

    # Heat: passes of 5 steps of each variant, compared by windows of about 200 steps.
    window = max(8, round(200 / (5 * len(names))))
    passes, seconds = [], dict.fromkeys(names, 0.0)
    while True:
        order = rng.sample(names, len(names))
        spent = 0.0
        for name in order:
            seconds[name] = _block(variants[name], 5, sync, clock)
            spent += seconds[name]
        passes.append(spent)
        steps = 5 * len(names) * len(passes)
        if steps >= HOT_LIMIT:
            break
        if steps >= HOT_STEPS and len(passes) >= 2 * window:
            now, before = passes[-window:], passes[-2 * window : -window]
            if _typical(now) < 1.005 * _typical(before):
                break

    # Very short steps: longer blocks, or the clock itself is what is timed.
    scale = {}
    for name in names:
        one = seconds[name] / 5
        scale[name] = 1 if one <= 0 else min(50, max(1, round(2e-4 / (MANY * one))))

    blocks = [(name, count) for name in names for count in (FEW, MANY)]
    taken = {block: [] for block in blocks}
    for _ in range(max(1, rounds)):
        for name, count in rng.sample(blocks, len(blocks)):
            spent = _block(variants[name], count * scale[name], sync, clock)
            taken[name, count].append(spent)

    result = {}
    for name in names:
        few, many = _typical(taken[name, FEW]), _typical(taken[name, MANY])
        step = (many - few) / ((MANY - FEW) * scale[name])
        result[name] = step if step > 0 else many / (MANY * scale[name])
    return result
