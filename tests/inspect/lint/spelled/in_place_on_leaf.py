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
    "items_of_a_dict": """
        import torch
        params = {"w": torch.randn(3, requires_grad=True), "b": torch.zeros(1, requires_grad=True)}
        for x, y in data:
            loss = ((x @ params["w"] + params["b"] - y) ** 2).mean()
            loss.backward()
            params["w"] -= 0.1 * params["w"].grad  # here
        """,
    "a_list_in_place": """
        import torch
        w1 = torch.randn(3, requires_grad=True)
        w2 = torch.randn(3, requires_grad=True)
        for x, y in data:
            loss = f(x, w1, w2)
            loss.backward()
            for p in [w1, w2]:
                p -= 0.1 * p.grad  # here
        """,
    "an_attribute": """
        import torch
        class LR:
            def __init__(self):
                self.w = torch.zeros(3, requires_grad=True)
            def fit(self, x, y):
                for _ in range(9):
                    loss = ((x @ self.w - y) ** 2).mean()
                    loss.backward()
                    self.w -= 0.1 * self.w.grad  # here
                    self.w.grad.zero_()
        """,
    "a_parameter_in_forward": """
        import torch
        from torch import nn
        class M(nn.Module):
            def __init__(self):
                super().__init__()
                self.scale = nn.Parameter(torch.ones(1))
            def forward(self, x):
                self.scale.clamp_(0, 10)  # here
                return x * self.scale
        """,
    "a_disturbance": """
        import torch
        def attack(model, x, y, eps):
            delta = torch.zeros_like(x, requires_grad=True)
            for _ in range(10):
                loss = loss_fn(model(x + delta), y)
                loss.backward()
                delta += eps * delta.grad.sign()  # here
                delta.grad.zero_()
            return delta
        """,
    "out_of_a_function": """
        import torch
        w = torch.randn(3, requires_grad=True)
        loss = (w ** 2).sum()
        loss.backward()
        torch.sub(w, 0.1 * w.grad, out=w)  # here
        """,
    "a_function_in_place": """
        import torch
        w = torch.randn(3, requires_grad=True)
        loss = (w ** 2).sum()
        loss.backward()
        torch.clamp_(w, -1, 1)  # here
        """,
    "returned_by_a_function": """
        import torch
        def init_params(size, std=1.0):
            return (torch.randn(size) * std).requires_grad_()
        def init():
            w = init_params((784, 1))
            b = torch.zeros(1, requires_grad=True)
            return w, b
        w, b = init()
        for x, y in loader:
            loss_fn(x @ w + b, y).backward()
            w -= 0.1 * w.grad  # here
            b.sub_(0.1 * b.grad)  # here
        """,
    "a_list_given_to_a_function": """
        import torch
        w = torch.normal(0, 0.01, size=(2, 1), requires_grad=True)
        b = torch.zeros(1, requires_grad=True)
        def sgd(params, lr):
            for param in params:
                param -= lr * param.grad  # here
                param.grad.zero_()
        for x, y in loader:
            loss_fn(x @ w + b, y).backward()
            sgd([w, b], 0.1)
        """,
    "switched_on_later": """
        import torch
        def attack(model, x, y, eps):
            delta = torch.empty_like(x).uniform_(-eps, eps)
            delta.requires_grad_(True)
            other = torch.zeros_like(x)
            other.requires_grad = True
            loss = loss_fn(model(x + delta + other), y)
            first, second = torch.autograd.grad(loss, (delta, other))
            delta.add_(first.sign()).clamp_(-eps, eps)  # here
            other += second  # here
        """,
    "of_a_copy_that_was_cut_off": """
        import torch
        def attack(model, x, y, step):
            adv = x.clone().detach().requires_grad_(True)
            grad = torch.autograd.grad(loss_fn(model(adv), y), adv)[0]
            adv += step * grad.sign()  # here
            return adv
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
    "a_disturbance_without_gradients": """
        import torch
        def attack(model, x, y, eps):
            delta = torch.zeros_like(x, requires_grad=True)
            for _ in range(10):
                loss = loss_fn(model(x + delta), y)
                loss.backward()
                with torch.no_grad():
                    delta += eps * delta.grad.sign()
            return delta
        """,
    "switched_off_again": """
        import torch
        def attack(model, x, y):
            delta = torch.zeros_like(x)
            delta.requires_grad_(True)
            loss_fn(model(x + delta), y).backward()
            delta.requires_grad_(False)
            delta += delta.grad
            other = x.detach().clone()
            other.requires_grad = True
            loss_fn(model(other), y).backward()
            other.requires_grad = False
            other += other.grad
            last = x.clone().detach().requires_grad_(True)
            loss_fn(model(last), y).backward()
            last.detach_()
            last += last.grad
        """,
    "made_anew_by_detach": """
        import torch
        def attack(model, x, y, step):
            adv = x.clone().detach()
            for _ in range(7):
                adv.requires_grad_(True)
                grad = torch.autograd.grad(loss_fn(model(adv), y), adv)[0]
                adv = adv.detach() + step * grad.sign()
                adv.clamp_(0, 1)
            return adv
        """,
    "returned_by_a_function_under_no_grad": """
        import torch
        def init(size):
            return (torch.randn(size) * 0.1).requires_grad_()
        w, b = init((3, 1)), init(1)
        def sgd(params):
            with torch.no_grad():
                for p in params:
                    p -= 0.1 * p.grad
        for x, y in loader:
            loss_fn(x @ w + b, y).backward()
            sgd([w, b])
        """,
}
