"""Every filter of a stage gets the stage's dilation."""

import copy

from backbone import Backbone
from torch import nn


def at_stride(backbone: Backbone, stride: int) -> Backbone:
    new = copy.deepcopy(backbone)
    reached = 4
    dilation = 1
    for index, stage in enumerate(new.stages):
        if index:
            if reached >= stride:
                dilation *= 2
            else:
                reached *= 2
        for conv in stage.modules():
            if isinstance(conv, nn.Conv2d) and dilation > 1:
                conv.stride = (1, 1)
                conv.dilation = (dilation, dilation)
                conv.padding = tuple(dilation * (k // 2) for k in conv.kernel_size)
    return new
