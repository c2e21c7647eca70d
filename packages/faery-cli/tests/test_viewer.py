"""The page's server: protocol, who may ask, what is sent."""

import asyncio
import base64
import itertools
import json
import os
import struct
import threading

import numpy as np
import pytest
from fae_support import Packets, moving_edge, stream_of
from hypothesis import given, settings
from hypothesis import strategies as st

from faery_cli import Stream
from faery_cli.errors import UsageError
from faery_cli.verbs.view import color_tables
from faery_cli.viewer import LiveFeed, RecordedFeed, Server, make_feed
from faery_cli.viewer import _websocket as ws
from faery_cli.viewer._model import activity, binned, load
from faery_cli.viewer._network import LiveNetwork, Steps
from faery_cli.viewer._server import Packer
from neuro_kernels import Events


def unpacked(data):
    kind, count, base = struct.unpack_from("<IId", data)
    record = np.frombuffer(data, [("t", "<u4"), ("x", "<u2"), ("y", "<u2")], count, 16)
    assert (kind, len(data)) == (1, 16 + 8 * count)
    t = record["t"].astype(np.int64) + int(base)
    return t, record["x"], record["y"] >> 1, record["y"] & 1


def test_the_last_event_of_each_pixel_is_packed():
    events = moving_edge()
    head, records = Packer(events.size)(events)
    t, x, y, p = unpacked(head + bytes(records))
    last = {(x, y): (t, p) for t, x, y, p in np.asarray(events).tolist()}
    got = zip(t.tolist(), x.tolist(), y.tolist(), p.tolist(), strict=True)
    assert {(x, y): (t, p) for t, x, y, p in got} == last
    assert len(t) == len(last)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 500_000), min_size=1, max_size=8), st.integers(0, 400_000))
def test_a_recorded_feed_gives_each_event_once_and_goes_back(moments, back):
    events = moving_edge()
    feed = RecordedFeed(stream_of(events, [500, 2000]))
    parts = [part for t in sorted(moments) for part in feed.take(t)]
    kept = events[events.t < max(moments)]
    assert (Events.concatenate(parts) if parts else events[:0]) == kept
    feed.seek(back)
    again = Events.concatenate([*feed.take(10**9), events[:0]])
    assert again == events[events.t >= back]
    feed.close()


def test_a_live_feed_counts_what_a_slow_page_loses(monkeypatch):
    from faery_cli.viewer import _feed

    monkeypatch.setattr(_feed, "LIVE_EVENTS", 1000)
    events = moving_edge()
    feed = make_feed(Stream(Packets(list(events.chunks(100)), again=False)))
    assert isinstance(feed, LiveFeed)
    feed._thread.join(10)
    got = sum(len(part) for part in feed.take(0))
    assert got + feed.dropped == len(events)
    assert got == 1000
    feed.close()


class Visitor:
    """A client that speaks HTTP and WebSocket by hand."""

    def __init__(self, server):
        self.server = server

    async def ask(self, path="/", host=None, method="GET", **headers):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        host = f"127.0.0.1:{self.server.port}" if host is None else host
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.writer.write("\r\n".join([*lines, "", ""]).encode())
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        return int(head.split(" ")[1]), head

    async def upgrade(self, **headers):
        key = base64.b64encode(os.urandom(16)).decode()
        status, head = await self.ask(
            "/events", Upgrade="websocket", Connection="Upgrade", Sec_WebSocket_Key=key, **headers
        )
        return status, f"Sec-WebSocket-Accept: {ws.accept_key(key)}" in head

    async def receive(self):
        first, length = await self.reader.readexactly(2)
        if length == 126:
            (length,) = struct.unpack(">H", await self.reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", await self.reader.readexactly(8))
        return first & 15, await self.reader.readexactly(length)

    def send(self, data):
        mask = os.urandom(4)
        body = bytes(b ^ mask[k % 4] for k, b in enumerate(data))
        self.writer.write(bytes([0x81, 0x80 | len(data)]) + mask + body)

    async def close(self):
        self.writer.close()


def visit(scenario, feed=None, **options):
    """Run a scenario against a server."""

    async def main():
        server = Server(feed or RecordedFeed(stream_of(moving_edge())), **options)
        await server.start()
        visitor = Visitor(server)
        try:
            return await asyncio.wait_for(scenario(server, visitor), 60)
        finally:
            await visitor.close()
            await server.stop()

    return asyncio.run(main())


def test_the_page_is_served_with_a_strict_policy():
    async def scenario(server, visitor):
        status, head = await visitor.ask("/")
        body = await visitor.reader.read()
        return status, head, body

    status, head, body = visit(scenario)
    assert status == 200
    assert "default-src 'none'" in head
    assert b"<canvas" in body
    assert b"http://" not in body.replace(b"http://www.w3.org", b"")
    assert b"https://" not in body


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"host": "evil.example"}, 403),
        ({"host": "evil.example:{port}"}, 403),
        ({"host": "localhost:{port}"}, 200),
        ({"Origin": "http://127.0.0.1:{port}"}, 200),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "null"}, 403),
        ({"method": "POST"}, 405),
        ({"path": "/etc/passwd"}, 404),
    ],
)
def test_foreign_origins_and_hosts_are_refused(headers, status):
    async def scenario(server, visitor):
        filled = {k: v.format(port=server.port) for k, v in headers.items()}
        return (await visitor.ask(**filled))[0]

    assert visit(scenario) == status


