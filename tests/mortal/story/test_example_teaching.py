"""The example of a curriculum with its controls, in a short form."""

from pathlib import Path

from small_lives import Listener, lived

EXAMPLE = Path(__file__).parents[3] / "examples" / "teaching.yaml"
SHORT = [
    "data.train=120",
    "data.validation=30",
    "data.test=60",
    "cohorts.elders.layers=[64, 16]",
    "cohorts.elders.count=2",
    "story.2.distil.epochs=2",
    "story.2.distil.stages=[{budget: 20}, {budget: 20, rounds: 2, choosing: margin, epochs: 1}, "
    "{inputs: mixed, budget: 30, until: 0.97, rounds: 3, epochs: 1}]",
    "story.3.distil.budget=30",
    "story.3.distil.epochs=2",
    "story.4.mutual.labels=10",
    "story.4.mutual.rounds=2",
    "story.4.mutual.per_round=20",
    "story.4.mutual.epochs=1",
]


def test_the_example_of_a_curriculum_runs_with_all_its_controls(tmp_path, mortal):
    listener = Listener()
    log = lived(EXAMPLE, tmp_path / "run", overrides=SHORT, narrator=listener)
    arms = ("untaught", "labels", "hard", "copy", "read-out")
    assert {row.cohort for row in listener.exams} == {
        "elders", "heirs", "young", "peers", *(f"heirs-{arm}" for arm in arms)
    }  # fmt: skip
    assert log["heirs"].transfer_stage.values.tolist() == [0, 1, 2]
    assert log["heirs-hard"].transfer_kind.values.tolist() == ["hard"] * 3
    assert log["heirs-labels"].sizes["epoch"] == 2 + 2 + 2  # (2 + 1) / 2 rounds are two
    said = mortal("inspect", tmp_path / "run").out
    print(said)
    assert "heirs-untaught: 2 devices, 0 dead (untaught)" in said
    assert "taught by 20 soft answers of 0.2 KiB, agreement" in said
    assert "peers: 2 devices" in said
    assert "taught each other in 3 rounds" in said
