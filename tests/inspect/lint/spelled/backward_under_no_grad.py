"""Losses computed without gradients that go backward, and backward passes that are sound."""

FIRES = {
    "block": """
        import torch
        def f(model, x, y, criterion):
            with torch.no_grad():
                loss = criterion(model(x), y)
                loss.backward()  # here
        """,
    "decorator": """
        import torch
        @torch.no_grad()
        def train(model, loader, optimizer):
            for x in loader:
                optimizer.zero_grad()
                model(x).mean().backward()  # here
                optimizer.step()
        """,
    "loss_alone_inside": """
        import torch
        def f(model, x, y):
            with torch.inference_mode():
                loss = ((model(x) - y) ** 2).mean()
            loss.backward()  # here
        """,
    "set_off": """
        import torch
        def f(model, x):
            with torch.set_grad_enabled(False):
                out = model(x).sum()
                out.backward()  # here
        """,
    "a_caller_has_it": """
        import torch
        def back(model, x):
            loss = model(x).sum()
            loss.backward()  # here
        def main(model, x):
            with torch.no_grad():
                back(model, x)
        """,
    "a_function_that_forward_goes_through": """
        import torch
        from torch import nn
        @torch.no_grad()  # here
        def embed(embedder, x):
            return nn.functional.normalize(embedder(x), dim=1)
        class Classifier(nn.Module):
            def __init__(self):
                super().__init__()
                self.embedder, self.head = nn.Linear(8, 4), nn.Linear(4, 2)
            def forward(self, x):
                return self.head(embed(self.embedder, x))
        model = Classifier()
        for x, y in loader:
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            optimizer.step()
        """,
    "a_loss_with_a_sign": """
        import torch
        def episode(policy, opt):
            with torch.inference_mode():
                loss = -policy(x).log_prob(a).mean()
                opt.zero_grad()
                loss.backward()  # here
                opt.step()
        """,
    "never_on_again": """
        import torch
        def validate(model, loader):
            torch.set_grad_enabled(False)
            return sum(model(x) for x in loader)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for epoch in range(30):
            for x, y in train:
                optimizer.zero_grad()
                loss = loss_fn(model(x), y)
                loss.backward()  # here
                optimizer.step()
            print(validate(model, val))
        """,
}

SILENT = {
    "a_caller_says_whether": """
        import torch
        def run(model, x, training):
            loss = model(x).sum()
            if training:
                loss.backward()
        def main(model, x):
            with torch.inference_mode():
                run(model, x, False)
        """,
    "outside": """
        import torch
        def f(model, teacher, x):
            with torch.no_grad():
                y = teacher(x)
            loss = (model(x) - y).sum()
            loss.backward()
        """,
    "backward_alone_inside": """
        import torch
        def f(model, x):
            loss = model(x).sum()
            with torch.no_grad():
                loss.backward()
        """,
    "switched_on_again": """
        import torch
        @torch.no_grad()
        def f(model, x):
            with torch.enable_grad():
                loss = model(x).sum()
                loss.backward()
        """,
    "chosen_while_it_runs": """
        import torch
        def f(model, x, train):
            with torch.set_grad_enabled(train):
                loss = model(x).sum()
                loss.backward()
        """,
    "closure": """
        import torch
        @torch.no_grad()
        def step(self, closure):
            with torch.enable_grad():
                loss = closure()
                loss.backward()
        """,
    "gradient_given": """
        import torch
        def f(out, g):
            with torch.no_grad():
                g = g * 2
            out.backward(g)
        """,
    "a_teacher_in_forward": """
        import torch
        from torch import nn
        @torch.no_grad()
        def embed(teacher, x):
            return nn.functional.normalize(teacher(x), dim=1)
        class Student(nn.Module):
            def __init__(self):
                super().__init__()
                self.teacher, self.own = nn.Linear(8, 4), nn.Linear(8, 4)
            def forward(self, x):
                return (self.own(x) - embed(self.teacher, x)).pow(2).mean()
        model = Student()
        for x in loader:
            optimizer.zero_grad()
            model(x).backward()
            optimizer.step()
        """,
    "statistics_in_forward": """
        import torch
        from torch import nn
        class Norm(nn.Module):
            def __init__(self):
                super().__init__()
                self.layer = nn.Linear(8, 4)
            @torch.no_grad()
            def follow(self, x):
                self.mean = x.mean(0)
            def forward(self, x):
                self.follow(x)
                return self.layer(x - self.mean)
        model = Norm()
        for x, y in loader:
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            optimizer.step()
        """,
    "on_again": """
        import torch
        def validate(model, loader):
            torch.set_grad_enabled(False)
            total = sum(model(x) for x in loader)
            torch.set_grad_enabled(True)
            return total
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for epoch in range(30):
            for x, y in train:
                optimizer.zero_grad()
                loss = loss_fn(model(x), y)
                loss.backward()
                optimizer.step()
            print(validate(model, val))
        """,
    "off_as_a_block": """
        import torch
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for epoch in range(30):
            for x, y in train:
                optimizer.zero_grad()
                loss = loss_fn(model(x), y)
                loss.backward()
                optimizer.step()
            with torch.set_grad_enabled(False):
                print(sum(model(x) for x in val))
        """,
    "off_once_all_is_learnt": """
        import torch
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for x, y in train:
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
        torch.set_grad_enabled(False)
        print(sum(model(x) for x in val))
        """,
}
