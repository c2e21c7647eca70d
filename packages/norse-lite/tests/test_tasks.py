"""Training tasks: they learn, resume, stop early, and give the same in one process and in two."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import torch
from torch import nn

from norse_lite import LI, LIF, NetworkError, SequentialState, decode
from norse_lite.tasks import TASKS, Split, Supervised, TrainOptions, make_task, train
from norse_lite.tasks._cartpole import CartPole
from norse_lite.tasks._cli import main
from norse_lite.tasks._correlation import correlated_spikes
from norse_lite.tasks._event_digits import shaken
from norse_lite.tasks._memory import sequences
from norse_lite.tasks._mnist1d import generate
from norse_lite.tasks._task import Shard


@pytest.fixture(autouse=True)
def one_thread():
    # These networks are small: threads that wait for each other cost more than they give.
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def small(epochs=4, loss=nn.functional.cross_entropy):
    """Four classes of eight inputs, through a network with Dropout and random spikes."""
    y = torch.arange(40) % 4
    x = nn.functional.one_hot(y, 4).float().repeat_interleave(2, 1)

    def build(g):
        return SequentialState(
            nn.Linear(8, 16), LIF(), nn.Dropout(0.2), nn.Linear(16, 4, bias=False), LI()
        )

    def drive(x, g):
        return torch.bernoulli(0.5 * x.expand(12, *x.shape), generator=g)

    return Supervised(
        "small",
        Split(x, y),
        Split(x, y),
        build=build,
        drive=drive,
        readout=decode.mean_membrane,
        loss=loss,
        batch_size=16,
        epochs=epochs,
        lr=0.02,
    )


def weights(result):
    return {k: v for k, v in result.model.state_dict().items() if v.numel()}


def same(a, b):
    return all(torch.equal(v, weights(b)[k]) for k, v in weights(a).items())


@pytest.mark.slow
def test_digits_are_learned_at_once_by_every_seed():
    first, last = [], []
    for seed in range(4):
        result = train("digits", TrainOptions(seed=seed))
        assert [line["epoch"] for line in result.history] == list(range(1, 16))
        first.append(result.history[0]["score"])
        last.append(result.score)
    assert min(first) >= 0.8
    assert sum(last) / 4 >= 0.965
    assert min(last) >= 0.96


@pytest.mark.parametrize(
    ("task", "options", "least"),
    [
        ("event-digits", {"epochs": 1}, 0.7),
        ("correlation", {"epochs": 4, "lr": 0.02}, 0.45),
        ("memory", {"epochs": 1, "hidden": 32, "lr": 0.01}, 0.53),
        ("cartpole", {"epochs": 2}, 100.0),
        ("mnist1d", {"epochs": 1}, 0.25),
    ],
)
def test_every_task_gets_better_than_chance_in_its_first_epochs(task, options, least):
    assert train(task, TrainOptions(**options)).best > least


def test_the_seed_decides_everything_and_the_global_state_nothing():
    torch.manual_seed(1)
    a = train(small(), TrainOptions(seed=3))
    torch.manual_seed(2)
    before = torch.get_rng_state()
    b = train(small(), TrainOptions(seed=3))
    assert torch.equal(torch.get_rng_state(), before)
    assert same(a, b)
    assert [line["loss"] for line in a.history] == [line["loss"] for line in b.history]
    assert not same(a, train(small(), TrainOptions(seed=4)))


def stop_after(epoch):
    def progress(line):
        if line["epoch"] == epoch:
            raise KeyboardInterrupt

    return progress


@pytest.mark.parametrize("stops", [(1,), (3,), (1, 2, 3)])
def test_a_run_that_was_stopped_ends_with_the_weights_of_one_that_was_not(stops, tmp_path):
    whole = train(small(), TrainOptions(seed=5))
    for epoch in stops:
        with pytest.raises(KeyboardInterrupt):
            train(
                small(),
                TrainOptions(seed=5, out=tmp_path, resume=True),
                progress=stop_after(epoch),
            )
    resumed = train(small(), TrainOptions(seed=5, out=tmp_path, resume=True))
    assert same(whole, resumed)

    def lines(result):
        return [{k: v for k, v in line.items() if k != "seconds"} for line in result.history]

    assert lines(resumed) == lines(whole)
    # Resuming a finished run changes nothing.
    assert same(whole, train(small(), TrainOptions(seed=5, out=tmp_path, resume=True)))


def test_checkpoints_of_other_runs_and_damaged_ones_are_refused(tmp_path):
    train(small(), TrainOptions(out=tmp_path))
    with pytest.raises(NetworkError, match="trained with seed=0, not 1"):
        train(small(), TrainOptions(seed=1, out=tmp_path, resume=True))
    (tmp_path / "checkpoint.pt").write_bytes(b"PK\3\4 nothing")
    with pytest.raises(NetworkError, match="no checkpoint"):
        train(small(), TrainOptions(out=tmp_path, resume=True))
    with pytest.raises(NetworkError, match="resume needs out"):
        TrainOptions(resume=True)


def test_metrics_and_curves_are_written(tmp_path):
    result = train(small(), TrainOptions(out=tmp_path))
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["score"] == result.score
    assert metrics["best"] == max(line["score"] for line in metrics["history"])
    assert metrics["options"]["seed"] == 0
    assert metrics["parameters"] == 8 * 16 + 16 + 16 * 4
    picture = ElementTree.parse(tmp_path / "curves.svg").getroot()
    points = [e.get("points") for e in picture.iter() if e.tag.endswith("polyline")]
    assert [len(p.split()) for p in points] == [4, 4]
    assert {p.name for p in tmp_path.iterdir()} == {"checkpoint.pt", "metrics.json", "curves.svg"}


def test_training_stops_at_its_target_or_when_nothing_gets_better():
    reached = train(small(60), TrainOptions(target=0.9))
    assert reached.stopped == "target"
    assert reached.score >= 0.9 > max([0.0, *(line["score"] for line in reached.history[:-1])])
    stuck = train(small(60), TrainOptions(patience=2, lr=1e-12))
    assert stuck.stopped == "patience"
    assert len(stuck.history) == stuck.best_epoch + 2


def test_a_loss_that_is_not_finite_ends_the_run():
    with pytest.raises(NetworkError, match=r"the loss is (nan|inf).* lower lr"):
        train(small(loss=lambda v, y: v.sum() * float("nan")))


def test_shards_of_a_batch_have_its_mean():
    batch = torch.rand(11)
    for world in (1, 2, 3, 4):
        shards = [Shard(rank, world) for rank in range(world)]
        assert torch.equal(torch.cat([s.of(batch) for s in shards]), batch)
        mean = sum(float(s.of(batch).mean()) * s.weight(11) for s in shards) / world
        assert mean == pytest.approx(float(batch.mean()))


def run(*arguments, **options):
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
        **options,
    )


@pytest.mark.slow
def test_two_processes_train_to_the_same_loss_as_one(tmp_path):
    arguments = ("train", "correlation", "--epochs", 2, "--dtype", "float64", "--batch-size", 67)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    launcher = ("-m", "torch.distributed.run", "--nproc-per-node", 2, "--master-port", port)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    run(*launcher, "-m", "norse_lite", *arguments, "--out", tmp_path, env=environment)
    two = json.loads((tmp_path / "metrics.json").read_text())
    one = train("correlation", TrainOptions(epochs=2, dtype="float64", batch_size=67))
    for a, b in zip(two["history"], one.history, strict=True):
        assert a["loss"] == pytest.approx(b["loss"], rel=1e-9)
    assert two["score"] == one.score


@pytest.mark.slow
def test_a_killed_program_goes_on_where_it_was(tmp_path):
    command = ["-m", "norse_lite", "train", "correlation", "--epochs", "6", "--hidden", "16"]
    with subprocess.Popen(
        [sys.executable, *command, "--out", str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("epoch   1")
        process.send_signal(signal.SIGKILL)
    assert not (tmp_path / "metrics.json").exists()
    output = run(*command, "--out", tmp_path, "--resume").stdout
    assert "epoch   1 " not in output
    assert "after 6 epochs" in output
    whole = train("correlation", TrainOptions(epochs=6, hidden=16))
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert [line["loss"] for line in metrics["history"]] == [line["loss"] for line in whole.history]


def test_the_command_line_lists_trains_and_explains(capsys, tmp_path):
    assert main(["tasks"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in TASKS)
    arguments = ["train", "correlation", "--epochs", "1", "--hidden", "8", "--seeds", "0,1"]
    assert main([*arguments, "--quiet", "--out", str(tmp_path)]) == 0
    assert "mean of 2 seeds" in capsys.readouterr().out
    assert {p.name for p in tmp_path.iterdir()} == {"seed-0", "seed-1"}
    assert main(["train", "mnist"]) == 2
    assert "--data" in capsys.readouterr().err
    assert main(["train", "mnist", "--data", str(tmp_path)]) == 2
    assert "is it the right folder?" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["train", "chess"])


def test_seeds_that_are_no_numbers_are_named(capsys):
    with pytest.raises(SystemExit):
        main(["train", "digits", "--seeds", "a,b"])
    assert "expected whole numbers between commas, as 0,1,2, not 'a,b'" in capsys.readouterr().err


def test_unknown_tasks_and_senseless_options_are_refused():
    with pytest.raises(NetworkError, match="no task 'chess'"):
        make_task("chess")
    with pytest.raises(NetworkError, match="epochs must be at least 1"):
        TrainOptions(epochs=0)
    with pytest.raises(NetworkError, match="lr must be positive"):
        TrainOptions(lr=-1.0)
    with pytest.raises(NetworkError, match="the device 'abacus' cannot be used here"):
        train("correlation", TrainOptions(device="abacus"))
    with pytest.raises(NetworkError, match="0 training"):
        Supervised(
            "none",
            Split(torch.ones(0), torch.ones(0)),
            Split(torch.ones(0), torch.ones(0)),
            build=lambda g: nn.Linear(1, 1),
            drive=lambda x, g: x,
            readout=lambda y: y,
        )


def test_one_dimensional_digits_are_shifted_noisy_and_still_their_template():
    g = torch.Generator().manual_seed(0)
    x, y = generate(2000, g)
    assert x.mean().abs() < 1e-5
    assert x.std().item() == pytest.approx(1, abs=1e-4)
    assert not torch.equal(generate(5, g)[0], generate(5, g)[0])
    # The place of a curve does not tell its class, its shape does: the mean spectrum differs.
    spectrum = torch.fft.rfft(x).abs()[:, 1:8]
    means = torch.stack([spectrum[y == c].mean(0) for c in range(10)])
    within = torch.stack([spectrum[y == c].var(0) for c in range(10)]).mean()
    assert means.var(0).mean() > 0.03 * within


def test_shaken_images_send_events_at_edges_only():
    images = torch.zeros(2, 8, 8)
    images[1, 2:6, 3:5] = 1.0
    events = shaken(images, 24)
    assert events[:, 0].sum() == 0
    assert events[:, 1, 0].sum() > 20
    assert events[:, 1, 1].sum() > 20
    still = events[:, 1].sum((0, 1)) == 0
    assert still[0, 0]
    assert not still[7, 6:10].all()


def test_the_answer_of_the_memory_task_is_shown_only_when_it_is_stored():
    x, y = sequences(50, torch.Generator().manual_seed(0), phases=8, steps=3)
    phases = x[:, ::3]
    for row in range(50):
        (store,) = phases[row, :, 2].nonzero().flatten().tolist()
        (recall,) = phases[row, :, 3].nonzero().flatten().tolist()
        assert store < 4 <= recall == y[row, 1]
        assert phases[row, store, y[row, 0]] == 1
        assert phases[row, recall, :2].sum() == 0


def test_groups_differ_in_correlation_and_not_in_rate():
    z = correlated_spikes(torch.tensor([1]), 40_000, torch.Generator().manual_seed(0))
    rates = z[:, 0].mean(0)
    assert torch.allclose(rates, torch.full_like(rates, 0.08), atol=0.01)
    correlation = torch.corrcoef(z[:, 0].T).fill_diagonal_(0)
    inside = correlation[10:20, 10:20].sum() / 90
    assert inside > 0.4
    assert correlation[20:30, 20:30].abs().max() < 0.05


def test_the_cart_follows_lagranges_equations():
    carts = CartPole.start(4, torch.Generator().manual_seed(0))
    x, v, angle, spin = carts.state.unbind(1)
    carts.step(torch.tensor([True, False, True, False]))
    force = torch.tensor([10.0, -10.0, 10.0, -10.0], dtype=torch.float64)
    speed, turn = (carts.state[:, 1] - v) / 0.02, (carts.state[:, 3] - spin) / 0.02
    m, half, g = 0.1, 0.5, 9.8
    # Sum of the forces on cart and pole, and torque around the hinge.
    horizontal = 1.1 * speed + m * half * (turn * angle.cos() - spin**2 * angle.sin())
    assert torch.allclose(horizontal, force, atol=1e-9)
    torque = 4 / 3 * m * half**2 * turn + m * half * speed * angle.cos()
    assert torch.allclose(torque, m * g * half * angle.sin(), atol=1e-9)
    assert torch.allclose(carts.state[:, 0], x + 0.02 * v)


def test_a_fallen_cart_stays_where_it_fell():
    carts = CartPole.start(2, torch.Generator().manual_seed(0))
    for _ in range(100):
        carts.step(torch.ones(2, dtype=torch.bool))
    before = carts.state.clone()
    carts.step(torch.zeros(2, dtype=torch.bool))
    assert carts.fallen.all()
    assert torch.equal(carts.state, before)


def test_no_module_of_the_package_names_a_task_that_is_not_there():
    folder = Path(make_task.__code__.co_filename).parent
    for name in TASKS:
        path = folder / f"_{name.replace('-', '_')}.py"
        assert path.exists() or name in (folder / "_recordings.py").read_text()
