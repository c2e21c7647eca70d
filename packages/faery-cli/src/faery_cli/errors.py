"""Errors: one sentence each, the exit code they end with, and the word they are about."""

__all__ = [
    "FaeError",
    "InputError",
    "MissingError",
    "OutputError",
    "UsageError",
    "named_word",
    "spelled",
]


class FaeError(Exception):
    """Base of all errors of faery-cli.

    Args:
        message: one sentence: where, what was expected, what came, what to do.

    Attributes:
        exit_code: what the command ends with.
    """

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class UsageError(FaeError):
    """A wrong word on the command line, or a wrong argument in Python (exit code 2).

    Args:
        message: see `FaeError`.
        word: index of the word in the command line, where there is one.
        span: begin and end of the wrong part inside that word; the whole word by default.
    """

    exit_code = 2

    def __init__(
        self, message: str, *, word: int | None = None, span: tuple[int, int] | None = None
    ) -> None:
        super().__init__(message)
        self.word = word
        self.span = span


class InputError(FaeError):
    """An input that is missing, unreadable or damaged (exit code 3)."""

    exit_code = 3


class OutputError(FaeError):
    """An output that cannot be written or would be overwritten (exit code 4)."""

    exit_code = 4


class MissingError(FaeError):
    """An optional dependency or a device that is not there (exit code 5)."""

    exit_code = 5


def spelled(message: str, words: list[str]) -> str:
    """Name the option of a command line for an argument that a message asks for.

    Args:
        message: perhaps of a package that speaks to Python programs.
        words: the command line.

    Example:
        >>> spelled("a.x: what is it? Pass format= to say.", ["info", "a.x"])
        'a.x: what is it? Give --input-format to say.'
    """
    if "Pass format=" not in message:
        return message
    if words[:1] in (["input"], ["filter"], ["output"]):
        option = "--file-type"
    else:
        option = "--format after the source" if ":" in words else "--input-format"
    return message.replace("Pass format=", f"Give {option}")


def named_word(message: str, words: list[str]) -> int | None:
    """Find the word of a command line that a message about a value repeats.

    Args:
        message: the sentence.
        words: the command line.

    Returns:
        Its index, where there is exactly one.

    Example:
        >>> named_word("unknown map 'btalow'", ["image", "--colormap", "btalow"])
        2
        >>> named_word("expected start <= end, got 20:10", ["cut", "--events", "20:10"])
        2
    """
    import re

    for match in re.finditer(r"'([^']+)'|\bgot (\S+)", message):
        text = match[1] or match[2]
        if words.count(text) == 1:
            return words.index(text)
    return None
