"""Optimizers that leave out a module of their loop, and such as hold all that learns."""

_LOOP = """
        import torch
        from torch import nn
        encoder = nn.Linear(4, 8)
        head = nn.Sequential(nn.ReLU(), nn.Linear(8, 2))
        {optimizer}
        for x, y in loader:
            optimizer.zero_grad()
            {forward}
            loss_fn(out, y).backward()
            optimizer.step()
        """

FIRES = {
    "head_only": _LOOP.format(
        optimizer="optimizer = torch.optim.SGD(head.parameters(), lr=0.1)  # here",
        forward="out = head(encoder(x))",
    ),
    "encoder_only": _LOOP.format(
        optimizer="optimizer = torch.optim.Adam(encoder.parameters())  # here",
        forward="z = encoder(x); out = head(z)",
    ),
    "of_classes": """
        import torch
        class Encoder(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = torch.nn.Linear(3, 3)
        def train(loader):
            encoder, decoder = Encoder(), Encoder()
            optimizer = torch.optim.Adam(encoder.parameters())  # here
            for x in loader:
                optimizer.zero_grad()
                decoder(encoder(x)).mean().backward()
                optimizer.step()
        """,
}

SILENT = {
    "both": _LOOP.format(
        optimizer="optimizer = torch.optim.SGD([*encoder.parameters(), *head.parameters()], 0.1)",
        forward="out = head(encoder(x))",
    ),
    "frozen": _LOOP.format(
        optimizer="""encoder.requires_grad_(False)
        optimizer = torch.optim.SGD(head.parameters(), lr=0.1)""",
        forward="out = head(encoder(x))",
    ),
    "under_no_grad": _LOOP.format(
        optimizer="optimizer = torch.optim.SGD(head.parameters(), lr=0.1)",
        forward="""with torch.no_grad():
                z = encoder(x)
            out = head(z)""",
    ),
    "own_optimizer": _LOOP.format(
        optimizer="""optimizer = torch.optim.SGD(head.parameters(), lr=0.1)
        other = torch.optim.SGD(encoder.parameters(), lr=0.1)""",
        forward="out = head(encoder(x)); other.step()",
    ),
    "out_of_sight": _LOOP.format(
        optimizer="optimizer = torch.optim.SGD(trainable(head, encoder), lr=0.1)",
        forward="out = head(encoder(x))",
    ),
}
