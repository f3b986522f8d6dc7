"""What is written reaches the arrays as its way says, against float64 NumPy sharing no code."""

import numpy as np
import pytest

from devices import Technology, preset, probe
from devices.technology import SoftBoundsResponse, Spread
from mortal import grow, load_data
from mortal.rules import Hardware, declare
from mortal.rules.body import Body
from mortal.rules.declarations import TikiTakaV2Settings
from mortal.rules.ways import way_of

WAYS = ["tiki-taka-v1", "tiki-taka-v2", "chopped-tiki-taka", "agad"]
ROWS, COLUMNS, DEVICES = 4, 5, 2
DW = 0.001


def body(technology="exact", **settings):
    """A body of one synapse, written as a rule so set would write it."""
    if isinstance(technology, str):
        technology = preset(technology)
    way = way_of(declare("mono-forward", **settings))
    serials = np.arange(DEVICES)
    hardware = Hardware(technology, (ROWS, COLUMNS), 2, serials, serials, 3, "reference", way)
    grown = Body()
    grown.grow(hardware, "synapse", ROWS, COLUMNS)
    return grown


def weights(of, name="synapse"):
    return probe.weights(of.arrays[name]).astype(np.float64)


def batches(number, samples=6, seed=0):
    random = np.random.default_rng(seed)
    for _ in range(number):
        yield (
            random.normal(size=(DEVICES, samples, ROWS)).astype(np.float32),
            random.normal(size=(DEVICES, samples, COLUMNS)).astype(np.float32),
        )


def products(x, d):
    return np.einsum("nsr,nsc->nrc", x.astype(np.float64), d.astype(np.float64))


def test_netted_writes_the_sum_of_all_outer_products_when_it_is_settled():
    here = body(write="netted")
    before = weights(here)
    total = np.zeros_like(before)
    for rate, (x, d) in zip((0.1, 0.3), batches(2), strict=True):
        here.write("synapse", x, d, rate)
        total += rate * products(x, d)
    here.write("synapse", x[0], d[0], 0.2)  # shared by all devices
    total += 0.2 * products(x[:1], d[:1])
    assert np.array_equal(weights(here), before), "not before it is settled"
    here.settle()
    assert weights(here) - before == pytest.approx(total, abs=1e-5)
    here.settle()
    assert weights(here) - before == pytest.approx(total, abs=1e-5), "once"


def test_netted_pulses_are_the_sum_on_average_and_fewer_than_those_of_every_sample():
    spent = {}
    for write in ("alternating", "netted"):
        here = body("idealized-rasch2019", write=write)
        before = weights(here)
        x = np.ones((200, ROWS), np.float32)
        d = np.where(np.arange(200)[:, None] % 2, -0.4, 0.5).astype(np.float32)
        here.write("synapse", x, np.repeat(d, COLUMNS, 1), 0.01)
        here.settle()
        moved = weights(here) - before
        assert moved.mean() == pytest.approx(0.01 * d.sum(), abs=0.03)
        spent[write] = here.arrays["synapse"].ledger.pulses.mean()
    assert spent["netted"] < spent["alternating"] / 5, spent


def told(name, a, fast, rows_read, settings, state):
    """What one batch carries over: the equations, one row after another. Return the change of C."""
    change = np.zeros_like(fast)
    for k in rows_read:
        seen = fast[:, k] - state.get("zero", 0 * fast)[:, k]
        if name == "tiki-taka-v1":
            change[:, k] += a * seen
            continue
        c = state["c"][k]
        interest = seen - state["reference"][:, k] if name == "agad" else seen
        state["h"][:, k] += a * c * interest
        n = np.trunc(state["h"][:, k] / DW)
        change[:, k] += n * DW
        state["h"][:, k] -= (1 - settings.get("momentum", 0)) * n * DW
        if name in ("chopped-tiki-taka", "agad"):
            state["n"][k] += 1
            if name == "agad":
                weight = min(settings["tail"] / state["n"][k], 1)
                state["mean"][:, k] = (1 - weight) * state["mean"][:, k] + weight * seen
            if state["n"][k] == settings["flip_after"]:
                state["c"][k], state["n"][k] = -c, 0
                if name == "agad":
                    state["reference"][:, k] = state["mean"][:, k]
    return change


