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
    "a_flag_the_wrong_way": """
        import torch
        def run(model, loader, optimizer=None):
            training = optimizer is not None
            with torch.set_grad_enabled(not training):
                for x in loader:
                    loss = model(x).mean()
                    if training:
                        optimizer.zero_grad()
                        loss.backward()  # here
                        optimizer.step()
        """,
    "phases_the_wrong_way": """
        import torch
        def fit(model, opt, loaders):
            for phase in ("train", "val"):
                for x in loaders[phase]:
                    with torch.set_grad_enabled(phase == "val"):
                        loss = model(x).mean()
                    if phase == "train":
                        opt.zero_grad()
                        loss.backward()  # here
                        opt.step()
        """,
    "a_context_manager_of_the_file": """
        import torch
        from contextlib import contextmanager
        @contextmanager
        def quiet():
            with torch.inference_mode():
                yield
        def fit(model, opt, loader):
            for x in loader:
                opt.zero_grad()
                with quiet():
                    loss = model(x).mean()
                loss.backward()  # here
                opt.step()
        """,
    "a_decorated_helper": """
        import torch
        @torch.no_grad()
        def loss_of(model, x):
            return model(x).mean()
        def fit(model, opt, loader):
            for x in loader:
                opt.zero_grad()
                loss = loss_of(model, x)
                loss.backward()  # here
                opt.step()
        """,
    "through_a_decorated_forward": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = nn.Linear(2, 1)
            @torch.no_grad()
            def forward(self, x):
                return self.body(x)
        net = Net()
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for x, y in loader:
            opt.zero_grad()
            loss = F.mse_loss(net(x), y)
            loss.backward()  # here
            opt.step()
        """,
    "a_generator_that_yields_inside": """
        import torch
        class Buffer:
            def batches(self, net):
                with torch.no_grad():
                    values = net(self.obs)
                    for index in torch.randperm(100).split(10):
                        yield self.obs[index], values[index]
        def update(net, opt, buffer: Buffer):
            for obs, value in buffer.batches(net):
                loss = (net(obs) - value).pow(2).mean()
                opt.zero_grad()
                loss.backward()  # here
                opt.step()
        """,
    "a_class_that_iterates_inside": """
        import torch
        class Batches:
            def __init__(self, teacher, loader):
                self.teacher, self.loader = teacher, loader
            def __iter__(self):
                with torch.inference_mode():
                    for x in self.loader:
                        yield x, self.teacher(x)
        def train(net, opt, teacher, loader):
            for step, (x, y) in enumerate(Batches(teacher, loader)):
                loss = (net(x) - y).pow(2).mean()
                opt.zero_grad()
                loss.backward()  # here
                opt.step()
        """,
    "a_generator_over_another": """
        import torch
        def pairs(teacher, loader):
            with torch.no_grad():
                for x in loader:
                    yield x, teacher(x)
        def counted(teacher, loader):
            for number, (x, y) in enumerate(pairs(teacher, loader)):
                yield number, x, y
        def train(net, opt, teacher, loader):
            for number, x, y in counted(teacher, loader):
                loss = (net(x) - y).pow(2).mean()
                opt.zero_grad()
                loss.backward()  # here
                opt.step()
        """,
    "a_function_that_leaves_its_block_with_the_loss": """
        import torch
        def compute(net, x):
            with torch.no_grad():
                out = net(x)
                return out.mean()
        def train(net, opt, loader):
            for x in loader:
                loss = compute(net, x)
                opt.zero_grad()
                loss.backward()  # here
                opt.step()
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
    "a_flag_the_right_way": """
        import torch
        def run(model, loader, optimizer=None):
            training = optimizer is not None
            with torch.set_grad_enabled(training):
                for x in loader:
                    loss = model(x).mean()
                    if training:
                        optimizer.zero_grad()
                        loss.backward()
                        optimizer.step()
        """,
    "phases_the_right_way": """
        import torch
        def fit(model, opt, loaders):
            for phase in ("train", "val"):
                for x in loaders[phase]:
                    with torch.set_grad_enabled(phase == "train"):
                        loss = model(x).mean()
                        if phase == "train":
                            opt.zero_grad()
                            loss.backward()
                            opt.step()
        """,
    "targets_by_a_decorated_helper": """
        import torch
        import torch.nn.functional as F
        @torch.no_grad()
        def target_of(slow, x):
            return slow(x)
        def fit(model, slow, opt, loader):
            for x in loader:
                opt.zero_grad()
                loss = F.mse_loss(model(x), target_of(slow, x))
                loss.backward()
                opt.step()
        """,
    "a_generator_under_a_decorator": """
        import torch
        @torch.no_grad()
        def pairs(teacher, loader):
            for x in loader:
                yield x, teacher(x)
        def train(net, opt, teacher, loader):
            for x, y in pairs(teacher, loader):
                loss = (net(x) - y).pow(2).mean()
                opt.zero_grad()
                loss.backward()
                opt.step()
        """,
    "a_generator_that_yields_after_its_block": """
        import torch
        def pairs(teacher, loader):
            for x in loader:
                with torch.no_grad():
                    y = teacher(x)
                yield x, y
        def train(net, opt, teacher, loader):
            for x, y in pairs(teacher, loader):
                loss = (net(x) - y).pow(2).mean()
                opt.zero_grad()
                loss.backward()
                opt.step()
        """,
    "a_function_that_works_it_out_after_its_block": """
        import torch
        def compute(net, teacher, x):
            with torch.no_grad():
                y = teacher(x)
            return (net(x) - y).square().mean()
        def train(net, teacher, opt, loader):
            for x in loader:
                loss = compute(net, teacher, x)
                opt.zero_grad()
                loss.backward()
                opt.step()
        """,
}
