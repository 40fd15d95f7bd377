"""The trained trunk at a finer stride: strides become dilations (à trous)."""

import copy

from torch import nn

from backbone import Backbone, Basic, Large


def _spread(conv: nn.Module, dilation: int, dense: bool) -> None:
    """Let the filter's taps lie `dilation` apart; `dense`: compute every output, not each n-th."""
    if not isinstance(conv, nn.Conv2d):
        return
    conv.padding = tuple(p * dilation for p in conv.padding)
    conv.dilation = tuple(d * dilation for d in conv.dilation)
    if dense:
        conv.stride = (1, 1)


def at_stride(backbone: Backbone, stride: int) -> Backbone:
    """A copy whose `features` come at `stride`; at every (32 / stride)-th position they are those
    of the given one. A layer that no longer strides still sees its own input grid; those after
    it, in its own branch and in all later blocks, see a grid twice as fine."""
    if stride not in (4, 8, 16, 32):
        raise ValueError(f"stride must be 4, 8, 16 or 32, not {stride}")
    new = copy.deepcopy(backbone)
    now, dilation = 4, 1  # after the stem
    for stage in new.stages:
        for block in stage:
            strided = block.conv1 if isinstance(block, Basic) else block.filter
            step = strided.stride[0]
            dense = now * step > stride
            _spread(strided, dilation, dense)
            _spread(block.shortcut, dilation, dense)
            if dense:
                dilation *= step
            else:
                now *= step
            if isinstance(block, Basic):
                _spread(block.conv2, dilation, False)
            elif not isinstance(block, Large):
                raise TypeError(f"unknown block {type(block).__name__}")
    return new