@pytest.mark.parametrize("write", ["alternating", "netted"])
@pytest.mark.parametrize("name", WAYS)
def test_on_an_ideal_device_fast_and_slow_array_do_what_the_equations_say(name, write):
    settings = {"name": name, "fast_rate": 2.0, "transfer_rate": 0.02, "every": 4}
    if name != "tiki-taka-v1":
        settings["momentum"] = 0.25
    if name in ("chopped-tiki-taka", "agad"):
        settings["flip_after"] = 2
    if name == "agad":
        settings["tail"] = 1.5
    here = body(write=write, through=settings)
    fast, slow = weights(here, "synapse.fast"), weights(here)
    state = {"h": 0 * fast, "c": np.ones(ROWS), "n": np.zeros(ROWS), "mean": 0 * fast}
    state["reference"] = fast.copy()
    if name in ("tiki-taka-v1", "tiki-taka-v2"):
        state["zero"] = fast.copy()
    a, turn, waiting = 0.02 * 4 * ROWS, 0, 0
    for x, d in batches(25):
        here.write("synapse", x, d, 0.01)
        here.settle()
        fast = fast + 2.0 * 0.01 * products(x * state["c"], d)
        waiting += 6
        count, waiting = waiting // 4, waiting % 4
        rows_read = (turn + np.arange(count)) % ROWS
        turn = (turn + count) % ROWS
        slow = slow + told(name, a, fast, rows_read, settings, state)
        assert weights(here, "synapse.fast") == pytest.approx(fast, abs=2e-5)
        # A number that rounds to the other side of a pulse is one pulse off, until the next.
        assert np.abs(weights(here) - slow).max() < (1e-4 if name == "tiki-taka-v1" else 1.5 * DW)
    assert np.abs(slow - weights(body())).max() > 0.1, "little was carried over"


def uneven(**numbers):
    """Soft-bounds cells whose steps are equal not at zero but where 1.3 (1 - w) = 0.7 (1 + w)."""
    told = SoftBoundsResponse(step=0.01, w_max=1.0, w_min=-1.0, asymmetry=0.3, **numbers)
    return Technology(name="uneven", response=told, spread=Spread(initial=0.0, asymmetry=0.1))


@pytest.mark.parametrize("name", WAYS)
def test_a_gradient_of_mean_zero_leaves_the_slow_array_where_the_plain_way_drifts(name):
    """Pulses up and down in equal numbers draw cells to their symmetric points."""
    moved = {}
    for way, mean in (("plain", 0.0), (name, 0.0), ("told", 0.3)):
        # So little at a time that C is not pulsed up and down in turn: that draws it too.
        told = {"name": name, "fast_rate": 1.0, "transfer_rate": 3e-4}
        if name in ("chopped-tiki-taka", "agad"):
            told["flip_after"] = 30
        here = body(uneven(cycle_noise=0.3), through=None if way == "plain" else told)
        before = weights(here)
        x = np.ones((64, ROWS), np.float32)
        d = mean + np.where(np.arange(64)[:, None] % 2, -0.7, 0.7) * np.ones((1, COLUMNS))
        for _ in range(60):
            here.write("synapse", x, d.astype(np.float32), 0.01)
            here.settle()
        moved[way] = (weights(here) - before).mean()
    assert moved["plain"] == pytest.approx(0.3, abs=0.05), moved
    assert abs(moved[name]) < 0.02, moved
    assert moved["told"] > 0.03, moved


def test_the_symmetric_point_is_where_steps_up_and_down_are_equal_and_is_paid_for():
    here = body(uneven(), through="tiki-taka-v2")
    fast = here.arrays["synapse.fast"]
    settings = TikiTakaV2Settings()
    assert fast.ledger.pulses.tolist() == [settings.zero_pulses * ROWS * COLUMNS] * DEVICES
    assert fast.ledger.reads.tolist() == [settings.zero_reads * ROWS] * DEVICES
    at = weights(here, "synapse.fast")
    assert at.mean() == pytest.approx(0.3, abs=0.07)
    assert at.std() > 0.05, "each cell has its own"
    assert here.memory["synapse.zero"] == pytest.approx(at, abs=0.02)
    # One pulse up and one down more: a cell at its symmetric point comes back.
    fast.increment(np.full(at.shape, 0.01), rounding="nearest")
    fast.increment(np.full(at.shape, -0.01), rounding="nearest")
    assert weights(here, "synapse.fast") == pytest.approx(at, abs=1e-3)


def shown(write_noise):
    """Cells alike, whose symmetric point is 0 and whose pulses leave that noise, in steps."""
    told = SoftBoundsResponse(step=0.01, w_max=1.0, w_min=-1.0, write_noise=write_noise)
    return Technology(name="shown", response=told, spread=Spread(initial=0.0))


def test_the_symmetric_point_is_a_mean_over_what_pulses_leave_visible():
    here = body(shown(20), through="tiki-taka-v2")
    assert weights(here, "synapse.fast").std() == pytest.approx(0.2, abs=0.06), "as seen once"
    found = here.memory["synapse.zero"]
    assert found.mean() == pytest.approx(0, abs=0.03)
    assert found.std() == pytest.approx(0.2 / np.sqrt(20), abs=0.02)


