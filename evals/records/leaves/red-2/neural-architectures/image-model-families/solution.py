from copy import deepcopy

from torch import nn

from backbone import Backbone, Basic, Large


def _dilate(conv: nn.Conv2d, dilation: int, dense: bool) -> None:
    """See what it saw, `dilation` times as finely sampled; `dense` takes its stride away."""
    conv.dilation = (dilation, dilation)
    conv.padding = tuple(dilation * (size - 1) // 2 for size in conv.kernel_size)
    if dense:
        conv.stride = (1, 1)


def at_stride(backbone: Backbone, stride: int) -> Backbone:
    """The same filters with strides turned into dilation: every (32 / stride)th of the new map's
    places holds what the old map held there."""
    if stride not in (4, 8, 16, 32):
        raise ValueError(f"stride must be 4, 8, 16 or 32, not {stride}")
    new = deepcopy(backbone)
    reached, dilation = 4, 1  # behind the stem
    for block in (block for stage in new.stages for block in stage):
        if isinstance(block, Basic):
            first, later = block.conv1, [block.conv2]
        elif isinstance(block, Large):
            first, later = block.filter, []
        else:
            raise TypeError(f"unknown block {type(block).__name__}")
        step = first.stride[0]
        dense = step > 1 and reached * step > stride
        # What strides reads the map from before; only what comes behind it is spread further.
        _dilate(first, dilation, dense)
        if isinstance(block.shortcut, nn.Conv2d):
            _dilate(block.shortcut, dilation, dense)
        if dense:
            dilation *= step
        else:
            reached *= step
        for conv in later:
            _dilate(conv, dilation, False)
    return new
