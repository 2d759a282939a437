"""Let atheris invent input for one parser: ``python -m tests.fuzz osm_xml --runs 20000 --seconds 90``."""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from pathlib import Path

import atheris


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("target")
    asked.add_argument("--runs", type=int, default=10_000, help="inputs to try")
    asked.add_argument("--seconds", type=int, default=90, help="stop after so long, whatever comes first")
    chosen = asked.parse_args()
    with atheris.instrument_imports(include=["ped_geo"]):
        from tests.fuzz.targets import FOUND, TARGETS, attempt

        target = TARGETS[chosen.target]
        with tempfile.TemporaryDirectory() as warm:
            for example in target.examples():
                attempt(target, example, Path(warm))
    warnings.simplefilter("ignore")
    folder, corpus = Path(tempfile.mkdtemp()), Path(tempfile.mkdtemp())
    for number, example in enumerate(target.examples()):
        (corpus / f"{number}").write_bytes(example)
    place = FOUND / chosen.target
    place.mkdir(parents=True, exist_ok=True)
    options = [f"-runs={chosen.runs}", f"-max_total_time={chosen.seconds}", "-timeout=60", "-rss_limit_mb=3000", "-max_len=200000"]
    atheris.Setup(
        [sys.argv[0], *options, f"-artifact_prefix={place}/", "-print_final_stats=1", str(corpus)],
        lambda content: attempt(target, content, folder),
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
