"""Runs match.py over made events in local mode, and holds what it finds to what one `spoor match` finds.

    SPOOR=target/debug/spoor python docs/spark/test.py

Needs pyspark from PyPI and a Java that it runs on.
"""

import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

from pyspark.sql import SparkSession

import match

HERE = pathlib.Path(__file__).resolve().parent
SPOOR = str(pathlib.Path(os.environ.get("SPOOR", "spoor")).resolve())
HOSTS = 24
EVENTS = 20_000


def events():
    """Starts and connections of Sysmon on some hosts over two hours, in no order, each host now in small and now in capital letters."""
    chance = random.Random(1)
    names = ["cmd.exe", "powershell.exe", "svchost.exe", "chrome.exe", "updater.exe", "teams.exe"]
    for _ in range(EVENTS):
        # Some hosts are busier than others.
        host = f"pc{int(chance.random() ** 2 * HOSTS)}.corp.example"
        second = chance.randrange(7200)
        time = f"2026-01-02 {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.{chance.randrange(1000):03}"
        kind = 3 if chance.random() < 0.1 else 1
        event = {
            "Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": kind, "UtcTime": time,
            "Computer": chance.choice([host, host.upper()]), "Image": "C:\\Windows\\" + chance.choice(names),
        }
        if kind == 3:
            event |= {"Initiated": "true", "DestinationIp": f"192.0.2.{chance.randrange(256)}", "DestinationPort": "443"}
        else:
            event["CommandLine"] = f"{event['Image']} /x {chance.randrange(1000)}"
        yield json.dumps(event)


def bare(line):
    """A match without the place of its events, which is another in every partition."""
    found = json.loads(line)
    del found["event"]
    for step in found.get("steps", []):
        del step["source"], step["line"]
    return json.dumps(found, sort_keys=True)


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "events.jsonl")
        path.write_text("".join(line + "\n" for line in events()))
        rules = str(HERE / "rules")
        alone = subprocess.run(
            [SPOOR, "match", "--quiet", "--format", "json", "--rules", rules, str(path)], check=True, capture_output=True, text=True
        ).stdout
        spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").appName("spoor").getOrCreate()
        # What the workers call.
        spark.sparkContext.addPyFile(match.__file__)
        lines = spark.sparkContext.textFile(str(path), 4)
        together = match.matches(lines, rules, match.HOSTS, 7, SPOOR).collect()
        spark.stop()
    wanted, found = sorted(map(bare, alone.splitlines())), sorted(map(bare, together))
    counts = {}
    for line in found:
        counts[json.loads(line)["rule"]] = counts.get(json.loads(line)["rule"], 0) + 1
    print(f"{EVENTS} events, {HOSTS} hosts: alone {len(wanted)} matches, in 7 partitions {len(found)}: {counts}")
    if wanted != found or len(counts) < 3:
        sys.exit("they differ" if wanted != found else "a rule found nothing: the test says nothing of it")


if __name__ == "__main__":
    main()
