"""Schedulers that step in another unit than they were built for, and in their own."""

FIRES = {
    "patience_per_batch": """
        import torch
        def main(net, train_iter, epochs):
            opt = torch.optim.SGD(net.parameters(), lr=1e-1)
            plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, patience=5)
            for epoch in range(epochs):
                for x, y in train_iter:
                    opt.zero_grad()
                    loss = torch.nn.functional.cross_entropy(net(x), y)
                    loss.backward()
                    opt.step()
                    plateau.step(loss.item())  # here
        """,
    "a_constant_per_batch": """
        import torch
        NUM_EPOCHS = 50
        def main(net, train_iter):
            opt = torch.optim.SGD(net.parameters(), lr=1e-1)
            lr_sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, NUM_EPOCHS)
            for epoch in range(NUM_EPOCHS):
                net.train()
                for x, y in train_iter:
                    opt.zero_grad(set_to_none=True)
                    torch.nn.functional.cross_entropy(net(x), y).backward()
                    opt.step()
                    lr_sched.step()  # here
        """,
    "a_sequence_per_batch": """
        import torch
        def main(net, loader):
            opt = torch.optim.AdamW(net.parameters(), lr=1e-3)
            warm = torch.optim.lr_scheduler.LinearLR(opt, start_factor=0.1, total_iters=5)
            cos = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=95)
            seq = torch.optim.lr_scheduler.SequentialLR(opt, [warm, cos], milestones=[5])
            for epoch in range(100):
                for xb, yb in loader:
                    loss = torch.nn.functional.cross_entropy(net(xb), yb)
                    opt.zero_grad()
                    loss.backward()
                    opt.step()
                    seq.step()  # here
        """,
    "epochs_per_batch": """
        import torch
        def main(model, loader, epochs):
            opt = torch.optim.SGD(model.parameters(), lr=0.1)
            sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=epochs)
            for epoch in range(epochs):
                for x in loader:
                    opt.zero_grad()
                    model(x).backward()
                    opt.step()
                    sched.step()  # here
        """,
    "step_size_per_batch": """
        import torch
        from torch.optim.lr_scheduler import StepLR
        def main(model, train_loader):
            opt = torch.optim.SGD(model.parameters(), lr=0.1)
            sched = StepLR(opt, step_size=30, gamma=0.1)
            for epoch in range(90):
                for i, (x, y) in enumerate(train_loader):
                    opt.zero_grad()
                    model(x, y).backward()
                    opt.step()
                    sched.step()  # here
        """,
    "milestones_in_a_function": """
        import torch
        def epoch(model, loader, opt, sched):
            for x in loader:
                opt.zero_grad()
                model(x).backward()
                opt.step()
                sched.step()  # here
        def main(model, loader):
            opt = torch.optim.SGD(model.parameters(), lr=0.1)
            sched = torch.optim.lr_scheduler.MultiStepLR(opt, milestones=[30, 60, 80])
            for e in range(90):
                epoch(model, loader, opt, sched)
        """,
    "gamma_per_batch": """
        import torch
        class T:
            def __init__(self, model):
                self.opt = torch.optim.Adam(model.parameters())
                self.sched = torch.optim.lr_scheduler.ExponentialLR(self.opt, gamma=0.95)
            def fit(self, loader, epochs):
                for epoch in range(epochs):
                    for x in loader:
                        self.opt.zero_grad()
                        self.model(x).backward()
                        self.opt.step()
                        self.sched.step()  # here
        """,
    "one_cycle_per_epoch": """
        import torch
        def main(model, loader):
            opt = torch.optim.SGD(model.parameters(), lr=0.1)
            sched = torch.optim.lr_scheduler.OneCycleLR(
                opt, max_lr=0.1, steps_per_epoch=len(loader), epochs=10
            )
            for epoch in range(10):
                for x in loader:
                    opt.zero_grad()
                    model(x).backward()
                    opt.step()
                sched.step()  # here
        """,
    "warmup_per_epoch": """
        import torch
        from transformers import get_linear_schedule_with_warmup
        def main(model, loader, epochs):
            opt = torch.optim.AdamW(model.parameters())
            total = len(loader) * epochs
            sched = get_linear_schedule_with_warmup(opt, 100, total)
            for epoch in range(epochs):
                for batch in loader:
                    opt.zero_grad()
                    model(batch).backward()
                    opt.step()
                sched.step()  # here
        """,
    "ends_after_the_first_epoch": """
        import torch
        total = len(loader)  # here
        falls = lambda step: max(0.0, 1.0 - step / total)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lr_lambda=falls)
        for epoch in range(20):
            for x in loader:
                model(x).mean().backward()
                optimizer.step()
                schedule.step()
        """,
    "a_function_of_epochs_that_a_function_makes": """
        import torch
        def decay(each):
            return lambda epoch: 0.5 ** (epoch // each)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        sched = torch.optim.lr_scheduler.LambdaLR(opt, decay(30))
        for epoch in range(90):
            for x in loader:
                opt.zero_grad()
                net(x).mean().backward()
                opt.step()
                if sched is not None:
                    sched.step()  # here
        """,
    "once_gradients_are_synchronised": """
        import torch
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        sched = torch.optim.lr_scheduler.StepLR(opt, step_size=30)
        for epoch in range(90):
            for x in loader:
                with accelerator.accumulate(net):
                    accelerator.backward(net(x).mean())
                    opt.step()
                    if accelerator.sync_gradients:
                        sched.step()  # here
                    opt.zero_grad()
        """,
    "from_a_dict_of_settings": """
        import torch
        CFG = {"optim": {"lr": 0.1}, "sched": {"milestones": [30, 60]}}
        opt = torch.optim.SGD(net.parameters(), lr=CFG["optim"]["lr"])
        sched = torch.optim.lr_scheduler.MultiStepLR(opt, milestones=CFG["sched"]["milestones"])
        for epoch in range(90):
            for x in loader:
                opt.zero_grad()
                net(x).mean().backward()
                opt.step()
                sched.step()  # here
        """,
    "warmup_of_steps_once_an_epoch": """
        import torch
        from transformers import get_cosine_schedule_with_warmup
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        sched = get_cosine_schedule_with_warmup(opt, 100, len(loader) * 10)
        for epoch in range(10):
            for x in loader:
                opt.zero_grad()
                net(x).mean().backward()
                opt.step()
            sched.step()  # here
        """,
    "callback_each_batch": """
        import torch
        class Lr:
            def __init__(self, s):
                self.s = s
            def batch_ends(self):
                self.s.step()  # here
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        callbacks = [Lr(torch.optim.lr_scheduler.StepLR(opt, step_size=30))]
        for epoch in range(90):
            for x in loader:
                opt.zero_grad()
                net(x).mean().backward()
                opt.step()
                for c in callbacks:
                    c.batch_ends()
        """,
    "lightning_steps_a_bare_one_each_epoch": """
        import torch
        import lightning.pytorch as pl
        from torch.optim.lr_scheduler import OneCycleLR
        class Lists(pl.LightningModule):
            def configure_optimizers(self):
                opt = torch.optim.AdamW(self.parameters(), lr=1e-3)
                cycle = OneCycleLR(opt, 1e-3, total_steps=self.trainer.estimated_stepping_batches)
                return [opt], [cycle]  # here
        class Named(pl.LightningModule):
            def cycle(self, opt):
                return OneCycleLR(opt, 1e-3, total_steps=self.trainer.estimated_stepping_batches)
            def configure_optimizers(self):
                opt = torch.optim.AdamW(self.parameters(), lr=1e-3)
                plan = self.cycle(opt)
                return {"optimizer": opt, "lr_scheduler": plan}  # here
        class Options(pl.LightningModule):
            def configure_optimizers(self):
                opt = torch.optim.AdamW(self.parameters(), lr=1e-3)
                warm = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: min(1.0, (s + 1) / 2000))
                options = {"scheduler": warm, "name": "rate"}  # here
                return [opt], [options]
        """,
    "a_factor_of_steps_through_a_function": """
        import torch
        from dataclasses import dataclass
        @dataclass
        class Options:
            warmup: int = 4000
        def noam(count, options):
            count = max(count, 1)
            return 512 ** -0.5 * min(count ** -0.5, count * options.warmup ** -1.5)
        class Run:
            def __init__(self, options: Options):
                self.opt = torch.optim.Adam(net.parameters(), lr=1.0)
                self.plan = torch.optim.lr_scheduler.LambdaLR(
                    self.opt, lambda step: noam(step, options)
                )
            def batches(self):
                for x in loader:
                    self.opt.zero_grad()
                    net(x).mean().backward()
                    self.opt.step()
            def finish(self, loss):
                self.plan.step()  # here
            def run(self):
                for epoch in range(40):
                    self.finish(self.batches())
        Run(Options()).run()
        """,
    "a_factor_held_against_epochs": """
        import torch
        EPOCHS, WARM = 90, 5
        def factor(it):
            if it < WARM:
                return (it + 1) / WARM
            return (EPOCHS - it) / (EPOCHS - WARM)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        plan = torch.optim.lr_scheduler.LambdaLR(opt, factor)
        for epoch in range(EPOCHS):
            for x in loader:
                opt.zero_grad()
                net(x).mean().backward()
                opt.step()
                plan.step()  # here
        """,
    "a_partial_of_a_function_of_epochs": """
        import torch
        from functools import partial
        def decay(epoch, each):
            return 0.1 ** (epoch // each)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        plan = torch.optim.lr_scheduler.LambdaLR(opt, partial(decay, each=30))
        for e in range(90):
            for x in loader:
                opt.zero_grad()
                net(x).mean().backward()
                opt.step()
                plan.step()  # here
        """,
    "milestones_within_the_epochs_of_the_loop": """
        import torch
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        options = {"milestones": [150, 225], "gamma": 0.1}
        plan = torch.optim.lr_scheduler.MultiStepLR(opt, **options)
        for epoch in range(300):
            for x in loader:
                opt.zero_grad()
                net(x).mean().backward()
                opt.step()
                plan.step()  # here
        """,
    "a_flag_of_the_settings": """
        import torch
        CONFIG = {
            "policy": {
                "type": "step",
                "step_size": 30,
                "by_epoch": False,  # here
            },
        }
        POLICIES = {"step": torch.optim.lr_scheduler.StepLR}
        def build(registry, spec, *args):
            spec = dict(spec)
            return registry[spec.pop("type")](*args, **spec)
        class Run:
            def __init__(self, config):
                self.opt = torch.optim.SGD(net.parameters(), lr=0.1)
                policy = dict(config["policy"])
                self.by_epoch = policy.pop("by_epoch", True)
                self.plan = build(POLICIES, policy, self.opt)
            def fit(self):
                for epoch in range(90):
                    for x in loader:
                        self.opt.zero_grad()
                        net(x).mean().backward()
                        self.opt.step()
                        if not self.by_epoch:
                            self.plan.step()
                    if self.by_epoch:
                        self.plan.step()
        Run(CONFIG).fit()
        """,
    "given_to_a_trainer": """
        import torch
        from transformers import Trainer, TrainingArguments
        opt = torch.optim.AdamW(net.parameters(), lr=1e-4)
        plan = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=10)  # here
        args = TrainingArguments("out", num_train_epochs=10)
        Trainer(model=net, args=args, train_dataset=rows, optimizers=(opt, plan)).train()
        class Own(Trainer):
            def create_scheduler(self, num_training_steps, optimizer=None):
                self.lr_scheduler = torch.optim.lr_scheduler.StepLR(  # here
                    self.optimizer, step_size=1, gamma=0.9
                )
                return self.lr_scheduler
        """,
    "a_sequence_of_steps_once_an_epoch": """
        import torch
        opt = torch.optim.AdamW(net.parameters(), lr=1e-3)
        warm = torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=500)
        down = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=20 * len(loader) - 500)
        plan = torch.optim.lr_scheduler.SequentialLR(opt, [warm, down], milestones=[500])
        for epoch in range(20):
            for x in loader:
                opt.zero_grad()
                net(x).mean().backward()
                opt.step()
            plan.step()  # here
        """,
    "of_timm_told_the_batch": """
        import torch
        from timm.scheduler import CosineLRScheduler
        opt = torch.optim.AdamW(net.parameters(), lr=1e-3)
        plan = CosineLRScheduler(opt, t_initial=100, warmup_t=5)
        done = 0
        for epoch in range(100):
            for x in loader:
                opt.zero_grad()
                net(x).mean().backward()
                opt.step()
                done += 1
                plan.step(done)  # here
        """,
    "a_total_handed_on_to_a_partial": """
        import torch
        from functools import partial
        def falls(now, *, warm, total):
            return now / max(1, warm) if now < warm else (total - now) / max(1, total - warm)
        def make(opt, total):
            return torch.optim.lr_scheduler.LambdaLR(opt, partial(falls, warm=1, total=total))
        def main(num_epochs):
            opt = torch.optim.AdamW(net.parameters(), lr=1e-3)
            plan = make(opt, num_epochs)
            for epoch in range(num_epochs):
                for x in loader:
                    opt.zero_grad()
                    net(x).mean().backward()
                    opt.step()
                    plan.step()  # here
        """,
}

