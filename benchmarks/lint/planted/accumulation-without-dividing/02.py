"""Trainer of a causal language model with micro-batches."""
import torch
import torch.nn.functional as F


class LMTrainer:
    def __init__(self, model, grad_accum=16, lr=3e-4):
        torch.manual_seed(21)
        self.model = model.cuda()
        self.grad_accum = grad_accum
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr, betas=(0.9, 0.95))
        self.warmup = torch.optim.lr_scheduler.LinearLR(self.optimizer, 0.01, total_iters=200)

    def optimisation_step(self, stream):
        self.optimizer.zero_grad(set_to_none=True)
        for _ in range(self.grad_accum):
            x, y = next(stream)
            with torch.autocast("cuda", dtype=torch.bfloat16):
                logits = self.model(x.cuda())
                loss = F.cross_entropy(logits.flatten(0, 1), y.cuda().flatten())
            loss.backward()  # PLANTED
        self.optimizer.step()
        self.warmup.step()
        return loss.detach()

    def run(self, stream, steps):
        self.model.train()
        for step in range(steps):
            loss = self.optimisation_step(stream)
            if step % 20 == 0:
                print(f"step {step} loss {loss.item():.3f}")
