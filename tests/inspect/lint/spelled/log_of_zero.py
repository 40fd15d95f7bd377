"""Logarithms of what can be zero, and of what cannot."""

FIRES = {
    "of_a_sigmoid": """
        import torch
        def loss(logits, y):
            p = torch.sigmoid(logits)
            return -(y * torch.log(p)).mean()  # here
        """,
    "of_one_minus_it": """
        import torch
        def loss(logits):
            p = logits.sigmoid()
            return torch.log(1 - p).mean()  # here
        """,
    "of_a_relu": """
        import torch
        import torch.nn.functional as F
        def f(x):
            return F.relu(x).log()  # here
        """,
    "of_a_model": """
        import torch
        from torch import nn
        D = nn.Sequential(nn.Linear(4, 1), nn.Sigmoid())
        def loss(real, fake):
            a = torch.log(D(real)).mean()  # here
            return -a - torch.log(1 - D(fake)).mean()  # here
        """,
    "a_share_of_one_hot_rows": """
        import torch
        import torch.nn.functional as F
        def usage(assign):
            share = assign.mean(dim=0)
            return -(share * torch.log(share)).sum()  # here
        def loss_of(d):
            soft = (-d).softmax(-1)
            hard = F.one_hot(d.argmin(-1), 8).float()
            return usage(hard + soft - soft.detach())
        """,
    "a_quotient_of_histograms": """
        import torch
        def histogram(x):
            weight = (1 - x.abs()).clamp(min=0)
            return weight.sum(0) / weight.sum()
        def kl(p, q):
            return (p * (p / q).log()).sum()  # here
        loss = kl(histogram(a), histogram(b))
        """,
    "a_gap_filled_with_nothing": """
        import pandas as pd
        import torch
        table = pd.read_csv("prices.csv").fillna({"price": 0.0})
        y = torch.log(torch.tensor(table["price"].to_numpy()).float())  # here
        """,
    "what_a_model_clamps": """
        import torch
        from torch import nn
        class Counts(nn.Module):
            def forward(self, x):
                return self.density(x).clamp(min=0).sum(dim=(1, 2, 3))
        def poisson(rate, count):
            return (rate - count * rate.log()).mean()  # here
        net = Counts()
        loss = poisson(net(x), y)
        """,
    "of_one_minus_a_square_of_tanh": """
        import torch
        a = torch.tanh(u)
        logp = dist.log_prob(u) - torch.log(1 - a.pow(2)).sum(-1)  # here
        """,
    "a_draw_that_can_be_zero": """
        import torch
        def gumbel(shape):
            u = torch.rand(shape)
            return -torch.log(-torch.log(u))  # here
        """,
    "counts_of_numpy": """
        import numpy as np, torch
        h = np.bincount(labels)
        w = np.log(h)  # here
        """,
    "a_spectrogram": """
        import torch, torchaudio
        to_mel = torchaudio.transforms.MelSpectrogram(16000)
        x = torch.log(to_mel(wave))  # here
        """,
    "a_spread_by_relu": """
        import torch, torch.nn as nn
        class N(nn.Module):
            def forward(self, x):
                h = self.b(x)
                return {"mu": self.m(h), "sigma": torch.relu(self.s(h))}
        n = N()
        out = n(x)
        loss = (torch.log(out["sigma"]) + (y - out["mu"]) ** 2).mean()  # here
        """,
    "of_a_discriminator": """
        import torch, torch.nn.functional as F
        d = torch.sigmoid(D(real))
        f = torch.sigmoid(D(fake))
        loss = -torch.log(d).mean()  # here
        loss = loss - torch.log(1 - f).mean()  # here
        """,
    "of_one_as_a_float": """
        import torch
        f = D(fake).sigmoid()
        loss = -torch.log(1.0 - f).mean()  # here
        """,
    "clamped_at_nothing": """
        import torch
        v = x.var(0)
        loss = torch.log(torch.clamp(v, min=0)).mean()  # here
        """,
    "of_a_hinge": """
        import torch, torch.nn.functional as F
        loss = torch.log(F.relu(1 - m)).mean()  # here
        """,
    "of_a_power_spectrum": """
        import torch
        spec = torch.stft(wave, 512, return_complex=True).abs() ** 2
        feat = torch.log(spec)  # here
        """,
    "of_either": """
        import torch
        p = torch.sigmoid(z)
        pt = torch.where(y == 1, p, 1 - p)
        loss = -((1 - pt) ** 2 * torch.log(pt)).mean()  # here
        """,
    "of_a_mixture_by_labels": """
        import torch
        p = torch.sigmoid(z)
        pt = p * y + (1 - p) * (1 - y)
        loss = -torch.log(pt).mean()  # here
        """,
    "of_a_score": """
        import torch
        score = torch.sigmoid((u * v).sum(-1))
        loss = -score.log().mean()  # here
        """,
    "an_overlap_that_can_be_none": """
        import torch
        def iou_loss(pred, target):
            lt = torch.max(pred[:, :2], target[:, :2])
            rb = torch.min(pred[:, 2:], target[:, 2:])
            wh = (rb - lt).clamp(min=0)
            inter = wh[:, 0] * wh[:, 1]
            union = area(pred) + area(target) - inter
            iou = inter / (union + 1e-7)
            return -torch.log(iou).mean()  # here
        """,
    "the_least_of_relus": """
        import torch
        import torch.nn.functional as F
        def loss(reg, target):
            pl, pt, pr, pb = (F.relu(reg) * 16).unbind(1)
            tl, tt, tr, tb = target.unbind(1)
            w = torch.min(pl, tl) + torch.min(pr, tr)
            h = torch.minimum(pt, tt) + torch.minimum(pb, tb)
            inside = w * h
            iou = torch.where(target.sum(1) > 0, inside / area(target), torch.ones_like(inside))
            return -iou.log().mean()  # here
        """,
    "in_the_forward_of_a_loss": """
        import torch
        from torch import nn
        class RMSLE(nn.Module):
            def __init__(self):
                super().__init__()
                self.mse = nn.MSELoss()
            def forward(self, pred, actual):
                return self.mse(torch.log(pred), torch.log(actual)).sqrt()  # here
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.mlp = nn.Sequential(nn.Linear(3, 1), nn.ReLU())
            def forward(self, x):
                return self.mlp(x).squeeze(1)
        def fit(loader):
            net, criterion = Net(), RMSLE()
            for x, y in loader:
                criterion(net(x), y).backward()
        """,
    "the_power_of_a_spectrum": """
        import torch
        def loudness(wave):
            power = torch.stft(wave, 512, return_complex=True).abs().pow(2)
            return torch.log10(power)  # here
        """,
}

