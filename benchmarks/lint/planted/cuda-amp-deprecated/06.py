"""Custom autograd function that must run in fp32."""
import torch
from torch.autograd import Function


class StableLog(Function):
    @staticmethod
    @torch.cuda.amp.custom_fwd(cast_inputs=torch.float32)  # PLANTED
    def forward(ctx, x, eps):
        y = x.clamp_min(eps)
        ctx.save_for_backward(y)
        return y.log()

    @staticmethod
    def backward(ctx, grad):
        (y,) = ctx.saved_tensors
        return grad / y, None


def stable_log(x: torch.Tensor, eps: float = 1e-7) -> torch.Tensor:
    return StableLog.apply(x, eps)


if __name__ == "__main__":
    torch.manual_seed(0)
    v = torch.rand(8, device="cuda", requires_grad=True)
    stable_log(v).sum().backward()
    print(v.grad)
