"""Modules that hide layers in plain containers, and such as register them."""

_NET = """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self, n):
                super().__init__()
                {body}
        """

FIRES = {
    "list": _NET.format(body="self.layers = [nn.Linear(4, 4), nn.Linear(4, 2)]  # here"),
    "comprehension": _NET.format(
        body="self.layers = [nn.Conv2d(3, 3, 3) for _ in range(n)]  # here"
    ),
    "dict": _NET.format(body='self.heads = {"a": nn.Linear(4, 1)}  # here'),
    "parameters": _NET.format(
        body="self.w = [nn.Parameter(torch.zeros(3)) for _ in range(n)]  # here"
    ),
    "appended": """
        import torch
        class Block(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = torch.nn.Linear(3, 3)
        class Net(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.blocks = []  # here
                for i in range(3):
                    self.blocks.append(Block())
        """,
    "by_a_local_list": """
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                layers = []
                for i in range(3):
                    layers.append(nn.Linear(3, 3))
                self.layers = layers  # here
        """,
    "added": _NET.format(
        body="""self.layers = []  # here
                self.layers += [nn.Linear(4, 4)]"""
    ),
}

SILENT = {
    "module_list": _NET.format(
        body="self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(n)])"
    ),
    "no_parameters": _NET.format(body="self.acts = [nn.ReLU(), nn.Dropout(0.1)]"),
    "registered_after": """
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                layers = [nn.Linear(3, 3)]
                layers.append(nn.ReLU())
                self.layers = layers
                self.body = nn.Sequential(*layers)
        """,
    "no_module": """
        from torch import nn
        class Ensemble:
            def __init__(self):
                self.members = [nn.Linear(3, 3)]
        """,
    "attributes_too": """
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.a = nn.Linear(3, 3)
                self.order = [self.a]
        """,
    "class_without_parameters": """
        import torch
        class Resample(torch.nn.Module):
            def forward(self, x):
                return torch.nn.functional.interpolate(x, scale_factor=2)
        class Net(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.steps = [Resample(), Resample()]
        """,
}
