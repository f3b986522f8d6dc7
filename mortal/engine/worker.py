"""A worker: lives the lots it is given, one line of JSON each, until its input ends.

    python -m mortal.engine.worker

In: `{"folder", "lot", "options", "provenance", "share"}`; `{"stop": true}` where the lot at hand
shall be left as soon as it can be taken up again. Out: what the lots tell (`mortal.engine.relay`),
and `{"lot", "ended": "done" | "stopped" | "failed" | "fatal", "reason"}` for each.
"""

import json
import os
import queue
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from mortal.engine.failing import explain, is_fatal
from mortal.engine.life import live
from mortal.engine.lots import lots_of
from mortal.engine.options import Options
from mortal.engine.relay import Relay
from mortal.engine.stopping import Stopped, Stopping

__all__ = ["live_lot", "main"]


def live_lot(task: Mapping[str, Any], send: Any, stopping: Stopping) -> dict[str, Any]:
    """Live the lot of a task and return how it ended."""
    folder, number = Path(task["folder"]), int(task["lot"])
    ended: dict[str, Any] = {"lot": number, "ended": "done", "reason": ""}
    try:
        live(
            folder,
            lots_of(folder)[number],
            Options.of(task["options"]),
            narrator=Relay(number, send),
            stopping=stopping,
            provenance=task["provenance"],
        )
    except Stopped:
        ended["ended"] = "stopped"
    except Exception as error:
        ended["ended"] = "fatal" if is_fatal(error) else "failed"
        ended["reason"] = str(error) if is_fatal(error) else explain(folder, number, error)
    return ended


def main() -> None:
    """Work until the input ends."""
    out = _own_output()
    lock = threading.Lock()

    def send(message: Mapping[str, Any]) -> None:
        with lock:
            out.write(json.dumps(message) + "\n")
            out.flush()

    tasks: queue.Queue[dict[str, Any]] = queue.Queue()
    stopping = Stopping()
    threading.Thread(target=_listen, args=(tasks, stopping), daemon=True).start()
    while True:
        task = tasks.get()
        _limit(task.get("share", 0.0))
        send(live_lot(task, send, stopping))


def _limit(share: float) -> None:
    """Let an allocation beyond the worker's share of the memory fail, before the system kills.

    Linux counts private pages, where other systems know no such limit or do not keep to it.
    """
    if share > 0 and sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (int(share), resource.RLIM_INFINITY))


def _listen(tasks: "queue.Queue[dict[str, Any]]", stopping: Stopping) -> None:
    for line in sys.stdin:
        message = json.loads(line)
        if "stop" in message:
            stopping.ask()
        else:
            tasks.put(message)
    # Who gave the work is gone, perhaps killed: what is committed is enough.
    os._exit(0)


def _own_output() -> TextIO:
    """Return what was standard output; whatever prints by mistake goes to standard error."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return out


if __name__ == "__main__":
    main()
