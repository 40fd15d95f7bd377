"""Weights that begin at one number, and such as may."""

FIRES = {
    "by_apply": """
        from torch import nn
        def initialise(m):
            if isinstance(m, nn.Linear):
                nn.init.constant_(m.weight, 0.05)  # here
                nn.init.zeros_(m.bias)
        model.apply(initialise)
        """,
    "over_modules": """
        import torch.nn as nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.layers = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3))
                for m in self.modules():
                    if isinstance(m, (nn.Conv2d, nn.Linear)):
                        m.weight.data.fill_(0.1)  # here
        """,
    "all_parameters": """
        import torch
        from torch import nn
        for p in model.parameters():
            nn.init.zeros_(p)  # here
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        """,
}

SILENT = {
    "norms_at_one": """
        from torch import nn
        def initialise(m):
            if isinstance(m, nn.Linear):
                nn.init.xavier_uniform_(m.weight)
                nn.init.zeros_(m.bias)
            elif isinstance(m, nn.LayerNorm):
                nn.init.ones_(m.weight)
        model.apply(initialise)
        """,
    "the_last_of_a_branch": """
        from torch import nn
        class Block(nn.Module):
            def __init__(self, d):
                super().__init__()
                self.one, self.two = nn.Linear(d, d), nn.Linear(d, d)
                nn.init.zeros_(self.two.weight)
            def forward(self, x):
                return x + self.two(self.one(x).relu())
        """,
    "a_module_that_begins_as_nothing": """
        from torch import nn
        def nothing(module):
            for p in module.parameters():
                nn.init.zeros_(p)
            return module
        """,
    "drawn_afterwards": """
        from torch import nn
        def initialise(m):
            if isinstance(m, nn.Linear):
                nn.init.zeros_(m.weight)
                m.weight.add_(noise(m))
        model.apply(initialise)
        """,
}
