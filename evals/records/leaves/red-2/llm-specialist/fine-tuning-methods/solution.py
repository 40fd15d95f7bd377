import math

import torch
from torch import nn


class LoRALinear(nn.Module):
    """A frozen linear layer with an adapter that can be merged into its weight and taken out again.

    Merging rounds to the base's dtype, so subtracting the adapter again would not give the base
    back and 10,000 swaps would wear it away. While merged, a copy of the clean weight is kept, each
    merge starts from it, and unmerging puts it back bit for bit. A and B are kept in float32: in
    bfloat16 an update of AdamW of 1e-5 to 1e-4 would mostly be rounded away.
    """

    def __init__(self, base: nn.Linear, rank: int, alpha: float):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scaling = alpha / rank
        weight = base.weight
        kind = {"device": weight.device, "dtype": torch.promote_types(weight.dtype, torch.float32)}
        self.A = nn.Parameter(torch.empty(rank, base.in_features, **kind))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank, **kind))
        nn.init.kaiming_uniform_(self.A, a=math.sqrt(5))
        # the clean weight while merged; a buffer so that it follows .to(), None when not merged
        self.register_buffer("_clean", None, persistent=False)
        # checkpoints always hold the clean base, whatever the state
        self.register_state_dict_post_hook(self._save_clean)
        self.register_load_state_dict_pre_hook(self._before_load)
        self.register_load_state_dict_post_hook(self._after_load)

    @property
    def merged(self) -> bool:
        return self._clean is not None

    def forward(self, x):
        if self.merged:
            return self.base(x)
        kind = self.A.dtype
        update = (x.to(kind) @ self.A.T) @ self.B.T
        return (self.base(x).to(kind) + self.scaling * update).to(x.dtype)

    @torch.no_grad()
    def load(self, A, B):
        if A.shape != self.A.shape or B.shape != self.B.shape:
            raise ValueError(
                f"expected A {tuple(self.A.shape)} and B {tuple(self.B.shape)}, "
                f"got {tuple(A.shape)} and {tuple(B.shape)}"
            )
        self.A.copy_(A)
        self.B.copy_(B)
        if self.merged:
            self._write()

    @torch.no_grad()
    def merge(self):
        if not self.merged:
            self._clean = self.base.weight.detach().clone()
            self._write()

    @torch.no_grad()
    def unmerge(self):
        if self.merged:
            self.base.weight.copy_(self._clean)
            self._clean = None

    def _write(self):
        update = self.scaling * (self.B @ self.A)
        self.base.weight.copy_(self._clean.to(update.dtype) + update)  # rounded once

    @staticmethod
    def _save_clean(module, state, prefix, _metadata):
        if module.merged and prefix + "base.weight" in state:
            state[prefix + "base.weight"] = module._clean.detach()

    @staticmethod
    def _before_load(module, *_args):
        module._merge_again = module.merged
        module.unmerge()

    @staticmethod
    def _after_load(module, _keys):
        if module.__dict__.pop("_merge_again", False):
            module.merge()
