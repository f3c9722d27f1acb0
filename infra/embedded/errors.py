"""The one error of this package."""


class EmbeddedError(RuntimeError):
    """A service cannot be had. The message is one line for a person and says the cure."""