@pytest.mark.parametrize("name", ["tiki-taka-v2", "agad"])
@pytest.mark.parametrize(
    ("write_noise", "least_sent", "sent"),
    [(0, 0, [0, 3, 15, 25, -25]), (0, 1, [0, 3, 15, 25, -25]), (20, 0, [0, 3, 15, 25, -25]),
     (20, 1, [0, 0, 0, 25, -25]), (10, 1, [0, 0, 15, 25, -25]), (10, 2, [0, 0, 0, 25, -25])],
)  # fmt: skip
def test_what_waits_is_sent_when_it_is_worth_the_noise_that_sending_leaves(
    name, write_noise, least_sent, sent
):
    told = {"name": name, "least_sent": least_sent, "zero_shift": False}
    here = body(shown(write_noise), through=told)
    waiting = np.array([0.005, 0.035, 0.155, 0.255, -0.255], np.float32)
    here.memory["synapse.hidden"][:] = waiting
    silence = np.zeros((ROWS, COLUMNS), np.float32)
    here.write("synapse", silence[:, :ROWS], silence, 1.0)
    here.settle()  # a row is read for every sample, and nothing is found there
    assert here.arrays["synapse"].ledger.pulses == pytest.approx(ROWS * np.abs(sent).sum())
    left = waiting - 0.01 * np.array(sent)
    assert here.memory["synapse.hidden"] == pytest.approx(
        np.broadcast_to(left, (DEVICES, ROWS, COLUMNS)), abs=1e-6
    )


def test_what_is_read_is_the_slow_array_and_gamma_of_the_fast_one():
    random = np.random.default_rng(0)
    x = random.normal(size=(3, ROWS)).astype(np.float32)
    d = random.normal(size=(3, COLUMNS)).astype(np.float32)
    for name in WAYS:
        for gamma in (0.0, 0.5):
            flips = {"flip_after": 1} if name in ("chopped-tiki-taka", "agad") else {}
            here = body(through={"name": name, "gamma": gamma, **flips})
            sign = np.ones((DEVICES, ROWS, 1))
            for x_written, d_written in batches(2):
                here.write("synapse", x_written, d_written, 0.1)
                here.settle()
            if "synapse.chopper" in here.memory:
                sign = here.memory["synapse.chopper"][:, :, None].astype(np.float64)
                assert (sign < 0).any()
            w = weights(here) + gamma * sign * weights(here, "synapse.fast")
            assert here.read("synapse", x) == pytest.approx(x @ w, abs=1e-4)
            assert here.read_back("synapse", d) == pytest.approx(d @ w.swapaxes(1, 2), abs=1e-4)


def test_random_flips_come_as_often_as_asked_and_apart_in_every_row_and_device():
    through = {"name": "chopped-tiki-taka", "flip": "random", "flip_after": 4}
    here, signs = body(through=through), []
    for x, d in batches(300, samples=ROWS):
        here.write("synapse", x, d, 0.001)
        here.settle()
        signs.append(here.memory["synapse.chopper"].reshape(-1).copy())
    flips = (np.diff(signs, axis=0) != 0).mean(axis=0)
    assert flips == pytest.approx(0.25, abs=0.11), flips
    assert len({tuple(row) for row in np.transpose(signs)}) == DEVICES * ROWS


WRITTEN = [("netted", None), *[("alternating", name) for name in WAYS], ("netted", "agad")]
RULES = [
    {"name": rule, "write": write, "through": through}
    for rule in ("mono-forward", "forward-forward")
    for write, through in WRITTEN
]


@pytest.mark.parametrize("rule", RULES, ids=lambda r: "-".join(map(str, r.values())))
def test_populations_with_ways_are_the_same_split_frozen_and_thawed(rule):
    def grown():
        return grow("mortal-default", (6, 5, 4), 3, rule, 2, classes=3)

    x = np.random.default_rng(0).random((9, 6), np.float32)
    y = np.eye(3, dtype=np.float32)[np.arange(9) % 3]
    whole, again = grown(), grown()
    parts = whole.take([0]), whole.take([1, 2])
    for _ in range(4):
        for population in (whole, again, *parts):
            population.rule.learn(x, y, 1.0)
        thawed = grown()
        thawed.thaw(again.freeze())
        again = thawed
    for name, numbers in whole.freeze().numbers.items():
        assert np.array_equal(numbers, again.freeze().numbers[name]), name
        joined = np.concatenate([part.freeze().numbers[name] for part in parts])
        assert np.array_equal(numbers, joined), name
    # Devices that have been taught apart learn together as each would alone.
    parts[0].rule.learn(x[:4], y[:4], 1.0)
    alone = parts[0].take([0]), parts[1].take([0, 1])
    whole.put([0], parts[0])
    whole.put([1, 2], parts[1])
    for population in (whole, *alone):
        population.rule.learn(x, y, 1.0)
    for name, numbers in whole.freeze().numbers.items():
        joined = np.concatenate([part.freeze().numbers[name] for part in alone])
        assert np.array_equal(numbers, joined), name


