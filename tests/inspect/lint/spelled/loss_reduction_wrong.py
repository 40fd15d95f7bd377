"""Sums that go backward, and losses that do not grow with the batch."""

_LOOP = """
        import torch
        from torch import nn
        import torch.nn.functional as F
        {first}
        for x, y in loader:
            optimizer.zero_grad()
            {loss}
            loss.backward()
            optimizer.step()
        """

FIRES = {
    "module": _LOOP.format(
        first="criterion = nn.CrossEntropyLoss(reduction='sum')  # here",
        loss="loss = criterion(model(x), y)",
    ),
    "function": _LOOP.format(
        first="", loss="loss = F.mse_loss(model(x), y, reduction='sum')  # here"
    ),
    "old_option": _LOOP.format(
        first="", loss="loss = nn.MSELoss(size_average=False)(model(x), y)  # here"
    ),
    "sum_of_items": _LOOP.format(
        first="", loss="loss = F.cross_entropy(model(x), y, reduction='none').sum()  # here"
    ),
    "a_partial_in_settings": """
        from functools import partial
        import torch
        import torch.nn.functional as F
        SETTINGS = {
            "objective": partial(F.huber_loss, reduction="sum"),  # here
        }
        def main(cfg):
            objective = cfg["objective"]
            for x, y in loader:
                optimizer.zero_grad()
                loss = objective(model(x), y)
                loss.backward()
                optimizer.step()
        main(SETTINGS)
        """,
    "a_constant_of_the_file": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        R = 'sum'
        crit = nn.MSELoss(reduction=R)  # here
        for x, y in loader:
            opt.zero_grad()
            loss = crit(model(x), y)
            loss.backward()
            opt.step()
        """,
    "set_afterwards": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        crit = nn.MSELoss()  # here
        crit.reduction = 'sum'
        for x, y in loader:
            opt.zero_grad()
            loss = crit(model(x), y)
            loss.backward()
            opt.step()
        """,
    "masked_and_summed": """
        import torch
        from torch import nn
        import torch.nn.functional as F

        for x, y in loader:
            opt.zero_grad()
            each = F.cross_entropy(model(x), y, reduction='none')
            mask = (y != 0).float()
            loss = (each * mask).sum()  # here
            loss.backward()
            opt.step()
        """,
    "picked_and_summed": """
        import torch
        from torch import nn
        import torch.nn.functional as F

        for x, y in loader:
            opt.zero_grad()
            each = F.cross_entropy(model(x), y, reduction='none')
            loss = each[y != 0].sum()  # here
            loss.backward()
            opt.step()
        """,
    "square_of_a_norm": """
        import torch
        from torch import nn
        import torch.nn.functional as F

        for x, y in loader:
            opt.zero_grad()
            loss = (model(x) - y).norm().pow(2)  # here
            loss.backward()
            opt.step()
        """,
    "added_over_the_batch": """
        import torch
        from torch import nn
        import torch.nn.functional as F

        for x, y in loader:
            opt.zero_grad()
            loss = 0
            for a, b in zip(x, y):
                loss += F.mse_loss(model(a), b)  # here
            loss.backward()
            opt.step()
        """,
    "sum_over_the_batch": """
        import torch
        from torch import nn
        import torch.nn.functional as F

        for x, y in loader:
            opt.zero_grad()
            loss = sum(F.mse_loss(model(a), b) for a, b in zip(x, y))  # here
            loss.backward()
            opt.step()
        """,
    "stacked_and_summed": """
        import torch
        from torch import nn
        import torch.nn.functional as F

        for x, y in loader:
            opt.zero_grad()
            loss = torch.stack([F.mse_loss(model(a), b) for a, b in zip(x, y)]).sum()  # here
            loss.backward()
            opt.step()
        """,
    "divergence_by_default": """
        import torch
        from torch import nn
        import torch.nn.functional as F

        for x, y in loader:
            opt.zero_grad()
            loss = F.kl_div(F.log_softmax(model(x), 1), y)  # here
            loss.backward()
            opt.step()
        """,
    "first_of_two_results": """
        import torch
        from torch import nn
        import torch.nn.functional as F

        def both(p, y):
            loss = F.mse_loss(p, y, reduction='sum')  # here
            return loss, p

        for x, y in loader:
            opt.zero_grad()
            loss, p = both(model(x), y)
            loss.backward()
            opt.step()
        """,
    "a_loss_of_this_file": """
        import torch
        from torch import nn
        import torch.nn.functional as F

        class Mine(nn.Module):
            def __init__(self):
                super().__init__()
                self.mse = nn.MSELoss(reduction='none')
            def forward(self, p, y):
                each = self.mse(p, y)
                return each.sum()  # here
        crit = Mine()

        for x, y in loader:
            opt.zero_grad()
            loss = crit(model(x), y)
            loss.backward()
            opt.step()
        """,
    "a_while_of_accelerate": """
        import torch.nn as nn
        from accelerate import Accelerator
        acc = Accelerator()
        crit = nn.BCEWithLogitsLoss(reduction="sum")  # here
        model, opt, loader = acc.prepare(model, opt, loader)
        it = iter(loader)
        step = 0
        while step < 100:
            x, y = next(it)
            with acc.accumulate(model):
                loss = crit(model(x), y)
                acc.backward(loss)
                opt.step()
                opt.zero_grad()
            step += 1
        """,
    "a_closure": """
        import torch, torch.nn.functional as F
        opt = torch.optim.LBFGS(model.parameters())
        for x, y in loader:
            def closure():
                opt.zero_grad()
                loss = F.mse_loss(model(x), y, reduction="sum")  # here
                loss.backward()
                return loss
            opt.step(closure)
        """,
    "a_default_of_lightning": """
        import torch, lightning as L
        from torch import nn
        class M(L.LightningModule):
            def __init__(self, reduction="sum"):
                super().__init__()
                self.save_hyperparameters()
                self.loss = nn.MSELoss(reduction=reduction)  # here
            def training_step(self, batch, i):
                x, y = batch
                loss = self.loss(self.net(x), y)
                self.log("l", loss)
                return {"loss": loss}
        """,
    "a_field_of_settings": """
        import torch
        from torch import nn
        from dataclasses import dataclass
        @dataclass
        class Cfg:
            reduction: str = "sum"
        cfg = Cfg()
        crit = nn.CrossEntropyLoss(reduction=cfg.reduction)  # here
        def train_one(model, opt, loader):
            for x, y in loader:
                opt.zero_grad()
                out = model(x)
                loss = crit(out, y)
                loss.backward()
                opt.step()
        """,
    "a_sum_of_squares": """
        import torch
        for x, y in loader:
            opt.zero_grad()
            err = model(x) - y
            loss = torch.sum(err ** 2)  # here
            loss.backward()
            opt.step()
        """,
    "squares_summed": """
        import torch
        for x, y in loader:
            opt.zero_grad()
            loss = (model(x) - y).square().sum()  # here
            loss.backward()
            opt.step()
        """,
    "half_a_sum": """
        import torch
        for x, y in loader:
            opt.zero_grad()
            loss = 0.5 * ((model(x) - y) ** 2).sum()  # here
            loss.backward()
            opt.step()
        """,
    "picked_by_hand": """
        import torch, torch.nn.functional as F
        for x, y in loader:
            opt.zero_grad()
            logp = F.log_softmax(model(x), dim=1)
            loss = -logp[torch.arange(len(y)), y].sum()  # here
            loss.backward()
            opt.step()
        """,
    "masked_by_a_call": """
        import torch
        import torch.nn.functional as F
        def masked(logits, target):
            mask = target.ne(0)
            ce = F.cross_entropy(logits.transpose(1, 2), target, reduction="none")
            loss = ce.masked_fill(~mask, 0.0).sum()  # here
            return loss, mask.sum()
        def train(model, opt, loader):
            for s, t in loader:
                opt.zero_grad()
                loss, n = masked(model(s), t)
                loss.backward()
                opt.step()
        """,
    "picked_by_where": """
        import torch
        import torch.nn.functional as F
        def train(model, opt, loader):
            for s, t in loader:
                opt.zero_grad()
                ce = F.cross_entropy(model(s), t, reduction="none")
                loss = torch.where(t != 0, ce, torch.zeros_like(ce)).sum()  # here
                loss.backward()
                opt.step()
        """,
    "a_summed_divergence_beside_a_mean": """
        import torch
        import torch.nn.functional as F
        def terms(logits, x, mu, logvar):
            recon = F.binary_cross_entropy_with_logits(logits, x)
            kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())  # here
            return recon, kld
        def run_epoch(model, loader, optimizer=None, beta=1.0):
            for x, _ in loader:
                logits, mu, logvar = model(x)
                recon, kld = terms(logits, x, mu, logvar)
                if optimizer is not None:
                    optimizer.zero_grad()
                    (recon + beta * kld).backward()
                    optimizer.step()
        """,
    "a_sum_beside_a_mean": """
        import torch
        from torch import nn
        def train(model, opt, loader):
            ce = nn.CrossEntropyLoss()
            box = nn.SmoothL1Loss(reduction="sum")  # here
            for x, y, b in loader:
                c, p = model(x)
                loss = ce(c, y) + box(p, b)
                opt.zero_grad()
                loss.backward()
                opt.step()
        """,
}

