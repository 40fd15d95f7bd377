"""Roofline of one decode step of a decoder-only transformer."""


def _cost(model: dict, batch: int, context: int) -> tuple[float, float, float, float]:
    """Weight values read and stored, cache values, operations."""
    layers, width = model["layers"], model["width"]
    heads, kv_heads, size = model["heads"], model["kv_heads"], model["head_dim"]
    experts, vocab = model["experts"], model["vocab"]
    active = min(model["active"], experts) if experts > 1 else 1

    attention = width * size * (2 * heads + 2 * kv_heads)  # queries, out; keys, values
    mlp = 3 * width * model["mlp_width"]
    router = width * experts if experts > 1 else 0
    head = vocab * width

    # An expert is read if at least one of the batch's tokens goes through it.
    touched = experts * (1.0 - (1.0 - active / experts) ** batch)
    # The embedding is a look-up: a row a token. Tied, those rows lie in the head, read anyway.
    rows = 0 if model["tied"] else min(batch, vocab) * width
    read = layers * (attention + router + touched * mlp) + head + rows
    stored = layers * (attention + router + experts * mlp) + head * (1 if model["tied"] else 2)
    cache = 2.0 * layers * batch * context * kv_heads * size

    multiplied = layers * (attention + router + active * mlp) + head
    scores = layers * 2 * heads * size * context  # q.k and p.v, for every query head
    flops = 2.0 * batch * (multiplied + scores)
    return read, stored, cache, flops


def decode_step(model: dict, batch: int, context: int, hardware: dict) -> dict:
    read, stored, cache, flops = _cost(model, batch, context)
    weight_bytes, kv_bytes = model["weight_bytes"], model["kv_bytes"]
    bandwidth = hardware["tbytes_s"] * 1e12
    # The headline figure counts 2:4 sparsity; dense weights get half of it.
    dense = hardware["tflops"] * 1e12 / 2

    def times(weights=1.0, kv=1.0, compute=1.0):
        moved = read * weight_bytes * weights + cache * kv_bytes * kv
        return moved / bandwidth, flops / (dense * compute)

    memory_time, compute_time = times()
    changes = {
        "weights": max(times(weights=0.5)),
        "cache": max(times(kv=0.5)),
        "compute": max(times(compute=2.0)),
    }
    return {
        "seconds": max(memory_time, compute_time),
        "bound": "memory" if memory_time >= compute_time else "compute",
        "fits": stored * weight_bytes + cache * kv_bytes <= hardware["memory_gb"] * 1e9,
        "best_change": min(changes, key=changes.get),
    }
