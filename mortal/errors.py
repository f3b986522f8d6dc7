"""What can go wrong in a run. Every error is a `MortalError` and also a builtin."""

__all__ = [
    "ConfigError",
    "DamageError",
    "DataError",
    "LogError",
    "MortalError",
    "PictureError",
    "RuleError",
]


class MortalError(Exception):
    """Base of every error the package `mortal` raises on purpose.

    The message is one or two sentences: where, what was found, what is allowed, how to fix it.
    """


class ConfigError(MortalError, ValueError):
    """A configuration is wrong; the message starts with `file:line:column:` when there is one."""


class DataError(MortalError, ValueError):
    """Data is missing, damaged or does not fit the organism."""


class LogError(MortalError, OSError):
    """A run's folder cannot be read, or holds something else."""


class DamageError(LogError):
    """A file of a run is not what was written: truncated, changed, foreign or lost."""


class PictureError(MortalError, ValueError):
    """A picture cannot be drawn: its file's ending is another, or matplotlib is missing."""


class RuleError(MortalError, TypeError):
    """A learning rule needs something its hardware has not."""
