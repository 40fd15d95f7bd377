"""Logs of softmaxes, and logs that are no such thing."""

FIRES = {
    "in_one": """
        import torch
        def f(x):
            return torch.log(torch.softmax(x, dim=-1))  # here
        """,
    "method": """
        import torch.nn.functional as F
        def f(x, y):
            p = F.softmax(x, 1)
            return -(y * p.log()).sum(1)  # here
        """,
    "with_a_small_number": """
        import torch
        class A(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.softmax = torch.nn.Softmax(dim=1)
            def forward(self, x):
                p = self.softmax(x)
                return torch.log(p + 1e-9)  # here
        """,
    "with_eps": """
        import torch
        def f(x, eps):
            probs = x.softmax(dim=-1)
            return (eps + probs).log()  # here
        """,
    "of_a_model": """
        import torch
        from torch import nn
        model = nn.Sequential(nn.Linear(2, 3), nn.Softmax(-1))
        def nll(x, y):
            return nn.functional.nll_loss(torch.log(model(x)), y)  # here
        """,
    "picked_from_what_a_model_gave": """
        import torch
        from torch import nn
        class Router(nn.Module):
            def __init__(self):
                super().__init__()
                self.out = nn.Linear(4, 3)
            def forward(self, x):
                return torch.softmax(self.out(x), dim=1)
        def weighted(chances, y, weights):
            own = chances.gather(1, y[:, None]).squeeze(1)
            return -(weights[y] * torch.log(own)).sum()  # here
        model = Router()
        loss = weighted(model(x[batch]), y[batch], weights)
        """,
    "probs_of_a_distribution": """
        import torch
        from torch.distributions import Categorical
        dist = Categorical(logits=net(x))
        entropy = -(dist.probs * torch.log(dist.probs)).sum(-1)  # here
        """,
    "a_quotient_of_exponentials": """
        import torch
        def nt_xent(sim, mask, t):
            e = torch.exp(sim / t)
            pos = torch.exp(torch.sum(a * b, dim=-1) / t)
            neg = e.masked_select(mask).view(8, -1).sum(dim=-1)
            return -torch.log(pos / neg).mean()  # here
        """,
    "one_against_itself_and_others": """
        import torch
        pos = (a * b).sum(-1).div(t).exp()
        neg = (a @ n.T).div(t).exp().sum(-1)
        loss = -torch.log(pos / (pos + neg)).mean()  # here
        """,
    "with_the_smallest_number": """
        import torch
        p = torch.softmax(z, -1)
        lp = torch.log(p + torch.finfo(p.dtype).tiny)  # here
        """,
    "of_a_teacher": """
        import torch, torch.nn.functional as F
        def kd(student, teacher, t):
            p = F.softmax(student / t, dim=1)
            q = F.softmax(teacher / t, dim=1)
            lq = q.log()  # here
            return (q * (lq - torch.log_softmax(student / t, dim=1))).sum(1).mean()
        """,
    "of_itself": """
        import torch
        from torch import nn
        class Policy(nn.Module):
            def __init__(self):
                super().__init__()
                self.net = nn.Sequential(nn.Linear(4, 2), nn.Softmax(dim=-1))
            def forward(self, s):
                return self.net(s)
            def act(self, s):
                probs = self(s)
                a = probs.multinomial(1)
                return a, torch.log(probs.gather(1, a))  # here
        """,
    "of_one_row": """
        import torch
        pi = Policy()
        def pick(s, a):
            probs = torch.softmax(net(s), -1).squeeze(0)
            return probs[a].log()  # here
        """,
    "by_two": """
        import torch, numpy as np
        p = torch.softmax(z, -1)
        e = -(p * torch.log2(p)).sum()  # here
        """,
}

SILENT = {
    "log_softmax": """
        import torch
        def f(x):
            return torch.log_softmax(x, -1)
        """,
    "clamped": """
        import torch
        def f(x):
            p = torch.softmax(x, -1).clamp(min=1e-6)
            return p.log()
        """,
    "mixed": """
        import torch
        def f(a, b):
            return torch.log(0.5 * torch.softmax(a, -1) + 0.5 * torch.softmax(b, -1))
        """,
    "a_logger": """
        import torch
        class M:
            def step(self, x):
                p = torch.softmax(x, -1)
                self.log("p", p)
        """,
    "the_mean_of_it": """
        import torch
        def f(x):
            p = torch.softmax(x, -1).mean(0)
            return torch.log(p)
        """,
    "probs_that_were_given": """
        import torch
        from torch.distributions import Categorical
        def f(p):
            dist = Categorical(probs=p)
            return torch.log(dist.probs)
        """,
    "weights_over_their_mean": """
        import torch
        w = torch.exp(new - old)
        lw = torch.log(w / w.mean())
        """,
    "an_entropy_of_torch": """
        import torch
        p = torch.softmax(z, -1)
        e = torch.special.entr(p).sum()
        """,
}