FIRES["own_function"] = """
        import torch
        def l1(a, b):
            return (a - b).abs().sum()  # here
        for x, y in loader:
            optimizer.zero_grad()
            l1(model(x), y).backward()
            optimizer.step()
        """

SILENT = {
    "mean": _LOOP.format(first="", loss="loss = F.mse_loss(model(x), y, reduction='mean')"),
    "divided": _LOOP.format(
        first="", loss="loss = F.mse_loss(model(x), y, reduction='sum') / len(x)"
    ),
    "divided_later": _LOOP.format(
        first="",
        loss="loss = F.mse_loss(model(x), y, reduction='sum'); loss /= len(x)",
    ),
    "of_terms": _LOOP.format(
        first="", loss="loss = F.mse_loss(model(x), y, reduction='sum') + kl(x)"
    ),
    "only_reported": _LOOP.format(
        first="", loss="loss = F.mse_loss(model(x), y); s = F.mse_loss(x, y, reduction='sum')"
    ),
    "a_partial_that_averages": """
        from functools import partial
        import torch
        import torch.nn.functional as F
        SETTINGS = {"objective": partial(F.huber_loss, delta=1.5)}
        def main(cfg):
            objective = cfg["objective"]
            for x, y in loader:
                optimizer.zero_grad()
                loss = objective(model(x), y)
                loss.backward()
                optimizer.step()
        main(SETTINGS)
        """,
    "masked_and_averaged": """
        import torch
        from torch import nn
        import torch.nn.functional as F

        for x, y in loader:
            opt.zero_grad()
            each = F.cross_entropy(model(x), y, reduction='none')
            mask = (y != 0).float()
            loss = (each * mask).sum() / mask.sum()
            loss.backward()
            opt.step()
        """,
    "weighted_by_shares": """
        import torch
        from torch import nn
        import torch.nn.functional as F

        for x, y in loader:
            opt.zero_grad()
            each = F.cross_entropy(model(x), y, reduction='none')
            w = torch.softmax(s, 0)
            loss = (each * w).sum()
            loss.backward()
            opt.step()
        """,
    "norms_of_rows": """
        import torch
        from torch import nn
        import torch.nn.functional as F

        for x, y in loader:
            opt.zero_grad()
            loss = ((model(x) - y).norm(dim=1) ** 2).mean()
            loss.backward()
            opt.step()
        """,
    "added_and_divided": """
        import torch
        from torch import nn
        import torch.nn.functional as F

        for x, y in loader:
            opt.zero_grad()
            loss = 0
            for a, b in zip(x, y):
                loss += F.mse_loss(model(a), b)
            loss = loss / len(x)
            loss.backward()
            opt.step()
        """,
    "added_over_steps": """
        import torch
        from torch import nn
        import torch.nn.functional as F

        for x, y in loader:
            opt.zero_grad()
            loss = 0
            for t in range(9):
                loss += F.mse_loss(model(x[t]), y[t])
            loss.backward()
            opt.step()
        """,
    "one_loss_a_head": """
        import torch
        from torch import nn
        import torch.nn.functional as F

        for x, y in loader:
            opt.zero_grad()
            outs = model(x)
            loss = sum(F.cross_entropy(o, t) for o, t in zip(outs, heads))
            loss.backward()
            opt.step()
        """,
    "stacked_and_averaged": """
        import torch
        from torch import nn
        import torch.nn.functional as F

        for x, y in loader:
            opt.zero_grad()
            loss = torch.stack([F.mse_loss(model(a), b) for a, b in zip(x, y)]).mean()
            loss.backward()
            opt.step()
        """,
    "terms_of_a_dict": """
        import torch
        from torch import nn
        import torch.nn.functional as F

        for x, y in loader:
            opt.zero_grad()
            losses = model(x, y)
            loss = sum(losses.values())
            loss.backward()
            opt.step()
        """,
    "divergence_of_a_batch": """
        import torch
        from torch import nn
        import torch.nn.functional as F

        for x, y in loader:
            opt.zero_grad()
            loss = F.kl_div(F.log_softmax(model(x), 1), y, reduction='batchmean')
            loss.backward()
            opt.step()
        """,
    "gradients_divided": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        crit = nn.MSELoss(reduction='sum')
        for x, y in loader:
            opt.zero_grad()
            loss = crit(model(x), y)
            loss.backward()
            opt.step()
            for p in model.parameters():
                p.grad.div_(9)
        """,
    "rows_summed_and_averaged": """
        import torch
        from torch import nn
        import torch.nn.functional as F

        for x, y in loader:
            opt.zero_grad()
            p = F.log_softmax(model(x), 1)
            loss = -(p * y).sum(1).mean()
            loss.backward()
            opt.step()
        """,
    "picked_by_hand_and_averaged": """
        import torch, torch.nn.functional as F
        for x, y in loader:
            opt.zero_grad()
            logp = F.log_softmax(model(x), dim=1)
            loss = -logp[torch.arange(len(y)), y].mean()
            loss.backward()
            opt.step()
        """,
    "returns_of_an_episode": """
        import torch, torch.nn.functional as F
        for states, actions, returns in episodes:
            opt.zero_grad()
            logp = F.log_softmax(model(states), dim=1)
            loss = -(logp.gather(1, actions) * returns).sum()
            loss.backward()
            opt.step()
        """,
    "terms_that_fit": """
        import torch
        import torch.nn.functional as F
        def train(model, opt, loader, weight):
            for x, n in loader:
                rec, mu, logvar = model(x)
                kl = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
                bound = F.binary_cross_entropy(rec, x, reduction="sum") + kl
                kl /= x.size(0) * 784
                light = 1e-3 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
                known = weight * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
                loss = F.mse_loss(rec, x) + kl + light + known + bound / n
                opt.zero_grad()
                loss.backward()
                opt.step()
        """,
    "a_rate_divided_by_the_batch": """
        import torch
        from torch import nn
        BATCH_SIZE = 512
        def train(model, loader):
            criterion = nn.CrossEntropyLoss(reduction="sum")
            opt = torch.optim.SGD(model.parameters(), lr=0.4 / BATCH_SIZE)
            for x, y in loader:
                opt.zero_grad()
                criterion(model(x), y).backward()
                opt.step()
        """,
}
