"""Drives the batcher with cancelled, poisonous and steady traffic."""

from __future__ import annotations

from pathlib import Path
from subprocess import TimeoutExpired

from forked import run

CHECK = r"""
import queue, threading, time
from concurrent.futures import wait
from solution import Batcher


def fail(words):
    print("FAIL " + words, flush=True)
    import os

    os._exit(1)


def answer(future, words, limit=5):
    try:
        return future.result(timeout=limit)
    except TimeoutError:
        fail(words + ": no answer")


calls, threads = [], set()
gate = threading.Event()
entered = threading.Event()


def predict(items):
    calls.append(list(items))
    threads.add(threading.get_ident())
    if "hold" in items:
        entered.set()
        gate.wait(10)
    if "bad" in items:
        raise ValueError("bad item")
    return [("r", item) for item in items]


b = Batcher(predict, 4, 0.02, 100)
futures = [b.submit(i) for i in range(10)]
if [answer(f, "plain traffic") for f in futures] != [("r", i) for i in range(10)]:
    fail("results in the wrong order")
if max(map(len, calls)) > 4:
    fail("a batch larger than max_batch")

# one item is being worked on, those behind it are given up
calls.clear()
first = b.submit("hold")
if not entered.wait(5):
    fail("a lone item never goes off")
behind = [b.submit(f"late{i}") for i in range(6)]
if not all([f.cancel() for f in behind[:4]]):
    fail("an item that waits cannot be cancelled")
first.cancel()
gate.set()
for f in behind[4:]:
    answer(f, "after cancelled items the others wait for ever")
if any(f"late{i}" in items for items in calls for i in range(4)):
    fail("model time spent on cancelled items")
if answer(b.submit("again"), "the worker died of a cancelled future") != ("r", "again"):
    fail("wrong result after cancelled items")

# poison
mixed = [b.submit(x) for x in ("a", "bad", "c", "d")]
wait(mixed, timeout=5)
for f, x in zip(mixed, ("a", "bad", "c", "d")):
    try:
        got = f.result(timeout=2)
        if x == "bad" or got != ("r", x):
            fail("poisoned batch: wrong result")
    except ValueError:
        if x != "bad":
            fail("one client's bad item failed another client")
    except TimeoutError:
        fail("poisoned batch: no answer")
if answer(b.submit("again"), "the worker died of an exception") != ("r", "again"):
    fail("wrong result after an exception")
if len(threads) != 1:
    fail("predict called from several threads")

# a steady trickle must not push the deadline ahead of itself
seen = []
t = Batcher(lambda items: (seen.append(len(items)), list(items))[1], 1000, 0.3, 5000)
start = time.monotonic()
head = t.submit(0)
stop = threading.Event()


def trickle():
    n = 0
    while not stop.is_set() and n < 400:
        n += 1
        t.submit(n)
        time.sleep(0.005)


feeder = threading.Thread(target=trickle)
feeder.start()
answer(head, "a steady trickle starves the oldest item", 1.6)
took = time.monotonic() - start
stop.set()
feeder.join()
if took < 0.2:
    fail(f"a batch that was not full went off after {took:.2f} s of 0.3")
t.close()

# wrong number of results
w = Batcher(lambda items: items[:-1], 2, 0.01, 10)
for f in [w.submit(1), w.submit(2)]:
    try:
        f.result(timeout=5)
        fail("wrong number of results passed as answers")
    except TimeoutError:
        fail("wrong number of results: no answer")
    except Exception:
        pass
w.close()

# a full queue, and closing
gate2, in2, done = threading.Event(), threading.Event(), []


def slow(items):
    in2.set()
    gate2.wait(10)
    done.extend(items)
    return list(items)


q = Batcher(slow, 1, 0.0, 3)
kept = [q.submit(0)]
in2.wait(5)
full = False
for i in range(1, 9):
    try:
        kept.append(q.submit(i))
    except queue.Full:
        full = True
        break
if not full:
    fail("more than max_queue items wait, and nobody is told")
if len(kept) < 4:
    fail("refused before max_queue items waited")
closer = threading.Thread(target=q.close)
closer.start()
gate2.set()
closer.join(5)
if closer.is_alive():
    fail("close does not return")
if not all(f.done() for f in kept):
    fail("close returned before queued items were answered")
try:
    q.submit(1)
    fail("submit after close")
except RuntimeError:
    pass
b.close()
e = Batcher(slow, 1, 0.0, 3)
e.close()
print("PASS", flush=True)
import os

os._exit(0)
"""


def grade(folder: Path) -> str | None:
    """None where the answer passes, else why not."""
    try:
        done = run(["-c", CHECK], folder, 60)
    except TimeoutExpired:
        return "hangs"
    if done.returncode == 0 and done.stdout.splitlines()[-1:] == ["PASS"]:
        return None
    said = [line for line in done.stdout.splitlines() if line.startswith("FAIL ")]
    return said[0][5:] if said else (done.stderr.strip().splitlines() or ["no result"])[-1][:200]
