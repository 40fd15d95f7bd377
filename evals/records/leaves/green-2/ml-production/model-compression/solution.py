"""Distillation of a language model: Hinton's term and cross entropy, per token that counts."""

import torch
from torch import Tensor


def distill_loss(
    student_logits: Tensor,
    teacher_logits: Tensor,
    labels: Tensor,
    temperature: float,
    alpha: float,
) -> Tensor:
    """alpha T^2 KL(teacher || student) at temperature T + (1 - alpha) cross entropy at 1.

    Mean over tokens whose label is not -100; 0, with a gradient of zeros, where there are none.
    """
    words = teacher_logits.shape[-1]
    if student_logits.shape[-1] < words:
        raise ValueError("the student's vocabulary is smaller than the teacher's")
    exact = torch.promote_types(student_logits.dtype, teacher_logits.dtype)
    exact = torch.promote_types(exact, torch.float32)
    counted = labels != -100
    # rows that do not count are left out, not multiplied by 0: their logits may be anything
    student = student_logits[..., :words][counted].to(exact)
    teacher = teacher_logits.detach()[counted].to(exact)
    targets = labels[counted].long()

    plain = student.log_softmax(-1)
    hot = plain if temperature == 1 else (student / temperature).log_softmax(-1)
    wanted = (teacher / temperature).log_softmax(-1)
    banned = teacher == -torch.inf  # -inf - -inf is NaN, and so is 0 * -inf
    gap = torch.where(banned, 0.0, wanted) - torch.where(banned, 0.0, hot)
    divergence = (wanted.exp() * gap).sum()
    cross_entropy = -plain.gather(-1, targets[:, None]).sum()
    total = alpha * temperature**2 * divergence + (1 - alpha) * cross_entropy
    return total / max(len(targets), 1)
