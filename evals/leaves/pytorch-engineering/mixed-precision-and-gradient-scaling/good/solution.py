"""Accumulate, unscale, clip, step, schedule: once, for fp16 and bf16."""

import math

import torch


class Stepper:
    """One update per window of micro-batches."""

    def __init__(self, model, optimizer, scheduler, scaler, accumulate, max_norm):
        self.parameters = list(model.parameters())
        self.optimizer, self.scheduler, self.scaler = optimizer, scheduler, scaler
        self.accumulate, self.max_norm = accumulate, max_norm
        self.held = 0
        optimizer.zero_grad()

    def add(self, loss, last=False):
        """Take one micro-batch; at the end of the window its norm, nan if skipped."""
        self.scaler.scale(loss / self.accumulate).backward()
        self.held += 1
        if not last and self.held < self.accumulate:
            return None
        self.scaler.unscale_(self.optimizer)
        for parameter in self.parameters:
            if parameter.grad is not None:
                parameter.grad.mul_(self.accumulate / self.held)
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, self.max_norm).item()
        self.held = 0
        finite = math.isfinite(norm)
        if finite or self.scaler.is_enabled():
            self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad()
        if finite:
            self.scheduler.step()
        return norm if finite else math.nan
