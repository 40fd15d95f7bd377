"""Probabilities given to cross entropy, and logits given to it, in many spellings."""

FIRES = {
    "an_annotation": """
        import torch
        from torch import nn
        class Classifier(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(4, 3)
                self.out = nn.Softmax(dim=1)
            def forward(self, x):
                logits = self.fc(x)
                probs = self.out(logits)  # here
                return probs
        def train(model: Classifier, loader):
            ce = nn.CrossEntropyLoss()
            opt = torch.optim.Adam(model.parameters())
            for x, y in loader:
                opt.zero_grad()
                outputs = model(x)
                loss = ce(outputs, y)
                loss.backward()
                opt.step()
        """,
    "self_is_called": """
        import torch
        import torch.nn as nn
        import torch.nn.functional as F
        class M(nn.Module):
            def __init__(self):
                super().__init__()
                self.l1 = nn.Linear(4, 8); self.l2 = nn.Linear(8, 3)
            def forward(self, x):
                x = F.relu(self.l1(x))
                return F.softmax(self.l2(x), dim=1)  # here
            def training_step(self, batch, idx):
                x, y = batch
                y_hat = self(x)
                return F.cross_entropy(y_hat, y)
        """,
    "a_list_of_layers": """
        import torch
        import torch.nn as nn
        class M(nn.Module):
            def __init__(self):
                super().__init__()
                layers = [nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3)]
                layers.append(nn.Softmax(dim=-1))  # here
                self.net = nn.Sequential(*layers)
                self.criterion = nn.CrossEntropyLoss()
            def forward(self, x):
                return self.net(x)
            def loss(self, x, y):
                return self.criterion(self(x), y)
        """,
    "in_the_call": """
        import torch.nn.functional as F
        def loss(logits, y):
            return F.cross_entropy(F.softmax(logits, dim=1), y)  # here
        """,
    "on_the_way": """
        import torch
        criterion = torch.nn.CrossEntropyLoss()
        def loss(model, x, y):
            out = model(x)
            probs = torch.softmax(out, -1).view(-1, 10)  # here
            return criterion(probs, y)
        """,
    "method": """
        from torch import nn
        class T:
            def __init__(self):
                self.loss = nn.CrossEntropyLoss(label_smoothing=0.1)
            def step(self, x, y):
                out = self.model(x).log_softmax(dim=-1)  # here
                return self.loss(out, y)
        """,
    "last_layer_of_a_sequential": """
        import torch.nn as nn
        net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3), nn.Softmax(dim=1))  # here
        loss_fn = nn.CrossEntropyLoss()
        def train(x, y):
            loss = loss_fn(net(x), y)
            loss.backward()
        """,
    "forward_of_a_model": """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(4, 3)
                self.act = nn.Softmax(dim=-1)
            def forward(self, x):
                return self.act(self.fc(x))  # here
        def main(loader):
            model = Net().to("cuda")
            for x, y in loader:
                loss = nn.functional.cross_entropy(model(x), y)
                loss.backward()
        """,
    "passed_to_a_function": """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = nn.Sequential(nn.Linear(4, 3), nn.LogSoftmax(dim=1))  # here
            def forward(self, x):
                x = self.body(x)
                return x
        def train(model, loader, criterion):
            for x, y in loader:
                out = model(x)
                loss = criterion(out, y)
                loss.backward()
        train(Net(), loader, nn.CrossEntropyLoss())
        """,
    "function_of_the_file": """
        import torch
        import torch.nn.functional as F
        def predict(model, x):
            return F.softmax(model(x), dim=1)  # here
        def loss(model, x, y):
            return F.cross_entropy(input=predict(model, x), target=y)
        """,
    "added_to_a_model_of_a_library": """
        import torch
        import torchvision
        from torch import nn
        net = torchvision.models.squeezenet1_1()
        net.classifier.add_module("probs", nn.Softmax(dim=1))  # here
        criterion = nn.CrossEntropyLoss()
        loss = criterion(net(x), y)
        """,
    "a_function_kept_as_attribute": """
        import torch.nn.functional as F
        class T:
            def __init__(self):
                self.loss_fn = F.cross_entropy
            def step(self, x, y):
                p = F.softmax(self.net(x), dim=1)  # here
                return self.loss_fn(p, y)
        """,
    "an_item_of_what_a_model_gives": """
        import torch, torch.nn as nn, torch.nn.functional as F
        class Net(nn.Module):
            def forward(self, x):
                z = self.fc(x)
                return {"logits": z, "probs": z.softmax(-1)}  # here
        net = Net()
        out = net(x)
        loss = F.cross_entropy(out["probs"], y)
        ok = F.cross_entropy(out["logits"], y)
        """,
    "a_field_of_what_a_model_gives": """
        from dataclasses import dataclass
        import torch, torch.nn as nn, torch.nn.functional as F
        @dataclass
        class Out:
            logits: torch.Tensor
            probs: torch.Tensor
        class Net(nn.Module):
            def forward(self, x):
                z = self.fc(x)
                return Out(z, z.softmax(-1))  # here
        net = Net()
        out = net(x)
        loss = F.cross_entropy(out.probs, y)
        ok = F.cross_entropy(out.logits, y)
        """,
    "a_layer_by_its_name": """
        import torch, torch.nn as nn
        ACT = "Softmax"
        net = nn.Sequential(nn.Linear(3, 4), getattr(nn, ACT)(dim=1))  # here
        loss_fn = nn.CrossEntropyLoss()
        loss = loss_fn(net(x), y)
        """,
    "appended_to_a_sequence": """
        import torch, torch.nn as nn
        net = nn.Sequential(nn.Linear(3, 4))
        net.append(nn.Softmax(dim=1))  # here
        loss_fn = nn.CrossEntropyLoss()
        loss = loss_fn(net(x), y)
        """,
    "a_flag_that_is_on": """
        import torch, torch.nn as nn
        def mlp(d, probs=True):
            layers = [nn.Linear(d, 4)]
            if probs:
                layers.append(nn.Softmax(dim=1))  # here
            return nn.Sequential(*layers)
        net = mlp(3)
        loss = nn.CrossEntropyLoss()(net(x), y)
        """,
    "a_lambda": """
        import torch, torch.nn as nn
        act = lambda z: torch.softmax(z, -1)  # here
        loss = nn.CrossEntropyLoss()(act(net(x)), y)
        """,
    "a_lightning_module": """
        import torch, torch.nn as nn, lightning as L
        class M(L.LightningModule):
            def __init__(self):
                super().__init__()
                self.net = nn.Sequential(nn.Linear(3, 4), nn.Softmax(1))  # here
                self.criterion = nn.CrossEntropyLoss()
            def forward(self, x):
                return self.net(x)
            def training_step(self, batch, i):
                x, y = batch
                out = self(x)
                return self.criterion(out, y)
        """,
    "layers_one_after_the_other": """
        import torch, torch.nn as nn
        class M(nn.Module):
            def __init__(self):
                super().__init__()
                self.layers = nn.ModuleList([nn.Linear(3, 4), nn.ReLU(), nn.Softmax(1)])
            def forward(self, x):
                for layer in self.layers:
                    x = layer(x)  # here
                return x
        net = M()
        loss = nn.CrossEntropyLoss()(net(x), y)
        """,
    "a_subclass_of_the_loss": """
        import torch, torch.nn as nn
        class Smooth(nn.CrossEntropyLoss):
            pass
        crit = Smooth()
        loss = crit(torch.softmax(net(x), 1), y)  # here
        """,
    "one_of_two_outputs": """
        import torch, torch.nn as nn, torch.nn.functional as F
        class Net(nn.Module):
            def forward(self, x):
                z = self.fc(x)
                return z, z.softmax(-1)  # here
        net = Net()
        out = net(x)
        loss = F.cross_entropy(out[1], y) + F.cross_entropy(out[0], y)
        """,
    "a_function_that_is_chosen": """
        import torch, torch.nn.functional as F
        def loss_of(kind):
            return {"ce": F.cross_entropy, "nll": F.nll_loss}[kind]
        def run(model, x, y):
            p = F.softmax(model(x), 1)  # here
            return loss_of("ce")(p, y)
        """,
    "a_loss_by_default": """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(3, 3)
                self.activation = nn.Softmax(dim=1)
            def forward(self, x):
                return self.activation(self.fc(x))  # here
        def train(net, x, y, criterion=nn.CrossEntropyLoss()):
            return criterion(net(x), y)
        net = Net()
        train(net, x, y)
        """,
    "with_a_small_number": """
        import torch, torch.nn.functional as F
        def step(model, x, y):
            p = F.softmax(model(x), dim=-1)  # here
            return F.cross_entropy(p + 1e-8, y)
        """,
    "a_trainer_of_transformers": """
        import torch
        from torch import nn
        from transformers import Trainer
        class Mine(Trainer):
            def compute_loss(self, model, inputs, return_outputs=False, **kw):
                labels = inputs.pop("labels")
                out = model(**inputs)
                probs = nn.functional.softmax(out.logits, dim=-1)  # here
                loss = nn.CrossEntropyLoss(weight=self.w)(probs.view(-1, 3), labels.view(-1))
                return (loss, out) if return_outputs else loss
        """,
    "a_partial_kept_as_attribute": """
        import torch
        from functools import partial
        from torch.nn import functional as F
        class T:
            def __init__(self):
                self.loss = partial(F.cross_entropy, label_smoothing=0.1)
            def step(self, m, x, y):
                return self.loss(m(x).softmax(-1), y)  # here
        """,
    "an_ordered_dict_by_keywords": """
        import torch
        from torch import nn
        from collections import OrderedDict
        net = nn.Sequential(OrderedDict(fc=nn.Linear(3, 3), probs=nn.Softmax(1)))  # here
        loss = nn.CrossEntropyLoss()(net(x), y)
        """,
    "a_head_of_its_own": """
        import torch
        from torch import nn
        class Enc(nn.Module):
            def forward(self, x):
                return x.relu()
        class Head(nn.Module):
            def __init__(self):
                super().__init__()
                self.l = nn.Linear(3, 3)
            def forward(self, h):
                return torch.softmax(self.l(h), dim=1)  # here
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.enc, self.head = Enc(), Head()
            def forward(self, x):
                return self.head(self.enc(x))
        net = Net()
        crit = nn.CrossEntropyLoss()
        for x, y in loader:
            crit(net(x), y).backward()
        """,
    "a_compiled_model": """
        import torch
        from torch import nn
        class Net(nn.Module):
            def forward(self, x):
                return nn.Softmax(dim=-1)(self.fc(x))  # here
        net = torch.compile(Net().cuda())
        crit = nn.CrossEntropyLoss().to("cuda")
        out = net(x)
        loss = crit(out, y)
        """,
    "a_function_that_runs_the_model": """
        import torch
        from torch import nn
        def forward_pass(net, batch):
            x, y = batch
            with torch.autocast("cuda"):
                scores = net(x)
                scores = torch.nn.functional.softmax(scores, dim=1)  # here
            return scores, y
        def main(net, loader):
            ce = nn.CrossEntropyLoss()
            for batch in loader:
                scores, y = forward_pass(net, batch)
                ce(scores, y).backward()
        """,
    "a_class_that_is_a_sequential": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        class Head(nn.Sequential):
            def __init__(self, dims):
                layers = []
                for a, b in zip(dims[:-2], dims[1:-1]):
                    layers += [nn.Linear(a, b), nn.ReLU()]
                layers.append(nn.Linear(dims[-2], dims[-1]))
                layers.append(nn.Softmax(dim=-1))  # here
                super().__init__(*layers)
        class Other(nn.Sequential):
            def __init__(self, d, k):
                super().__init__()
                self.add_module("fc", nn.Linear(d, k))
                self.add_module("act", nn.LogSoftmax(-1))  # here
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.head = Head([3, 4, 5])
            def forward(self, x):
                return self.head(x)
        net, other = Net(), Other(3, 4)
        for x, y in loader:
            loss = F.cross_entropy(net(x), y) + F.cross_entropy(other(x), y)
        """,
    "in_the_forward_of_a_loss_of_the_file": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        class Focal(nn.Module):
            def forward(self, inputs, targets):
                return ((1 - F.cross_entropy(inputs, targets, reduction="none")) ** 2).mean()
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(3, 4)
            def forward(self, x):
                return F.softmax(self.fc(x), dim=1)  # here
        def train(model, criterion, loader):
            for x, y in loader:
                criterion(model(x), y).backward()
        train(Net(), Focal(), loader)
        """,
    "a_branch_that_is_taken": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        class Net(nn.Module):
            def __init__(self, apply_softmax=True):
                super().__init__()
                self.fc = nn.Linear(3, 4)
                self.apply_softmax = apply_softmax
            def forward(self, x):
                out = self.fc(x)
                if self.apply_softmax:
                    out = F.softmax(out, dim=1)  # here
                return out
        net = Net()
        for x, y in loader:
            loss = F.cross_entropy(net(x), y)
        """,
    "the_last_item_of_a_head": """
        import torch
        from torch import nn
        from torchvision.models import mobilenet_v2
        net = mobilenet_v2()
        net.classifier[-1] = nn.Sequential(nn.Linear(1280, 10), nn.Softmax(dim=1))  # here
        criterion = nn.CrossEntropyLoss()
        for x, y in loader:
            criterion(net(x), y).backward()
        """,
    "a_layer_by_default": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        class Net(nn.Module):
            def __init__(self, last=nn.Softmax(dim=-1)):
                super().__init__()
                self.fc, self.last = nn.Linear(3, 4), last
            def forward(self, x):
                return self.last(self.fc(x))  # here
        net = Net()
        for x, y in loader:
            loss = F.cross_entropy(net(x), y)
        """,
}

