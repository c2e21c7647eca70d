"""Emulated devices: options, and how they are put together."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, cast

from hw_drivers.config import Config
from hw_drivers.device import Device
from hw_drivers.devices import DRIVERS
from hw_drivers.discovery import DeviceInfo
from hw_drivers.emulators.faults import Faults, option
from hw_drivers.errors import DeviceNotFound, HardwareError
from hw_drivers.transport.clock import Clock
from hw_drivers.transport.interface import Transport
from hw_drivers.uri import DeviceUri, parse_bool, parse_seconds, read_options
from neuro_kernels import Events

__all__ = ["EmulatorOptions", "emulate", "open_emulated"]


@dataclass(frozen=True, kw_only=True)
class EmulatorOptions(Faults):
    """How an emulated device behaves; every field is an option of the `emulated:` URI.

    Args:
        scene: "edges", "noise" or "dots".
        rate: events per second that the scene makes at the factory biases.
        seed: makes scene and faults repeatable.
        duration: seconds of sensor time after which the stream ends; None: never.
        recording: raw file that is played instead of a scene.
        realtime: True: paced by the computer's clock, a slow program loses data. False: in step
            with the program, nothing is lost, and each run gives the same.
        serial: serial number, hexadecimal; empty: the model's own.
        buffers: transfers that wait at most when paced.
        drop: which transfer is lost then: "newest" or "oldest".
        trigger_hz: frequency of a square wave on the trigger input, 0 without one.
        clock: name of a line: cameras with the same name see the same trigger wave, and a primary
            one of them gives its time base to the secondary ones.
        celsius: temperature of the sensor.
        lux: light on it.
        single_writes: an older board that knows no writes of several registers (Treuzell).
        boot: wait as long as hardware needs to settle (2.5 s to open an EVK4).
    """

    scene: str = option("edges", str, "edges, noise or dots")
    rate: float = option(1e6, float, "events per second of the scene")
    seed: int = option(0, int, "makes scene and faults repeatable")
    duration: float | None = option(None, parse_seconds, "end the stream after this sensor time")
    recording: str | None = option(None, str, "raw file that is played instead of a scene")
    realtime: bool = option(True, parse_bool, "paced by the clock (1) or in step (0)")
    serial: str = option("", str, "serial number, hexadecimal; empty: the usual one")
    buffers: int = option(512, int, "transfers that wait at most when paced")
    drop: str = option("newest", str, "which transfer is lost then: newest or oldest")
    trigger_hz: float = option(0.0, float, "square wave on the trigger input")
    clock: str = option("", str, "cameras of one name share the trigger wave and the time base")
    celsius: float = option(35.0, float, "temperature of the sensor")
    lux: float = option(500.0, float, "light on the sensor")
    single_writes: bool = option(False, parse_bool, "older board: one register for each write")
    boot: bool = option(False, parse_bool, "wait as long as hardware needs to settle")

    def __post_init__(self) -> None:
        checks = (
            ("rate", 0 <= self.rate <= 1e9, "0 to 1e9 events per second"),
            ("trigger_hz", 0 <= self.trigger_hz <= 1e5, "0 to 1e5 Hz"),
            ("celsius", -56 <= self.celsius <= 138, "-56 to 138"),
            ("lux", 0 < self.lux <= 1e6, "above 0 to 1e6"),
            ("seed", self.seed >= 0, "a number from 0"),
            ("duration", self.duration is None or self.duration >= 0, "seconds from 0"),
            ("buffers", self.buffers >= 1, "at least 1"),
            ("drop", self.drop in ("newest", "oldest"), "newest or oldest"),
            ("serial", not self.serial or _is_hex(self.serial), "up to 16 hexadecimal digits"),
            ("slow_host", 0 <= self.slow_host <= 60, "0 to 60 s"),
            ("drift_ppm", abs(self.drift_ppm) < 1e5, "less than 100000 either way"),
        )
        for name, good, expected in checks:
            if not good:
                got = getattr(self, name)
                raise HardwareError(f"emulated device: {name}: expected {expected}, got {got!r}")


def emulate(
    name: str,
    *,
    events: Events | None = None,
    config: Config | None = None,
    factory: Mapping[str, int] | None = None,
    clock: Clock | str | None = None,
    **options: Any,
) -> Device[Any]:
    """Open an emulated device.

    Args:
        name: "evk4".
        events: played instead of a scene; in time order and inside the sensor's frame.
        config: first configuration; None: the state after power-on.
        factory: bias values of this chip, by name, where they differ from the usual ones.
        clock: replaces the computer's clock; a text is the option of that name.
        **options: fields of `EmulatorOptions`, for example rate=5e6, realtime=False.

    Raises:
        HardwareError: an unknown device or option, or a recording that cannot be played.

    Example:
        >>> events = Events([10, 20], [1, 2], [3, 4], [1, 0], size=(1280, 720))
        >>> with emulate("evk4", events=events, realtime=False) as device:
        ...     [int(t) for packet in device.packets() for t in packet.events.t]
        [10, 20]
    """
    known = {f.name for f in fields(EmulatorOptions)}
    unknown = sorted(set(options) - known)
    if unknown:
        raise HardwareError(
            f"emulate: unknown option {unknown[0]!r}; known options: {', '.join(sorted(known))}"
        )
    if isinstance(clock, str):
        options["clock"], clock = clock, None
    return _assemble(
        f"emulated:{name}", name, EmulatorOptions(**options), events, config, factory, clock
    )


def open_emulated(uri: DeviceUri, config: Config | None) -> Device[Any]:
    """Open the emulated device that a URI names."""
    options = read_options(uri, EmulatorOptions)
    if uri.serial is not None:
        options = replace(options, serial=uri.serial)
    place = uri.text.partition("?")[0]
    return _assemble(place, uri.name, options, None, config, None, None)


def _assemble(
    uri: str,
    name: str,
    options: EmulatorOptions,
    events: Events | None,
    config: Config | None,
    factory: Mapping[str, int] | None,
    clock: Clock | None,
) -> Device[Any]:
    if name not in DRIVERS:
        raise DeviceNotFound(
            f"{uri}: there is no emulated device {name!r}; there are: "
            + ", ".join(f"emulated:{key}" for key in DRIVERS)
        )
    # Imported here: it is not needed to list devices.
    from hw_drivers.transport.in_process import InProcessTransport

    driver = DRIVERS[name]
    config_type = driver.load("config")
    if config is None:
        config = config_type()
    elif not isinstance(config, config_type):
        raise HardwareError(f"{uri}: expected {config_type.__name__}, got {type(config).__name__}")

    def connect() -> tuple[Transport, Any]:
        scene = _scene(options, events, driver.size)
        model = driver.load("model").from_options(scene, options, factory)
        if options.clock:
            from hw_drivers.emulators.sync_line import line_of

            model.join(line_of(options.clock))
        transport = InProcessTransport(
            model,
            realtime=options.realtime,
            capacity=options.buffers,
            drop=cast(Literal["newest", "oldest"], options.drop),
            boot=options.boot,
            slow_host_s=options.slow_host,
            clock=clock,
        )
        return transport, model

    transport, model = connect()
    info = DeviceInfo(uri=uri, name=f"{driver.name} (emulated)", kind="emulated", size=driver.size)
    device = driver.load("device")(transport, info, config, emulator=model)
    device.reconnect_by(connect)
    return device


def _scene(options: EmulatorOptions, events: Events | None, size: tuple[int, int]) -> Any:
    from hw_drivers.emulators.replay import Replay, load_raw_evt3
    from hw_drivers.emulators.scenes import SCENES

    if events is not None and options.recording is not None:
        raise HardwareError("emulated device: give events or a recording, not both")
    if options.recording is not None:
        events = load_raw_evt3(options.recording, size)
    if events is not None:
        if events.width > size[0] or events.height > size[1]:
            raise HardwareError(
                f"replay: the events have a frame of {events.width} x {events.height}, the sensor "
                f"has {size[0]} x {size[1]}; crop them first"
            )
        return Replay(events, options.seed)
    if options.scene not in SCENES:
        raise HardwareError(
            f"emulated device: there is no scene {options.scene!r}; there are: {', '.join(SCENES)}"
        )
    return SCENES[options.scene](*size, options.rate, options.seed)


def _is_hex(text: str) -> bool:
    try:
        return 0 <= int(text, 16) < 1 << 64
    except ValueError:
        return False
