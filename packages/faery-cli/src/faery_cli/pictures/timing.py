"""How moments and speeds are written into pictures."""

from fractions import Fraction

__all__ = ["speed_text", "time_text"]


def speed_text(speed: float) -> str:
    """Write a speed as people say it.

    Example:
        >>> [speed_text(s) for s in (1, 0.1, 2, 0.02, 0.35)]
        ['real time', '× 1/10', '× 2', '× 1/50', '× 0.35']
    """
    if abs(speed - 1) < 1e-9:
        return "real time"
    for number, text in ((speed, "× {}"), (1 / speed, "× 1/{}")):
        if number >= 1 and abs(number - round(number)) < 1e-6 * number:
            return text.format(round(number))
    return f"× {Fraction(speed).limit_denominator(100)}" if speed < 0.01 else f"× {speed:.3g}"


def time_text(t_us: int, step_us: float) -> str:
    """Write a moment in seconds, with as many digits as one step from frame to frame needs.

    Example:
        >>> time_text(516_667, 33_333.3), time_text(1_250, 20.0), time_text(75_000_000, 1e6)
        ('0.52 s', '0.00125 s', '1:15 min')
    """
    digits = next((d for d in range(7) if step_us * 1.0001 >= 10 ** (6 - d)), 6)
    seconds = t_us / 1e6
    if abs(seconds) < 60:
        return f"{seconds:.{digits}f} s"
    minutes, rest = divmod(seconds, 60)
    width = 2 if digits == 0 else 3 + digits
    return f"{int(minutes)}:{rest:0{width}.{digits}f} min"
