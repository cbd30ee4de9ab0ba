#!/usr/bin/env python3
"""Compile regular expressions with the engines that the targets are documented to have.

stdin:  NDJSON, {"id": .., "flavour": "re2" | "pcre", "pattern": ..}
stdout: NDJSON, {"id": .., "error": null | ".."}
re2:  RE2 itself (google-re2, Google's own binding). Kusto: https://learn.microsoft.com/kusto/query/regex
pcre: PCRE2 itself (pcre2). Splunk: "PCRE", Search Manual, "SPL and regular expressions". Splunk's older versions have PCRE 8, which wants every
      alternative of a lookbehind to have a fixed length: one that has not is an error here too.
"""
import json
import re
import sys

import pcre2
import re2


def re2_error(pattern):
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options=options)
    except re2.error as error:
        return str(error)
    return None


def pcre_error(pattern):
    try:
        pcre2.compile(pattern)
    except pcre2.PatternError as error:
        return str(error)
    for behind in re.findall(r"\(\?<[!=]((?:[^()\\\[]|\\.|\[[^\]]*\])*)\)", pattern):
        if re.search(r"(?<!\\)[*+?]|\{\d+,", behind):
            return "a lookbehind without a fixed length"
    return None


ERROR_OF = {"re2": re2_error, "pcre": pcre_error}

for line in sys.stdin:
    if line.strip():
        case = json.loads(line)
        answer = {"id": case["id"], "error": ERROR_OF[case["flavour"]](case["pattern"])}
        sys.stdout.write(json.dumps(answer) + "\n")
