"""Roofline of one decode step of a decoder-only transformer (dense or mixture of experts)."""

import math

SPARSITY = 2.0  # the data sheet's headline counts 2:4 sparsity; dense weights get half of it


def _cost(model, batch, context):
    """(bytes of weights read, bytes of cache read, FLOPs, bytes of weights held)."""
    m = model
    layers, width, experts = m["layers"], m["width"], m["experts"]
    active = m["active"] if experts > 1 else 1
    q, kv = m["heads"] * m["head_dim"], m["kv_heads"] * m["head_dim"]
    attention = 2 * width * q + 2 * width * kv  # q and output, k and v
    mlp = 3 * width * m["mlp_width"]
    router = width * experts if experts > 1 else 0
    head = m["vocab"] * width

    # An expert is missed by every one of the tokens with (1 - active/experts)^batch.
    hit = experts * (1 - (1 - active / experts) ** batch) if batch else 0.0
    # Input embedding: a lookup of one row a sequence, not the table. Tied, those rows are
    # part of the head's matrix, which is read whole anyway.
    rows = 0 if m["tied"] else min(batch, m["vocab"]) * width
    read = layers * (attention + hit * mlp + router) + head + rows
    held = layers * (attention + experts * mlp + router) + head * (1 if m["tied"] else 2)

    per_token = layers * (attention + active * mlp + router) + head
    scores = layers * 4 * q * context  # q.k and the sum over v: every query head, grouped or not
    flops = batch * (2 * per_token + scores)
    cache = 2 * layers * kv * context * batch * m["kv_bytes"]
    return read * m["weight_bytes"], cache, flops, held * m["weight_bytes"]


def _times(model, batch, context, hardware):
    weights, cache, flops, _ = _cost(model, batch, context)
    memory = (weights + cache) / (hardware["tbytes_s"] * 1e12)
    compute = flops / (hardware["tflops"] / SPARSITY * 1e12)
    return memory, compute


def decode_step(model: dict, batch: int, context: int, hardware: dict) -> dict:
    memory, compute = _times(model, batch, context, hardware)
    _, cache, _, held = _cost(model, batch, context)
    changes = {
        "weights": ({**model, "weight_bytes": model["weight_bytes"] / 2}, hardware),
        "cache": ({**model, "kv_bytes": model["kv_bytes"] / 2}, hardware),
        "compute": (model, {**hardware, "tflops": hardware["tflops"] * 2}),
    }

    def after(name):
        changed, machine = changes[name]
        times = _times(changed, batch, context, machine)
        return max(times), math.fsum(times)  # equal seconds: the one that leaves more slack

    return {
        "seconds": max(memory, compute),
        "bound": "memory" if memory >= compute else "compute",
        "fits": held + cache <= hardware["memory_gb"] * 1e9,
        "best_change": min(changes, key=after),
    }
