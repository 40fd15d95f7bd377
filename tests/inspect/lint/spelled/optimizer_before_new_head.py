"""Parts that are replaced after the optimizer was built, and before."""

FIRES = {
    "in_one_function": """
        import torch, torchvision
        def build(num_classes):
            net = torchvision.models.resnet18(weights="DEFAULT")
            opt = torch.optim.Adam(net.parameters(), lr=1e-3)  # here
            in_features = net.fc.in_features
            net.fc = torch.nn.Linear(in_features, num_classes)
            return net, opt
        """,
    "head": """
        import torch
        import torchvision
        model = torchvision.models.resnet18()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)  # here
        model.fc = torch.nn.Linear(512, 10)
        """,
    "item": """
        import torch
        from torch import nn
        def main(model):
            opt = torch.optim.Adam(model.parameters())  # here
            model.classifier[6] = nn.Linear(4096, 2)
        """,
    "embeddings": """
        import torch
        from transformers import AutoModel
        def main(tokenizer):
            model = AutoModel.from_pretrained("a")
            opt = torch.optim.AdamW(model.parameters())  # here
            model.resize_token_embeddings(len(tokenizer))
        """,
    "in_a_function": """
        import torch
        from torch import nn
        def adapt(net, n):
            net.head = nn.Sequential(nn.Dropout(), nn.Linear(8, n))
        def main(model):
            opt = torch.optim.Adam(model.parameters())  # here
            adapt(model, 3)
        """,
    "a_part_built_anew": """
        import torch
        from torch import nn
        optimizer = torch.optim.Adam(net.classifier.parameters())  # here
        layers = list(net.classifier.children())[:-1]
        layers.append(nn.Linear(8, 7))
        net.classifier = nn.Sequential(*layers)
        for x, y in loader:
            loss_fn(net(x), y).backward()
            optimizer.step()
        """,
    "another_in_its_place": """
        import torch
        from torch import nn
        def drawn(model, how):
            if how == "default":
                return model
            fresh = nn.Linear(model.in_features, 4)
            nn.init.orthogonal_(fresh.weight)
            return fresh
        def main():
            model = nn.Linear(3, 4)
            optimizer = torch.optim.Adam(model.parameters())  # here
            model = drawn(model, "orthogonal")
            for x in loader:
                model(x).mean().backward()
                optimizer.step()
        """,
    "by_setattr": """
        import torch, torchvision
        from torch import nn
        model = torchvision.models.resnet18()
        opt = torch.optim.SGD(model.parameters(), lr=0.1)  # here
        setattr(model, "fc", nn.Linear(512, 10))
        for x, y in loader:
            opt.zero_grad(); loss_fn(model(x), y).backward(); opt.step()
        """,
    "by_a_function_that_returns_it": """
        import torch, torchvision
        from torch import nn
        def with_head(model, n):
            model.fc = nn.Linear(512, n)
            return model
        def main(loader):
            model = torchvision.models.resnet18()
            opt = torch.optim.SGD(model.parameters(), lr=0.1)  # here
            model = with_head(model, 10)
            for x, y in loader:
                opt.zero_grad(); loss_fn(model(x), y).backward(); opt.step()
        """,
    "by_a_method_of_a_trainer": """
        import torch, torchvision
        from torch import nn
        class Trainer:
            def __init__(self, model):
                self.model = model
                self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1)  # here
            def prepare(self, n):
                self.model.fc = nn.Linear(512, n)
            def fit(self, loader):
                for x, y in loader:
                    self.optimizer.zero_grad()
                    loss_fn(self.model(x), y).backward()
                    self.optimizer.step()
        t = Trainer(torchvision.models.resnet18())
        t.prepare(3)
        t.fit(loader)
        """,
    "a_new_parameter": """
        import torch
        from torch import nn
        model = Net()
        opt = torch.optim.SGD(model.parameters(), lr=0.1)  # here
        model.prompt = nn.Parameter(torch.zeros(4))
        for x, y in loader:
            opt.zero_grad(); loss_fn(model(x), y).backward(); opt.step()
        """,
    "reset_classifier": """
        import torch, timm
        model = timm.create_model("vit", pretrained=True)
        opt = torch.optim.AdamW(model.parameters())  # here
        model.reset_classifier(10)
        for x, y in loader:
            opt.zero_grad(); loss_fn(model(x), y).backward(); opt.step()
        """,
    "a_part_of_a_part": """
        import torch
        from torch import nn
        import lightning as L
        model = Net()
        opt = torch.optim.AdamW(model.parameters())  # here
        model.head.out_proj = nn.Linear(8, 2)
        for x, y in loader:
            opt.zero_grad(); loss_fn(model(x), y).backward(); opt.step()
        """,
    "by_an_option_that_is_on": """
        import torch, torchvision
        from torch import nn
        import argparse
        p = argparse.ArgumentParser()
        p.add_argument("--finetune", action="store_true", default=True)
        args = p.parse_args()
        model = torchvision.models.resnet18()
        opt = torch.optim.SGD(model.parameters(), lr=0.1)  # here
        if args.finetune:
            model.fc = nn.Linear(512, 2)
        for x, y in loader:
            opt.zero_grad()
            loss_fn(model(x), y).backward()
            opt.step()
        """,
    "by_a_method_of_the_model": """
        import torch
        from torch import nn
        class Wrapper(nn.Module):
            def __init__(self, base):
                super().__init__()
                self.base = base
                self.head = nn.Linear(8, 2)
            def reset_head(self, n):
                self.head = nn.Linear(8, n)
        net = Wrapper(base)
        optimizer = torch.optim.AdamW(net.parameters())  # here
        net.reset_head(5)
        for x, y in loader:
            optimizer.zero_grad()
            loss_fn(net(x), y).backward()
            optimizer.step()
        """,
    "by_a_method_of_an_attribute": """
        import torch
        from torch import nn
        class LM(nn.Module):
            def __init__(self):
                super().__init__()
                self.emb = nn.Embedding(10, 4)
            def grow(self, n):
                new = nn.Embedding(n, 4)
                new.weight.data[:10] = self.emb.weight.data
                self.emb = new
        class Learner:
            def __init__(self):
                self.lm = LM()
                self.opt = torch.optim.Adam(self.lm.parameters())  # here
            def run(self, loader):
                self.lm.grow(20)
                for x in loader:
                    self.opt.zero_grad()
                    self.lm(x).mean().backward()
                    self.opt.step()
        Learner().run(loader)
        """,
}

