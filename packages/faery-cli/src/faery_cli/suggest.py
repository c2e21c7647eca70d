"""The sentence about an unknown word, with the nearest known one."""

from collections.abc import Iterable

__all__ = ["nearest", "unknown"]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Give the known word most like `word`, or None.

    Example:
        >>> nearest("crpo", ["crop", "cut"])
        'crop'
    """
    from difflib import get_close_matches

    close = get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return close[0] if close else None


def unknown(what: str, word: str, known: Iterable[str]) -> str:
    """Say that a word is unknown and what may have been meant.

    Args:
        what: the kind of word.
        word: what was written.
        known: the words there are.

    Example:
        >>> unknown("stage", "crpo", ["crop", "cut"])
        "unknown stage 'crpo': did you mean 'crop'?"
    """
    known = tuple(known)
    guess = nearest(word, known)
    if guess is not None:
        return f"unknown {what} {word!r}: did you mean {guess!r}?"
    if len(known) <= 12:
        return f"unknown {what} {word!r}: expected one of {', '.join(known)}"
    return f"unknown {what} {word!r}"
