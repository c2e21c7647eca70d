"""Types of the compiled module; written by tests/stubs.py."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

NEVER_FIRED: int
NOWHERE: int
NO_EVENT: int
decay_steps: int
intensity_buckets: int

class Bursts:
    def __init__(self, width: int, height: int, mode: int, threshold_us: int) -> None: ...
    def mark(
        self,
        t: NDArray[np.int64],
        x: NDArray[np.uint16],
        y: NDArray[np.uint16],
        p: NDArray[np.uint8],
        keep: NDArray[np.uint8],
    ) -> int: ...
    def pick(
        self,
        t: NDArray[np.int64],
        x: NDArray[np.uint16],
        y: NDArray[np.uint16],
        p: NDArray[np.uint8],
        t_out: NDArray[np.int64],
        x_out: NDArray[np.uint16],
        y_out: NDArray[np.uint16],
        p_out: NDArray[np.uint8],
    ) -> int: ...

class ByteLog:
    def __init__(self, descriptor: int, limit: int) -> None: ...
    def finish(self) -> dict[str, Any]: ...
    def counts(self) -> dict[str, Any]: ...

class Chain:
    def __init__(self, stages: Sequence[Any], values: Sequence[tuple[int, int]]) -> None: ...
    def run(
        self,
        x: int,
        frames: int,
        channels: int,
        positions: int,
        batch: int,
        values: Sequence[int],
        limits: Sequence[int],
        state: Sequence[Sequence[int]],
        state_out: Sequence[Sequence[int]],
        out: int,
        threads: int,
    ) -> tuple[int, FrameLists | None]: ...

class Decoder:
    def bound(self, data: Any) -> int: ...
    def feed(self, data: Any) -> tuple[Any, ...]: ...
    def feed_into(
        self,
        data: Any,
        t: NDArray[np.int64],
        x: NDArray[np.uint16],
        y: NDArray[np.uint16],
        p: NDArray[np.uint8],
        start: int,
    ) -> tuple[int, int]: ...
    def finish_into(
        self,
        t: NDArray[np.int64],
        x: NDArray[np.uint16],
        y: NDArray[np.uint16],
        p: NDArray[np.uint8],
        start: int,
    ) -> int: ...
    def counts(self) -> dict[str, Any]: ...
    def copy(self) -> Decoder: ...
    def triggers(self) -> tuple[Any, ...]: ...
    def colors(self) -> NDArray[np.uint8]: ...
    def exposures(self) -> tuple[Any, ...]: ...

class Encoder:
    def feed(
        self,
        t: NDArray[np.int64],
        x: NDArray[np.uint16],
        y: NDArray[np.uint16],
        p: NDArray[np.uint8],
        rgb: NDArray[np.uint8] | None,
    ) -> tuple[Any, ...]: ...
    def feed_into(
        self,
        t: NDArray[np.int64],
        x: NDArray[np.uint16],
        y: NDArray[np.uint16],
        p: NDArray[np.uint8],
        rgb: NDArray[np.uint8] | None,
        start: int,
        out: NDArray[np.uint8],
    ) -> tuple[Any, ...]: ...
    def trigger(self, t: int, id: int, value: int) -> tuple[Any, ...]: ...
    def finish(self) -> bytes: ...

class EventList:
    def __init__(self) -> None: ...
    def assign(
        self, x: int, is_double: bool, rows: int, columns: int, limit: int, threads: int
    ) -> bool: ...
    @property
    def rows(self) -> int: ...
    @property
    def columns(self) -> int: ...
    def __len__(self) -> int: ...
    @property
    def is_double(self) -> bool: ...
    @property
    def ones(self) -> bool: ...
    def offsets(self) -> NDArray[np.int64]: ...
    def index(self) -> NDArray[np.int32]: ...

class Flicker:
    def __init__(
        self,
        width: int,
        height: int,
        shortest_us: int,
        longest_us: int,
        passing: bool,
        start: int,
        stop: int,
    ) -> None: ...
    def mark(
        self,
        t: NDArray[np.int64],
        x: NDArray[np.uint16],
        y: NDArray[np.uint16],
        p: NDArray[np.uint8],
        keep: NDArray[np.uint8],
    ) -> int: ...
    def pick(
        self,
        t: NDArray[np.int64],
        x: NDArray[np.uint16],
        y: NDArray[np.uint16],
        p: NDArray[np.uint8],
        t_out: NDArray[np.int64],
        x_out: NDArray[np.uint16],
        y_out: NDArray[np.uint16],
        p_out: NDArray[np.uint8],
    ) -> int: ...

class FrameCounter:
    def __init__(self, width: int, height: int, planes: int) -> None: ...
    def add(
        self,
        t: NDArray[np.int64],
        x: NDArray[np.uint16],
        y: NDArray[np.uint16],
        p: NDArray[np.uint8],
        first: int,
        last: int,
    ) -> int: ...
    def take(self, out: NDArray[np.float32], how: int) -> None: ...
    def take_bytes(self, out: NDArray[np.uint8], how: int) -> None: ...

class FrameLists:
    def pooled(self, shape: Sequence[int], scale: float) -> FrameLists: ...
    def delayed(self, before: FrameLists) -> FrameLists: ...
    def add_to(self, out: int, step: int, channels: int, positions: int) -> None: ...
    @property
    def is_double(self) -> bool: ...
    @property
    def frames(self) -> int: ...
    def __len__(self) -> int: ...
    def offsets(self) -> NDArray[np.int64]: ...
    def index(self) -> NDArray[np.int32]: ...
    def values(self) -> NDArray[Any] | None: ...

class IntensitySurface:
    def __init__(
        self, width: int, height: int, shift: int, weights: NDArray[np.float32], fade: float
    ) -> None: ...
    def feed(
        self,
        t: NDArray[np.int64],
        x: NDArray[np.uint16],
        y: NDArray[np.uint16],
        p: NDArray[np.uint8],
        until: int,
    ) -> tuple[int, int]: ...
    def histogram(self) -> NDArray[np.uint32]: ...
    def shade(self, table: NDArray[np.uint8], out: NDArray[np.uint8]) -> None: ...
    def sums(self) -> NDArray[np.float32]: ...
    @property
    def origin(self) -> int: ...

class LatestEvents:
    def __init__(self, width: int, height: int) -> None: ...
    def pack(
        self,
        t: NDArray[np.int64],
        x: NDArray[np.uint16],
        y: NDArray[np.uint16],
        p: NDArray[np.uint8],
        base_us: int,
        out: NDArray[np.uint8],
    ) -> int: ...

class PayloadDecoder:
    def __init__(self, t0: int) -> None: ...
    def feed(self, data: Any) -> None: ...
    def finish(self) -> None: ...
    def counts(self) -> dict[str, Any]: ...
    def payloads(self) -> tuple[Any, ...]: ...

class RecencySurface:
    def __init__(self, width: int, height: int) -> None: ...
    def feed(
        self,
        t: NDArray[np.int64],
        x: NDArray[np.uint16],
        y: NDArray[np.uint16],
        p: NDArray[np.uint8],
        until: int,
    ) -> tuple[int, int]: ...
    def shade(
        self, now: int, shift: int, table: NDArray[np.uint8], out: NDArray[np.uint8]
    ) -> None: ...

class RecordDecoder:
    def __init__(self, width: int, height: int) -> None: ...
    def feed_into(
        self,
        data: Any,
        offset: int,
        n: int,
        t: NDArray[np.int64],
        x: NDArray[np.uint16],
        y: NDArray[np.uint16],
        p: NDArray[np.uint8],
        start: int,
    ) -> tuple[Any, ...]: ...
    def packets_into(
        self,
        data: Any,
        stream: int,
        lz4: bool,
        scratch: NDArray[np.uint8],
        t: NDArray[np.int64],
        x: NDArray[np.uint16],
        y: NDArray[np.uint16],
        p: NDArray[np.uint8],
        start: int,
    ) -> tuple[Any, ...]: ...
    def counts(self) -> dict[str, Any]: ...

class Refractory:
    def __init__(self, width: int, height: int, period_us: int) -> None: ...
    def mark(
        self,
        t: NDArray[np.int64],
        x: NDArray[np.uint16],
        y: NDArray[np.uint16],
        p: NDArray[np.uint8],
        keep: NDArray[np.uint8],
    ) -> int: ...
    def pick(
        self,
        t: NDArray[np.int64],
        x: NDArray[np.uint16],
        y: NDArray[np.uint16],
        p: NDArray[np.uint8],
        t_out: NDArray[np.int64],
        x_out: NDArray[np.uint16],
        y_out: NDArray[np.uint16],
        p_out: NDArray[np.uint8],
    ) -> int: ...

class SocketError(Exception): ...

class Stage:
    def __init__(
        self,
        is_double: bool,
        geometry: Sequence[int],
        grid: Sequence[int],
        positions: int,
        channels: int,
        weight: int,
        places: int,
        once: int,
        bias: int,
        model: int,
        coefficients: int,
        per_neuron: bool,
        subtract: bool,
    ) -> None: ...
    def run(
        self,
        lists: FrameLists,
        batch: int,
        state: Sequence[int],
        state_out: Sequence[int],
        out: int,
        threads: int,
    ) -> FrameLists: ...

class UdpReceiver:
    def __init__(
        self,
        host: str,
        port: int,
        format: str,
        width: int,
        height: int,
        receive_buffer: int,
        ring: int,
        max_datagram: int,
    ) -> None: ...
    @property
    def port(self) -> int: ...
    @property
    def closed(self) -> bool: ...
    def read(self, timeout_s: float, max_events: int) -> Any: ...
    def stats(self) -> dict[str, Any]: ...
    def sensor(self) -> tuple[Any, ...]: ...
    def close(self) -> None: ...

class UdpSender:
    def __init__(
        self,
        host: str,
        port: int,
        format: str,
        packet_events: int,
        max_rate: float,
        send_buffer: int,
    ) -> None: ...
    def send(
        self,
        t: NDArray[np.int64],
        x: NDArray[np.uint16],
        y: NDArray[np.uint16],
        p: NDArray[np.uint8],
        step: int,
    ) -> None: ...
    def set_sensor(self, arg0: int, arg1: int, arg2: Any) -> None: ...
    def stats(self) -> dict[str, Any]: ...
    def close(self) -> None: ...

class UsbDevice:
    def claim(self, arg0: int) -> None: ...
    def control_in(
        self, request_type: int, request: int, value: int, index: int, length: int, timeout_ms: int
    ) -> bytes: ...
    def control_out(
        self, request_type: int, request: int, value: int, index: int, data: Any, timeout_ms: int
    ) -> None: ...
    def bulk_in(self, endpoint: int, length: int, timeout_ms: int) -> bytes: ...
    def bulk_out(self, endpoint: int, data: Any, timeout_ms: int) -> None: ...
    def text(self, index: int) -> str: ...
    def start_stream(
        self, endpoint: int, transfers: int, transfer_bytes: int, capacity: int, drop_oldest: bool
    ) -> Any: ...

class UsbError(OSError): ...

class UsbLibrary:
    def __init__(self, path: str) -> None: ...
    @property
    def version(self) -> tuple[int, int, int]: ...
    def devices(self) -> list[Any]: ...
    def open(self, bus: int, address: int) -> Any: ...

class UsbStream:
    def next(self, timeout_s: float) -> Any: ...
    @property
    def end(self) -> tuple[str, int]: ...
    def stats(self) -> dict[str, Any]: ...
    def set_log(self, log: ByteLog) -> None: ...
    def clear_log(self) -> None: ...
    def stop(self) -> None: ...

class WindowCutter:
    def __init__(self, duration: int, count: int, start: int) -> None: ...
    def add(
        self,
        t: NDArray[np.int64],
        x: NDArray[np.uint16],
        y: NDArray[np.uint16],
        p: NDArray[np.uint8],
        first: int,
        last: int,
        out: NDArray[np.float32],
        width: int,
        height: int,
        polarity_stride: int,
        off: float,
        on: float,
        mark: bool,
    ) -> tuple[Any, ...]: ...
    def begin(self) -> int: ...
    def finish(self) -> tuple[Any, ...]: ...

class WireDecoder:
    def __init__(self, format: str, width: int, height: int) -> None: ...
    def whole(self, arg0: Any) -> int: ...
    def decode(self, message: Any, arrival_us: int) -> tuple[Any, ...]: ...
    def counts(self) -> tuple[int, int, int, int, int]: ...
    def sensor(self) -> tuple[Any, ...]: ...

class WireEncoder:
    def __init__(self, format: str, width: int, height: int, t0: Any) -> None: ...
    def encode(
        self,
        t: NDArray[np.int64],
        x: NDArray[np.uint16],
        y: NDArray[np.uint16],
        p: NDArray[np.uint8],
    ) -> bytes: ...

class WordDecoder:
    def feed(self, data: Any) -> tuple[Any, ...]: ...
    def lose(self) -> int: ...
    def counts(self) -> dict[str, Any]: ...

def accumulate(
    t: NDArray[np.int64],
    x: NDArray[np.uint16],
    y: NDArray[np.uint16],
    p: NDArray[np.uint8],
    out: NDArray[np.float32],
    width: int,
    height: int,
    polarity_stride: int,
    off: float,
    on: float,
) -> int: ...
def arrow_array(
    t: NDArray[np.int64], x: NDArray[np.uint16], y: NDArray[np.uint16], p: NDArray[np.uint8]
) -> Any: ...
def arrow_schema(metadata: bytes) -> Any: ...
def arrow_stream(
    t: NDArray[np.int64],
    x: NDArray[np.uint16],
    y: NDArray[np.uint16],
    p: NDArray[np.uint8],
    metadata: bytes,
) -> Any: ...
def background_activity(
    t: NDArray[np.int64],
    x: NDArray[np.uint16],
    y: NDArray[np.uint16],
    p: NDArray[np.uint8],
    width: int,
    height: int,
    window_us: int,
    itself: bool,
    last: NDArray[np.int64],
    t_out: NDArray[np.int64],
    x_out: NDArray[np.uint16],
    y_out: NDArray[np.uint16],
    p_out: NDArray[np.uint8],
) -> int: ...
def background_activity_cells(width: int, height: int) -> int: ...
def best_isa() -> str: ...
def changed_area(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> tuple[Any, ...]: ...
def columns_to_records(
    t: NDArray[np.int64],
    x: NDArray[np.uint16],
    y: NDArray[np.uint16],
    p: NDArray[np.uint8],
    t_at: int,
    x_at: int,
    y_at: int,
    p_at: int,
    records: NDArray[Any],
) -> None: ...
def conv2d_forward(
    events: EventList,
    channels: int,
    out_channels: int,
    groups: int,
    y: Sequence[int],
    x: Sequence[int],
    packed: int,
    bias: int,
    out: int,
    threads: int,
) -> None: ...
def conv2d_weight_grad(
    events: EventList,
    channels: int,
    out_channels: int,
    groups: int,
    y: Sequence[int],
    x: Sequence[int],
    grad_out: int,
    grad_weight: int,
    threads: int,
) -> None: ...
def count_nonzero(x: int, is_double: bool, rows: int, columns: int, step: int) -> int: ...
def count_pixels(
    t: NDArray[np.int64],
    x: NDArray[np.uint16],
    y: NDArray[np.uint16],
    p: NDArray[np.uint8],
    counts: NDArray[np.uint32],
) -> int: ...
def cut_window(
    cutter: WindowCutter, t: NDArray[np.int64], first: int, last: int
) -> tuple[Any, ...]: ...
def dat_decoder(arg0: int, arg1: int, arg2: int) -> Decoder: ...
def dat_encoder(arg0: int, arg1: int, arg2: int) -> Encoder: ...
def davis_words(columns: int, rows: int, invert: bool) -> WordDecoder: ...
def decay(last: NDArray[np.int64], t: int, tau: float, out: NDArray[np.float32]) -> None: ...
def dvs128_words(columns: int, rows: int, invert: bool) -> WordDecoder: ...
def dvx_words(columns: int, rows: int, invert: bool) -> WordDecoder: ...
def ecf_count(data: Any) -> int: ...
def ecf_decode_into(
    data: Any,
    t: NDArray[np.int64],
    x: NDArray[np.uint16],
    y: NDArray[np.uint16],
    p: NDArray[np.uint8],
    start: int,
) -> int: ...
def ecf_encode(
    t: NDArray[np.int64], x: NDArray[np.uint16], y: NDArray[np.uint16], p: NDArray[np.uint8]
) -> bytes: ...
def edvs_words(columns: int, rows: int, invert: bool) -> WordDecoder: ...
def encode_payloads(
    t: NDArray[np.int64], end: NDArray[np.int64], data: Any, time: int
) -> tuple[Any, ...]: ...
def encode_records(
    t: NDArray[np.int64],
    x: NDArray[np.uint16],
    y: NDArray[np.uint16],
    p: NDArray[np.uint8],
    head: bytes,
) -> bytes: ...
def enlarge(index: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]: ...
def es_decoder(arg0: int, arg1: int, arg2: int, arg3: int) -> Decoder: ...
def es_encoder(arg0: int, arg1: int, arg2: int, arg3: int) -> Encoder: ...
def event_packet_bound(n: int, lz4: bool) -> int: ...
def evt21_decoder(arg0: int, arg1: int, arg2: bool) -> Decoder: ...
def evt21_encoder(arg0: int, arg1: int, arg2: bool) -> Encoder: ...
def evt2_decoder(arg0: int, arg1: int) -> Decoder: ...
def evt2_encoder(arg0: int, arg1: int) -> Encoder: ...
def evt3_decoder(arg0: int, arg1: int) -> Decoder: ...
def evt3_encoder(arg0: int, arg1: int) -> Encoder: ...
def evt4_decoder(arg0: int, arg1: int) -> Decoder: ...
def fresh_bytes(*args, **kwargs): ...
def fresh_columns(
    n: int,
) -> tuple[NDArray[np.int64], NDArray[np.uint16], NDArray[np.uint16], NDArray[np.uint8]]: ...
def fresh_floats(n: int) -> NDArray[np.float32]: ...
def gif_frame(
    index: NDArray[np.uint8], before: Any, code_size: int, transparent: int, ways: int = 3
) -> tuple[Any, ...]: ...
def histogram(
    t: NDArray[np.int64],
    x: NDArray[np.uint16],
    y: NDArray[np.uint16],
    p: NDArray[np.uint8],
    out: NDArray[np.float32],
) -> int: ...
def hot_pixel_mask(counts: NDArray[np.uint32], ratio: float, keep: NDArray[np.uint8]) -> None: ...
def infer_layer(
    is_double: bool,
    frames: int,
    batch: int,
    positions: int,
    outputs: int,
    sources: Sequence[tuple[FrameLists, int, Sequence[int]]],
    bias: int,
    dense: int,
    neurons: tuple[Sequence[int], Sequence[int]] | None,
    v: int,
    i: int,
    v_trace: int,
    i_trace: int,
    drive_out: int,
) -> FrameLists: ...
def infer_list(
    x: int, is_double: bool, frames: int, channels: int, positions: int
) -> FrameLists: ...
def infer_padded(arg0: int, arg1: bool) -> int: ...
def is_sorted(t: NDArray[np.int64]) -> bool: ...
def isa() -> str: ...
def jitter_times(
    t: NDArray[np.int64], number: int, seed: int, most_us: int, out: NDArray[np.int64]
) -> None: ...
def linear_forward(
    x: EventList,
    outputs: int,
    weight: int,
    start: int,
    start_constant: bool,
    out: int,
    threads: int,
    packed: bool = True,
) -> None: ...
def linear_weight_grad(
    x: EventList, outputs: int, grad_out: int, grad_weight: int, threads: int
) -> None: ...
def lz4_bound(n: int) -> int: ...
def lz4_compress(data: Any) -> bytes: ...
def lz4_decompress_into(data: Any, out: NDArray[np.uint8]) -> tuple[Any, ...]: ...
def mark_by_pixel(
    t: NDArray[np.int64],
    x: NDArray[np.uint16],
    y: NDArray[np.uint16],
    p: NDArray[np.uint8],
    mask: NDArray[np.uint8],
    keep: NDArray[np.uint8],
) -> int: ...
def mark_latest(
    t: NDArray[np.int64],
    x: NDArray[np.uint16],
    y: NDArray[np.uint16],
    p: NDArray[np.uint8],
    last: NDArray[np.int64],
) -> int: ...
def mark_lines(
    line: NDArray[np.uint16], limit: int, before: int, keep: NDArray[np.uint8]
) -> tuple[int, int, int]: ...
def mark_places(
    t: NDArray[np.int64],
    x: NDArray[np.uint16],
    y: NDArray[np.uint16],
    p: NDArray[np.uint8],
    out: NDArray[np.float32],
    width: int,
    height: int,
    polarity_stride: int,
) -> int: ...
def mark_within_rate(
    t: NDArray[np.int64], rate_hz: int, burst: int, credit: int, last: int, keep: NDArray[np.uint8]
) -> tuple[int, int, int]: ...
def mean_pool(
    is_double: bool,
    planes: int,
    height: int,
    width: int,
    kernel_y: int,
    kernel_x: int,
    x: int,
    out: int,
    threads: int,
) -> None: ...
def mean_pool_backward(
    is_double: bool,
    planes: int,
    height: int,
    width: int,
    kernel_y: int,
    kernel_x: int,
    grad_out: int,
    grad_x: int,
    threads: int,
) -> None: ...
def neuron_backward(
    model: int,
    is_double: bool,
    steps: int,
    columns: int,
    neurons: int,
    x: int,
    x_constant: bool,
    coefficients: int,
    per_neuron: bool,
    state: Sequence[int],
    saved: int,
    subtract: bool,
    detach_reset: bool,
    grad_out: int,
    grad_constant: bool,
    grad_state_out: Sequence[int],
    surrogate: int,
    alpha: float,
    derivative: int,
    grad_x: int,
    grad_state: Sequence[int],
    grad_coefficients: int,
    threads: int,
) -> None: ...
def neuron_forward(
    model: int,
    is_double: bool,
    steps: int,
    columns: int,
    neurons: int,
    x: int,
    x_constant: bool,
    coefficients: int,
    per_neuron: bool,
    state: Sequence[int],
    state_out: Sequence[int],
    out: int,
    saved: int,
    subtract: bool,
    threads: int,
) -> None: ...
def neuron_models() -> list[Any]: ...
def num_threads() -> int: ...
def pack_bits(x: int, is_double: bool, n: int, bits: int) -> bool: ...
def pack_conv_weight(
    channels: int,
    out_channels: int,
    groups: int,
    y: Sequence[int],
    x: Sequence[int],
    is_double: bool,
    weight: int,
    packed: int,
) -> None: ...
def pack_packets(
    t: NDArray[np.int64],
    x: NDArray[np.uint16],
    y: NDArray[np.uint16],
    p: NDArray[np.uint8],
    start: int,
    each: int,
    rest: bool,
    stream: int,
    lz4: bool,
    scratch: NDArray[np.uint8],
    out: NDArray[np.uint8],
) -> tuple[Any, ...]: ...
def pack_records(
    t: NDArray[np.int64],
    x: NDArray[np.uint16],
    y: NDArray[np.uint16],
    p: NDArray[np.uint8],
    head: bytes,
    lz4: bool,
    scratch: NDArray[np.uint8],
    out: NDArray[np.uint8],
) -> tuple[Any, ...]: ...
def pack_weight(weight: int, is_double: bool, outputs: int, inputs: int, packed: int) -> None: ...
def packed_conv_size(
    channels: int,
    out_channels: int,
    groups: int,
    y: Sequence[int],
    x: Sequence[int],
    is_double: bool,
) -> int: ...
def packed_size(outputs: int, inputs: int, is_double: bool) -> int: ...
def pages_waiting() -> int: ...
def paint_decay(
    t: NDArray[np.int64],
    x: NDArray[np.uint16],
    y: NDArray[np.uint16],
    p: NDArray[np.uint8],
    moment: int,
    tau: float,
    out: NDArray[np.float32],
) -> int: ...
def put_in_order(
    t: NDArray[np.int64],
    x: NDArray[np.uint16],
    y: NDArray[np.uint16],
    p: NDArray[np.uint8],
    t_out: NDArray[np.int64],
    x_out: NDArray[np.uint16],
    y_out: NDArray[np.uint16],
    p_out: NDArray[np.uint8],
) -> bool: ...
def records_to_columns(
    records: NDArray[Any],
    t_at: int,
    x_at: int,
    y_at: int,
    p_at: int,
    t: NDArray[np.int64],
    x: NDArray[np.uint16],
    y: NDArray[np.uint16],
    p: NDArray[np.uint8],
) -> None: ...
def remap_events(
    t: NDArray[np.int64],
    x: NDArray[np.uint16],
    y: NDArray[np.uint16],
    p: NDArray[np.uint8],
    map: NDArray[np.uint32],
    x_out: NDArray[np.uint16],
    y_out: NDArray[np.uint16],
    keep: NDArray[np.uint8],
) -> int: ...
def reserve_file(file: int, offset: int, n: int) -> bool: ...
def select_events(
    t: NDArray[np.int64],
    x: NDArray[np.uint16],
    y: NDArray[np.uint16],
    p: NDArray[np.uint8],
    keep: NDArray[np.uint8],
    t_out: NDArray[np.int64],
    x_out: NDArray[np.uint16],
    y_out: NDArray[np.uint16],
    p_out: NDArray[np.uint8],
) -> int: ...
def set_num_threads(n: int) -> None: ...
def stretch_times(
    t: NDArray[np.int64], origin: int, factor: float, out: NDArray[np.int64]
) -> None: ...
def text_decoder(arg0: int, arg1: int, arg2: tuple) -> Decoder: ...
def text_encoder(arg0: int, arg1: int, arg2: tuple) -> Encoder: ...
def time_range(t: NDArray[np.int64], n: int) -> tuple[int, int]: ...
def unpack_bits(bits: int, is_double: bool, n: int, x: int) -> None: ...
def voxel_grid(
    t: NDArray[np.int64],
    x: NDArray[np.uint16],
    y: NDArray[np.uint16],
    p: NDArray[np.uint8],
    out: NDArray[np.float32],
    width: int,
    height: int,
    polarity_stride: int,
    bins: int,
    start: int,
    scale: float,
    off: float,
    on: float,
) -> int: ...
def wire_limits(arg0: str) -> tuple[int, int, int]: ...
def yuv420(
    index: NDArray[np.uint8],
    table: NDArray[np.uint8],
    y: NDArray[np.uint8],
    u: NDArray[np.uint8],
    v: NDArray[np.uint8],
) -> None: ...
