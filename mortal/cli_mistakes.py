"""Mistakes of users at the command line: one sentence and an exit code, never a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

__all__ = ["mistakes", "stop"]


@contextmanager
def mistakes(failed: int = 2, interrupted: str = "interrupted") -> Iterator[None]:
    """Turn what can go wrong into one clear sentence and an exit code.

    2: known to be wrong before growth, which a wrong configuration always is. `failed`: any other
    error of the three packages, memory and disk included; 1 once a run has begun. 130: interrupted.
    """
    from devices.errors import DeviceError
    from distill.errors import DistillError
    from mortal.errors import ConfigError, MortalError, RunStopped

    try:
        yield
    except ConfigError as error:
        stop(str(error), 2)
    except RunStopped as error:
        stop(str(error), 130)
    except (DeviceError, DistillError, MortalError) as error:
        stop(str(error), failed)
    except MemoryError as error:
        stop(f"not enough memory: {str(error) or 'try fewer devices or smaller layers'}", failed)
    except BrokenPipeError:
        raise  # whoever reads the output has seen enough
    except OSError as error:
        stop(f"{error.filename or 'the system'}: {error.strerror or error}", failed)
    except KeyboardInterrupt:
        stop(interrupted, 130)


def stop(message: str, code: int) -> NoReturn:
    """Say what was wrong, and leave with an exit code."""
    typer.echo(f"mortal: {message}", err=True)
    raise typer.Exit(code)
