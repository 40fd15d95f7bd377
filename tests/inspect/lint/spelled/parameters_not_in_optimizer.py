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
    "in_groups": """
        import torch
        from torch import nn
        class Factors(nn.Module):
            def __init__(self):
                super().__init__()
                self.users, self.items = nn.Embedding(9, 4), nn.Embedding(8, 4)
                self.bias = nn.Embedding(9, 1)
            def forward(self, user, item):
                return (self.users(user) * self.items(item)).sum(1) + self.bias(user).squeeze(1)
        model = Factors()
        optimizer = torch.optim.Adam(  # here
            [{"params": model.users.parameters()}, {"params": model.items.parameters()}]
        )
        for user, item, y in loader:
            optimizer.zero_grad()
            loss_fn(model(user, item), y).backward()
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
    "all_in_groups": """
        import torch
        from torch import nn
        class Factors(nn.Module):
            def __init__(self):
                super().__init__()
                self.users, self.items = nn.Embedding(9, 4), nn.Embedding(8, 4)
                self.bias = nn.Embedding(9, 1)
            def forward(self, user, item):
                return (self.users(user) * self.items(item)).sum(1) + self.bias(user).squeeze(1)
        model = Factors()
        first = torch.optim.Adam(
            [{"params": model.users.parameters()}, {"params": model.items.parameters()}]
        )
        second = torch.optim.SGD(model.bias.parameters(), lr=0.1)
        for user, item, y in loader:
            first.zero_grad()
            second.zero_grad()
            loss_fn(model(user, item), y).backward()
            first.step()
            second.step()
        """,
    "heads_on_what_was_loaded": """
        import torch
        from torch import nn
        from transformers import AutoModel
        class Tagger(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = AutoModel.from_pretrained("bert-base-cased")
                self.one, self.two = nn.Linear(8, 4), nn.Linear(8, 2)
            def forward(self, x):
                h = self.body(x)
                return self.one(h), self.two(h)
        model = Tagger()
        optimizer = torch.optim.Adam([*model.one.parameters(), *model.two.parameters()])
        for x, y in loader:
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            optimizer.step()
        """,
}
