"""How an array is written: stochastic pulse trains on rows and columns."""

from typing import Literal

from pydantic import Field

from devices.technology.declaration import Declaration, declared
from devices.technology.units import Seconds

__all__ = ["Write"]


class Write(Declaration):
    """Pulse trains of Gokmen and Vlasov 2016 (doi:10.3389/fnins.2016.00333), eq. 2-4.

    In each of BL slots row j fires with probability min(1, B |x_j|) and column i with
    min(1, A |d_i|); a coincidence is one pulse of the sign of x_j d_i. With
    A = B = sqrt(rate / (D BL)) the mean update is rate x (x) d while nothing saturates.
    """

    train_length: int = declared(
        31, unit="1", ge=1, le=31, meaning="slots of a pulse train, at most", equation="BL"
    )
    update_management: bool = Field(
        True,
        description="balance A and B by sqrt(max|x| / max|d|) so that neither saturates first; "
        "a dynamic length always does",
    )
    dynamic_length: bool = Field(
        True, description="use only ceil(rate max|x| max|d| / D) slots where that is shorter"
    )
    pulse_duration: Seconds = declared(100e-9, unit="s", gt=0, meaning="time of one slot")
    fidelity: Literal["auto", "averaged", "composed", "per_sample", "per_pulse"] = Field(
        "auto",
        description="how closely the emulator follows pulses (`devices.fidelity`); auto: the "
        "fastest way that is right, chosen for each device and batch",
    )
