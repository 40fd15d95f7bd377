import math

import torch
from torch import nn
from torch.nn import functional as F


class LoRALinear(nn.Module):
    """base(x) + alpha / rank * x A^T B^T.

    Adapters are kept in float32 (bfloat16 would swallow AdamW updates of 1e-5). A merge sets the
    base's weight aside and unmerge copies it back, bit for bit: subtracting the update in bfloat16
    would leave rounding errors that add up over thousands of swaps. The price is a second copy of
    the weight while merged.
    """

    def __init__(self, base: nn.Linear, rank: int, alpha: float):
        super().__init__()
        if rank < 1:
            raise ValueError("rank must be at least 1")
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        weight = base.weight
        dtype = torch.promote_types(weight.dtype, torch.float32)
        self.A = nn.Parameter(torch.empty(rank, base.in_features, dtype=dtype, device=weight.device))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank, dtype=dtype, device=weight.device))
        nn.init.kaiming_uniform_(self.A, a=math.sqrt(5))
        # A buffer, so that .to(device) moves it; in no checkpoint (see the hooks).
        self.register_buffer("_pristine", None, persistent=False)
        self.register_state_dict_post_hook(_save_pristine)
        self.register_load_state_dict_pre_hook(_unmerge_before_load)

    @property
    def merged(self) -> bool:
        return self._pristine is not None

    def forward(self, x):
        out = self.base(x)
        if self.merged:
            return out
        update = F.linear(F.linear(x.to(self.A.dtype), self.A), self.B)
        return (out + self.scale * update).to(out.dtype)

    @torch.no_grad()
    def load(self, A, B):
        """Put in another adapter's weights; a merged layer serves them at once."""
        if A.shape != self.A.shape or B.shape != self.B.shape:  # copy_ would broadcast
            raise ValueError(
                f"expected A {tuple(self.A.shape)} and B {tuple(self.B.shape)}, "
                f"got {tuple(A.shape)} and {tuple(B.shape)}"
            )
        self.A.copy_(A)
        self.B.copy_(B)
        if self.merged:
            self._write_merged()

    @torch.no_grad()
    def merge(self):
        if self.merged:
            return
        self._pristine = self.base.weight.detach().clone()
        self._write_merged()

    @torch.no_grad()
    def unmerge(self):
        if not self.merged:
            return
        self.base.weight.copy_(self._pristine)
        self._pristine = None

    def _write_merged(self):
        """Weight = pristine + update, summed in float32 and rounded once."""
        with torch.autocast(self.base.weight.device.type, enabled=False):
            total = torch.addmm(
                self._pristine.to(self.A.dtype), self.B, self.A, alpha=self.scale
            )
        self.base.weight.copy_(total)


def _save_pristine(module, state_dict, prefix, local_metadata):
    # A checkpoint of a merged layer holds the base, else loading it would count the adapter twice.
    key = prefix + "base.weight"
    if module.merged and key in state_dict:
        state_dict[key] = module._pristine.detach().clone()


def _unmerge_before_load(module, *args):
    module.unmerge()
