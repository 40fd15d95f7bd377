"""Distillation loss for language models."""

import torch
import torch.nn.functional as F
from torch import Tensor

IGNORE = -100


def distill_loss(
    student_logits: Tensor, teacher_logits: Tensor, labels: Tensor, temperature: float, alpha: float
) -> Tensor:
    """alpha * T^2 * KL(teacher || student at temperature T) + (1 - alpha) * cross entropy.

    Both are averaged over the tokens that count; 0, with a gradient of 0, where none does. No gradient goes
    to the teacher.
    """
    dtype = torch.promote_types(torch.promote_types(student_logits.dtype, teacher_logits.dtype), torch.float32)
    # Rows that do not count are left out, not multiplied by 0 (they may hold nothing but -inf), and so are
    # the student's padding columns.
    counts = labels != IGNORE
    student = student_logits[..., : teacher_logits.shape[-1]][counts].to(dtype)
    teacher = teacher_logits.detach()[counts].to(dtype)
    tokens = max(len(student), 1)

    banned = teacher == -torch.inf
    log_p = (teacher / temperature).log_softmax(-1)
    log_q = (student / temperature).log_softmax(-1)
    # A banned token has p = 0 and adds nothing; -inf - (-inf) would be nan.
    gap = log_p.masked_fill(banned, 0.0) - log_q.masked_fill(banned, 0.0)
    soft = (log_p.exp() * gap).sum() * (temperature**2 / tokens)
    hard = F.cross_entropy(student, labels[counts].long(), reduction="sum") / tokens
    return alpha * soft + (1 - alpha) * hard
