"""Norms of JAX's pytrees by tree_norms, beside those of JAX's own arithmetic; as a JSON object."""

from __future__ import annotations

import json
from pathlib import Path

import flax
import flax.linen
import jax
import jax.numpy as jnp
from flax import nnx

from neural_trainer.errors import ConfigError
from neural_trainer.live.monitor import Monitor
from neural_trainer.live.tree_norms import tree_norms

INPUTS = jnp.ones((2, 4))


@flax.struct.dataclass
class Node:
    """A node with a leaf and a setting."""

    weight: jax.Array
    width: int = flax.struct.field(pytree_node=False, default=3)


class Net(nnx.Module):
    """A module of Flax NNX."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        self.dense = nnx.Linear(4, 3, rngs=rngs)

    def __call__(self, inputs: jax.Array) -> jax.Array:
        return self.dense(inputs)


def own_norm(tree: object) -> float:
    """Return the norm of all leaves as JAX flattens them."""
    leaves = [jnp.ravel(leaf).astype(jnp.float32) for leaf in jax.tree.leaves(tree)]
    return float(jnp.linalg.norm(jnp.concatenate(leaves)))


def linen() -> object:
    """Return the gradients of a Linen module, a dict of dicts."""
    module = flax.linen.Dense(3)
    parameters = module.init(jax.random.PRNGKey(0), INPUTS)
    return jax.grad(lambda p: (module.apply(p, INPUTS) ** 2).sum())(parameters)


def trees() -> dict[str, object]:
    """Return nests of every make."""
    gradients = linen()
    return {
        "linen": gradients,
        "frozen": flax.core.freeze(gradients),
        "nnx": nnx.grad(lambda net: (net(INPUTS) ** 2).sum())(Net(nnx.Rngs(0))),
        "struct": Node(jnp.array([3.0, 4.0])),
        "half": {"w": jnp.array([60000.0, 60000.0], jnp.float16)},
        "many": [jnp.full(100_000, 0.1, jnp.bfloat16)],
        "empty": {"w": jnp.zeros((0, 3)), "b": jnp.ones(4)},
    }


def traced() -> str:
    """Return what is said to a loop that logs inside of jit."""
    try:
        jax.jit(lambda grads: tree_norms(grads)["grad_norm"])({"w": jnp.ones(3)})
    except ConfigError as error:
        return str(error)
    return ""


def main() -> None:
    """Print each norm beside JAX's, and leave a run folder of a loop of three steps."""
    made = trees()
    others = {"w": jnp.array([1e30, 1e30]), "key": jax.random.key(0), "step": jnp.arange(3)}
    with Monitor("run", judge=False) as monitor:
        for step in range(1, 4):
            monitor.log(step, loss=jnp.float32(1 / step), grads=made["linen"])
    account = {
        "norms": {name: [tree_norms(tree), own_norm(tree)] for name, tree in made.items()},
        "others": tree_norms(others),
        "broken": tree_norms({"w": jnp.array([jnp.nan]), "b": jnp.ones(1)})["finite"],
        "traced": traced(),
    }
    Path("account.json").write_text(json.dumps(account))


if __name__ == "__main__":
    main()
