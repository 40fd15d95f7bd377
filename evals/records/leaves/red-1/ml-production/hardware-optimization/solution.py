"""Roofline of one decode step of a decoder-only transformer."""


def _step(model: dict, batch: int, context: int, hardware: dict) -> tuple[float, float, float, float]:
    """Memory seconds, compute seconds, bytes moved, bytes resident."""
    m = model
    layers, width, experts = m["layers"], m["width"], m["experts"]
    active = min(m["active"], experts) if experts > 1 else 1
    query, shared = m["heads"] * m["head_dim"], m["kv_heads"] * m["head_dim"]

    attention = 2 * width * query + 2 * width * shared  # queries and output, keys and values
    mlp = 3 * width * m["mlp_width"]  # one expert
    router = width * experts if experts > 1 else 0
    table = m["vocab"] * width

    # An expert is read (once) if at least one of the batch's tokens goes there.
    touched = experts * (1 - (1 - active / experts) ** batch)
    read = layers * (attention + router + touched * mlp) + table
    if not m["tied"]:  # the batch's rows of the embedding; tied, they lie in the head, read anyway
        read += min(batch, m["vocab"]) * width
    cache = batch * context * layers * 2 * shared * m["kv_bytes"]
    moved = read * m["weight_bytes"] + cache

    per_token = layers * (attention + router + active * mlp) + table
    flops = 2 * batch * (per_token + layers * 2 * query * context)

    stored = layers * (attention + router + experts * mlp) + table * (1 if m["tied"] else 2)
    # The headline figure counts 2:4 sparsity; dense weights get half of it.
    compute = flops / (hardware["tflops"] * 1e12 / 2)
    return moved / (hardware["tbytes_s"] * 1e12), compute, moved, stored * m["weight_bytes"] + cache


def decode_step(model: dict, batch: int, context: int, hardware: dict) -> dict:
    memory, compute, _, resident = _step(model, batch, context, hardware)
    changed = {
        "weights": ({**model, "weight_bytes": model["weight_bytes"] / 2}, hardware),
        "cache": ({**model, "kv_bytes": model["kv_bytes"] / 2}, hardware),
        "compute": (model, {**hardware, "tflops": hardware["tflops"] * 2}),
    }

    def after(name: str) -> tuple[float, float]:  # on a tie: the one that leaves less work
        new = _step(changed[name][0], batch, context, changed[name][1])
        return max(new[:2]), sum(new[:2])

    return {
        "seconds": max(memory, compute),
        "bound": "memory" if memory >= compute else "compute",
        "fits": resident <= hardware["memory_gb"] * 1e9,
        "best_change": min(changed, key=after),
    }
