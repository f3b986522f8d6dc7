"""What can go wrong in a run. Every error is a `MortalError` and also a builtin."""

__all__ = [
    "AnalysisError",
    "ConfigError",
    "DamageError",
    "DataError",
    "LogError",
    "MortalError",
    "PictureError",
    "RuleError",
    "RunFailed",
    "RunStopped",
]


class MortalError(Exception):
    """Base of every error the package `mortal` raises on purpose.

    The message is one or two sentences: where, what was found, what is allowed, how to fix it.
    """


class AnalysisError(MortalError, ValueError):
    """An analysis cannot be made of what was given: too few devices, wrong shapes, no such name."""


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


class RunFailed(MortalError, RuntimeError):  # noqa: N818 - what happened
    """Some lots of a run failed, the others are done."""


class RunStopped(MortalError, InterruptedError):  # noqa: N818 - what happened
    """A run was stopped where it can be taken up again."""
