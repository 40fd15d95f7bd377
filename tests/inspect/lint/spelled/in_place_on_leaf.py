"""Leaves that are changed in place, and such as may be."""

FIRES = {
    "update_by_hand": """
        import torch
        w = torch.randn(3, requires_grad=True)
        for x in data:
            loss = (w * x).sum()
            loss.backward()
            w -= 0.1 * w.grad  # here
        """,
    "by_a_method": """
        import torch
        w = torch.nn.Parameter(torch.randn(3))
        w.mul_(0.5)  # here
        """,
    "one_element": """
        import torch
        def start():
            w = torch.zeros(3).requires_grad_()
            w[0] = 1.0  # here
            return w
        """,
    "of_a_model": """
        import torch
        for x in data:
            model(x).sum().backward()
            for p in model.parameters():
                p.add_(p.grad, alpha=-0.1)  # here
        """,
    "of_a_module": """
        import torch
        class Scale(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.w = torch.nn.Parameter(torch.empty(3))
                self.w.uniform_(-1, 1)  # here
        """,
    "rows_of_a_weight": """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self, words, vectors):
                super().__init__()
                self.embed = nn.Embedding(len(words), 100)
                for word, row in words.items():
                    self.embed.weight[row] = vectors[word]  # here
        """,
    "a_list_of_leaves": """
        import torch
        w = (0.5 * torch.randn(2, 16)).requires_grad_()
        b = torch.zeros(16, requires_grad=True)
        params = [w, b]
        for x, y in loader:
            loss = loss_fn(x @ w + b, y)
            for p, g in zip(params, torch.autograd.grad(loss, params)):
                p -= 0.1 * g  # here
        """,
}

SILENT = {
    "under_no_grad": """
        import torch
        w = torch.randn(3, requires_grad=True)
        (w * 2).sum().backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
            w.grad.zero_()
        """,
    "through_data": """
        import torch
        w = torch.randn(3, requires_grad=True)
        w.data -= 0.1
        w.data.mul_(2)
        w.grad.zero_()
        """,
    "no_leaf": """
        import torch
        w = torch.randn(3)
        w += 1
        w[0] = 2
        """,
    "new_tensor": """
        import torch
        w = torch.randn(3, requires_grad=True)
        w = w * 2
        w += 1
        """,
    "by_an_initialiser": """
        import torch
        class Scale(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.w = torch.nn.Parameter(torch.empty(3))
                torch.nn.init.uniform_(self.w)
        """,
    "rows_of_a_weight_under_no_grad": """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self, words, vectors):
                super().__init__()
                self.embed = nn.Embedding(len(words), 100)
                with torch.no_grad():
                    for word, row in words.items():
                        self.embed.weight[row] = vectors[word]
                self.embed.weight.data[0] = 0
        """,
    "a_list_of_leaves_under_no_grad": """
        import torch
        w = torch.zeros(16, requires_grad=True)
        params = [w]
        for x, y in loader:
            loss = loss_fn(x @ w, y)
            with torch.no_grad():
                for p, g in zip(params, torch.autograd.grad(loss, params)):
                    p -= 0.1 * g
        """,
}
