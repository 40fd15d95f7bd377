"""Old against new over a day's traffic: `python bench.py`."""

import json
import time

import new
import old


def main():
    with open("traffic.jsonl") as file:
        traffic = [json.loads(line)["tokens"] for line in file]
    took = {}
    for name, runtime in (("old", old.Runtime()), ("new", new.Runtime())):
        start = time.perf_counter()
        for tokens in traffic:
            runtime.score(tokens)
        took[name] = time.perf_counter() - start
        print(f"{name}: {1000 * took[name] / len(traffic):.2f} ms a request")
    print(f"speed-up: {took['old'] / took['new']:.2f}")


if __name__ == "__main__":
    main()
