"""The error that every failing call of this package raises."""


class NetworkError(ValueError):
    """A network, its input or its parameters do not fit together; the message says what to do."""
