"""Which frequencies a region's event rate holds over time."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from faery_cli.pictures.chart import Theme

__all__ = ["draw_spectrogram", "spectrogram"]

ENLARGED = 2  # pixels across and down for each strength


def spectrogram(
    counts: "np.ndarray",
    bin_us: float,
    *,
    frequencies: tuple[float, float],
    rows: int,
    columns: int,
    cycles: float = 12.0,
) -> "tuple[np.ndarray, np.ndarray]":
    """Give the strength of each frequency, by windows of a fixed number of periods.

    A constant-Q transform (J. Brown, JASA 89, 1991): each row correlates the rate with a Hann
    window that holds `cycles` periods of the row's frequency.

    Args:
        counts: float (n,) of each bin.
        bin_us: duration of a bin.
        frequencies: lowest and highest in Hz; the highest is lowered to what the bins allow.
        rows: number of frequencies, in equal ratios.
        columns: number of moments.
        cycles: periods in a window.

    Returns:
        float64 (rows, columns) amplitude in counts per bin, highest frequency on top; and the
        frequencies of the rows.

    Example:
        >>> import numpy as np
        >>> t = np.arange(4000) * 1e-3
        >>> tone, f = spectrogram(np.sin(2 * np.pi * 50 * t), 1000.0, frequencies=(10, 400),
        ...                       rows=40, columns=10)
        >>> bool(abs(f[tone[:, 5].argmax()] - 50) < 5)
        True
    """
    import numpy as np

    rate = 1e6 / bin_us
    low, high = frequencies[0], min(frequencies[1], rate / 2)
    centers = np.geomspace(max(high, low), low, rows)
    n = len(counts)
    mean = counts - counts.mean() if n else counts
    longest = round(cycles * rate / low)
    length = 1
    while length < n + longest:
        length *= 2
    spectrum = np.fft.fft(mean, length)
    moments = np.clip(((np.arange(columns) + 0.5) * n / columns).astype(np.int64), 0, max(0, n - 1))
    out = np.zeros((rows, columns))
    for row, frequency in enumerate(centers.tolist()):
        width = max(2, round(cycles * rate / frequency))
        at = np.arange(width)
        window = np.hanning(width)
        window /= window.sum()
        kernel = window * np.exp(-2j * np.pi * frequency / rate * (at - width / 2))
        found = np.fft.ifft(spectrum * np.fft.fft(kernel[::-1], length))
        place = moments + width // 2
        out[row] = 2 * np.abs(found[np.minimum(place, length - 1)])
    return out, centers


def draw_spectrogram(
    picture: "np.ndarray", frequencies: "np.ndarray", duration_s: float, theme: "Theme"
) -> "np.ndarray":
    """Draw strengths between an axis of frequencies and one of time.

    Args:
        picture: uint8 (rows, columns, 3), the colours of the strengths.
        frequencies: (rows,) in Hz, the highest first.
        duration_s: what the columns stand for.
        theme: of background and text.

    Returns:
        uint8 (height, width, 3).
    """
    import numpy as np

    from faery_cli.pictures.chart import si_text, ticks
    from faery_cli.pictures.drawing import Drawing

    rows, columns = picture.shape[:2]
    scale = ENLARGED
    left, top, right, bottom = 50 * scale, 8 * scale, 24 * scale, 20 * scale
    width, height = columns * ENLARGED, rows * ENLARGED
    drawing = Drawing(left + width + right, top + height + bottom, theme.background)
    for hertz in (5, 10, 20, 50, 100, 200, 500, 1000):
        if hertz > frequencies.max() * 1.001:
            break
        y = top + ENLARGED * float(np.interp(-hertz, -frequencies, np.arange(rows)))
        drawing.rectangle(left - 3 * scale, y, 3 * scale, scale, theme.axis)
        drawing.text(left - 5 * scale, y, f"{hertz} Hz", theme.text, scale=scale, anchor="end")
    for moment in ticks(0.0, duration_s, 8):
        x = left + width * moment / max(duration_s, 1e-9)
        drawing.rectangle(x, top + height, scale, 3 * scale, theme.axis)
        text = si_text(moment, "s")
        drawing.text(x, top + height + 11 * scale, text, theme.text, scale=scale, anchor="middle")
    pixels = drawing.pixels()
    big = picture.repeat(ENLARGED, 0).repeat(ENLARGED, 1)
    pixels[top : top + height, left : left + width] = big
    return pixels
