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
                self.blocks = []
                for i in range(3):
                    self.blocks.append(Block())  # here
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
    "by_key": _NET.format(
        body="""self.heads: dict[str, nn.Module] = {}
                for name in n:
                    self.heads[name] = nn.Sequential(nn.ReLU(), nn.Linear(4, 2))  # here"""
    ),
    "rows_of_lists": _NET.format(
        body="self.grid = [[nn.Linear(4, 4) for _ in range(2)] for _ in range(n)]  # here"
    ),
    "copies": _NET.format(
        body="""block = nn.Linear(4, 4)
                self.blocks = [copy.deepcopy(block) for _ in range(n)]  # here"""
    ),
    "a_variable_that_is_appended": _NET.format(
        body="""self.convs = []
                for i in range(n):
                    conv = nn.Conv2d(3, 3, 3)
                    self.convs.append(conv)  # here"""
    ),
    "a_dict_by_keywords": _NET.format(body="self.heads = dict(a=nn.Linear(4, 1))  # here"),
    "pairs": _NET.format(body="self.heads = dict(zip(n, [nn.Linear(4, 1)] * 3))  # here"),
    "added": _NET.format(
        body="""self.layers = []
                self.layers += [nn.Linear(4, 4)]  # here"""
    ),
    "a_class_that_is_no_module": """
        import torch
        from torch import nn
        class Heads:
            def __init__(self, n):
                self.a = nn.Linear(n, 2)
                self.b = nn.Linear(n, 3)
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = nn.Linear(3, 3)
                self.heads = Heads(3)  # here
            def forward(self, x):
                return self.heads.a(self.body(x))
        """,
    "set_by_default": """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self, names):
                super().__init__()
                self.adapters = {}
                for n in names:
                    self.adapters.setdefault(n, nn.Linear(3, 3))  # here
        """,
    "out_of_a_method": """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self, n):
                super().__init__()
                self.blocks = self._make(n)  # here
            def _make(self, n):
                return [nn.Linear(3, 3) for _ in range(n)]
            def forward(self, x):
                for b in self.blocks:
                    x = b(x)
                return x
        """,
    "out_of_a_function": """
        import torch
        from torch import nn
        def make(n):
            layers = []
            for _ in range(n):
                layers.append(nn.Linear(3, 3))
            return layers
        class Net(nn.Module):
            def __init__(self, n):
                super().__init__()
                self.blocks = make(n)  # here
        """,
    "out_of_a_registry": """
        from torch import nn
        KINDS = {}
        def kind(name):
            def put(f):
                KINDS[name] = f
                return f
            return put
        @kind("plain")
        def plain(d):
            return nn.Sequential(nn.Linear(d, d), nn.GELU())
        def many(factory, d, n):
            return [factory(d) for _ in range(n)]
        class Net(nn.Module):
            def __init__(self, name):
                super().__init__()
                self.experts = many(KINDS[name], 8, 4)  # here
            def forward(self, x):
                return sum(e(x) for e in self.experts)
        """,
    "by_a_factory_that_is_handed_on": """
        from torch import nn
        def block(d):
            return nn.Linear(d, d)
        def many(factory, d, n):
            return [factory(d) for _ in range(n)]
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.layers = many(block, 8, 4)  # here
            def forward(self, x):
                for layer in self.layers:
                    x = layer(x)
                return x
        """,
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
    "names_and_sizes": _NET.format(
        body="""self.sizes = []
                for i in range(n):
                    self.sizes.append((i, nn.ReLU()))
                self.table = {"act": nn.GELU()}"""
    ),
    "registered_later": _NET.format(
        body="""self.found = []
                self.found.append(nn.Linear(4, 4))
                self.layers = nn.ModuleList(self.found)"""
    ),
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
    "a_sequence_out_of_a_function": """
        import torch
        from torch import nn
        def make(n):
            layers = []
            for _ in range(n):
                layers.append(nn.Linear(3, 3))
            return nn.Sequential(*layers)
        class Net(nn.Module):
            def __init__(self, n):
                super().__init__()
                self.blocks = make(n)
                self.more = nn.ModuleList(make(n))
        """,
    "out_of_a_registry_into_a_module_list": """
        from torch import nn
        KINDS = {}
        def kind(name):
            def put(f):
                KINDS[name] = f
                return f
            return put
        @kind("plain")
        def plain(d):
            return nn.Sequential(nn.Linear(d, d), nn.GELU())
        def many(factory, d, n):
            return [factory(d) for _ in range(n)]
        class Net(nn.Module):
            def __init__(self, name):
                super().__init__()
                self.experts = nn.ModuleList(many(KINDS[name], 8, 4))
            def forward(self, x):
                return sum(e(x) for e in self.experts)
        """,
    "by_a_factory_of_functions": """
        from torch import nn
        def scale(d):
            return lambda x: x / d
        def many(factory, d, n):
            return [factory(d) for _ in range(n)]
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.layers = many(scale, 8, 4)
            def forward(self, x):
                for layer in self.layers:
                    x = layer(x)
                return x
        """,
    "one_of_two_results": """
        from torch import nn
        def build(n):
            layers, sizes = [], []
            for _ in range(n):
                layers.append(nn.Linear(4, 4))
                sizes.append(4)
            return nn.Sequential(*layers), sorted(sizes)
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body, self.sizes = build(3)
            def forward(self, x):
                return self.body(x)
        """,
}
