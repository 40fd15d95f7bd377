import copy

from torch import nn

from backbone import Backbone, Basic, Large

_STEM = 4


def _spread(conv: nn.Conv2d, step: int) -> None:
    """The filter's taps `step` times as far apart; on every step-th cell it sees what it saw."""
    conv.dilation = tuple(step * d for d in conv.dilation)
    conv.padding = tuple(step * p for p in conv.padding)


def at_stride(backbone: Backbone, stride: int) -> Backbone:
    """The same weights with features at `stride`: strides become dilation of all that follows.

    With k = 32 / stride, features[..., ::k, ::k] equals those of the given backbone. A layer
    that strode itself still sees the map it was trained on, so its own filter is spread only by
    what was left out before it; the layers after it, by twice that.
    """
    if stride not in (4, 8, 16, 32):
        raise ValueError(f"stride must be 4, 8, 16 or 32, not {stride}")
    new = copy.deepcopy(backbone)
    current, step = _STEM, 1
    for block in (block for stage in new.stages for block in stage):
        if isinstance(block, Basic):
            first, after = block.conv1, [block.conv2]
        elif isinstance(block, Large):
            first, after = block.filter, []  # the 1x1 layers see one cell at any distance
        else:
            raise TypeError(f"unknown block {type(block).__name__}")
        inputs = [first]
        if isinstance(block.shortcut, nn.Conv2d):
            inputs.append(block.shortcut)  # 3x3 in Large: it needs spreading, too
        for conv in inputs:
            _spread(conv, step)
        if first.stride != (1, 1):
            if current < stride:
                current *= 2
            else:
                for conv in inputs:
                    conv.stride = (1, 1)
                step *= 2
        for conv in after:
            _spread(conv, step)
    if current != stride:
        raise ValueError(f"this backbone's features are at stride {current}, finer than {stride}")
    return new
