"""Optimizers that decay norms, and such as do not."""

_NET = """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.norm = nn.{norm}
                self.fc = nn.Linear(8, 8)
        model = Net()
        {optimizer}
        """

FIRES = {
    "one_piece": _NET.format(
        norm="LayerNorm(8)",
        optimizer="o = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1)  # here",
    ),
    "by_position": _NET.format(
        norm="BatchNorm1d(8)",
        optimizer="o = torch.optim.SGD(model.parameters(), 0.1, 0.9, 0, 0.01)  # here",
    ),
    "of_a_part": """
        import torch
        from torch import nn
        class Block(nn.Module):
            def __init__(self):
                super().__init__()
                self.norm = nn.GroupNorm(2, 8)
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.blocks = nn.Sequential(Block(), Block())
            def configure_optimizers(self):
                return torch.optim.AdamW(self.parameters(), weight_decay=0.05)  # here
        """,
    "of_a_library": """
        import timm, torch
        model = timm.create_model("vit_tiny_patch16_224").cuda()
        optimizer = torch.optim.AdamW(list(model.parameters()), 1e-3, weight_decay=0.05)  # here
        """,
}

SILENT = {
    "no_decay": _NET.format(
        norm="LayerNorm(8)",
        optimizer="o = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.0)",
    ),
    "no_norm": _NET.format(
        norm="Linear(8, 8)",
        optimizer="o = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1)",
    ),
    "groups": _NET.format(
        norm="LayerNorm(8)",
        optimizer="o = torch.optim.AdamW([{'params': a, 'weight_decay': 0.1}, {'params': b}])",
    ),
    "usual_recipe_of_sgd": _NET.format(
        norm="BatchNorm1d(8)",
        optimizer="o = torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=1e-4)",
    ),
}
