"""Roofline of one decode step of a decoder-only transformer."""


def decode_step(model: dict, batch: int, context: int, hardware: dict) -> dict:
    """Seconds of one step, what binds, whether it fits, and which change helps most.

    Counted with `context` tokens of cache per sequence; norms and activations are left out.
    """
    layers, width, experts = model["layers"], model["width"], model["experts"]
    q_width = model["heads"] * model["head_dim"]
    kv_width = model["kv_heads"] * model["head_dim"]
    vocab, tied = model["vocab"], model["tied"]

    attention = 2 * width * q_width + 2 * width * kv_width  # q, out; k, v
    mlp = 3 * width * model["mlp_width"]  # of one expert
    router = width * experts if experts > 1 else 0
    active = model["active"] if experts > 1 else 1
    head = vocab * width

    # All values that must lie in memory.
    held = layers * (attention + experts * mlp + router) + head * (1 if tied else 2)
    # Values read in a step: experts that at least one token chose; of a separate embedding only
    # the tokens' rows (of a tied one they are part of the head, which is read anyway).
    touched = experts * (1 - (1 - active / experts) ** batch)
    rows = 0 if tied else min(batch, vocab) * width
    read = layers * (attention + touched * mlp + router) + head + rows
    cache = 2 * layers * kv_width * context * batch

    per_token = layers * (attention + active * mlp + router) + head
    flops = batch * (2 * per_token + 4 * layers * q_width * context)

    def times(weight=1.0, kv=1.0, speed=1.0):
        moved = read * model["weight_bytes"] * weight + cache * model["kv_bytes"] * kv
        peak = hardware["tflops"] * 1e12 / 2 * speed  # the headline counts 2:4 sparsity
        return moved / (hardware["tbytes_s"] * 1e12), flops / peak

    memory, compute = times()
    changes = {
        "weights": times(weight=0.5),
        "cache": times(kv=0.5),
        "compute": times(speed=2.0),
    }
    # Ties (the other resource binds after either) go to the change that frees more.
    best = min(changes, key=lambda name: (max(changes[name]), sum(changes[name])))
    needed = held * model["weight_bytes"] + cache * model["kv_bytes"]
    return {
        "seconds": max(memory, compute),
        "bound": "memory" if memory >= compute else "compute",
        "fits": needed <= hardware["memory_gb"] * 1e9,
        "best_change": best,
    }
