"""The trained trunk at a finer stride: strides become dilation of what follows."""

import copy

from backbone import Backbone, Basic, Large
from torch import nn


def _set(conv: nn.Conv2d, stride: int, dilation: int) -> None:
    conv.stride = (stride, stride)
    conv.dilation = (dilation, dilation)
    conv.padding = tuple(dilation * (side - 1) // 2 for side in conv.kernel_size)
    # used by padding modes other than zeros
    conv._reversed_padding_repeated_twice = [p for p in reversed(conv.padding) for _ in range(2)]


def at_stride(backbone: Backbone, stride: int) -> Backbone:
    """A copy whose features come out at `stride`; at every (32 / stride)-th place they are the
    old ones.

    A layer that no longer strides still sees its own input on the old grid, so it takes the
    dilation of that input; only what comes behind it is spread by the stride that was removed.
    """
    if stride not in (4, 8, 16, 32):
        raise ValueError(f"stride must be 4, 8, 16 or 32, not {stride}")
    new = copy.deepcopy(backbone)
    now, dilation = 4, 1  # behind the stem
    for block in (block for stage in new.stages for block in stage):
        if isinstance(block, Basic):
            striding, later = block.conv1, [block.conv2]
        elif isinstance(block, Large):
            striding, later = block.filter, []
        else:
            raise TypeError(f"no rule for a block of kind {type(block).__name__}")
        step = striding.stride[0]
        keep = step if now * step <= stride else 1
        now *= keep
        behind = dilation * step // keep
        _set(striding, keep, dilation)
        if isinstance(block.shortcut, nn.Conv2d):
            _set(block.shortcut, keep, dilation)
        for conv in later:
            _set(conv, 1, behind)
        dilation = behind
    return new
