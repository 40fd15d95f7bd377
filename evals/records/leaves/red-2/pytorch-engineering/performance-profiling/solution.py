from statistics import median


def measure(variants, sync, clock, rounds=30) -> dict[str, float]:
    """Seconds that one step of each variant takes in the long run.

    - Long run means a hot card: it is heated with the variants themselves until times stand still
      (which gets the slow first calls over, too), and measured without a pause.
    - Long run means a full queue: a burst of steps is waited for once, and from its time that of a
      burst of one is taken, which leaves out what a burst costs once (start, wait, empty queue).
    - Variants take turns, in both directions, so that what drift remains meets all alike.
    - Medians, over short bursts, so that few bursts meet a disturbance and these do not count.
    """
    names = list(variants)
    if not names:
        return {}
    rounds = max(1, rounds)

    def burst(name, steps):
        step = variants[name]
        sync()
        start = clock()
        for _ in range(steps):
            step()
        sync()
        return clock() - start

    # The first calls, then what a wait for an idle device costs, to size the bursts.
    for name in names:
        burst(name, 5)
    waits = []
    for _ in range(5):
        sync()
        start = clock()
        sync()
        waits.append(clock() - start)
    wait = median(waits)
    length = {}
    for name in names:
        step = median(burst(name, 5) for _ in range(3)) / 5
        length[name] = int(min(40, max(12, 10 * wait / step if step > 0 else 40)))

    def one_round(number, order):
        long, single = {}, {}
        shift = number // 2 % len(order)
        turn = order[shift:] + order[:shift]
        for name in turn if number % 2 == 0 else reversed(turn):
            single[name] = burst(name, 1)
            long[name] = burst(name, length[name])
        return long, single

    # Heat: at least 600 steps and 30 calls of each, then until two blocks of rounds agree.
    a_round = sum(length.values()) + len(names)
    block = max(5, -(-150 // a_round))
    done, number, before = 0, 0, None
    while done < 6000:
        times = {name: [] for name in names}
        for _ in range(block):
            long, _ = one_round(number, names)
            number += 1
            done += a_round
            for name in names:
                times[name].append(long[name])
        now = {name: median(times[name]) for name in names}
        if before and done >= 600:
            change = median(now[name] / before[name] if before[name] > 0 else 1.0 for name in names)
            if change < 1.01:
                break
        before = now

    long = {name: [] for name in names}
    single = {name: [] for name in names}
    for number in range(rounds):
        a, b = one_round(number, names)
        for name in names:
            long[name].append(a[name])
            single[name].append(b[name])
    result = {}
    for name in names:
        steps, whole = length[name], median(long[name])
        seconds = (whole - median(single[name])) / (steps - 1)
        result[name] = seconds if seconds > 0 else whole / steps
    return result
