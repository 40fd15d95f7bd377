"""Loads that may run code, and such as may not."""

FIRES = {
    "left_out": """
        import torch
        state = torch.load("model.pt", map_location="cpu")  # here
        """,
    "switched_off": """
        from torch import load
        def restore(path):
            return load(path, weights_only=False)  # here
        """,
    "off_by_a_dict": """
        import torch
        options = {"weights_only": False}
        state = torch.load("model.pt", **options)  # here
        """,
    "by_partial": """
        from functools import partial
        import torch
        read = partial(torch.load, map_location="cpu")  # here
        parts = [read(path) for path in paths]
        """,
    "by_map": """
        import torch
        parts = list(map(torch.load, paths))  # here
        """,
    "by_a_dataset": """
        import torch
        from torchvision.datasets import DatasetFolder
        data = DatasetFolder("maps", loader=torch.load, extensions=(".pt",))  # here
        """,
}

SILENT = {
    "on": """
        import torch
        state = torch.load("model.pt", weights_only=True)
        """,
    "chosen_by_the_caller": """
        import torch
        def restore(path, safe, **options):
            torch.load(path, weights_only=safe)
            return torch.load(path, **options)
        """,
    "another_load": """
        import torch, json, numpy as np
        def restore(path):
            return np.load(path), json.load(open(path)), torch.jit.load(path)
        """,
    "put_into_options": """
        import torch
        def restore(path, **given):
            options = dict(given)
            options["weights_only"] = True
            torch.load(path, **options)
            return torch.load(path, **{"mmap": True, **given})
        """,
    "by_a_safe_partial": """
        from functools import partial
        import torch
        read = partial(torch.load, weights_only=True)
        parts = [read(path) for path in paths]
        more = list(map(partial(torch.load, weights_only=True), paths))
        """,
    "by_map_of_another": """
        import numpy
        parts = list(map(numpy.load, paths))
        """,
}
