"""Rules over JSON lines in Spark: the same matches as `spoor match` finds alone.

    python match.py --rules rules/ --events 's3a://logs/2026-01-02/*.jsonl' --out found/

Every partition is one `spoor match`, which reads events from its standard input. A rule over one event does not care which partition the event is
in. A rule over several counts or links events of one key: so all events of a key go to one partition, and each key is whole there. `--key` names
the fields of the events that hold it, of which the first that is there counts; rules that ask `by` something else need a run of their own.
"""

import argparse
import json
import shlex

from pyspark.sql import SparkSession

HOSTS = ["Computer", "Hostname", "DeviceName", "host.name", "dest"]


def key(line, fields):
    """What an event belongs to, without case, as rules compare it. What is no event goes anywhere: `spoor match` tells of it."""
    try:
        event = json.loads(line)
    except ValueError:
        return ""
    values = (event.get(field) for field in fields) if isinstance(event, dict) else ()
    return next((str(value).lower() for value in values if value), "")


def matches(lines, rules, fields, partitions, spoor="spoor"):
    """An RDD of lines to an RDD of matches, each an object of JSON."""
    command = shlex.join([spoor, "match", "--quiet", "--format", "json", "--rules", rules, "-"])
    keyed = lines.map(lambda line: (key(line, fields), line))
    # A line that is no event, or a rule with an error, is exit code 1: what was left out must not pass for nothing found.
    return keyed.partitionBy(partitions).values().pipe(command, checkCode=True)


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rules", required=True, help="a folder of rules that every worker sees under this path")
    asked.add_argument("--events", required=True, help="what Spark reads as text: a path, a pattern, an address")
    asked.add_argument("--out", required=True, help="where the matches go, a folder that is not there yet")
    asked.add_argument("--key", action="append", help="a field that holds what rules count by (repeatable)")
    asked.add_argument("--partitions", type=int, default=200)
    asked.add_argument("--spoor", default="spoor", help="the program, as every worker finds it")
    args = asked.parse_args()
    spark = SparkSession.builder.appName("spoor").getOrCreate()
    lines = spark.sparkContext.textFile(args.events)
    matches(lines, args.rules, args.key or HOSTS, args.partitions, args.spoor).saveAsTextFile(args.out)
    spark.stop()


if __name__ == "__main__":
    main()
