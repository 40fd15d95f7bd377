"""Triton kernels that read tensors by their addresses: one launch for many, each element once.

Rows of a plan are the tensors. Each is cut into chunks of CHUNK elements, a program for each; what
programs found is put together in an order that is always the same, so that no run differs from the
next. To be imported where a tensor is on a CUDA device: it needs Triton.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl

TYPES = {torch.float32: tl.float32, torch.bfloat16: tl.bfloat16, torch.float16: tl.float16}

CHUNK = 1 << 15  # elements that one program reads: some 20 us of an H100's bandwidth
BLOCK = 1 << 11  # of these, at once
JOINED = 1 << 10  # chunks that are put together at once

# A plan's columns, int64: elements; the first chunk, and the one behind the last; how many elements
# are sampled, how far apart; where the sample lies among those of all rows.
_SIZE, _FIRST, _END = tl.constexpr(0), tl.constexpr(1), tl.constexpr(2)
_SAMPLED, _STRIDE, _AT = tl.constexpr(3), tl.constexpr(4), tl.constexpr(5)
_COLUMNS = tl.constexpr(6)

REDUCED = ("norm", "sum", "high", "nonzero", "nonfinite")  # of all elements of a row
SAMPLED = ("norm", "norm of before", "dot", "distance")  # of its sample, and one taken before


@triton.jit  # type: ignore[untyped-decorator]
def _added(
    values: tl.tensor, squares: tl.tensor, total: tl.tensor, high: tl.tensor, nonzero: tl.tensor,
    nonfinite: tl.tensor,
) -> tl.tensor:  # fmt: skip
    """Return the sums of a block with one more; by bits, which no mode of the device changes."""
    values = values.to(tl.float32)
    magnitude = values.to(tl.int32, bitcast=True) & 0x7FFFFFFF
    squares += values * values
    total += values
    high = tl.maximum(high, magnitude)  # bits of a magnitude are in its order, NaN above Inf
    nonzero += (magnitude != 0).to(tl.int32)
    nonfinite += (magnitude >= 0x7F800000).to(tl.int32)
    return squares, total, high, nonzero, nonfinite


@triton.jit(do_not_specialize=["num_chunks"])  # type: ignore[untyped-decorator]
def reduce_chunks(
    addresses: tl.tensor, plan: tl.tensor, rows: tl.tensor, found: tl.tensor, num_chunks: tl.tensor,
    DTYPE: tl.constexpr, CHUNK: tl.constexpr, BLOCK: tl.constexpr,
) -> None:  # fmt: skip
    """Write sum of squares, sum, largest magnitude and counts of each chunk to `found`, (5, n).

    rows: of each chunk, (n,). A count of at most CHUNK is whole in float32.
    """
    chunk = tl.program_id(0)
    row = tl.load(rows + chunk)
    of_row = plan + row * _COLUMNS
    start = (chunk - tl.load(of_row + _FIRST)) * CHUNK
    count = tl.minimum(tl.load(of_row + _SIZE) - start, CHUNK).to(tl.int32)
    address = tl.load(addresses + row)
    lanes = tl.arange(0, BLOCK)
    squares = tl.zeros([BLOCK], tl.float32)
    total = tl.zeros([BLOCK], tl.float32)
    high = tl.zeros([BLOCK], tl.int32)
    nonzero = tl.zeros([BLOCK], tl.int32)
    nonfinite = tl.zeros([BLOCK], tl.int32)
    # Sixteen bytes at a time where a tensor begins at a multiple of them, as all but parts of a
    # larger one do.
    whole = tl.where(address % 16 == 0, count // BLOCK, 0)
    aligned = tl.multiple_of((address // 16 * 16).to(tl.pointer_type(DTYPE)), 16) + start
    for block in range(0, whole):
        values = tl.load(aligned + block * BLOCK + lanes)
        squares, total, high, nonzero, nonfinite = _added(
            values, squares, total, high, nonzero, nonfinite
        )
    begin = address.to(tl.pointer_type(DTYPE)) + start
    for first in range(whole * BLOCK, count, BLOCK):
        values = tl.load(begin + first + lanes, mask=first + lanes < count, other=0)
        squares, total, high, nonzero, nonfinite = _added(
            values, squares, total, high, nonzero, nonfinite
        )
    own = found + chunk
    tl.store(own, tl.sum(squares, 0))
    tl.store(own + num_chunks, tl.sum(total, 0))
    tl.store(own + 2 * num_chunks, tl.max(high, 0).to(tl.float32, bitcast=True))
    tl.store(own + 3 * num_chunks, tl.sum(nonzero, 0).to(tl.float32))
    tl.store(own + 4 * num_chunks, tl.sum(nonfinite, 0).to(tl.float32))


@triton.jit(do_not_specialize=["num_chunks", "first_row", "num_rows"])  # type: ignore[untyped-decorator]
def join_chunks(
    plan: tl.tensor, found: tl.tensor, numbers: tl.tensor, num_chunks: tl.tensor,
    first_row: tl.tensor, num_rows: tl.tensor, BLOCK: tl.constexpr,
) -> None:  # fmt: skip
    """Write what was found of the chunks of each row to `numbers`, (REDUCED, num_rows)."""
    place = tl.program_id(0)
    of_row = plan + (first_row + place) * _COLUMNS
    first, end = tl.load(of_row + _FIRST).to(tl.int32), tl.load(of_row + _END).to(tl.int32)
    lanes = tl.arange(0, BLOCK)
    squares = tl.zeros([BLOCK], tl.float64)
    total = tl.zeros([BLOCK], tl.float64)
    high = tl.zeros([BLOCK], tl.int32)
    nonzero = tl.zeros([BLOCK], tl.int64)
    nonfinite = tl.zeros([BLOCK], tl.int64)
    for begin in range(first, end, BLOCK):
        inside = begin + lanes < end
        own = found + begin + lanes
        squares += tl.load(own, mask=inside, other=0).to(tl.float64)
        total += tl.load(own + num_chunks, mask=inside, other=0).to(tl.float64)
        largest = tl.load(own + 2 * num_chunks, mask=inside, other=0)
        high = tl.maximum(high, largest.to(tl.int32, bitcast=True))
        nonzero += tl.load(own + 3 * num_chunks, mask=inside, other=0).to(tl.int64)
        nonfinite += tl.load(own + 4 * num_chunks, mask=inside, other=0).to(tl.int64)
    to = numbers + place
    tl.store(to, tl.sqrt(tl.sum(squares, 0)).to(tl.float32))
    tl.store(to + num_rows, tl.sum(total, 0).to(tl.float32))
    tl.store(to + 2 * num_rows, tl.max(high, 0).to(tl.float32, bitcast=True))
    tl.store(to + 3 * num_rows, tl.sum(nonzero, 0).to(tl.float32))
    tl.store(to + 4 * num_rows, tl.sum(nonfinite, 0).to(tl.float32))


@triton.jit(do_not_specialize=["first_row", "num_rows"])  # type: ignore[untyped-decorator]
def sample_rows(
    addresses: tl.tensor, plan: tl.tensor, before: tl.tensor, now: tl.tensor, numbers: tl.tensor,
    first_row: tl.tensor, num_rows: tl.tensor, DTYPE: tl.constexpr, MOST: tl.constexpr,
) -> None:  # fmt: skip
    """Write each row's sample to `now`, and what it is beside `before` to `numbers`.

    numbers: (SAMPLED, num_rows). MOST: elements of a sample, a power of two.
    """
    place = tl.program_id(0)
    row = first_row + place
    of_row = plan + row * _COLUMNS
    lanes = tl.arange(0, MOST)
    inside = lanes < tl.load(of_row + _SAMPLED)
    begin = tl.load(addresses + row).to(tl.pointer_type(DTYPE))
    values = tl.load(begin + lanes * tl.load(of_row + _STRIDE), mask=inside, other=0)
    values = values.to(tl.float32)
    at = tl.load(of_row + _AT) + lanes
    old = tl.load(before + at, mask=inside, other=0)
    tl.store(now + at, values, mask=inside)
    to = numbers + place
    moved = values - old
    tl.store(to, tl.sqrt_rn(tl.sum(values * values, 0)))
    tl.store(to + num_rows, tl.sqrt_rn(tl.sum(old * old, 0)))
    tl.store(to + 2 * num_rows, tl.sum(values * old, 0))
    tl.store(to + 3 * num_rows, tl.sqrt_rn(tl.sum(moved * moved, 0)))
