"""Distillation over the tokens that count."""

import torch
from torch.nn.functional import cross_entropy, log_softmax


def distill_loss(student_logits, teacher_logits, labels, temperature, alpha):
    kept = labels != -100
    wide = torch.promote_types(student_logits.dtype, torch.float32)
    student = student_logits[..., : teacher_logits.shape[-1]][kept].to(wide)
    teacher = teacher_logits.detach()[kept].to(wide)
    count = max(len(student), 1)
    log_p = log_softmax(teacher / temperature, -1)
    log_q = log_softmax(student / temperature, -1)
    possible = log_p > -torch.inf
    gap = torch.where(possible, log_p, 0) - torch.where(possible, log_q, 0)
    kl = (log_p.exp() * gap).sum() / count
    ce = cross_entropy(student, labels[kept], reduction="sum") / count
    return alpha * temperature**2 * kl + (1 - alpha) * ce
