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
}