def test_the_slow_array_is_the_very_array_of_the_plain_way():
    plain = grow("mortal-default", (6, 5, 4), 2, "mono-forward", classes=3)
    through = grow(
        "mortal-default", (6, 5, 4), 2, {"name": "mono-forward", "through": "agad"}, classes=3
    )
    assert list(through.arrays) == ["layer1", "layer1.fast", "layer2", "layer2.fast"]
    for name, array in plain.arrays.items():
        assert np.array_equal(probe.weights(array), probe.weights(through.arrays[name]))
        fast = probe.weights(through.arrays[f"{name}.fast"])
        assert not np.array_equal(probe.weights(array), fast)


@pytest.mark.parametrize(
    ("rule", "rates", "least"),
    [  # of the rates at which plain pulses move the arrays, the best; the default through v2
        ({"name": "mono-forward"}, (1e-4, 1e-4, 1e-2), 0.85),
        ({"name": "forward-forward", "peer": 0.3}, (3e-3, 3e-3, 3e-3), 0.6),
    ],
    ids=["mono-forward", "forward-forward"],
)
def test_on_coarse_reram_a_fast_array_learns_what_other_ways_do_not(rule, rates, least):
    data, accuracy = load_data("digits"), {}
    through = {"name": "tiki-taka-v2"}
    if rule["name"] == "forward-forward":  # a lesson of 5,000 samples wants more carried over
        through |= {"fast_rate": 3, "transfer_rate": 1e-3, "gamma": 0.3}
    ways = [{"write": "alternating"}, {"write": "netted"}, {"through": through}]
    for way, rate in zip(ways, rates, strict=True):
        told = {**rule, **way, "rate": rate}
        population = grow("reram-sb-gong2018", (64, 48, 48), 2, told, seed=1)
        population.train(data.inputs_train, data.labels_train, epochs=4)
        exam = population.examine(data.inputs_test, data.labels_test)
        accuracy[way.get("write", "tiki-taka-v2")] = float(exam.accuracy.mean())
    print(rule["name"], "reram-sb-gong2018, digits:", accuracy)
    assert accuracy["alternating"] < accuracy["netted"] < accuracy["tiki-taka-v2"] - 0.1, accuracy
    assert accuracy["tiki-taka-v2"] > least, accuracy


def test_on_coarse_reram_a_fast_array_teaches_layers_more_than_leaving_them_alone():
    """Digital label matrices alone read much off random layers: to beat them is to learn."""
    data, accuracy = load_data("digits"), {}
    for name, way in {"alone": {"rate": 1e-9}, "agad": {"through": "agad"}}.items():
        rule = {"name": "mono-forward", **way}
        population = grow("reram-sb-gong2018", (64, 48, 48), 2, rule, seed=1)
        population.train(data.inputs_train, data.labels_train, epochs=4)
        exam = population.examine(data.inputs_test, data.labels_test)
        accuracy[name] = float(exam.accuracy.mean())
    print("mono-forward, reram-sb-gong2018, digits:", accuracy)
    assert accuracy["agad"] > accuracy["alone"] + 0.08, accuracy


def test_on_ideal_devices_what_is_felt_of_the_fast_array_at_once_steadies_forward_forward():
    data, accuracy = load_data("digits"), {}
    few = [labels < 4 for labels in (data.labels_train, data.labels_test)]
    for gamma in (0.0, 0.3):
        through = {"name": "tiki-taka-v2", "gamma": gamma, "fast_rate": 3, "transfer_rate": 1e-3}
        rule = {"name": "forward-forward", "rate": 0.003, "peer": 0.3, "through": through}
        population = grow("exact", (64, 32, 32), 2, rule, seed=1, classes=4)
        population.train(data.inputs_train[few[0]], data.labels_train[few[0]], epochs=5)
        exam = population.examine(data.inputs_test[few[1]], data.labels_test[few[1]])
        accuracy[gamma] = float(exam.accuracy.mean())
    assert accuracy[0.3] > max(accuracy[0.0] + 0.1, 0.8), accuracy
