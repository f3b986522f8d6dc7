"""Write tests/devices/golden/wires.npz: currents of resisting crossbars, by badcrossbar.

badcrossbar (Joksas and Mehonic 2020, doi:10.1016/j.softx.2020.100617) solves the node equations
of a crossbar. It wants an environment of its own, without what it only draws with:

    python -m venv golden
    golden/bin/pip install numpy scipy pathvalidate
    golden/bin/pip install --no-deps badcrossbar==1.1.0
    golden/bin/python scripts/golden_wires.py

For each shape the file holds `conductance_RxC` `[row, column]`, S, `voltage_RxC`
`[sample, row]`, V, and `current_RxC` `[case, sample, column]`, A; `resistances` `[case, 2]`, ohm,
are those of a segment of a row and of a column.
"""

import logging
from pathlib import Path

import badcrossbar
import numpy as np

SHAPES = ((8, 8), (16, 16), (32, 32), (64, 64), (12, 20))
RESISTANCES = (  # of a row's and of a column's segment
    (0, 0), (2.5, 0), (0, 2.5), (1, 1), (1.5, 2.5), (5, 5), (1000, 300), (1e6, 1e6),
)  # fmt: skip
SAMPLES = 3


def main() -> None:
    logging.disable()
    draws = np.random.default_rng(2020)
    golden = {"resistances": np.array(RESISTANCES, np.float64)}
    for rows, columns in SHAPES:
        conductance = draws.uniform(1e-6, 25e-6, (rows, columns))
        conductance[draws.random((rows, columns)) < 0.02] = 0  # open cells
        voltage = draws.uniform(-0.2, 0.2, (SAMPLES, rows))
        with np.errstate(divide="ignore"):
            resistance = 1 / conductance
        golden[f"conductance_{rows}x{columns}"] = conductance
        golden[f"voltage_{rows}x{columns}"] = voltage
        golden[f"current_{rows}x{columns}"] = np.stack(
            [
                badcrossbar.compute(
                    voltage.T,
                    resistance,
                    r_i_word_line=of_row,
                    r_i_bit_line=of_column,
                    all_currents=False,
                ).currents.output
                for of_row, of_column in RESISTANCES
            ]
        )
    path = Path(__file__).parents[1] / "tests" / "devices" / "golden" / "wires.npz"
    path.parent.mkdir(exist_ok=True)
    np.savez_compressed(path, **golden)
    print(f"{path.stat().st_size / 1000:.0f} kB in {path}")


if __name__ == "__main__":
    main()
