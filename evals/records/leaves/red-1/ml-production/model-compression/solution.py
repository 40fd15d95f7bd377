"""Distillation loss for language models."""

import torch
from torch import Tensor


def distill_loss(student_logits: Tensor, teacher_logits: Tensor, labels: Tensor, temperature: float, alpha: float) -> Tensor:
    """alpha x T^2 x KL(teacher || student at T) + (1 - alpha) x cross entropy, each the mean over tokens with a label."""
    counts = labels != -100
    dtype = torch.promote_types(torch.promote_types(student_logits.dtype, teacher_logits.dtype), torch.float32)
    # The student's columns past the teacher's vocabulary are padding: cut before the softmax.
    vocabulary = teacher_logits.shape[-1]
    student = student_logits[..., :vocabulary][counts].to(dtype)
    teacher = teacher_logits.detach()[counts].to(dtype)
    labels = labels[counts]

    student_log = torch.log_softmax(student / temperature, dim=-1)
    teacher_log = torch.log_softmax(teacher / temperature, dim=-1)
    prob = teacher_log.exp()
    # Tokens without probability in the teacher, banned ones among them, add 0 (-inf minus -inf is nan).
    kl = (prob * (teacher_log - student_log).masked_fill(prob == 0, 0.0)).sum()
    cross = -torch.log_softmax(student, dim=-1).gather(-1, labels[:, None]).sum()
    # Without a single label the sums are over nothing: 0, with a gradient of zeros.
    return (alpha * temperature**2 * kl + (1 - alpha) * cross) / max(len(labels), 1)