def test_a_foreign_page_gets_no_socket():
    async def scenario(server, visitor):
        return await visitor.upgrade(Origin="http://evil.example")

    assert visit(scenario) == (403, False)


def test_events_arrive_in_their_time_and_after_a_jump():
    events = moving_edge()

    async def scenario(server, visitor):
        assert await visitor.upgrade() == (101, True)
        kind, data = await visitor.receive()
        hello = json.loads(data)["hello"]
        assert (kind, hello["width"], hello["height"], hello["events"]) == (1, 40, 30, len(events))
        visitor.send(json.dumps({"speed": 1000}).encode())
        last, cleared, count = {}, 0, 0
        while count < len(events):
            kind, data = await visitor.receive()
            if kind == 2:
                t, x, y, _ = (column.tolist() for column in unpacked(data))
                last |= dict(zip(zip(x, y, strict=True), t, strict=True))
            else:
                state = json.loads(data)
                cleared += "clear" in state
                count = state.get("events", count)
        visitor.send(json.dumps({"seek": 400_000, "play": False, "speed": "fast"}).encode())
        visitor.send(b"no JSON")
        visitor.send(json.dumps({"seek": 400_000, "play": False}).encode())
        again = []
        while not (cleared >= 2 and again):
            kind, data = await visitor.receive()
            if kind == 2:
                again.append(unpacked(data)[0])
            else:
                cleared += "clear" in json.loads(data)
        return last, np.concatenate(again)

    last, again = visit(scenario)
    assert last == {(x, y): t for t, x, y, _ in np.asarray(events).tolist()}
    assert again.max() < 400_000 + 1


@settings(deadline=None, max_examples=30)
@given(st.binary(max_size=300))
def test_any_bytes_from_a_client_do_no_harm(data):
    async def scenario(server, visitor):
        assert (await visitor.upgrade())[0] == 101
        visitor.writer.write(data)
        await visitor.writer.drain()
        await visitor.close()
        other = Visitor(server)
        status, _ = await other.ask("/")
        await other.close()
        return status

    assert visit(scenario, RecordedFeed(stream_of(moving_edge()))) == 200


def test_messages_of_all_lengths_have_the_right_head():
    assert ws.frame_head(2, 125) == b"\x82\x7d"
    assert ws.frame_head(2, 126) == b"\x82\x7e\x00\x7e"
    assert ws.frame_head(2, 70_000) == b"\x82\x7f" + (70_000).to_bytes(8, "big")


def test_colour_tables_begin_with_nothing():
    from faery_cli.pictures.styles import STYLES

    tables = color_tables()
    for name, style in STYLES.items():
        table = np.frombuffer(base64.b64decode(tables[name]), np.uint8).reshape(2, 256, 3)
        for row in table:
            assert "#{:02x}{:02x}{:02x}".format(*row[0]) == style.background


def network(path, neurons=4):
    """Write a network of 2 x 30 x 40 inputs and return it as nir-core reads it."""
    nir = pytest.importorskip("nir_core")
    n = 2 * 30 * 40
    weight = np.random.default_rng(0).random((neurons, n)).astype(np.float32)
    graph = nir.NIRGraph(
        nodes={
            "input": nir.Input(np.array([n])),
            "fc": nir.Affine(weight, np.zeros(neurons, np.float32)),
            "lif": nir.LIF(
                tau=np.full(neurons, 0.02),
                r=np.ones(neurons),
                v_leak=np.zeros(neurons),
                v_threshold=np.ones(neurons),
            ),
            "output": nir.Output(np.array([neurons])),
        },
        edges=[("input", "fc"), ("fc", "lif"), ("lif", "output")],
    )
    nir.write(path, graph)
    return nir.read(path)


