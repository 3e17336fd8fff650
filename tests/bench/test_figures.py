"""What the bench makes of its rounds."""

from bench.figures import Figure, Round, percentile, summarise
from bench.report import table


def _round(per_second: float, latencies_ms: list[float]) -> Round:
    return Round(
        transfers=100,
        per_second=per_second,
        latencies_ms=latencies_ms,
        retries=1,
        wal_bytes=50_000,
        disk_bytes=40_000,
    )


def test_a_figure_is_the_median_of_its_rounds() -> None:
    rounds = [_round(900, [1, 2, 9]), _round(1000, [3, 2, 1]), _round(5000, [2, 2, 2])]

    figure = summarise(rounds, tpcb_per_second=500, clients=4, batch=10)

    assert figure == Figure(
        per_second=1000,
        p50_ms=2,
        p99_ms=3,
        ratio_to_tpcb=2.0,
        clients=4,
        batch=10,
        lowest_per_second=900,
        highest_per_second=5000,
        retries=3,
        wal_bytes_per_transfer=500,
        disk_bytes_per_transfer=400,
    )


def test_percentiles_of_sorted_values() -> None:
    values = [float(number) for number in range(100)]

    assert percentile(values, 0.5) == 50
    assert percentile(values, 0.99) == 99
    assert percentile([7.0], 0.99) == 7
    assert percentile([], 0.5) == 0


def test_the_table_has_a_row_for_each_figure() -> None:
    figure = summarise([_round(1234.5, [1.0])], tpcb_per_second=None, clients=8, batch=1)

    shown = table({"tpcb": figure, "ledger.batch_100.uniform": figure})

    assert len(shown.splitlines()) == 4
    assert "1,234" in shown
