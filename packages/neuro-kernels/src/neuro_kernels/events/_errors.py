"""The base error of the package."""


class EventError(ValueError):
    """Event data that cannot be used as it is: the message says where, why and what to do."""