def test_a_network_s_activity_is_that_of_its_run(tmp_path):
    graph = network(tmp_path / "net.nir")
    nir = pytest.importorskip("nir_core")
    events = moving_edge()
    step = (events.t - events.t[0]) // 10_000
    x = binned(events, (2, 30, 40), step, 50)
    assert x.shape == (50, 2, 30, 40)
    assert x.sum() == len(events)
    assert x[:, 1].sum() == events.p.sum()
    model = load(str(tmp_path / "net.nir"), 10_000, "nir", None)
    assert model.hello() == {"neurons": 4, "nodes": ["lif"], "sizes": [4]}
    found = activity(stream_of(events, [7, 900]), model)
    flat = binned(events, (2 * 30 * 40,), step, 50)
    wanted = nir.run(graph, flat, dt=0.01, profile="nir", record=("lif",))
    steps, rows = np.nonzero(wanted.spikes["lif"])
    assert len(steps) > 0
    np.testing.assert_array_equal(found.times_us, events.t[0] + steps * 10_000)
    np.testing.assert_array_equal(found.rows, rows)
    assert len(found.message()) == 16 + 8 * len(steps)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 60_000), st.integers(0, 3)), min_size=1, max_size=40),
    st.lists(st.integers(0, 40), max_size=6),
    st.booleans(),
)
def test_steps_of_a_network_do_not_depend_on_packets(rows, places, ordered):
    t, x = np.array(sorted(rows) if ordered else rows).T
    events = Events(t, x, x * 0, x % 2, size=(4, 1))

    def steps(parts):
        cut, cells, anew = Steps((4,), 10), {}, []
        for part in parts:
            for begin, inputs, fresh in cut.feed(part):
                anew += [begin] if fresh else []
                for k, values in enumerate(inputs):
                    cells[begin + 10 * k] = values.tolist()
        return cells, anew, cut.next_us

    edges = [0, *sorted(min(p, len(events)) for p in places), len(events)]
    parts = [events[a:b] for a, b in itertools.pairwise(edges)]
    assert steps(parts) == steps([events])
    cells, _, open_us = steps([events])
    assert sum(map(sum, cells.values())) == (np.maximum.accumulate(t) < open_us).sum()


def test_a_live_network_fires_as_it_does_for_the_recording(tmp_path):
    network(tmp_path / "net.nir")
    model = load(str(tmp_path / "net.nir"), 10_000, "nir", "lif")
    events = moving_edge()
    live = LiveNetwork(model)
    for part in events.chunks(333):
        live.offer(part)
    live.finish()
    spikes = []
    for message in live.take():
        kind, count, base = struct.unpack_from("<IId", message)
        pairs = np.frombuffer(message, "<u4", 2 * count, 16).reshape(-1, 2).astype(np.int64)
        assert kind == 2
        spikes += [(t + int(base), row) for t, row in pairs.tolist()]
    live.close()
    found = activity(stream_of(events), model)
    last = events.t[-1] // 10_000 * 10_000  # the open step
    wanted = zip(found.times_us.tolist(), found.rows.tolist(), strict=True)
    assert spikes == [pair for pair in wanted if pair[0] < last]
    assert (live.dropped, live.error) == (0, None)


def test_a_network_that_falls_behind_counts_what_it_does_not_see(tmp_path, monkeypatch):
    from faery_cli.viewer import _network

    monkeypatch.setattr(_network, "WAITING_EVENTS", 500)
    network(tmp_path / "net.nir")
    model = load(str(tmp_path / "net.nir"), 10_000, "nir", None)
    held = threading.Event()
    live = LiveNetwork(model)
    monkeypatch.setattr(live, "_run", lambda events: held.wait(30))
    events = moving_edge()
    parts = list(events.chunks(100))
    for part in parts:
        live.offer(part)
    assert live.dropped >= len(events) - 600 - 100
    held.set()
    live.finish()
    live.close()


@pytest.mark.parametrize(
    ("nodes", "message"), [("fc", "unknown node 'fc'"), ("lif,lof", "did you mean 'lif'")]
)
def test_nodes_that_do_not_spike_are_refused(tmp_path, nodes, message):
    network(tmp_path / "net.nir")
    with pytest.raises(UsageError, match=message):
        load(str(tmp_path / "net.nir"), 1000, "nir", nodes)


def test_a_live_stream_and_its_network_reach_the_page(tmp_path):
    network(tmp_path / "net.nir")
    model = load(str(tmp_path / "net.nir"), 10_000, "nir", None)
    events = moving_edge()
    feed = make_feed(Stream(Packets(list(events.chunks(100)), again=False)))

    async def scenario(server, visitor):
        assert await visitor.upgrade() == (101, True)
        _, data = await visitor.receive()
        assert json.loads(data)["hello"]["sizes"] == [4]
        spikes, state = 0, {}
        while not (spikes and state.get("events") == len(events)):
            kind, data = await visitor.receive()
            if kind == 1:
                state = json.loads(data)
            elif struct.unpack_from("<I", data)[0] == 2:
                spikes += struct.unpack_from("<II", data)[1]
        visitor.send(json.dumps({"drawn": [7, len(events)]}).encode())
        while server.drawn[1] != 7:
            await visitor.receive()
        return state

    state = visit(scenario, feed, network=LiveNetwork(model), extra=model.hello())
    assert (state["dropped"], state["unseen"], state["broken"]) == (0, 0, None)
