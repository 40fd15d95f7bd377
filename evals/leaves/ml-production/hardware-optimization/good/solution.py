"""What one decode step reads and computes."""


def _times(m, batch, context, hardware):
    wide = m["heads"] * m["head_dim"]
    narrow = m["kv_heads"] * m["head_dim"]
    attention = 2 * m["width"] * (wide + narrow)
    mlp = 3 * m["width"] * m["mlp_width"]
    several = m["experts"] > 1
    active = m["active"] if several else 1
    router = m["width"] * m["experts"] if several else 0
    touched = m["experts"] * (1 - (1 - active / m["experts"]) ** batch)
    head = m["vocab"] * m["width"]
    read = m["layers"] * (attention + router + touched * mlp) + head + batch * m["width"]
    stored = m["layers"] * (attention + router + m["experts"] * mlp) + head * (2 - m["tied"])
    cache = 2 * batch * context * m["layers"] * narrow * m["kv_bytes"]
    flops = 2 * batch * (m["layers"] * (attention + router + active * mlp) + head)
    flops += 4 * batch * context * m["layers"] * wide
    memory = (read * m["weight_bytes"] + cache) / (hardware["tbytes_s"] * 1e12)
    compute = flops / (hardware["tflops"] * 1e12 / 2)
    fits = stored * m["weight_bytes"] + cache <= hardware["memory_gb"] * 1e9
    return memory, compute, fits


def decode_step(model, batch, context, hardware):
    memory, compute, fits = _times(model, batch, context, hardware)
    changes = {
        "weights": ({**model, "weight_bytes": model["weight_bytes"] / 2}, hardware),
        "cache": ({**model, "kv_bytes": model["kv_bytes"] / 2}, hardware),
        "compute": (model, {**hardware, "tflops": 2 * hardware["tflops"]}),
    }
    after = {name: max(_times(m, batch, context, h)[:2]) for name, (m, h) in changes.items()}
    return {
        "seconds": max(memory, compute),
        "bound": "memory" if memory > compute else "compute",
        "fits": fits,
        "best_change": min(after, key=after.get),
    }
