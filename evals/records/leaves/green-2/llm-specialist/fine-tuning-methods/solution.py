import torch
from torch import nn
from torch.nn import functional as F


class LoRALinear(nn.Module):
    """base(x) + alpha / rank * x A^T B^T; the adapter can be merged into base.weight and taken out.

    The adapter lives in float32 (or wider): in bfloat16 AdamW's steps of 1e-5 would be rounded
    away. While merged, the untouched weight is kept aside and put back bit for bit; subtracting
    the update from a bfloat16 weight would leave a rounding error at every swap.
    """

    def __init__(self, base: nn.Linear, rank: int, alpha: float):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        weight = base.weight
        wide = torch.promote_types(weight.dtype, torch.float32)
        self.A = nn.Parameter(
            torch.randn(rank, base.in_features, dtype=wide, device=weight.device)
            / base.in_features**0.5
        )
        self.B = nn.Parameter(
            torch.zeros(base.out_features, rank, dtype=wide, device=weight.device)
        )
        # the original weight while merged, else None; never in a checkpoint
        self.register_buffer("original", None, persistent=False)
        # Checkpoints always hold the base's own weight, merged or not.
        self.register_state_dict_post_hook(_save_original)
        self.register_load_state_dict_pre_hook(_before_load)
        self.register_load_state_dict_post_hook(_after_load)
        self._merge_after_load = False

    @property
    def merged(self) -> bool:
        return self.original is not None

    def forward(self, x):
        if self.merged:
            return F.linear(x, self.base.weight, self.base.bias)
        out = self.base(x)
        update = F.linear(F.linear(x.to(self.A.dtype), self.A), self.B)
        return (out.to(update.dtype) + self.scale * update).to(out.dtype)

    @torch.no_grad()
    def load(self, A, B):
        A, B = torch.as_tensor(A), torch.as_tensor(B)
        if A.shape != self.A.shape or B.shape != self.B.shape:  # copy_ would broadcast
            raise ValueError(
                f"adapter of shapes {tuple(A.shape)}, {tuple(B.shape)}; "
                f"wanted {tuple(self.A.shape)}, {tuple(self.B.shape)}"
            )
        self.A.copy_(A)
        self.B.copy_(B)
        if self.merged:
            self._write()

    @torch.no_grad()
    def merge(self):
        if not self.merged:
            self.original = self.base.weight.detach().clone()
            self._write()

    @torch.no_grad()
    def unmerge(self):
        if self.merged:
            self.base.weight.copy_(self.original)
            self.original = None

    def _write(self):
        """base.weight = original + update, added in float32, rounded once."""
        update = self.scale * (self.B @ self.A)
        self.base.weight.copy_(self.original.to(update.dtype) + update)


def _save_original(module, state, prefix, metadata):
    key = prefix + "base.weight"
    if module.merged and key in state:
        state[key] = module.original


def _before_load(module, *_):
    module._merge_after_load = module.merged
    module.unmerge()


def _after_load(module, _):
    if module._merge_after_load:
        module._merge_after_load = False
        module.merge()