SILENT = {
    "eps": """
        import torch
        def loss(logits):
            p = torch.sigmoid(logits)
            return torch.log(p + 1e-8) + torch.log(1 - p + 1e-8)
        """,
    "clamped": """
        import torch
        def loss(logits):
            p = torch.sigmoid(logits).clamp(1e-6, 1 - 1e-6)
            return torch.log(p) + torch.log(1 - p)
        """,
    "unknown": """
        import torch, math
        def f(x, n):
            return torch.log(x) + math.log(n) + x.log()
        """,
    "logsigmoid": """
        import torch
        def loss(logits):
            return -torch.nn.functional.logsigmoid(logits).mean() + torch.log1p(logits.relu())
        """,
    "a_share_of_softmaxes": """
        import torch
        def usage(assign):
            share = assign.mean(dim=0)
            return -(share * torch.log(share)).sum()
        def loss_of(d):
            return usage((-d).softmax(-1))
        """,
    "a_gap_of_another_column": """
        import pandas as pd
        import torch
        table = pd.read_csv("prices.csv").fillna({"rooms": 0.0})
        y = torch.log(torch.tensor(table["price"].to_numpy()).float())
        """,
    "clamped_above_nothing": """
        import torch
        def histogram(x):
            weight = (1 - x.abs()).clamp(min=1e-6)
            return weight.sum(0) / weight.sum()
        loss = histogram(a).log().sum()
        """,
    "a_sum_of_all_that_was_clamped": """
        import torch
        loss = (1 - x.abs()).clamp(min=0).sum().log()
        """,
    "what_a_model_clamps_above_zero": """
        import torch
        from torch import nn
        class Counts(nn.Module):
            def forward(self, x):
                return self.density(x).clamp(min=1e-6).sum(dim=(1, 2, 3))
        def poisson(rate, count):
            return (rate - count * rate.log()).mean()
        net = Counts()
        loss = poisson(net(x), y)
        """,
    "one_minus_a_square_and_eps": """
        import torch
        a = torch.tanh(u)
        logp = dist.log_prob(u) - torch.log(1 - a.pow(2) + 1e-6).sum(-1)
        """,
    "a_draw_that_was_clamped": """
        import torch
        def gumbel(shape):
            u = torch.rand(shape).clamp(min=1e-9)
            return -torch.log(-torch.log(u))
        """,
    "a_spectrogram_with_a_floor": """
        import torch, torchaudio
        to_mel = torchaudio.transforms.MelSpectrogram(16000)
        x = torch.log(to_mel(wave) + 1e-6)
        y = torch.log(torch.clamp(to_mel(wave), min=1e-5))
        """,
    "a_power_spectrum_with_a_floor": """
        import torch
        spec = torch.stft(wave, 512, return_complex=True).abs() ** 2
        feat = torch.log1p(spec)
        g = torch.log(spec + 1e-9)
        """,
    "an_overlap_that_is_kept_off_zero": """
        import torch
        def iou_loss(pred, target):
            wh = (torch.min(pred, target) - torch.max(-pred, -target)).clamp(min=0)
            inter = wh[:, 0] * wh[:, 1]
            union = area(pred) + area(target) - inter
            first = -torch.log((inter + 1e-7) / (union + 1e-7)).mean()
            second = -torch.log((inter / union).clamp(min=1e-6)).mean()
            iou = inter / union
            return first + second - torch.log(iou[iou > 0]).mean()
        """,
    "the_least_of_exponentials": """
        import torch
        def loss(reg, target):
            pl, pt, pr, pb = (reg.exp() * 16).unbind(1)
            tl, tt, tr, tb = target.unbind(1)
            w, h = torch.min(pl, tl) + torch.min(pr, tr), torch.min(pt, tt) + torch.min(pb, tb)
            return -torch.log(w * h / area(target)).mean()
        """,
    "a_zero_that_is_meant": """
        import torch
        def bias(mask, probs):
            return torch.log((mask > 0).float()), probs.masked_fill(mask, 0.0).log()
        """,
}
