"""What can go wrong in a transfer. Every error is a `DistillError` and also a builtin."""

__all__ = [
    "AnswerError",
    "DistillError",
    "InputError",
    "PairingError",
    "ProtocolError",
    "SettingError",
    "TargetError",
]


class DistillError(Exception):
    """Base of every error the package `distill` raises on purpose."""


class ProtocolError(DistillError, TypeError):
    """Something was given as a teacher or a student that cannot be one."""


class SettingError(DistillError, ValueError):
    """A declared word or number is unknown or outside its range."""


class InputError(DistillError, ValueError):
    """The inputs to be asked are empty, of the wrong shape, or not finite."""


class AnswerError(DistillError, ValueError):
    """Answers are of the wrong shape, not finite, or not log-probabilities."""


class PairingError(DistillError, ValueError):
    """Teachers and students do not fit each other in number or in classes."""


class TargetError(DistillError, ValueError):
    """A student cannot take the targets it is handed; it has learnt nothing of them."""
