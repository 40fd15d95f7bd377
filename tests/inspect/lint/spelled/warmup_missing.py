"""Transformers that begin at their full rate, and such as need not or do not."""

_TRAIN = """
        import torch
        from torch import nn
        model = nn.TransformerEncoder(nn.TransformerEncoderLayer(64, 4{layer}), 6)
        optimizer = torch.optim.{optimizer}
        {schedule}
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """

FIRES = {
    "constant": _TRAIN.format(
        layer="", optimizer="AdamW(model.parameters(), lr=1e-3)  # here", schedule=""
    ),
    "only_decay": _TRAIN.format(
        layer=", dropout=0.1",
        optimizer="Adam(model.parameters(), 3e-3)  # here",
        schedule="scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 100)",
    ),
    "own_attention": """
        import torch
        class Attention(torch.nn.Module):
            def forward(self, q, k, v):
                return torch.nn.functional.scaled_dot_product_attention(q, k, v)
        def train(model, loader, lr=2e-3):
            optimizer = torch.optim.AdamW(model.parameters(), lr=lr)  # here
            for x in loader:
                optimizer.zero_grad()
                model(x).backward()
                optimizer.step()
        """,
}

SILENT = {
    "low_rate": _TRAIN.format(
        layer="", optimizer="AdamW(model.parameters(), lr=1e-4)", schedule=""
    ),
    "warmed_up": _TRAIN.format(
        layer="",
        optimizer="AdamW(model.parameters(), lr=1e-3)",
        schedule="s = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, total_steps=99)",
    ),
    "norm_first": _TRAIN.format(
        layer=", norm_first=True", optimizer="AdamW(model.parameters(), lr=1e-3)", schedule=""
    ),
    "no_transformer": """
        import torch
        model = torch.nn.Linear(4, 4)
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward()
            optimizer.step()
        """,
}
