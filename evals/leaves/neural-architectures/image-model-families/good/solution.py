"""Strides become dilations: what lay at every second place lies where it lay."""

import copy

from backbone import Backbone
from torch import nn


def at_stride(backbone: Backbone, stride: int) -> Backbone:
    new = copy.deepcopy(backbone)
    reached = 4
    dilation = 1  # of the grid that the trained filters knew, in steps of the finer one
    for stage in new.stages:
        for block in stage:
            before = dilation
            for layer in block.modules():
                if isinstance(layer, nn.Conv2d) and layer.stride[0] > 1:
                    if reached < stride:
                        reached *= 2
                        for conv in block.modules():
                            if isinstance(conv, nn.Conv2d):
                                _dilate(conv, before)
                        break
                    dilation = before * 2
                    for conv in block.modules():
                        if isinstance(conv, nn.Conv2d):
                            strided = conv.stride[0] > 1
                            conv.stride = (1, 1)
                            late = conv is getattr(block, "conv2", None)
                            _dilate(conv, dilation if late and not strided else before)
                    break
            else:
                for conv in block.modules():
                    if isinstance(conv, nn.Conv2d):
                        _dilate(conv, before)
    return new


def _dilate(conv: nn.Conv2d, dilation: int) -> None:
    kernel = conv.kernel_size[0]
    conv.dilation = (dilation, dilation)
    conv.padding = (dilation * (kernel // 2), dilation * (kernel // 2))
