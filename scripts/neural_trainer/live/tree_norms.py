"""Norms of a nest of arrays, such as the gradients of a JAX or Flax model, whole and by leaf."""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from neural_trainer.errors import ConfigError

GLOBAL = "grad_norm"


def tree_norms(tree: Any) -> dict[str, float]:
    """Return the L2 norm of all leaves as grad_norm, of each as grad_norm/PATH, and finite.

    tree: dicts, lists, tuples, dataclasses and what JAX knows as a pytree, of arrays of NumPy, JAX
    or torch, anywhere. Leaves that are None or hold integers are no gradients and left out.
    finite: 1.0 where every element is, else 0.0. A norm is of the magnitudes scaled by the largest,
    so that it overflows only where it is itself too large. Raises ConfigError.

    >>> tree_norms({"dense": {"kernel": np.array([3.0, 0.0]), "bias": np.array([4.0])}})
    {'grad_norm': 5.0, 'grad_norm/dense/kernel': 3.0, 'grad_norm/dense/bias': 4.0, 'finite': 1.0}
    """
    leaves = [(path, leaf) for path, leaf in _leaves(tree, ()) if _is_gradient(leaf)]
    # Each is still on its device; all are asked for before the first is waited for.
    parts = _fetched([_largest_and_rest(leaf) for _, leaf in leaves])
    norms = {}
    for (path, _), (largest, rest) in zip(leaves, parts, strict=True):
        # All zeros, or not finite at all: the largest says it alone.
        small = largest == 0 or not math.isfinite(largest)
        norms["/".join((GLOBAL, *path))] = largest if small else largest * math.sqrt(rest)
    total = _joint(norms.values())
    return {GLOBAL: total, **norms, "finite": float(math.isfinite(total))}


def _joint(norms: Collection[float]) -> float:
    """Return the norm of all from those of the parts; NaN where one of them is."""
    return math.nan if any(map(math.isnan, norms)) else math.hypot(*norms)


def _leaves(tree: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield path and array of every leaf, in the order in which they are held."""
    if tree is None or isinstance(tree, (int, float, complex)) or _is_array(tree):
        yield path, tree
        return
    for name, child in _children(tree, path):
        yield from _leaves(child, (*path, name))


def _children(tree: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if isinstance(tree, Mapping):
        yield from ((str(name), child) for name, child in tree.items())
    elif isinstance(tree, tuple) and hasattr(tree, "_fields"):
        yield from zip(tree._fields, tree, strict=True)
    elif isinstance(tree, list | tuple):
        yield from ((str(number), child) for number, child in enumerate(tree))
    elif (children := _pytree_children(tree)) is not None:
        yield from children
    elif dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        yield from ((field.name, getattr(tree, field.name)) for field in dataclasses.fields(tree))
    else:
        raise ConfigError(
            f"grads{''.join(f'[{name!r}]' for name in path)} is a {type(tree).__name__}; expected "
            f"arrays in dicts, lists, tuples, dataclasses or JAX's pytrees"
        )


def _pytree_children(tree: Any) -> list[tuple[str, Any]] | None:
    """Return the children of a node that a loaded JAX knows; None where it is none."""
    jax: Any = sys.modules.get("jax")
    if jax is None:
        return None
    tree_util = jax.tree_util
    found, _ = tree_util.tree_flatten_with_path(tree, is_leaf=lambda node: node is not tree)
    if len(found) == 1 and found[0][1] is tree:
        return None
    return [(tree_util.keystr(keys, simple=True, separator="/"), child) for keys, child in found]


def _is_array(leaf: Any) -> bool:
    return hasattr(leaf, "dtype") and hasattr(leaf, "shape")


def _is_gradient(leaf: Any) -> bool:
    """Return whether a leaf holds real or complex numbers: no counter, mask or random key."""
    if not _is_array(leaf):
        return isinstance(leaf, (float, complex))
    name = str(leaf.dtype)
    # bfloat16 and float8 are of kind "V" to NumPy; float0 is JAX's gradient of an integer.
    return ("float" in name or "complex" in name) and name != "float0" and "void" not in name


def _largest_and_rest(leaf: Any) -> tuple[Any, Any]:
    """Return the largest magnitude of a leaf and the sum of squares of all divided by it."""
    home = type(leaf).__module__.partition(".")[0]
    if home == "torch":
        return _of_torch(leaf)
    if home in ("jax", "jaxlib"):
        return _of_jax(leaf)
    magnitudes = np.abs(np.asarray(leaf).astype(np.complex128 if _is_complex(leaf) else np.float64))
    largest = float(np.max(magnitudes, initial=0.0))
    if largest == 0 or not math.isfinite(largest):
        return largest, 0.0
    return largest, float(np.sum(np.square(magnitudes / largest)))


def _is_complex(leaf: Any) -> bool:
    return isinstance(leaf, complex) or "complex" in str(getattr(leaf, "dtype", ""))


def _of_torch(leaf: Any) -> tuple[Any, Any]:
    torch: Any = sys.modules["torch"]
    values = leaf.detach()
    values = values.coalesce().values() if values.is_sparse else values
    magnitudes = values.abs().to(torch.float32 if values.device.type == "mps" else torch.float64)
    if magnitudes.numel() == 0:
        return 0.0, 0.0
    largest = magnitudes.max()
    return largest, (magnitudes / largest).square().sum()


def _of_jax(leaf: Any) -> tuple[Any, Any]:
    jax: Any = sys.modules["jax"]
    if isinstance(leaf, jax.core.Tracer):
        raise ConfigError(
            "grads are being traced: Monitor.log was called inside of jax.jit or jax.grad; return "
            "the gradients from the step and log them outside"
        )
    numpy = jax.numpy
    # Narrow types overflow, and lose what is added up; float32 does for what is at most 1.
    magnitudes = numpy.abs(leaf)
    if magnitudes.dtype != numpy.float64:
        magnitudes = magnitudes.astype(numpy.float32)
    largest = numpy.max(magnitudes, initial=0.0)
    return largest, numpy.sum(numpy.square(magnitudes / largest))


def _fetched(parts: list[tuple[Any, Any]]) -> list[tuple[float, float]]:
    """Return the parts as floats; the one place where a device is waited for."""
    return [(float(largest), float(rest)) for largest, rest in parts]
