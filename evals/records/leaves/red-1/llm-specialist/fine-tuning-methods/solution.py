"""A linear layer with a LoRA adapter that can be merged and taken out without a trace."""

import math

import torch
from torch import nn
from torch.nn import functional as F


class LoRALinear(nn.Module):
    """`base(x) + alpha / rank * x A^T B^T`.

    A and B are kept in float32 at least: steps of 1e-5 vanish in bfloat16. Merging keeps a copy of the
    base's weight and unmerging puts it back, so any number of swaps leaves the base as it was, to the bit
    (subtracting the update again would not: bfloat16 rounds it). The copy lives only while merged.
    """

    def __init__(self, base: nn.Linear, rank: int, alpha: float):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        weight = base.weight
        options = {"dtype": torch.promote_types(weight.dtype, torch.float32), "device": weight.device}
        self.A = nn.Parameter(torch.empty(rank, base.in_features, **options))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank, **options))
        nn.init.kaiming_uniform_(self.A, a=math.sqrt(5))
        self.register_buffer("_original", None, persistent=False)  # the base's weight, while merged
        self._remerge = False
        # Checkpoints hold the base's own weight, merged or not.
        self.register_state_dict_post_hook(_save_original)
        self.register_load_state_dict_pre_hook(_before_load)
        self.register_load_state_dict_post_hook(_after_load)

    @property
    def merged(self) -> bool:
        return self._original is not None

    def _apply(self, fn, recurse=True):
        # model.to(bfloat16) and the like move A and B, but do not round them.
        before = {name: getattr(self, name) for name in ("A", "B")}
        kept = {name: p.detach() for name, p in before.items()}
        super()._apply(fn, recurse)
        for name, old in kept.items():
            now = getattr(self, name)
            if now.is_floating_point() and now.dtype.itemsize < 4:
                now.data = old.to(now.device)
                if now.grad is not None:
                    now.grad = now.grad.to(old.dtype)
        return self

    def forward(self, x):
        if self.merged:
            return F.linear(x, self.base.weight, self.base.bias)
        wide = x.to(self.A.dtype)
        update = F.linear(F.linear(wide, self.A), self.B)
        return (self.base(x).to(update.dtype) + self.scale * update).to(x.dtype)

    @torch.no_grad()
    def load(self, A, B):
        """Put in another adapter's weights; a merged layer serves them at once."""
        A, B = torch.as_tensor(A), torch.as_tensor(B)
        if A.shape != self.A.shape or B.shape != self.B.shape:
            raise ValueError(
                f"need A {tuple(self.A.shape)} and B {tuple(self.B.shape)}, "
                f"got {tuple(A.shape)} and {tuple(B.shape)}"
            )
        self.A.copy_(A)
        self.B.copy_(B)
        if self.merged:
            self._write_merged()

    @torch.no_grad()
    def merge(self):
        if not self.merged:
            self._original = self.base.weight.detach().clone()
            self._write_merged()

    @torch.no_grad()
    def unmerge(self):
        if self.merged:
            self.base.weight.copy_(self._original)
            self._original = None

    def _write_merged(self):
        wide = self._original.to(self.A.dtype)
        self.base.weight.copy_(torch.addmm(wide, self.B, self.A, alpha=self.scale))


def _save_original(module, state_dict, prefix, local_metadata):
    if module.merged:
        state_dict[prefix + "base.weight"] = module._original


def _before_load(module, *_):
    module._remerge = module.merged
    module.unmerge()


def _after_load(module, incompatible_keys):
    if module._remerge:
        module._remerge = False
        module.merge()
