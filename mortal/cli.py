"""The command line: thin verbs. Everything heavy is imported inside the verb that needs it."""

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mortal.cli_export import export
from mortal.cli_mistakes import mistakes, stop
from mortal.cli_report import report

if TYPE_CHECKING:
    from mortal.config import Plan

__all__ = ["app", "main"]

app = typer.Typer(
    help="Emulated mortal computers: unique analog devices learn, age, teach and die.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
config_app = typer.Typer(help="Look at a configuration without running it.", no_args_is_help=True)
data_app = typer.Typer(help="Fetch data sets.", no_args_is_help=True)
app.add_typer(config_app, name="config")
app.add_typer(data_app, name="data")
app.command()(report)
app.command()(export)

File = Annotated[Path, typer.Argument(metavar="FILE", help="A run's YAML file.")]
Changes = Annotated[
    list[str] | None, typer.Option("--set", metavar="A.B=C", help="Change a value; repeatable.")
]
Seed = Annotated[int | None, typer.Option(help="Replace the file's seed.")]


Workers = Annotated[
    int | None, typer.Option(min=1, help="Lots lived at a time, each by a process; default: 1.")
]
AllowCode = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Folder of modules that may run as rules (name: own)."),
]
Scheduler = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Live the lots on this Dask cluster.")
]
Every = Annotated[float, typer.Option(min=0, help="Seconds between two checkpoints of a lot.")]
Memory = Annotated[
    str | None,
    typer.Option(metavar="SIZE", help="For all workers, as '8 GB'; default: most of what is free."),
]


class EngineWord(StrEnum):
    """Where lots are lived."""

    SERIAL = "serial"
    PROCESSES = "processes"
    DASK = "dask"


class Keep(StrEnum):
    """Which states stay."""

    LAST = "last"
    ALL = "all"
    NONE = "none"


EngineName = Annotated[
    EngineWord | None,
    typer.Option(help="Where lots are lived; default: processes if there is more than one worker."),
]
KeepStates = Annotated[
    Keep,
    typer.Option(help="States by which devices are revived: of each the last, all taken, or none."),
]


class Device(StrEnum):
    """What computes."""

    CPU = "cpu"
    CUDA = "cuda"
    AUTO = "auto"


@app.command()
def run(
    file: File,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the run; default: runs/NAME.")
    ] = None,
    changes: Changes = None,
    seed: Seed = None,
    device: Annotated[
        Device | None,
        typer.Option(
            help="Compute on the processor, on a GPU (CuPy), or on a GPU where one answers; "
            "default: the file's backend."
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace another run that lies there.")
    ] = False,
    workers: Workers = None,
    engine: EngineName = None,
    scheduler: Scheduler = None,
    lots: Annotated[
        int | None,
        typer.Option(min=1, help="Pieces to cut each circle of cohorts into; default: by memory."),
    ] = None,
    every: Every = 60.0,
    keep: KeepStates = Keep.LAST,
    memory: Memory = None,
    allow_code: AllowCode = None,
    plan_only: Annotated[
        bool, typer.Option("--plan", help="Say how it would be cut and what it would take; stop.")
    ] = False,
) -> None:
    """Grow the cohorts of FILE and live their story; the log is left in DIR.

    The same command finishes a run that was killed, stopped or failed in part.
    """
    with mistakes():
        from mortal.config import load, on_device

        plan = load(file, overrides=changes or (), seed=seed, code=allow_code)
        if device is not None:
            plan = on_device(plan, device.value)
    folder = out if out is not None else Path("runs") / plan.config.name
    options = {"every": every, "keep": keep.value, "memory": memory}
    with mistakes(failed=1, interrupted="interrupted; the same command finishes the run"):
        _drive(plan, folder, engine, workers, scheduler, options, lots, overwrite, plan_only)


@app.command()
def resume(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a run.")],
    workers: Workers = None,
    engine: EngineName = None,
    scheduler: Scheduler = None,
    every: Every = 60.0,
    keep: KeepStates = Keep.LAST,
    memory: Memory = None,
    allow_code: AllowCode = None,
) -> None:
    """Finish what is missing of the run in DIR: lots not begun, left, killed or failed."""
    with mistakes():
        from mortal.config import load
        from mortal.engine import configuration_in

        plan = load(configuration_in(folder), code=allow_code)
    options = {"every": every, "keep": keep.value, "memory": memory}
    with mistakes(failed=1, interrupted="interrupted; the same command finishes the run"):
        _drive(plan, folder, engine, workers, scheduler, options)


def _drive(
    plan: "Plan",
    folder: Path,
    engine: EngineWord | None,
    workers: int | None,
    scheduler: str | None,
    options: dict[str, Any],
    lots: int | None = None,
    overwrite: bool = False,
    plan_only: bool = False,
) -> None:
    from mortal.engine import Options, engine_for, foresee
    from mortal.engine import run as run_plan
    from mortal.face import face

    chosen = Options(**options | {"memory": _bytes(options["memory"])})
    name = None if engine is None else engine.value
    backend = plan.config.backend
    with engine_for(name, workers=workers, scheduler=scheduler, backend=backend) as where:
        if plan_only:
            typer.echo(str(foresee(plan, engine=where, options=chosen, lots=lots)))
            return
        with face() as narrator:
            log = run_plan(
                plan,
                folder,
                narrator=narrator,
                overwrite=overwrite,
                engine=where,
                options=chosen,
                lots=lots,
            )
        typer.echo(f"log: {log}")


