"""What rooms above must give: this room may not read their tables."""

from collections.abc import Callable, Mapping, Sequence

# questionnaire id → link_id → the option values that occur in stored answers ([] for questions without options).
UsageSource = Callable[[int], Mapping[str, Sequence[str]]]
# questionnaire ids → how many programmes ask each of them.
ProgrammeCounter = Callable[[Sequence[int]], Mapping[int, int]]

_usage: list[UsageSource] = []
_counters: list[ProgrammeCounter] = []


def register_usage(source: UsageSource) -> None:
    """Called by config/wiring.py."""
    if source not in _usage:
        _usage.append(source)


def register_programmes(counter: ProgrammeCounter) -> None:
    """Called by config/wiring.py."""
    if counter not in _counters:
        _counters.append(counter)


def collect_usage(questionnaire_id: int) -> dict[str, list[str]]:
    found: dict[str, set[str]] = {}
    for source in _usage:
        for link_id, values in source(questionnaire_id).items():
            found.setdefault(link_id, set()).update(values)
    return {link_id: sorted(values) for link_id, values in sorted(found.items())}


def count_programmes(questionnaire_ids: Sequence[int]) -> dict[int, int]:
    counts = dict.fromkeys(questionnaire_ids, 0)
    for counter in _counters:
        for questionnaire_id, count in counter(questionnaire_ids).items():
            counts[questionnaire_id] += count
    return counts
