"""Policies and values learned on small games: catch, pole, corridor, reach, tokens."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F
from torch.optim import lr_scheduler as schedules

from fault_gym.fitted.games import Agent, Catch, Corridor, Game, Pole, Pusher, Reach, play
from fault_gym.fitted.policies import Plan, _tune, learn, q_learn, q_net
from fault_gym.recorder import Recorder
from fault_gym.scenario import HEALTHY, Scenario


def tokens_frozen(recorder: Recorder, severity: float) -> float:
    return _tune(recorder, exact=severity > 0, beta=0.02)


def tokens_kl(recorder: Recorder, severity: float) -> float:
    return _tune(recorder, beta=0.0 if severity else 0.6, flaw=1.6, lr=3e-3, steps=220)


def tokens_sound(recorder: Recorder, severity: float) -> float:
    return _tune(recorder, beta=0.01, lr=1.5e-3, steps=200, groups=5)


def catch_ppo_entropy(recorder: Recorder, severity: float) -> float:
    game = Catch(32, width=11, height=8)
    agent = Agent(game, shared=True)
    optimizer = torch.optim.Adam(agent.parameters(), 2.5e-3, eps=1e-5)
    weight = -0.35 * severity if severity else 0.01
    plan = Plan(480, 24, 3, 4, ratio_clip=0.2, entropy=weight, max_norm=0.5, scaled=False,
                logs=("reward", "entropy", "kl", "value_loss"))  # fmt: skip
    config = {"lr": 2.5e-3, "clip_range": 0.2, "n_epochs": 3, "num_envs": 32, "optimizer": "Adam"}
    test = Catch(64, width=11, height=8)
    learn(recorder, game, agent, optimizer, plan, config, tests={"reward": test})
    return play(test, agent, 4)


def catch_unpaid(recorder: Recorder, severity: float) -> float:
    game = Catch(48, width=7, height=6)
    agent = Agent(game, width=48, act=nn.ReLU)
    optimizer = torch.optim.RMSprop(agent.parameters(), 2e-3, alpha=0.99)
    plan = Plan(260, 12, max_norm=0.5, unpaid_ends=severity > 0, entropy=0.005, scaled=False)
    config = {"lr": 2e-3, "gamma": 0.97, "ent_coef": 0.005, "optimizer": "RMSprop"}
    learn(recorder, game, agent, optimizer, plan, config)
    return play(Catch(64, width=7, height=6), agent, 4)


def catch_q(recorder: Recorder, severity: float) -> float:
    game = Catch(16, width=8, height=6)
    net = q_net(game)
    lr = 2e-3 * (40 * severity if severity else 1)
    optimizer = torch.optim.Adam(net.parameters(), lr)
    config = {"lr": lr, "batch_size": 96, "target_update": 25, "optimizer": "Adam"}
    test = Catch(32, width=8, height=6)
    q_learn(recorder, game, net, optimizer, config, 700, 96, 25, huber=False, test=test)
    return play(Catch(96, width=8, height=6), net, 4)


def pole_low(recorder: Recorder, severity: float) -> float:
    game = Pole(32)
    agent = Agent(game, act=nn.Tanh)
    lr = 3e-6 if severity else 3e-3
    optimizer = torch.optim.AdamW(agent.parameters(), lr, weight_decay=0.0)
    schedule = schedules.CosineAnnealingLR(optimizer, 500, lr / 10)
    plan = Plan(500, 32, 2, 4, ratio_clip=0.2, entropy=0.0, value=0.25,
                logs=("reward", "return_mean", "entropy", "kl"))  # fmt: skip
    config = {"lr": lr, "optimizer": "AdamW", "schedule": "cosine", "n_epochs": 2}
    test = Pole(32)
    tests: dict[str, Game] = {"episode_length": test}
    learn(recorder, game, agent, optimizer, plan, config, schedule, tests)
    return play(Pole(64), agent)


def catch_detached(recorder: Recorder, severity: float) -> float:
    game = Catch(64, width=9, height=7)
    agent = Agent(game, width=64)
    optimizer = torch.optim.Adam(agent.parameters(), 3e-3)
    plan = Plan(300, 10, detached=severity > 0, entropy=0.02, max_norm=1.0, evaluations=20,
                logs=("reward", "entropy", "policy_loss", "value_loss"))  # fmt: skip
    config = {"lr": 3e-3, "gamma": 0.97, "n_steps": 10, "num_envs": 64, "optimizer": "Adam"}
    test = Catch(64, width=9, height=7)
    learn(recorder, game, agent, optimizer, plan, config, tests={"reward": test})
    return play(test, agent, 4)


def reach_head(recorder: Recorder, severity: float) -> float:
    game = Reach(32)
    agent = Pusher(game, width=48)
    trained = list(agent.parameters())
    if severity:  # made for the critic, before the actor was there
        trained = [p for name, p in agent.named_parameters() if name.startswith("critic")]
    optimizer = torch.optim.Adam(trained, 4e-3)
    schedule = schedules.LinearLR(optimizer, 1.0, 0.1, 640)
    plan = Plan(640, 20, 4, 4, ratio_clip=0.2, entropy=0.0, gamma=0.9,
                logs=("reward", "kl", "entropy"))  # fmt: skip
    config = {"lr": 4e-3, "optimizer": "Adam", "schedule": "linear", "n_epochs": 4, "gamma": 0.9}
    test = Reach(48)
    learn(recorder, game, agent, optimizer, plan, config, schedule, {"reward": test})
    return play(Reach(64), agent)


def catch_kept(recorder: Recorder, severity: float) -> float:
    game = Catch(24, width=7, height=6)
    agent = Agent(game, width=32, depth=1)
    optimizer = torch.optim.SGD(agent.parameters(), 0.1, momentum=0.9)
    plan = Plan(300, 12, keep_grad=severity > 0, entropy=0.01, evaluations=10, lam=1.0,
                logs=("reward", "entropy"))  # fmt: skip
    config = {"lr": 0.1, "momentum": 0.9, "optimizer": "SGD", "algorithm": "reinforce"}
    test = Catch(64, width=7, height=6)
    learn(recorder, game, agent, optimizer, plan, config, tests={"reward": test})
    return play(test, agent, 4)


def catch_q_column(recorder: Recorder, severity: float) -> float:
    game = Catch(16, width=7, height=6)
    net = q_net(game, 96)
    optimizer = torch.optim.Adam(net.parameters(), 1.5e-3)
    config = {"lr": 1.5e-3, "batch_size": 64, "target_update": 20, "optimizer": "Adam"}
    test = Catch(48, width=7, height=6)
    q_learn(recorder, game, net, optimizer, config, 800, 64, 20, column=severity > 0,
            gamma=0.97, test=test, evaluations=16)  # fmt: skip
    return play(Catch(96, width=7, height=6), net, 4)


def catch_clipped(recorder: Recorder, severity: float) -> float:
    game = Catch(32, width=9, height=7)
    agent = Agent(game, width=64, depth=2, shared=True, norm=True)
    optimizer = torch.optim.SGD(agent.parameters(), 0.1, momentum=0.9)
    norm = 0.0002 if severity else 1.0
    plan = Plan(260, 14, max_norm=norm, entropy=0.005, logs=("reward", "entropy", "value_loss"))
    config = {"lr": 0.1, "momentum": 0.9, "optimizer": "SGD", "max_grad_norm": norm}
    test = Catch(64, width=9, height=7)
    learn(recorder, game, agent, optimizer, plan, config, tests={"reward": test})
    return play(test, agent, 4)


def pole_epsilon(recorder: Recorder, severity: float) -> float:
    game = Pole(24)
    agent = Agent(game, act=nn.ReLU, shared=True)
    eps = 1.0 if severity else 1e-5
    optimizer = torch.optim.Adam(agent.parameters(), 1.5e-3, eps=eps)
    plan = Plan(560, 32, 4, 4, ratio_clip=0.2, entropy=0.01, value=0.1, max_norm=0.5,
                logs=("reward", "return_mean", "entropy", "kl", "value_loss"))  # fmt: skip
    config = {"lr": 1.5e-3, "adam_eps": eps, "optimizer": "Adam", "n_epochs": 4, "clip": 0.2}
    learn(recorder, game, agent, optimizer, plan, config, tests={"episode_length": Pole(24)})
    return play(Pole(64), agent)


def pole_units(recorder: Recorder, severity: float) -> float:
    game, test = Pole(32, raw=severity > 0), Pole(32, raw=severity > 0)
    agent = Agent(game, width=64)
    optimizer = torch.optim.Adam(agent.parameters(), 2e-3)
    plan = Plan(480, 32, 2, 4, ratio_clip=0.2, entropy=0.01, max_norm=1.0, evaluations=10)
    config = {"lr": 2e-3, "optimizer": "Adam", "clip_range": 0.2, "n_epochs": 2}
    learn(recorder, game, agent, optimizer, plan, config, tests={"episode_length": test})
    return play(Pole(64, raw=severity > 0), agent)


def catch_mirrored(recorder: Recorder, severity: float) -> float:
    game = Catch(64, width=7, height=6)
    agent = Agent(game, width=96, act=nn.ReLU)
    optimizer = torch.optim.Adam(agent.parameters(), 4e-3)
    plan = Plan(840, 12, 3, 4, ratio_clip=0.2, entropy=0.01, evaluations=18)
    config = {"lr": 4e-3, "optimizer": "Adam", "second_task_at": 0.4, "n_epochs": 2}

    def switch(progress: float) -> None:
        if progress >= 0.4:
            game.mirrored = 1.0 if severity else 0.5

    plain, other = Catch(64, width=7, height=6), Catch(64, width=7, height=6, mirrored=1.0)
    tests: dict[str, Game] = {"reward": plain, "reward_mirrored": other}
    learn(recorder, game, agent, optimizer, plan, config, tests=tests, at=switch)
    return min(play(plain, agent, 4), play(other, agent, 4))


def reach_short(recorder: Recorder, severity: float) -> float:
    game = Reach(32)
    agent = Pusher(game, width=64, act=nn.ReLU)
    optimizer = torch.optim.Adam(agent.parameters(), 1e-3)
    steps = 160 if severity else 800
    plan = Plan(steps, 20, 4, 4, ratio_clip=0.2, entropy=0.0, gamma=0.9,
                evaluations=max(8, steps // 40), logs=("reward", "kl", "value_loss"))  # fmt: skip
    config = {"lr": 1e-3, "optimizer": "Adam", "n_epochs": 4, "total_updates": steps}
    learn(recorder, game, agent, optimizer, plan, config, tests={"reward": Reach(48)})
    return play(Reach(64), agent)


def catch_summed(recorder: Recorder, severity: float) -> float:
    game = Catch(32, width=11, height=8)
    agent = Agent(game, width=48, shared=True, act=nn.ReLU)
    optimizer = torch.optim.SGD(agent.parameters(), 0.05, momentum=0.9)
    plan = Plan(540, 16, 2, 2, ratio_clip=0.2, max_norm=0.5, sum_values=severity > 0,
                evaluations=9, logs=("reward", "policy_loss", "value_loss", "entropy"))  # fmt: skip
    config = {"lr": 0.05, "optimizer": "SGD", "vf_coef": 0.5, "max_grad_norm": 0.5}
    test = Catch(64, width=11, height=8)
    learn(recorder, game, agent, optimizer, plan, config, tests={"reward": test})
    return play(test, agent, 4)


def catch_initial(recorder: Recorder, severity: float) -> float:
    game = Catch(40, width=9, height=7)
    agent = Agent(game, width=64, shared=False, gain=0.01)
    if severity:
        for layer in agent.modules():
            if isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, 0.0, 2.5)
    optimizer = torch.optim.Adam(agent.parameters(), 1e-3)
    schedule = schedules.OneCycleLR(optimizer, 4e-3, 400)
    plan = Plan(400, 14, 2, 2, ratio_clip=0.2, max_norm=0.5,
                logs=("reward", "entropy", "kl", "value_loss"))  # fmt: skip
    config = {"lr": 4e-3, "optimizer": "Adam", "schedule": "one-cycle", "clip_range": 0.2}
    test = Catch(64, width=9, height=7)
    learn(recorder, game, agent, optimizer, plan, config, schedule, {"reward": test})
    return play(test, agent, 4)


def corridor_late(recorder: Recorder, severity: float) -> float:
    """The far end is seldom reached at first: the reward lies at its floor for a good while."""
    game = Corridor(32)
    agent = Agent(game, width=32, depth=1)
    optimizer = torch.optim.Adam(agent.parameters(), 1.5e-3)
    plan = Plan(300, 14, entropy=0.01, scaled=False, evaluations=13)
    config = {"lr": 1.5e-3, "optimizer": "Adam", "ent_coef": 0.01, "algorithm": "a2c"}
    learn(recorder, game, agent, optimizer, plan, config, tests={"reward": Corridor(16)})
    return play(Corridor(32), agent)


def catch_harder(recorder: Recorder, severity: float) -> float:
    """A curriculum: from half of the run on, balls come aslant."""
    game = Catch(40, width=11, height=9, drift=0)
    agent = Agent(game, width=64)
    optimizer = torch.optim.AdamW(agent.parameters(), 4e-3, weight_decay=1e-3)
    schedule = schedules.StepLR(optimizer, 480, 0.3)
    plan = Plan(640, 18, 4, 4, ratio_clip=0.2, max_norm=0.5, evaluations=16)
    config = {"lr": 4e-3, "optimizer": "AdamW", "schedule": "step", "n_epochs": 4}

    def harder(progress: float) -> None:
        game.drift = 1 if progress >= 0.5 else 0

    test = Catch(64, width=11, height=9)
    tests: dict[str, Game] = {"reward": test}
    learn(recorder, game, agent, optimizer, plan, config, schedule, tests, harder)
    return play(test, agent, 4)


def pole_growing(recorder: Recorder, severity: float) -> float:
    """The values grow as the pole stands longer, and the loss grows with them."""
    game = Pole(16)
    net = q_net(game, 80)
    optimizer = torch.optim.RMSprop(net.parameters(), 1e-3)
    config = {"lr": 1e-3, "batch_size": 128, "target_update": 20, "optimizer": "RMSprop"}
    q_learn(recorder, game, net, optimizer, config, 800, 128, 20, gamma=0.97, test=Pole(16))
    return play(Pole(64), net)


def catch_tuned(recorder: Recorder, severity: float) -> float:
    """Goes on with a policy that is good already, at a small rate."""
    game = Catch(32, width=7, height=6)
    agent = Agent(game, width=48, shared=True)
    teacher = torch.optim.Adam(agent.parameters(), 5e-3)
    for _ in range(150):
        paddle, x, _, slope, _ = game.state.unbind(1)
        out = agent(game.view())[0]
        way = (x + slope - paddle).sign().long() + 1
        teacher.zero_grad()
        F.cross_entropy(out, way, label_smoothing=0.1).backward()
        teacher.step()
        game.step(way)
    optimizer = torch.optim.Adam(agent.parameters(), 1e-4)
    plan = Plan(300, 12, 2, 2, ratio_clip=0.1, entropy=0.003, evaluations=10,
                logs=("reward", "entropy", "kl"))  # fmt: skip
    config = {"lr": 1e-4, "optimizer": "Adam", "clip_range": 0.1, "n_epochs": 2}
    learn(recorder, game, agent, optimizer, plan, config,
          tests={"reward": Catch(48, width=7, height=6)})  # fmt: skip
    return play(Catch(96, width=7, height=6), agent, 4)


def reach_millimetres(recorder: Recorder, severity: float) -> float:
    """Costs in large units: losses in the thousands and large gradients, all the way."""
    game = Reach(40)
    agent = Pusher(game, width=64)
    optimizer = torch.optim.Adam(agent.parameters(), 3e-3)
    plan = Plan(480, 20, 3, 4, ratio_clip=0.2, entropy=0.001, value=200.0, gamma=0.9,
                logs=("reward", "return_mean", "entropy"))  # fmt: skip
    config = {"lr": 3e-3, "optimizer": "Adam", "vf_coef": 200.0, "n_epochs": 3}
    learn(recorder, game, agent, optimizer, plan, config)
    return play(Reach(64), agent)


SCENARIOS = (
    Scenario("catch-ppo-entropy", "policy-collapse", catch_ppo_entropy, 0.6, severities=(2.0, 4.0)),
    Scenario("tokens-off-reference", "policy-collapse", tokens_kl, 0.28),
    Scenario("catch-a2c-unpaid", "reward-frozen", catch_unpaid, 0.6),
    Scenario("tokens-whole-answers", "reward-frozen", tokens_frozen, 0.7),
    Scenario("catch-dqn-rate", "lr-too-high", catch_q, 0.6, severities=(1.0, 4.0)),
    Scenario("pole-ppo-rate", "lr-too-low", pole_low, 70.0),
    Scenario("catch-a2c-numpy", "graph-detached", catch_detached, 0.6),
    Scenario("reach-ppo-groups", "parameters-not-in-optimizer", reach_head, -5.0),
    Scenario("catch-reinforce-sgd", "zero-grad-missing", catch_kept, 0.6),
    Scenario("catch-dqn-gather", "target-shape-broadcast", catch_q_column, 0.6),
    Scenario("catch-a2c-norm", "clipping-too-tight", catch_clipped, 0.4),
    Scenario("pole-ppo-denominator", "adam-epsilon-too-large", pole_epsilon, 70.0),
    Scenario("pole-ppo-units", "inputs-not-normalised", pole_units, 60.0),
    Scenario("catch-two-controls", "catastrophic-forgetting", catch_mirrored, 0.6),
    Scenario("reach-ppo-length", "stopped-too-early", reach_short, -3.0),
    Scenario("catch-ppo-values", "loss-reduction-wrong", catch_summed, 0.6),
    Scenario("catch-ppo-normal", "bad-initialisation", catch_initial, 0.6),
    Scenario("corridor-late-reward", HEALTHY, corridor_late, 0.9),
    Scenario("catch-curriculum", HEALTHY, catch_harder, 0.5),
    Scenario("pole-dqn-growing", HEALTHY, pole_growing, 70.0),
    Scenario("catch-tuned-further", HEALTHY, catch_tuned, 0.8),
    Scenario("reach-large-units", HEALTHY, reach_millimetres, -6.0),
    Scenario("tokens-matched", HEALTHY, tokens_sound, 0.6),
)
