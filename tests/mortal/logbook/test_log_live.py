"""Reading a log while it is written at full speed, in two lots, and merged under the reader."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from mortal.logbook import open_log

WRITER = """
import sys, select
sys.path.insert(0, sys.argv[2])
from log_story import WRITER, ageing, birth, exam
from mortal.logbook import Logbook, merge
folder, lots = sys.argv[1], [range(4), range(4, 8)]
books = [Logbook.create(folder, lot=lot, **WRITER) for lot in (0, 1)]
for book, serials in zip(books, lots):
    book.commit([birth(serials), exam(serials, 1), ageing(serials, 1)])
print("begun", flush=True)
sequence = 1
while not select.select([sys.stdin], [], [], 0)[0]:
    sequence += 1
    for book, serials in zip(books, lots):
        book.commit([exam(serials, sequence), ageing(serials, sequence)])
    if sequence % 5 == 0:
        merge(folder)
for book in books:
    book.finish()
merge(folder)
print(sequence, flush=True)
"""


def rows_of(log):
    """How many events each lot has logged, after a look at every value of every one of them."""
    elders = log["elders"].to_dataset()
    serials, counts = elders["serial"].values, []
    sequence = elders["exam_sequence"].values[:, np.newaxis]
    assert (elders["ageing_sequence"].values == sequence[:, 0]).all(), "part of a commit"
    for lot in sorted(set((serials // 4).tolist())):
        mine = serials // 4 == lot
        present = elders["exam_present"].values[:, mine] == 1
        there = present.all(axis=1)
        assert (there == present.any(axis=1)).all(), "part of an event"
        assert ((elders["ageing_present"].values[:, mine] == 1) == present).all(), "half a commit"
        assert sequence[there, 0].tolist() == list(range(1, int(there.sum()) + 1)), "a gap"
        wanted = (serials[mine] * 64 + sequence[there] * 4096.0) / 2**20
        assert (elders["exam_accuracy"].values[np.ix_(there, mine)] == wanted).all()
        for array in (0, 1):
            found = elders["exam_wear_mean"].values[:, :, array][np.ix_(there, mine)]
            assert (found == wanted + array / 2**20).all()
        counts.append(int(there.sum()))
    return counts


def test_two_hundred_reads_of_a_live_log_never_see_a_torn_row(tmp_path):
    arguments = [str(tmp_path), str(Path(__file__).parent)]
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert writer.stdout.readline() == "begun\n"
        before, grew, merged = [1, 1], 0, 0
        for _ in range(200):
            merged += (tmp_path / "log.h5").exists()
            found = rows_of(open_log(tmp_path))
            assert all(new >= old for new, old in zip(found, before, strict=True)), (before, found)
            grew += found != before
            before = found
        last = int(writer.communicate("stop\n", timeout=120)[0])
    finally:
        writer.kill()
        writer.wait()
    print(f"{last} events a lot, seen to grow {grew} times, {merged} reads of a merged log")
    assert writer.returncode == 0
    assert rows_of(open_log(tmp_path)) == [last, last]
    assert grew > 20
    assert merged > 20
