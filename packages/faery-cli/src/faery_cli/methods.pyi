# Written by `python -m faery_cli._stub` from the registry of stages; do not edit.
from typing import Any

from faery_cli.stream import Stream

class StageMethods:
    def then(self, name: str, *args: Any, **values: Any) -> Any: ...
    def crop(
        self,
        left: int | str | None = ...,
        right: int | str | None = ...,
        top: int | str | None = ...,
        bottom: int | str | None = ...,
    ) -> Stream: ...
    def cut(
        self,
        start: str | float | None = ...,
        end: str | float | None = ...,
        *,
        zero: bool = ...,
    ) -> Stream: ...
    def denoise(self, window: str | float = ...) -> Stream: ...
    def event_slice(self, start: str | int | None = ..., end: str | int | None = ...) -> Stream: ...
    def flip(self, way: str) -> Stream: ...
    def hot_pixels(
        self,
        ratio: float | str = ...,
        *,
        learn: str | float | None = ...,
    ) -> Stream: ...
    def pace(self, speed: str | float = ...) -> Stream: ...
    def packet_slice(
        self,
        start: str | int | None = ...,
        end: str | int | None = ...,
    ) -> Stream: ...
    def polarity(self, which: str) -> Stream: ...
    def regularize(self, rate: str | float, *, start: str | float | None = ...) -> Stream: ...
    def render(
        self,
        decay: str = ...,
        tau: str | float | None = ...,
        style: str = ...,
        *,
        fps: str | float | None = ...,
        speed: str | float = ...,
        levels: int | str = ...,
        flash: bool = ...,
    ) -> Stream: ...
    def rotate(self, way: str) -> Stream: ...
    def scale(self, to: int | str | tuple[int, int] = ...) -> Stream: ...
    def time_slice(
        self,
        start: str | float | None = ...,
        end: str | float | None = ...,
        *,
        zero: bool = ...,
    ) -> Stream: ...
    def timecode(self, corner: str = ...) -> Stream: ...
