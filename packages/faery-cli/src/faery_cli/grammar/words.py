"""Words of a command line, and how they are given to parameters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from faery_cli.errors import UsageError
from faery_cli.registry import FLAG, Parameter
from faery_cli.suggest import unknown

__all__ = ["Word", "bind_words", "usage", "words"]


@dataclass(frozen=True)
class Word:
    """One word and its index in the command line."""

    text: str
    index: int


def words(argv: Iterable[str]) -> list[Word]:
    """Number the words of a command line."""
    return [Word(text, index) for index, text in enumerate(argv)]


def usage(name: str, parameters: Sequence[Parameter]) -> str:
    """Write the usage line of a stage or verb.

    Example:
        >>> from faery_cli.registry import by_name
        >>> usage("crop", by_name("crop").parameters)
        'crop LEFT:RIGHT TOP:BOTTOM'
    """
    parts = [name]
    places = [p for p in parameters if p.by_position]
    skip = False
    for parameter, following in zip(places, [*places[1:], None], strict=False):
        if skip:
            skip = False
            continue
        text = parameter.name.upper().replace("_", "-")
        if parameter.span and following is not None:
            text += ":" + following.name.upper().replace("_", "-")
            skip = True
        if parameter.many:
            text += " …"
        parts.append(text if parameter.required or parameter.span else f"[{text}]")
    for parameter in parameters:
        if not parameter.by_position:
            text = parameter.option
            if parameter.kind is not FLAG:
                text += " " + parameter.kind.metavar
            parts.append(text if parameter.required else f"[{text}]")
    return " ".join(parts)


def _is_option(text: str) -> bool:
    if len(text) < 2 or text[0] != "-":
        return False
    return not (text[1].isdigit() or text[1] == ".")  # a negative number is a value


class _Binder:
    """Gives words to parameters one by one."""

    def __init__(
        self,
        name: str,
        parameters: Sequence[Parameter],
        common: Sequence[Parameter],
        at: int,
        extras: list[tuple[Word, Word | None]] | None,
        beside: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.extras = extras
        self.beside = beside
        self.at = at  # the word to point at when something is missing
        self.parameters = parameters
        self.named = {p.option: p for p in (*common, *parameters)}
        self.named |= {"-" + p.short: p for p in (*common, *parameters) if p.short}
        self.places = [p for p in parameters if p.by_position]
        self.values: dict[str, Any] = {}

    def read(self, parameter: Parameter, text: str, word: Word, begin: int = 0) -> Any:
        try:
            return parameter.read(text)
        except ValueError as error:
            raise UsageError(
                f"{self.name}: {parameter.name.replace('_', '-')}: {error}",
                word=word.index,
                span=(begin, begin + len(text)) if text else None,
            ) from None

    def option(self, word: Word, following: Sequence[Word]) -> int:
        """Take an option and its value; return how many of the following words were used."""
        text, equals, value = word.text.partition("=")
        parameter = self.named.get(text)
        if parameter is None and self.extras is not None and word.text.startswith("--"):
            takes = not equals and bool(following) and not _is_option(following[0].text)
            self.extras.append((word, following[0] if takes else None))
            return int(takes)
        if parameter is None:
            flags = word.text[1:]
            if not word.text.startswith("--") and all("-" + f in self.named for f in flags):
                for flag in flags:  # -qy
                    self.flag(self.named["-" + flag], word)
                return 0
            raise UsageError(
                f"{self.name}: {unknown('option', text, (*self.named, *self.beside))}",
                word=word.index,
                span=(0, len(text)),
            )
        if parameter.kind is FLAG:
            if equals:
                raise UsageError(f"{self.name}: {text} takes no value", word=word.index)
            self.flag(parameter, word)
            return 0
        if parameter.name in self.values:
            raise UsageError(f"{self.name}: {parameter.option} is given twice", word=word.index)
        if equals:
            self.values[parameter.name] = self.read(parameter, value, word, len(text) + 1)
            return 0
        if not following or (_is_option(following[0].text) and following[0].text in self.named):
            raise UsageError(
                f"{self.name}: {text} needs a value: {parameter.help}", word=word.index
            )
        if parameter.span and self.spanned(parameter, self.after(parameter), following[0]):
            return 1
        self.values[parameter.name] = self.read(parameter, following[0].text, following[0])
        return 1

    def flag(self, parameter: Parameter, word: Word) -> None:
        if parameter.kind is not FLAG:
            raise UsageError(
                f"{self.name}: {parameter.option} needs a value: {parameter.help}", word=word.index
            )
        self.values[parameter.name] = True

    def after(self, parameter: Parameter) -> Parameter | None:
        at = self.parameters.index(parameter) + 1
        return self.parameters[at] if at < len(self.parameters) else None

    def spanned(self, parameter: Parameter, second: Parameter | None, word: Word) -> bool:
        """Take `A:B` for two parameters; either side may be empty where there is a default."""
        if second is None or ":" not in word.text:
            return False
        try:
            parameter.read(word.text)
            return False  # a clock time, not a span
        except ValueError:
            pass
        problem: UsageError | None = None
        for at in (i for i, c in enumerate(word.text) if c == ":"):
            sides = ((parameter, word.text[:at], 0), (second, word.text[at + 1 :], at + 1))
            try:
                found = {p.name: self.side(p, text, word, begin) for p, text, begin in sides}
            except UsageError as error:
                problem = problem or error
                continue
            self.values |= found
            return True
        assert problem is not None
        raise problem

    def side(self, parameter: Parameter, text: str, word: Word, begin: int) -> Any:
        if text == "" and not parameter.required:
            return parameter.default
        if text == "":
            raise UsageError(
                f"{self.name}: {parameter.name} is missing: {parameter.help}", word=word.index
            )
        return self.read(parameter, text, word, begin)

    def position(self, word: Word) -> None:
        place = next((p for p in self.places if p.many or p.name not in self.values), None)
        if place is None:
            raise UsageError(
                f"{self.name}: unexpected {word.text!r} (usage: {usage(self.name, self.places)})",
                word=word.index,
            )
        if place.many:
            value = self.read(place, word.text, word)
            self.values[place.name] = (*self.values.get(place.name, ()), value)
        elif not (place.span and self.spanned(place, self.after(place), word)):
            self.values[place.name] = self.read(place, word.text, word)

    def finish(self) -> dict[str, Any]:
        for parameter in self.parameters:
            if parameter.name in self.values:
                continue
            if parameter.required:
                what = parameter.option if not parameter.by_position else parameter.name.upper()
                raise UsageError(
                    f"{self.name}: {what} is missing: {parameter.help} "
                    f"(usage: {usage(self.name, self.places)}; fae help {self.name} says more)",
                    word=self.at if self.at >= 0 else None,
                )
            self.values[parameter.name] = (
                False if parameter.kind is FLAG and not parameter.default else parameter.default
            )
        return self.values


def bind_words(
    name: str,
    parameters: Sequence[Parameter],
    line: Sequence[Word],
    *,
    common: Sequence[Parameter] = (),
    at: int = -1,
    extras: list[tuple[Word, Word | None]] | None = None,
    beside: Sequence[str] = (),
) -> dict[str, Any]:
    """Give each word of a stage's or verb's line to a parameter.

    Args:
        name: the stage or verb, for messages.
        parameters: what it takes.
        line: the words after its name.
        common: options that are allowed besides.
        at: index of the word to point at when a value is missing, -1 for none.
        extras: where to collect options that are not known here, each with the word after it.
        beside: options that were possible in this place besides, for suggestions.

    Returns:
        A value for each of `parameters`, and for those of `common` that were given.

    Raises:
        UsageError: a word that fits nowhere, a wrong or missing value; it points at the word.

    Example:
        >>> from faery_cli.registry import by_name
        >>> bind_words("crop", by_name("crop").parameters, words(["80:240", "60:180"]))
        {'left': 80, 'right': 240, 'top': 60, 'bottom': 180}
    """
    binder = _Binder(name, parameters, common, at, extras, beside)
    i = 0
    only_values = False
    while i < len(line):
        word = line[i]
        i += 1
        if word.text == "--" and not only_values:
            only_values = True
        elif not only_values and _is_option(word.text):
            i += binder.option(word, line[i:])
        else:
            binder.position(word)
    return binder.finish()
