"""Time of a step on a device that runs asynchronously, heats up and is shared."""

from statistics import median


def measure(variants, sync, clock, rounds=30) -> dict[str, float]:
    """Seconds per step, warm and throttled, as in a long run.

    - Every variant is warmed up, then all in turn until times no longer rise (the clock rate has
      settled); the device is kept busy from then on.
    - Within a round all variants take their turn, in an order that changes from round to round, so
      that what drift is left meets all alike.
    - A turn times a short and a long queue of steps; the difference is free of what a measurement
      itself costs (sync, start of the queue).
    - Medians over the rounds drop the steps that something else disturbed. Queues are kept short,
      so that most hold no such step.
    """
    names = list(variants)
    if not names:
        return {}

    def timed(name: str, steps: int) -> float:
        step = variants[name]
        begin = clock()
        for _ in range(steps):
            step()
        sync()
        return clock() - begin

    sync()
    for name in names:  # compilation, autotuning, allocator
        for _ in range(10):
            variants[name]()
        sync()

    # Heat up: sweeps over all variants, until the last third of them is as slow as the third before.
    per_turn, least, most = 5, 600, 4000
    sweeps: list[float] = []
    steps = 0
    while steps < most:
        sweeps.append(sum(timed(name, per_turn) for name in names))
        steps += per_turn * len(names)
        third = len(sweeps) // 3
        if steps >= least and third >= 3:
            late, before = median(sweeps[-third:]), median(sweeps[-2 * third : -third])
            if late <= 1.01 * before:
                break

    # Long queues must outweigh what a measurement costs and the grain of the clock.
    cost = median(timed(names[0], 0) for _ in range(9))
    grain = []
    for _ in range(3):
        begin = now = clock()
        for _ in range(1000):
            now = clock()
            if now > begin:
                break
        grain.append(now - begin)
    cost = max(cost, median(grain))
    short: dict[str, int] = {}
    long: dict[str, int] = {}
    for name in names:
        one = median(timed(name, 6) for _ in range(5)) / 6
        need = int(10 * cost / one) + 1 if one > 0 else 60
        short[name] = max(1, min(need // 5, 12))
        long[name] = short[name] + max(5, min(need, 60))

    few: dict[str, list[float]] = {name: [] for name in names}
    many: dict[str, list[float]] = {name: [] for name in names}
    for r in range(max(1, rounds)):
        shift = r // 2 % len(names)
        order = names[shift:] + names[:shift]
        if r % 2:
            order.reverse()
        for name in order:
            variants[name]()  # the first step after another variant is not typical
            sync()
            few[name].append(timed(name, short[name]))
            many[name].append(timed(name, long[name]))

    result = {}
    for name in names:
        least_bad = median(many[name])
        slope = (least_bad - median(few[name])) / (long[name] - short[name])
        result[name] = slope if slope > 0 else least_bad / long[name]
    return result