SILENT = {
    "a_list_that_goes_on": """
        import torch.nn as nn
        layers = [nn.Linear(4, 8), nn.Softmax(dim=-1)]
        for width in (8, 3):
            layers.append(nn.Linear(8, width))
        net = nn.Sequential(*layers)
        loss = nn.functional.cross_entropy(net(x), y)
        """,
    "logits": """
        import torch.nn.functional as F
        def loss(model, x, y):
            out = model(x)
            probs = F.softmax(out, dim=1)
            return F.cross_entropy(out, y), probs
        """,
    "nll_loss": """
        import torch.nn.functional as F
        def loss(model, x, y):
            return F.nll_loss(F.log_softmax(model(x), dim=1), y)
        """,
    "targets": """
        import torch.nn.functional as F
        def distill(student, teacher, x):
            return F.cross_entropy(student(x), F.softmax(teacher(x), dim=1))
        """,
    "in_evaluation_alone": """
        import torch
        from torch import nn
        class Net(nn.Module):
            def forward(self, x):
                x = self.fc(x)
                if not self.training:
                    x = torch.softmax(x, 1)
                return x
        def loss(x, y):
            model = Net()
            return nn.functional.cross_entropy(model(x), y)
        """,
    "another_loss_by_that_name": """
        import torch
        from mine import CrossEntropyLoss
        criterion = CrossEntropyLoss()
        def loss(x, y):
            return criterion(torch.softmax(x, 1), y)
        """,
    "attention": """
        import torch.nn.functional as F
        def loss(model, q, k, v, y):
            weights = F.softmax(q @ k, dim=-1)
            return F.cross_entropy(weights @ v, y)
        """,
    "overwritten": """
        import torch.nn.functional as F
        def loss(model, x, y):
            out = F.softmax(x, 1)
            out = model(out)
            return F.cross_entropy(out, y)
        """,
    "something_else_added": """
        import torch
        import torchvision
        from torch import nn
        net = torchvision.models.squeezenet1_1()
        net.classifier.add_module("flat", nn.Flatten())
        criterion = nn.CrossEntropyLoss()
        loss = criterion(net(x), y)
        """,
    "not_in_training": """
        import torch, torch.nn as nn, torch.nn.functional as F
        class Net(nn.Module):
            def forward(self, x):
                z = self.fc(x)
                return z if self.training else z.softmax(-1)
        net = Net()
        loss = F.cross_entropy(net(x), y)
        """,
    "a_flag_that_is_off": """
        import torch, torch.nn as nn
        def mlp(d, probs=False):
            layers = [nn.Linear(d, 4)]
            if probs:
                layers.append(nn.Softmax(dim=1))
            return nn.Sequential(*layers)
        net = mlp(3)
        loss = nn.CrossEntropyLoss()(net(x), y)
        """,
    "shares_that_are_no_softmax": """
        import torch, torch.nn.functional as F
        def norm(e):
            return e / e.sum(1, keepdim=True)
        loss = F.cross_entropy(norm(net(x)), y)
        """,
    "a_sequential_with_a_layer_after_it": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        class Head(nn.Sequential):
            def __init__(self, d, k):
                super().__init__(nn.Linear(d, k), nn.Softmax(-1), nn.Linear(k, k))
        class Own(nn.Sequential):
            def __init__(self, d, k):
                super().__init__(nn.Linear(d, k), nn.Softmax(-1))
            def forward(self, x):
                return self[0](x)
        head, own = Head(3, 4), Own(3, 4)
        for x, y in loader:
            loss = F.cross_entropy(head(x), y) + F.cross_entropy(own(x), y)
        """,
    "a_branch_that_is_not_taken": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        class Net(nn.Module):
            def __init__(self, apply_softmax=False):
                super().__init__()
                self.fc = nn.Linear(3, 4)
                self.apply_softmax = apply_softmax
            def forward(self, x, probs=True):
                out = self.fc(x)
                if self.apply_softmax:
                    out = F.softmax(out, dim=1)
                if probs and not self.training:
                    out = F.softmax(out, dim=1)
                return out
        net = Net()
        for x, y in loader:
            loss = F.cross_entropy(net(x), y)
        """,
}
