"""The usual snippet: 0 * -inf where a token is banned."""

import torch
from torch.nn.functional import cross_entropy, kl_div, log_softmax


def distill_loss(student_logits, teacher_logits, labels, temperature, alpha):
    kept = labels != -100
    wide = torch.promote_types(student_logits.dtype, torch.float32)
    student = student_logits[..., : teacher_logits.shape[-1]][kept].to(wide)
    teacher = teacher_logits.detach()[kept].to(wide)
    if not len(student):
        return student_logits.sum() * 0.0
    kl = kl_div(
        log_softmax(student / temperature, -1),
        log_softmax(teacher / temperature, -1),
        log_target=True,
        reduction="batchmean",
    )
    return alpha * temperature**2 * kl + (1 - alpha) * cross_entropy(student, labels[kept])
