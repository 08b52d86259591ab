#!/usr/bin/python3
"""Checks a scrape of GET /metrics and prints its samples as JSON.

Reads the text from standard input. It must be what the reference parser of the Prometheus text
format reads, and more: every metric has HELP and TYPE before its samples, no metric and no
combination of labels comes twice, counters end in _total and nothing else does, and a histogram's
buckets grow up to its count.

Exit status: 0 all holds, 1 problems (listed on standard error).
Needs Debian's python3-prometheus-client.
"""

import json
import re
import sys

from prometheus_client.parser import text_string_to_metric_families

LINE = re.compile(r"# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)|([a-zA-Z_:][a-zA-Z0-9_:]*)[{ ].*")
SUFFIXES = ("_bucket", "_sum", "_count")


def check_lines(text):
    """The order of the lines, which the parser does not mind."""
    described, typed, seen = set(), {}, set()
    for line in text.splitlines():
        match = LINE.fullmatch(line)
        if not match:
            yield f"no line of the format: {line}"
            continue
        keyword, name, rest, sample = match.groups()
        if keyword == "HELP":
            if name in described:
                yield f"{name} comes twice"
            described.add(name)
        elif keyword == "TYPE":
            typed[name] = rest
        else:
            base = next((sample[: -len(s)] for s in SUFFIXES if sample.endswith(s)), sample)
            name = base if typed.get(base) == "histogram" else sample
            if name not in described or name not in typed:
                yield f"{sample} has no HELP or no TYPE before it"
            if (typed.get(name) == "counter") != name.endswith("_total"):
                yield f"{name} is a {typed.get(name)}"
            key = line.rsplit(" ", 1)[0]
            if key in seen:
                yield f"{key} comes twice"
            seen.add(key)
    if not text.endswith("\n"):
        yield "the last line has no end"


def check_histogram(family):
    """Each bucket counts those below it; the last one is the count."""
    buckets, counts = {}, {}
    for sample in family.samples:
        labels = dict(sample.labels)
        bound = labels.pop("le", None)
        key = tuple(sorted(labels.items()))
        if sample.name.endswith("_bucket"):
            buckets.setdefault(key, []).append((float(bound), sample.value))
        elif sample.name.endswith("_count"):
            counts[key] = sample.value
    for key, values in buckets.items():
        if values != sorted(values) or [v for _, v in values] != sorted(v for _, v in values):
            yield f"{family.name} {key}: the buckets do not grow"
        if values[-1] != (float("inf"), counts.get(key)):
            yield f"{family.name} {key}: the last bucket is not the count"


def main():
    text = sys.stdin.read()
    problems = list(check_lines(text))
    samples = []
    for family in text_string_to_metric_families(text):
        if family.type == "histogram":
            problems += check_histogram(family)
        samples += [
            {"name": s.name, "labels": s.labels, "value": s.value} for s in family.samples
        ]
    json.dump(samples, sys.stdout)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
