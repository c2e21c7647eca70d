"""Which outputs there are, and which one a target means."""

from faery_cli.errors import UsageError
from faery_cli.outputs._registry import Output
from faery_cli.suggest import nearest, unknown

__all__ = ["ending_of", "find_output", "outputs"]


def outputs() -> tuple[Output, ...]:
    """Give all outputs for pictures."""
    from faery_cli.outputs.apng import APNG
    from faery_cli.outputs.gif import GIF
    from faery_cli.outputs.movie import MP4, WEBM, WEBP
    from faery_cli.outputs.png import FILES, PNG

    return (GIF, APNG, MP4, WEBM, WEBP, PNG, FILES)


def ending_of(path: str) -> str:
    """Give the lower-case ending of a file name with its dot, without that of a compression.

    Example:
        >>> ending_of("a.b/c.GIF"), ending_of("-"), ending_of("a.es.gz")
        ('.gif', '', '.es')
    """
    name = path.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".gz")
    dot = name.rfind(".")
    return name[dot:].lower() if dot > 0 else ""


def find_output(path: str, format: str | None = None) -> Output:
    """Give the output for a target.

    Args:
        path: file name, pattern, address or "-".
        format: the name the user gave, or None to go by the target.

    Raises:
        UsageError: no output is known by that ending, scheme or name.

    Example:
        >>> find_output("out.gif").name
        'gif'
    """
    pictures = outputs()
    if format is None:
        many = "{" in path
        for output in pictures:
            if ending_of(path) in output.endings and (output.name == "files") == many:
                return output
    else:
        for output in pictures:
            if output.name == format.lower():
                return output
    from faery_cli.outputs import events
    from faery_cli.outputs.address import ADDRESS, is_address

    if format is None and is_address(path):
        return ADDRESS
    files = events.event_outputs()
    if format is not None:
        chosen = next((o for o in files if o.name == format.lower()), None)
        if chosen is None:
            raise UsageError(unknown("format", format, [o.name for o in (*files, *pictures)]))
        return chosen
    if path == "-":
        return next(o for o in files if o.name == "csv")
    chosen = next((o for o in files if ending_of(path) in o.endings), None)
    if chosen is not None:
        return chosen
    endings = dict.fromkeys(e for o in (*files, *pictures) for e in o.endings)
    ending = ending_of(path)
    what = f"the ending {ending!r}" if ending else "a name without ending"
    guess = nearest(ending, endings) if ending else None
    hint = f"did you mean {guess!r}? Or use" if guess else "use"
    raise UsageError(
        f"{path}: {what} tells no format; {hint} one of {', '.join(endings)}, or say --format"
    )
