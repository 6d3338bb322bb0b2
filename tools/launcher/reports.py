# SPDX-License-Identifier: MIT
# tools/launcher/reports.py - the file in which a modelled run leaves what happened, and its reader.
"""A file of JSON objects, one a line. The plugin writes one a region of interest: see
tools/model/report.h. When the run is over the launcher adds one with what was run, and one for each
RESULT record of the command, so that a region can be headed by what it measured."""

import hashlib
import json
from typing import NamedTuple

RESULT = "RESULT "
# Of a run's variables, those that a reader of a report wants to know.
HEADING = ("MODEL", "SMP", "SEED", "LOCK", "SCHED", "QUEUES", "CMD")


class BadReport(Exception):
    """A report that cannot be read; the message says why."""


class Report(NamedTuple):
    """A report: the regions as the plugin wrote them, the run, and the RESULT records."""

    regions: list
    run: dict
    results: list


def plugin_arguments(image):
    """Return what the plugin has to know of an image to report on memory outside of its data."""
    # Here, so that a host without python3-pyelftools boots all that wants no report.
    from launcher import objects

    data = objects.data_segment(image)
    return f"data={data.pa},data_bytes={data.size}"


def digest(image):
    """Return what tells one build of an image from another."""
    with open(image, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def finish(path, run, image, output):
    """Add to the report of a run that is over what was run, and the RESULT lines of its output."""
    heading = " ".join(f"{name}={run[name]}" for name in HEADING)
    with open(path, "a", encoding="utf-8") as file:
        record = {"image": str(image), "sha256": digest(image), "heading": heading}
        print(json.dumps({"run": record}), file=file)
        for line in output:
            if line.startswith(RESULT):
                print(f'{{"result": {line.removeprefix(RESULT).strip()}}}', file=file)


def read(path):
    """Return the Report in a file, whose image is still the one that was run."""
    try:
        with open(path, encoding="utf-8") as file:
            records = [json.loads(line) for line in file]
    except (OSError, ValueError) as error:
        raise BadReport(f"{path}: {error}") from error
    runs = [record["run"] for record in records if "run" in record]
    if len(runs) != 1:
        raise BadReport(f"{path}: the run did not come to its end, or it is no report")
    try:
        same = digest(runs[0]["image"]) == runs[0]["sha256"]
    except OSError as error:
        raise BadReport(f"{path}: {error}") from error
    if not same:
        raise BadReport(f"{path}: {runs[0]['image']} has been built anew since; run it again")
    return Report(
        [record for record in records if "region" in record],
        runs[0],
        [record["result"] for record in records if "result" in record],
    )