def _bytes(text: str | None) -> float | None:
    """Return the bytes that `8 GB` says."""
    if text is None:
        return None
    from mortal.errors import ConfigError

    found = re.fullmatch(r"\s*([0-9.]+)\s*(k|M|G|T)?i?B?\s*", text)
    try:
        number = float(found[1]) if found else 0.0
    except ValueError:
        number = 0.0
    if found is None or number <= 0:
        raise ConfigError(f"--memory is a size such as '8 GB', found {text!r}")
    return number * {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}.get(found[2] or "", 1.0)


@config_app.command("check")
def config_check(
    file: File, changes: Changes = None, seed: Seed = None, allow_code: AllowCode = None
) -> None:
    """Check FILE against itself and its data, as `run` does, and say what is wrong."""
    with mistakes():
        from mortal.config import load
        from mortal.config.check import data_for

        plan = load(file, overrides=changes or (), seed=seed, code=allow_code)
        data_for(plan)
        devices = sum(cohort.count for cohort in plan.config.cohorts.values())
        typer.echo(
            f"{file}: fine; {len(plan.config.cohorts)} cohorts, {devices} devices, "
            f"{len(plan.config.story)} steps, hash {plan.hash()[:12]}"
        )


@config_app.command("show")
def config_show(
    file: File, changes: Changes = None, seed: Seed = None, allow_code: AllowCode = None
) -> None:
    """Print FILE with every default and every number said."""
    with mistakes():
        from mortal.config import load

        plan = load(file, overrides=changes or (), seed=seed, code=allow_code)
        typer.echo(plan.text(), nl=False)


@config_app.command("schema")
def config_schema() -> None:
    """Print the JSON Schema of a run's file, for editors."""
    import json

    from mortal.config import RunConfig

    typer.echo(json.dumps(RunConfig.model_json_schema(by_alias=True), indent=2))


@app.command()
def presets(
    name: Annotated[str | None, typer.Argument(help="One preset, in full.")] = None,
    picture: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw it: pulses, rest and reads, as PNG, SVG or PDF."),
    ] = None,
) -> None:
    """List the technologies of the catalog, or show one with the source of every number."""
    with mistakes():
        from mortal.showing import catalog, technology

        if name is None and picture is not None:
            stop("--picture draws one preset: give its name", 2)
        typer.echo(catalog() if name is None else technology(name))
        if name is not None and picture is not None:
            from devices import preset
            from mortal.pictures import picture_of_technology

            picture_of_technology(preset(name), picture)
            typer.echo(f"\npicture: {picture}")


@app.command()
def fit(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV table of pulses and looks.")],
    response: Annotated[
        str | None, typer.Option(metavar="KIND", help="One response; default: the best of all.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the technology as YAML.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw data and model, as PNG, SVG or PDF.")
    ] = None,
) -> None:
    """Fit a technology to a measured train of pulses.

    FILE begins with a header: pulse, conductance_uS (or another unit), and if there are direction,
    device and cycle. The YAML stands in a run's file as `technology: FILE.yaml`.
    """
    with mistakes():
        from devices.fit import fit as fit_to
        from mortal.config import technology_text
        from mortal.measurement import read_measurement, technology_name
        from mortal.showing import fitted

        name = technology_name(file)
        found = fit_to(read_measurement(file), response, name=name, source=file.name)
        typer.echo(fitted(found))
        if out is not None:
            out.write_text(technology_text(found.technology), encoding="utf-8")
            typer.echo(f"technology: {out}")
        if picture is not None:
            from mortal.pictures import picture_of_fit

            picture_of_fit(found, picture)
            typer.echo(f"picture: {picture}")


@app.command()
def inspect(folder: Annotated[Path, typer.Argument(metavar="DIR")]) -> None:
    """Say what a run's log holds and how far it is; finished, running, killed or damaged."""
    with mistakes():
        from mortal.showing import run_summary

        typer.echo(run_summary(folder))


@app.command()
def merge(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A run's folder.")],
    partial: Annotated[
        bool, typer.Option("--partial", help="Merge what there is, and say in it what is missing.")
    ] = False,
) -> None:
    """Join the parts of a run's log into DIR/log.h5; a finished run has done so itself."""
    with mistakes():
        from mortal.logbook import merge as merge_parts

        typer.echo(f"log: {merge_parts(folder, partial=partial)}")


@app.command()
def doctor() -> None:
    """Say what is installed, what can run here, and what is missing."""
    from mortal.doctor import report

    typer.echo(report())


@data_app.command("get")
def data_get(
    name: Annotated[str, typer.Argument(help="mnist, fashion-mnist or kmnist.")],
    to: Annotated[Path, typer.Option(metavar="DIR", help="Where to put the files.")],
    mirror: Annotated[
        str | None, typer.Option(metavar="URL", help="Fetch from here instead.")
    ] = None,
) -> None:
    """Download a data set and verify it by checksum."""
    with mistakes():
        from mortal.data import get

        for path in get(name, to, mirror):
            typer.echo(f"{path}: verified")


def main() -> None:
    """Run the command line."""
    app(prog_name="mortal")


if __name__ == "__main__":
    main()
