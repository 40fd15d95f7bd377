import torch
from torch.nn import functional as F


def distill_loss(
    student_logits: torch.Tensor,
    teacher_logits: torch.Tensor,
    labels: torch.Tensor,
    temperature: float,
    alpha: float,
) -> torch.Tensor:
    """alpha * T^2 * KL(teacher || student) at temperature T + (1 - alpha) * cross entropy."""
    counted = labels != -100
    tokens = counted.sum().clamp(min=1)  # prompts alone: a loss of 0 with a graph
    dtype = torch.promote_types(student_logits.dtype, torch.float32)
    # Padding columns go before the softmax. Rows that do not count go before any arithmetic: what
    # they hold cannot reach the gradient.
    student = student_logits[..., : teacher_logits.shape[-1]][counted].to(dtype)
    teacher = teacher_logits.detach()[counted].to(dtype)
    labels = labels[counted]

    student_log = (student / temperature).log_softmax(-1)
    teacher_log = (teacher / temperature).log_softmax(-1)
    banned = teacher == -torch.inf  # probability 0: 0 * (-inf - -inf) would be NaN
    gap = teacher_log.masked_fill(banned, 0.0) - student_log.masked_fill(banned, 0.0)
    soft = temperature**2 * (teacher_log.exp() * gap).sum() / tokens
    hard = F.cross_entropy(student, labels, reduction="sum") / tokens
    return alpha * soft + (1 - alpha) * hard