SILENT = {
    "epochs_times_something": """
        import torch
        def main(model, loader, epochs, per_epoch):
            opt = torch.optim.SGD(model.parameters(), lr=0.1)
            sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, epochs * per_epoch)
            other = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=epochs * size)
            for epoch in range(epochs):
                for x in loader:
                    opt.zero_grad()
                    model(x).backward()
                    opt.step()
                    sched.step()
                    other.step()
        """,
    "patience_per_epoch": """
        import torch
        def main(model, loader, val_loss):
            opt = torch.optim.SGD(model.parameters(), lr=0.1)
            plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, patience=5)
            for epoch in range(10):
                for x in loader:
                    opt.zero_grad()
                    model(x).backward()
                    opt.step()
                plateau.step(val_loss(model))
        """,
    "epochs_per_epoch": """
        import torch
        def main(model, loader, epochs):
            opt = torch.optim.SGD(model.parameters(), lr=0.1)
            sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=epochs)
            for epoch in range(epochs):
                for x in loader:
                    opt.zero_grad()
                    model(x).backward()
                    opt.step()
                sched.step()
        """,
    "batches_per_batch": """
        import torch
        def main(model, loader, epochs):
            opt = torch.optim.SGD(model.parameters(), lr=0.1)
            sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, epochs * len(loader))
            for epoch in range(epochs):
                for x in loader:
                    opt.zero_grad()
                    model(x).backward()
                    opt.step()
                    sched.step()
        """,
    "one_batch_an_epoch": """
        import torch
        def main(model, x, epochs):
            opt = torch.optim.SGD(model.parameters(), lr=0.1)
            sched = torch.optim.lr_scheduler.StepLR(opt, 50)
            for epoch in range(epochs):
                opt.zero_grad()
                model(x).backward()
                opt.step()
                sched.step()
        """,
    "a_length_out_of_sight": """
        import torch
        def main(model, loader, config):
            opt = torch.optim.SGD(model.parameters(), lr=0.1)
            sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, config.horizon)
            for epoch in range(10):
                for x in loader:
                    opt.zero_grad()
                    model(x).backward()
                    opt.step()
                    sched.step()
        """,
    "thousands_of_steps": """
        import torch
        def main(model, loader):
            opt = torch.optim.SGD(model.parameters(), lr=0.1)
            sched = torch.optim.lr_scheduler.StepLR(opt, step_size=10000)
            for epoch in range(10):
                for x in loader:
                    opt.zero_grad()
                    model(x).backward()
                    opt.step()
                    sched.step()
        """,
    "ends_with_the_last_epoch": """
        import torch
        total = 20 * len(loader)
        falls = lambda step: max(0.0, 1.0 - step / total)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lr_lambda=falls)
        for epoch in range(20):
            for x in loader:
                model(x).mean().backward()
                optimizer.step()
                schedule.step()
        """,
    "one_epoch_of_warm_up": """
        import torch
        warm = torch.optim.lr_scheduler.LinearLR(optimizer, 0.01, total_iters=len(loader))
        for epoch in range(20):
            for x in loader:
                model(x).mean().backward()
                optimizer.step()
                warm.step()
        """,
    "restarts_told_in_fractions": """
        import torch
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts
        scheduler = CosineAnnealingWarmRestarts(optimizer, T_0=10)
        for epoch in range(70):
            for i, (x, y) in enumerate(loader):
                loss_fn(model(x), y).backward()
                optimizer.step()
                scheduler.step(epoch + i / len(loader))
        """,
    "one_cycle_of_epochs": """
        import torch
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        from torch.optim.lr_scheduler import OneCycleLR
        scheduler = OneCycleLR(optimizer, 0.2, epochs=80, steps_per_epoch=1)
        for epoch in range(80):
            for x, y in loader:
                loss_fn(model(x), y).backward()
                optimizer.step()
            scheduler.step()
        """,
    "every_batch_where_a_flag_says": """
        import torch
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        sched = torch.optim.lr_scheduler.StepLR(opt, step_size=30)
        for epoch in range(90):
            for x in loader:
                opt.zero_grad()
                net(x).mean().backward()
                opt.step()
                if args.per_batch:
                    sched.step()
        """,
    "a_function_of_steps": """
        import torch
        def warmup(steps):
            return lambda step: min(1.0, step / steps)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        sched = torch.optim.lr_scheduler.LambdaLR(opt, warmup(2000))
        for epoch in range(90):
            for x in loader:
                opt.zero_grad()
                net(x).mean().backward()
                opt.step()
                sched.step()
        """,
    "lightning_is_told_each_step": """
        import torch
        import lightning.pytorch as pl
        from torch.optim.lr_scheduler import CosineAnnealingLR, OneCycleLR
        class Steps(pl.LightningModule):
            def configure_optimizers(self):
                opt = torch.optim.AdamW(self.parameters(), lr=1e-3)
                cycle = OneCycleLR(opt, 1e-3, total_steps=self.trainer.estimated_stepping_batches)
                options = {"scheduler": cycle}
                options["interval"] = "step"
                return [opt], [options]
        class Epochs(pl.LightningModule):
            def configure_optimizers(self):
                opt = torch.optim.AdamW(self.parameters(), lr=1e-3)
                return [opt], [CosineAnnealingLR(opt, T_max=self.trainer.max_epochs)]
        """,
    "lightning_by_hand": """
        import torch
        import lightning.pytorch as pl
        from torch.optim.lr_scheduler import OneCycleLR
        class Manual(pl.LightningModule):
            def training_step(self, batch, index):
                self.lr_schedulers().step()
            def configure_optimizers(self):
                opt = torch.optim.AdamW(self.parameters(), lr=1e-3)
                cycle = OneCycleLR(opt, 1e-3, total_steps=self.trainer.estimated_stepping_batches)
                return [opt], [cycle]
        """,
    "a_factor_of_steps_in_epochs": """
        import torch
        EPOCHS, WARM = 90, 5
        def factor(step):
            epoch = (step + 1) / per_pass
            return epoch / WARM if epoch < WARM else (EPOCHS - epoch) / (EPOCHS - WARM)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        plan = torch.optim.lr_scheduler.LambdaLR(opt, factor)
        other = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: 1 - s / (EPOCHS * per_pass))
        for epoch in range(EPOCHS):
            for x in loader:
                opt.zero_grad()
                net(x).mean().backward()
                opt.step()
                plan.step()
                other.step()
        """,
    "milestones_beyond_the_epochs_of_the_loop": """
        import torch
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        plan = torch.optim.lr_scheduler.MultiStepLR(opt, milestones=[150, 225])
        for epoch in range(5):
            for x in loader:
                opt.zero_grad()
                net(x).mean().backward()
                opt.step()
                plan.step()
        """,
    "a_flag_of_the_settings_for_epochs": """
        import torch
        CONFIG = {"step_size": 30, "by_epoch": True}
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        plan = torch.optim.lr_scheduler.StepLR(opt, CONFIG["step_size"])
        by_epoch = CONFIG.get("by_epoch", False)
        for epoch in range(90):
            for x in loader:
                opt.zero_grad()
                net(x).mean().backward()
                opt.step()
                if not by_epoch:
                    plan.step()
            if by_epoch:
                plan.step()
        """,
    "given_to_a_trainer_for_its_batches": """
        import torch
        from transformers import Trainer, TrainingArguments
        opt = torch.optim.AdamW(net.parameters(), lr=1e-4)
        plan = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=10 * len(loader))
        after = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, patience=2)
        args = TrainingArguments("out", num_train_epochs=10)
        Trainer(model=net, args=args, train_dataset=rows, optimizers=(opt, plan)).train()
        Trainer(model=net, args=args, train_dataset=rows, optimizers=(opt, after)).train()
        """,
    "told_the_epoch_each_time": """
        import torch
        from timm.scheduler import CosineLRScheduler
        opt = torch.optim.AdamW(net.parameters(), lr=1e-3)
        plan = CosineLRScheduler(opt, t_initial=100, warmup_t=5)
        done = 0
        for epoch in range(100):
            for x in loader:
                opt.zero_grad()
                net(x).mean().backward()
                opt.step()
                done += 1
                plan.step_update(done)
                plan.step(epoch)
        """,
    "a_named_total_of_epochs_times_something": """
        import torch
        opt = torch.optim.AdamW(net.parameters(), lr=1e-3)
        total = num_epochs * size
        plan = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=total)
        for epoch in range(num_epochs):
            for x in loader:
                opt.zero_grad()
                net(x).mean().backward()
                opt.step()
                plan.step()
        """,
}
