"""`fae stats`: what a recording's pixels and intervals are like, and scores of denoisers."""

from itertools import pairwise
from typing import Any

from faery_cli.console import count_text, rate_text
from faery_cli.context import Context
from faery_cli.errors import InputError, UsageError
from faery_cli.registry import Parameter
from faery_cli.units import TEXT
from faery_cli.verbs._chain import INPUT, INPUT_OPTIONS, source_of
from faery_cli.verbs._registry import Line, Verb

EDGES_US = tuple(10**k for k in range(8))


def describe(stream: Any) -> dict[str, Any]:
    """Count a stream's events by pixel and by the time since the pixel's last event.

    Args:
        stream: a `Stream` of events.
    """
    import numpy as np

    with stream.run() as run:
        width, height = run.shape.size
        counts = np.zeros((2, height * width), np.int64)
        last = np.full(height * width, -1, np.int64)
        intervals = np.zeros(len(EDGES_US) + 1, np.int64)
        first_us: int | None = None
        last_us = 0
        for item in run:
            e = item.events
            if not len(e):
                continue
            first_us = int(e.t[0]) if first_us is None else first_us
            last_us = max(last_us, int(e.t.max()))
            place = e.y.astype(np.int64) * width + e.x
            flat = np.bincount(place + (e.p != 0) * width * height, minlength=counts.size)
            counts += flat.reshape(2, -1)
            order = np.argsort(place, kind="stable")
            where, t = place[order], e.t[order]
            new = np.r_[True, where[1:] != where[:-1]]
            before = np.r_[0, t[:-1]]
            before[new] = last[where[new]]
            gap = (t - before)[before >= 0]
            intervals += np.bincount(np.searchsorted(EDGES_US, gap, "right"), minlength=9)
            final = np.r_[new[1:], True]
            last[where[final]] = t[final]
        problems = run.problems
    total = counts.sum(axis=0)
    lit = total[total > 0]
    busiest = int(total.argmax()) if len(lit) else 0
    span = last_us - (first_us or 0)
    return {
        "events": int(total.sum()),
        "on": int(counts[1].sum()),
        "duration_us": span,
        "rate_hz": int(total.sum()) * 1e6 / span if span else None,
        "pixels": len(total),
        "active_pixels": len(lit),
        "events_per_active_pixel": {
            "median": float(np.median(lit)) if len(lit) else 0.0,
            "p99": float(np.quantile(lit, 0.99)) if len(lit) else 0.0,
            "max": int(lit.max()) if len(lit) else 0,
        },
        "busiest_pixel": [busiest % width, busiest // width] if len(lit) else None,
        "interval_edges_us": list(EDGES_US),
        "intervals": intervals.tolist(),
        "damage": problems,
    }


def score(labels: Any, kept: Any) -> dict[str, Any]:
    """Score a denoiser: signal events (label 1) should be kept, all others dropped.

    Args:
        labels: (n,) whole numbers, 1 for signal.
        kept: (n,) bool.

    Returns:
        Counts, precision, recall (true-positive rate), false-positive rate, F1 and the area under
        the two-sided line through this point (AUROC of a single threshold).

    Example:
        >>> import numpy as np
        >>> score(np.array([1, 1, 0, 0]), np.array([True, False, False, False]))["precision"]
        1.0
    """
    signal = labels == 1
    hits, false = int((signal & kept).sum()), int((~signal & kept).sum())
    signals, noise = int(signal.sum()), int((~signal).sum())
    recall = hits / signals if signals else 0.0
    fall_out = false / noise if noise else 0.0
    precision = hits / (hits + false) if hits + false else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {
        "signal": signals,
        "noise": noise,
        "kept_signal": hits,
        "kept_noise": false,
        "precision": precision,
        "recall": recall,
        "false_positive_rate": fall_out,
        "f1": f1,
        "auroc": area([(fall_out, recall)]),
    }


def area(points: list[tuple[float, float]]) -> float:
    """Give the area under a receiver operating characteristic, by trapezoids from (0,0) to (1,1).

    Args:
        points: (false-positive rate, true-positive rate) of each threshold.

    Example:
        >>> area([(0.0, 1.0)]), area([(0.5, 0.5)])
        (1.0, 0.5)
    """
    line = [(0.0, 0.0), *sorted(points), (1.0, 1.0)]
    return sum((x1 - x0) * (y0 + y1) / 2 for (x0, y0), (x1, y1) in pairwise(line))


def kept_by(stream: Any, filtered: Any) -> Any:
    """Tell which events of a stream a chain of filters lets through.

    Args:
        stream: the events before.
        filtered: the same stream with stages that drop events and change none.

    Returns:
        bool (n,), one for each event of `stream`.

    Raises:
        UsageError: an event comes out that did not go in.
    """
    import numpy as np

    before, after = stream.events(), filtered.events()
    kept = np.zeros(len(before), bool)
    if before.size != after.size:
        raise UsageError("stats: only stages that drop events can be scored, not those that move")
    keys = [_key(e) for e in (before, after)]
    # Both are in the same order; a run of equal events is matched from its beginning.
    positions: dict[int, list[int]] = {}
    for place, key in enumerate(keys[0].tolist()):
        positions.setdefault(key, []).append(place)
    for key in keys[1].tolist():
        places = positions.get(key)
        if not places:
            raise UsageError(
                "stats: an event came out that did not go in; only stages that drop events can be "
                "scored"
            )
        kept[places.pop(0)] = True
    return kept


def _key(events: Any) -> Any:
    import numpy as np

    x, y = events.x.astype(np.int64), events.y.astype(np.int64)
    return (events.t << np.int64(33)) ^ (y << np.int64(17)) ^ (x << np.int64(1)) ^ events.p


def _with_filter(stream: Any, text: str) -> Any:
    import shlex

    from faery_cli.grammar.words import bind_words, words
    from faery_cli.registry import by_name

    for part in text.split(" : "):
        name, *rest = shlex.split(part)
        entry = by_name(name)
        stream = stream.with_call(entry, bind_words(entry.name, entry.parameters, words(rest)))
    return stream


def _scores(context: Context, line: Line, stream: Any) -> int:
    from faery_cli.stages.label import read_labels

    labels = read_labels(line["labels"])
    if line["filter"] is None:
        raise UsageError("stats: say what is scored: --filter 'denoise 2ms'")
    values = line["sweep"].split(",") if line["sweep"] else [None]
    if (values != [None]) != ("{}" in line["filter"]):
        raise UsageError("stats: --sweep A,B,C goes with a {} in --filter, where they are put in")
    rows = []
    for value in values:
        text = line["filter"].replace("{}", value or "")
        kept = kept_by(stream, _with_filter(stream, text))
        if len(labels) != len(kept):
            raise InputError(
                f"{line['labels']}: expected one label for each of {len(kept)} events, got "
                f"{len(labels)}"
            )
        rows.append({"filter": text, **score(labels, kept)})
    auroc = area([(row["false_positive_rate"], row["recall"]) for row in rows])
    if context.json:
        for row in rows:
            context.data(row)
        if len(rows) > 1:
            context.data({"auroc": auroc, "points": len(rows)})
        return 0
    width = max(len(row["filter"]) for row in rows)
    print(f"{'filter':{width}}  precision  recall  false positives  F1     AUROC")
    for row in rows:
        print(
            f"{row['filter']:{width}}  {row['precision']:9.4f}  {row['recall']:6.4f}  "
            f"{row['false_positive_rate']:15.4f}  {row['f1']:.4f} {row['auroc']:.4f}"
        )
    if len(rows) > 1:
        print(f"AUROC of the sweep: {auroc:.4f}")
    return 0


def run(context: Context, line: Line) -> int:
    stream = source_of(line)
    if line["labels"] is not None:
        return _scores(context, line, stream)
    found = describe(stream)
    if context.json:
        context.data({"path": line["input"], **found})
    else:
        each = found["events_per_active_pixel"]
        print(line["input"])
        print(f"  events    {count_text(found['events'])} ({count_text(found['on'])} ON)")
        if found["rate_hz"] is not None:
            print(f"  rate      mean {rate_text(found['rate_hz'])}")
        print(
            f"  pixels    {count_text(found['active_pixels'])} of {count_text(found['pixels'])} "
            f"fire; median {each['median']:g} events, 99 % up to {each['p99']:g}, "
            f"most {each['max']}"
        )
        if found["busiest_pixel"] is not None:
            print("  busiest   x {}, y {}".format(*found["busiest_pixel"]))
        print("  intervals of a pixel's events:")
        low = 0
        for high, number in zip((*EDGES_US, None), found["intervals"], strict=True):
            if number:
                text = f"{low} to {high} us" if high is not None else f"above {low} us"
                print(f"    {text:24} {count_text(number):>14}")
            low = high or low
    return 3 if found["damage"] else 0


VERB = Verb(
    "stats",
    "Describe pixels and intervals, or score a denoiser against labels.",
    run,
    (
        INPUT,
        Parameter("labels", TEXT, "an .npy file with one label for each event (1 is signal)", None,
                  named=True),
        Parameter("filter", TEXT, "the stages that are scored, as in a chain", None, named=True),
        Parameter("sweep", TEXT, "values A,B,C that are put in place of {} in --filter", None,
                  named=True),
        *INPUT_OPTIONS,
    ),
    details="With labels: precision, recall (true-positive rate), false-positive rate, F1, and the "
    "area under the receiver operating characteristic (AUROC) of the threshold, or of the sweep.",
    examples=(
        "fae stats in.es",
        "fae stats scene.raw --labels scene.npy --filter 'denoise {}' --sweep 200us,1ms,5ms",
    ),
)  # fmt: skip
