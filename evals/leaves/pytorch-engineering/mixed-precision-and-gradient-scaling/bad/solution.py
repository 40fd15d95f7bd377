"""The usual snippet: divided by the full window, the skip read from the scale."""

import math

import torch


class Stepper:
    """One update per window of micro-batches."""

    def __init__(self, model, optimizer, scheduler, scaler, accumulate, max_norm):
        self.model, self.optimizer, self.scheduler = model, optimizer, scheduler
        self.scaler, self.accumulate, self.max_norm = scaler, accumulate, max_norm
        self.held = 0

    def add(self, loss, last=False):
        """Take one micro-batch; at the end of the window its norm, nan if skipped."""
        self.scaler.scale(loss / self.accumulate).backward()
        self.held += 1
        if not last and self.held < self.accumulate:
            return None
        self.held = 0
        self.scaler.unscale_(self.optimizer)
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.max_norm)
        before = self.scaler.get_scale()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad()
        if self.scaler.get_scale() < before:
            return math.nan
        self.scheduler.step()
        return norm.item()
