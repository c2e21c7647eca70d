"""Encoders of video: PyAV's libraries, and the program ffmpeg."""

import shutil
import subprocess
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

from faery_cli.errors import MissingError, OutputError

if TYPE_CHECKING:
    import numpy as np

    from faery_cli.run import Run

__all__ = ["AvEncoder", "Encoder", "FfmpegEncoder", "How"]

# ISO/IEC 23091-2 code points of BT.709, for matrix, primaries and transfer.
BT709 = 1
LIMITED_RANGE = 1


class Encoder(Protocol):
    """Takes frames one by one."""

    def add(self, index: "np.ndarray") -> None:
        """Encode a picture, given as palette indices with even sides."""
        ...

    def close(self) -> None:
        """Complete the file."""
        ...

    def abort(self) -> None:
        """Give up; must not raise."""
        ...


class _Planes:
    """Video planes of index images, 4:2:0 or (lossless) 4:4:4."""

    def __init__(self, palette: "np.ndarray", size: tuple[int, int], full: bool) -> None:
        from neuro_kernels.render import yuv_table

        self.table = yuv_table(palette)
        self.width, self.height = size
        self.full = full

    def fill(self, index: "np.ndarray", planes: "list[np.ndarray]") -> None:
        """Write a picture's planes; their rows may be longer than the picture."""
        from neuro_kernels.render import yuv420

        if not self.full:
            yuv420(index, self.table, *planes)
            return
        for plane, column in zip(planes, self.table.T, strict=True):
            plane[: self.height, : self.width] = column[index]


class AvEncoder:
    """Encodes with the libraries that PyAV brings."""

    def __init__(self, path: str, run: "Run", size: tuple[int, int], how: "How") -> None:
        try:
            import av
        except ImportError as error:
            raise MissingError(
                "a video file needs PyAV: pip install 'faery-cli[video]' (or the program ffmpeg)"
            ) from error
        assert run.shape.rate_hz is not None
        rate = Fraction(run.shape.rate_hz).limit_denominator(60_000)
        self._av: Any = av
        self._planes = _Planes(run.shape.palette.colors, size, how.lossless)
        self._format = "yuv444p" if how.lossless else "yuv420p"
        self._colors: Any = None
        if how.container == "webp":  # its encoder makes planes by rules of its own (BT.601)
            import numpy as np

            self._format = "bgra"
            opaque = np.full((len(run.shape.palette.colors), 1), 255, np.uint8)
            self._colors = np.concatenate([run.shape.palette.colors[:, ::-1], opaque], axis=1)
        options = {"movflags": "+faststart"} if how.container == "mp4" else {}
        self._container: Any = av.open(path, "w", format=how.container, options=options)
        stream: Any = self._container.add_stream(how.codec, rate=rate, options=how.options)
        stream.width, stream.height = size
        stream.pix_fmt = self._format
        context = stream.codec_context
        context.thread_count = 0
        if self._colors is None:
            context.color_range = LIMITED_RANGE
            context.colorspace = context.color_primaries = context.color_trc = BT709
        self._stream = stream

    def add(self, index: "np.ndarray") -> None:
        import numpy as np

        if self._colors is not None:
            self._mux(self._av.VideoFrame.from_ndarray(self._colors[index], format="bgra"))
            return
        frame = self._av.VideoFrame(self._planes.width, self._planes.height, self._format)
        planes = [
            np.frombuffer(p, np.uint8)[: p.height * p.line_size].reshape(p.height, p.line_size)
            for p in frame.planes
        ]
        self._planes.fill(index, planes)
        frame.color_range = LIMITED_RANGE
        frame.colorspace = BT709
        self._mux(frame)

    def _mux(self, frame: Any) -> None:
        for packet in self._stream.encode(frame):
            self._container.mux(packet)

    def close(self) -> None:
        for packet in self._stream.encode():
            self._container.mux(packet)
        self._container.close()

    def abort(self) -> None:
        self._container.close()


class FfmpegEncoder:
    """Encodes with the program ffmpeg, which reads raw planes through a pipe."""

    def __init__(self, path: str, run: "Run", size: tuple[int, int], how: "How") -> None:
        import numpy as np

        program = shutil.which("ffmpeg")
        if program is None:
            raise MissingError(
                "the program ffmpeg is not on PATH; install it, or PyAV with: "
                "pip install 'faery-cli[video]'"
            )
        width, height = size
        self._planes = _Planes(run.shape.palette.colors, size, how.lossless)
        shapes = [(height, width)] * 3 if how.lossless else [(height, width)] + [
            (height // 2, width // 2)
        ] * 2  # fmt: skip
        self._buffers = [np.empty(shape, np.uint8) for shape in shapes]
        pixels = "yuv444p" if how.lossless else "yuv420p"
        assert run.shape.rate_hz is not None
        rate = Fraction(run.shape.rate_hz).limit_denominator(60_000)
        command = [program, "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", pixels]
        command += ["-s", f"{width}x{height}", "-r", str(rate), "-color_range", "tv", "-i", "-"]
        command += ["-c:v", how.codec, "-pix_fmt", pixels, "-colorspace", "bt709"]
        command += ["-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]
        for name, value in how.options.items():
            command += [f"-{name}", value]
        if how.container == "mp4":
            command += ["-movflags", "+faststart"]
        command += ["-f", how.container, path]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )

    def add(self, index: "np.ndarray") -> None:
        self._planes.fill(index, self._buffers)
        assert self._process.stdin is not None
        try:
            for buffer in self._buffers:
                self._process.stdin.write(buffer.data)
        except BrokenPipeError:
            self._end()

    def close(self) -> None:
        self._end()

    def abort(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _end(self) -> None:
        _, said = self._process.communicate()
        if self._process.returncode:
            lines = said.decode(errors="replace").strip().splitlines() or ["no reason given"]
            raise OutputError(f"ffmpeg failed: {lines[-1]}")


class How:
    """Codec, options and container of one job."""

    def __init__(self, container: str, values: dict[str, Any]) -> None:
        self.container = container
        self.lossless = bool(values["lossless"])
        crf = values["crf"]
        if container == "webm":
            self.codec = "libvpx-vp9"
            self.options = {"crf": str(30 if crf is None else crf), "b": "0", "row-mt": "1"}
            self.options |= {"deadline": "good", "cpu-used": "5"}
            if self.lossless:
                self.options = {"lossless": "1", "row-mt": "1", "cpu-used": "5"}
            return
        if container == "webp":
            self.codec = "libwebp_anim"
            self.options = {"quality": str(90 if crf is None else max(0, 100 - 2 * crf))}
            self.options |= {"loop": "0", "compression_level": "3"}
            if self.lossless:
                self.options["lossless"] = "1"
            return
        self.codec = "libx264"
        self.options = {"preset": values["preset"], "crf": str(18 if crf is None else crf)}
        if self.lossless:
            self.options["crf"] = "0"
        else:
            self.options["profile"] = "high"