SILENT = {
    "two_ways_to_one_run": """
        import torch
        from torch import nn
        def build():
            net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
            return net
        def train(play):
            net = build()
            optimizer = torch.optim.Adam(net.parameters())
            for x in play:
                optimizer.zero_grad()
                net(x).sum().backward()
                optimizer.step()
        def healthy(play):
            train(play)
        def planted(play):
            train(play[:1])
        healthy([torch.ones(2)])
        planted([torch.ones(2)])
        """,
    "the_optimizer_of_an_earlier_stage": """
        import torch
        def pretrain(model, loader):
            optimizer = torch.optim.Adam(model.parameters())
            for x in loader:
                optimizer.zero_grad()
                model(x).backward()
                optimizer.step()
        def main(model, loader):
            pretrain(model, loader)
            model.head = torch.nn.Linear(8, 2)
        """,
    "parameters_of_itself": """
        import torch
        class Explainer(torch.nn.Module):
            def fit(self):
                optimizer = torch.optim.Adam(self.parameters())
                self.gate = torch.nn.Linear(2, 2)
        """,
    "before": """
        import torch
        def main(model):
            model.fc = torch.nn.Linear(512, 10)
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        """,
    "built_anew": """
        import torch
        def main(model):
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        """,
    "told": """
        import torch
        def main(model):
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            model.fc = torch.nn.Linear(512, 10)
            optimizer.add_param_group({"params": model.fc.parameters()})
        """,
    "no_module": """
        import torch
        def main(model):
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            model.name = "resnet"
            model.config.use_cache = False
        """,
    "built_anew_for_a_second_phase": """
        import torch
        def phase(model, loader, optimizer):
            for x in loader:
                optimizer.zero_grad()
                model(x).sum().backward()
                optimizer.step()
        def main(model, a, b):
            optimizer = torch.optim.Adam(model.parameters())
            phase(model, a, optimizer)
            model.fc = torch.nn.Linear(8, 100)
            optimizer = torch.optim.Adam(model.parameters())
            phase(model, b, optimizer)
        """,
    "wrapped_by_a_function": """
        import torch
        from torch import nn
        from torch.nn.parallel import DistributedDataParallel
        def spread(model, many):
            if not many:
                return model
            wrapped = DistributedDataParallel(model)
            return wrapped
        def main():
            model = nn.Linear(3, 4)
            optimizer = torch.optim.Adam(model.parameters())
            model = spread(model, True)
            for x in loader:
                model(x).mean().backward()
                optimizer.step()
        """,
    "put_into_a_sequence": """
        import torch
        from torch import nn
        model = nn.Linear(3, 4)
        optimizer = torch.optim.Adam(model.parameters())
        model = nn.Sequential(nn.Flatten(), model)
        for x in loader:
            model(x).mean().backward()
            optimizer.step()
        """,
    "a_function_that_runs_twice": """
        import torch
        from torch import nn
        def run(size):
            model = nn.Linear(1, size)
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            for x in loader:
                model(x).mean().backward()
                optimizer.step()
        run(1)
        run(2)
        """,
}
