"""The text header of raw recordings whose words have no public file format."""

__all__ = ["raw_header"]


def raw_header(words: str, size: tuple[int, int], date: str, *, inverted: bool = False) -> bytes:
    """Return the lines that say what the words of a recording are.

    Args:
        words: their name, as of `neuro_kernels.words`.
        size: (width, height) in pixels.
        date: when the recording began, UTC.
        inverted: whether rows and columns are exchanged in the words.

    Example:
        >>> print(raw_header("edvs", (128, 128), "2026-01-01 00:00:00").decode(), end="")
        % Date 2026-01-01 00:00:00
        % format EDVS;height=128;width=128
        % geometry 128x128
        % end
    """
    width, height = size
    fields = [words.upper(), f"height={height}", f"width={width}"]
    fields += ["inverted=1"] if inverted else []
    lines = [f"Date {date}", f"format {';'.join(fields)}", f"geometry {width}x{height}", "end"]
    return "".join(f"% {line}\n" for line in lines).encode()
