"""GPT trainer class with accumulation, AMP and clipping."""
import torch
import torch.nn.functional as F


class GPTTrainer:
    def __init__(self, model, accum=8, clip=1.0):
        torch.manual_seed(42)
        self.model = model.cuda()
        self.accum, self.clip = accum, clip
        self.opt = torch.optim.Adam(model.parameters(), lr=3e-4, betas=(0.9, 0.95))
        self.sched = torch.optim.lr_scheduler.LinearLR(self.opt, 0.001, total_iters=500)
        self.scaler = torch.amp.GradScaler("cuda")

    def update(self):
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)  # PLANTED
        self.scaler.unscale_(self.opt)
        self.scaler.step(self.opt)
        self.scaler.update()
        self.opt.zero_grad(set_to_none=True)
        self.sched.step()

    def run(self, loader):
        self.model.train()
        for i, (x, y) in enumerate(loader):
            with torch.autocast("cuda", dtype=torch.float16):
                logits = self.model(x.cuda())
                loss = F.cross_entropy(logits.flatten(0, 1), y.cuda().flatten()) / self.accum
            self.scaler.scale(loss).backward()
            if (i + 1) % self.accum == 0:
                self.update()
            if i % 100 == 0:
                print(f"micro {i} loss {loss.item() * self.accum:.4f}")
