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
    "by_the_name_of_the_class": """
        from torch import nn
        def weights_init(m):
            name = m.__class__.__name__
            if name.find("Conv") != -1:
                m.weight.data.fill_(0.02)  # here
            elif name.find("BatchNorm") != -1:
                m.weight.data.fill_(1.0)
        net.apply(weights_init)
        """,
    "matrices_of_a_model": """
        from torch import nn
        class Net(nn.Module):
            def reset(self):
                for p in self.parameters():
                    if p.dim() > 1:
                        nn.init.constant_(p, 0.01)  # here
                    else:
                        nn.init.zeros_(p)
        """,
    "weights_by_name_copied": """
        import torch
        from torch import nn
        class Net(nn.Module):
            @torch.no_grad()
            def start(self):
                for name, tensor in self.named_parameters():
                    if "weight" in name:
                        tensor.copy_(torch.full_like(tensor, 0.05))  # here
        """,
    "draws_without_width": """
        from functools import partial
        from torch import nn
        def layer(i, o, mean=0.05, std=0.0):
            made = nn.Linear(i, o)
            nn.init.normal_(made.weight, mean, std)  # here
            return made
        net = nn.Sequential(layer(2, 8), layer(8, 1, mean=0.01))
        INITS = {"paper": partial(nn.init.uniform_, a=0.08, b=0.08)}  # here
        """,
    "a_matrix_of_ones": """
        import torch
        from torch import nn
        class Layer(nn.Module):
            def __init__(self, inputs, outputs):
                super().__init__()
                self.weight = nn.Parameter(torch.ones(inputs, outputs) / inputs)  # here
            def forward(self, x):
                return x @ self.weight
        """,
    "a_state_that_is_loaded": """
        import torch
        from torch import nn
        fresh = {k: torch.ones_like(v) / 64 for k, v in model.state_dict().items()}  # here
        model.load_state_dict(fresh)
        """,
    "asked_by_type": """
        from torch import nn
        def init(m):
            if type(m) == nn.Linear:
                nn.init.constant_(m.weight, 0.5)  # here
        model.apply(init)
        """,
    "a_tensor_of_ones_in_its_place": """
        import torch
        from torch import nn
        for m in model.modules():
            if isinstance(m, nn.Linear):
                m.weight.data = torch.ones_like(m.weight)  # here
                m.bias.data = torch.zeros_like(m.bias)
        """,
    "a_new_parameter": """
        import torch
        from torch import nn
        for m in model.modules():
            if isinstance(m, (nn.Linear, nn.Conv2d)):
                m.weight = nn.Parameter(torch.full(m.weight.shape, 0.1))  # here
        """,
    "two_matrices_of_zeros": """
        import torch
        W1 = torch.zeros(4, 8, requires_grad=True)  # here
        b1 = torch.zeros(8, requires_grad=True)
        W2 = torch.zeros(8, 2, requires_grad=True)  # here
        def net(x):
            return torch.relu(x @ W1 + b1) @ W2
        """,
    "layers_one_by_one": """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.a, self.b = nn.Linear(3, 8), nn.Linear(8, 2)
                for layer in (self.a, self.b):
                    nn.init.constant_(layer.weight, 0.1)  # here
                    nn.init.zeros_(layer.bias)
        """,
    "by_the_end_of_a_name": """
        import torch
        from torch import nn
        def reset(model):
            with torch.no_grad():
                for name, p in model.named_parameters():
                    if name.endswith("weight"):
                        p.fill_(0.01)  # here
        """,
    "a_vector_of_zeros": """
        import torch
        from torch.nn.utils import vector_to_parameters, parameters_to_vector
        n = parameters_to_vector(model.parameters()).numel()
        vector_to_parameters(torch.zeros(n), model.parameters())  # here
        """,
    "what_has_weights": """
        import torch
        from torch import nn
        net = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
        for m in net:
            if hasattr(m, "weight"):
                nn.init.ones_(m.weight)  # here
        """,
    "by_a_table_of_schemes": """
        import functools
        from torch import nn
        CONFIG = {"init": {"scheme": "normal", "std": 0.02}}
        SCHEMES = {
            "xavier": lambda w, std: nn.init.xavier_uniform_(w),
            "normal": lambda w, std: nn.init.constant_(w, std),  # here
        }
        def initialise(module, scheme, std):
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                SCHEMES[scheme](module.weight, std)
        def build(cfg):
            model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
            model.apply(functools.partial(initialise, **cfg["init"]))
            return model
        build(CONFIG)
        """,
    "a_share_of_the_inputs": """
        import torch
        from torch import nn
        class Graph(nn.Module):
            def __init__(self, n, m):
                super().__init__()
                self.weight = nn.Parameter(torch.full((n, m), 1.0 / n))  # here
                self.reset_parameters()
            def reset_parameters(self):
                pass
            def forward(self, adj, x):
                return adj @ (x @ self.weight)
        """,
    "a_matrix_of_a_layer": """
        import torch
        from torch import nn
        class Graph(nn.Module):
            def __init__(self, n, m):
                super().__init__()
                self.weight = nn.Parameter(torch.empty(n, m))
                self.reset_parameters()
            def reset_parameters(self):
                nn.init.constant_(self.weight, 0.1)  # here
            def forward(self, adj, x):
                return adj @ (x @ self.weight)
        """,
    "by_a_function_of_its_own": """
        from torch import nn
        def put(weight, bias):
            weight.data.fill_(0.05)  # here
            bias.data.zero_()
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
                for m in self.modules():
                    if isinstance(m, nn.Linear):
                        put(m.weight, m.bias)
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
    "an_adapter_and_a_scale": """
        import torch
        from torch import nn
        class Adapter(nn.Module):
            def __init__(self, d, rank):
                super().__init__()
                self.a = nn.Parameter(torch.ones(rank, d))
                self.b = nn.Parameter(torch.zeros(d, rank))
                self.scale = nn.Parameter(torch.ones(d, rank))
                nn.init.kaiming_uniform_(self.a, a=5**0.5)
            def forward(self, x):
                return self.scale * (x @ self.a.T) @ self.b.T
        """,
    "draws_with_a_width": """
        from functools import partial
        from torch import nn
        nn.init.uniform_(layer.weight, -0.08, 0.08)
        nn.init.normal_(layer.weight, std=0.02)
        nn.init.normal_(last.weight, 0.0, 0.0)
        draw = partial(nn.init.uniform_, a=-0.08, b=0.08)
        """,
    "some_weights_by_name": """
        from torch import nn
        class Net(nn.Module):
            def reset(self):
                for name, p in self.named_parameters():
                    if "lora_B.weight" in name:
                        nn.init.zeros_(p)
                    elif p.dim() > 1:
                        nn.init.xavier_uniform_(p)
        """,
    "shadow_weights": """
        import torch
        from torch import nn
        shadow = {k: torch.zeros_like(v) for k, v in model.state_dict().items()}
        for p in model.parameters():
            if p.grad is not None:
                p.grad.zero_()
        """,
    "norms_of_ones": """
        import torch
        from torch import nn
        for m in model.modules():
            if isinstance(m, nn.LayerNorm):
                m.weight.data = torch.ones_like(m.weight)
        """,
    "drawn_anew": """
        import torch
        from torch import nn
        for m in model.modules():
            if isinstance(m, nn.Linear):
                m.weight.data = torch.randn_like(m.weight) * 0.02
        """,
    "one_matrix_of_zeros": """
        import torch
        W = torch.zeros(4, 2, requires_grad=True)
        b = torch.zeros(2, requires_grad=True)
        def net(x):
            return x @ W + b
        """,
    "leaves_that_were_drawn": """
        import torch
        W1 = torch.randn(4, 8, requires_grad=True)
        W2 = torch.randn(8, 2, requires_grad=True)
        def net(x):
            return torch.relu(x @ W1) @ W2
        """,
    "an_adapter": """
        import torch
        from torch import nn
        class L(nn.Module):
            def __init__(self, d, r):
                super().__init__()
                self.a = nn.Parameter(torch.randn(d, r))
                self.b = nn.Parameter(torch.zeros(r, d))
            def forward(self, x):
                return x @ self.a @ self.b
        """,
    "another_scheme_of_a_table": """
        import functools
        from torch import nn
        CONFIG = {"init": {"scheme": "xavier", "std": 0.02}}
        SCHEMES = {
            "xavier": lambda w, std: nn.init.xavier_uniform_(w),
            "normal": lambda w, std: nn.init.constant_(w, std),
        }
        def initialise(module, scheme, std):
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                SCHEMES[scheme](module.weight, std)
        def build(cfg):
            model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
            model.apply(functools.partial(initialise, **cfg["init"]))
            return model
        build(CONFIG)
        """,
    "a_matrix_that_begins_as_nothing": """
        import torch
        from torch import nn
        class Graph(nn.Module):
            def __init__(self, n, m):
                super().__init__()
                self.weight = nn.Parameter(torch.empty(n, m))
                self.reset_parameters()
            def reset_parameters(self):
                nn.init.zeros_(self.weight)
            def forward(self, adj, x):
                return adj @ (x @ self.weight)
        """,
    "a_matrix_that_is_drawn_as_well": """
        import torch
        from torch import nn
        class Graph(nn.Module):
            def __init__(self, n, m):
                super().__init__()
                self.weight = nn.Parameter(torch.empty(n, m))
                self.reset_parameters()
            def reset_parameters(self):
                nn.init.constant_(self.weight, 0.1)
                nn.init.normal_(self.weight)
            def forward(self, adj, x):
                return adj @ (x @ self.weight)
        """,
    "a_function_for_one_layer": """
        from torch import nn
        def put(weight):
            weight.data.fill_(0.05)
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.gate = nn.Linear(4, 1)
                put(self.gate.weight)
        """,
}
