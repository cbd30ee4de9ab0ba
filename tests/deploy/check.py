"""What `spoor build --format` wrote, as others read it: the reports of splunk-appinspect, and the files of Sentinel and of the Graph API, held to
what the tests of the repository Azure-Sentinel (detectionTemplateSchemaValidation) and the pages of the API demand."""

import json
import pathlib
import re
import sys
import uuid

import yaml

TACTICS = set(
    "InitialAccess Execution Persistence PrivilegeEscalation DefenseEvasion CredentialAccess Discovery LateralMovement Collection Exfiltration"
    " CommandAndControl Impact Reconnaissance ResourceDevelopment".split()
)
# Identifiers of which one is enough to know an entity by.
ENTITIES = {
    "Account": {"FullName", "Sid", "Name"},
    "DNS": {"DomainName"},
    "File": {"Name"},
    "Host": {"FullName"},
    "IP": {"Address"},
    "Mailbox": {"MailboxPrimaryAddress"},
    "Process": {"CommandLine"},
    "RegistryKey": {"Key"},
    "RegistryValue": {"Name"},
    "URL": {"Url"},
}
GRAPH = {
    "hosts": {"deviceIdColumn", "dnsDomainColumn", "nameColumn", "netBiosNameColumn", "ntDomainColumn"},
    "accounts": {"aadUserIdColumn", "dnsDomainColumn", "nameColumn", "ntDomainColumn", "sidColumn", "upnColumn", "upnSuffixColumn"},
    "mailboxes": {"primaryAddressColumn"},
}
MINUTE, HOUR, DAY = 60, 3600, 86400
faults = []


def holds(truth, path, what):
    if not truth:
        faults.append(f"{path}: {what}")


def span(text):
    """`90m`, `PT1H`, `P1D`: seconds."""
    found = re.fullmatch(r"(\d+)([mhd])|PT(\d+)([MH])|P(\d+)D", text)
    if not found:
        return -1
    number = int(found[1] or found[3] or found[5])
    return number * {"m": MINUTE, "h": HOUR, "d": DAY}[(found[2] or found[4] or "D").lower()]


def analytics(path, rule, nrt, keys):
    """`keys`: what the form calls the name, and the techniques."""
    name, techniques = keys
    holds(0 < len(rule[name]) <= 256, path, "a name of 1 to 256 characters")
    holds(0 < len(rule["description"]) <= 5000, path, "a description of 1 to 5000 characters")
    holds(0 < len(rule["query"]) <= 10000, path, "a query of 1 to 10000 characters")
    holds(rule["severity"] in ("Informational", "Low", "Medium", "High"), path, "a severity")
    holds(set(rule["tactics"]) <= TACTICS, path, f"tactics {rule['tactics']}")
    holds(all(re.fullmatch(r"T\d{4}(\.\d{3})?", technique) for technique in rule[techniques]), path, "techniques")
    holds(bool(rule["tactics"]) or not rule[techniques], path, "techniques without a tactic")
    if nrt:
        holds(not {"queryFrequency", "queryPeriod", "triggerOperator"} & set(rule), path, "no schedule in near real time")
    else:
        every, back = span(rule["queryFrequency"]), span(rule["queryPeriod"])
        holds(5 * MINUTE <= every <= back <= 14 * DAY, path, f"a schedule of {rule['queryFrequency']} over {rule['queryPeriod']}")
        holds(back < 2 * DAY or every >= HOUR, path, "a run an hour at most over two days")
        holds(rule["triggerThreshold"] == 0, path, "a threshold")
    mappings = rule.get("entityMappings")
    holds(mappings is None or 1 <= len(mappings) <= 10, path, "one to ten entities")
    for mapping in mappings or []:
        identifiers = {field["identifier"] for field in mapping["fieldMappings"]}
        holds(identifiers & ENTITIES[mapping["entityType"]], path, f"a {mapping['entityType']} known by {identifiers}")
        holds(1 <= len(mapping["fieldMappings"]) <= 3, path, "one to three fields")
        holds(all(field["columnName"] in rule["query"] for field in mapping["fieldMappings"]), path, "columns of the query")


def sentinel(path, nrt):
    rule = yaml.safe_load(path.read_text())
    uuid.UUID(rule["id"])
    analytics(path, rule, nrt, ("name", "relevantTechniques"))
    holds(rule["kind"] == ("NRT" if nrt else "Scheduled"), path, "a kind")
    holds(re.fullmatch(r"\d+\.\d+\.\d+", rule["version"]), path, "a version")
    holds(rule["requiredDataConnectors"] == [], path, "data connectors")


def arm(path, nrt):
    template = json.loads(path.read_text())
    holds(template["contentVersion"] == "1.0.0.0" and list(template["parameters"]) == ["workspace"], path, "a template")
    (rule,) = template["resources"]
    holds(rule["kind"] == ("NRT" if nrt else "Scheduled"), path, "a kind")
    name = re.fullmatch(r"\[concat\(parameters\('workspace'\), '/Microsoft.SecurityInsights/(.*)'\)\]", rule["name"])
    uuid.UUID(name[1])
    properties = rule["properties"]
    analytics(path, properties, nrt, ("displayName", "techniques"))
    holds(isinstance(properties["enabled"], bool) and properties["suppressionEnabled"] is False, path, "switches")

    def texts(node):
        if isinstance(node, str):
            yield node
        elif isinstance(node, (dict, list)):
            for item in node.values() if isinstance(node, dict) else node:
                yield from texts(item)

    expressions = [text for text in texts(properties) if text.startswith("[") and text.endswith("]") and not text.startswith("[[")]
    holds(not expressions, path, f"no expressions of the template: {expressions}")


def graph(path, nrt):
    rule = json.loads(path.read_text())
    holds(set(rule) == {"displayName", "isEnabled", "queryCondition", "schedule", "detectionAction"}, path, "the keys of a rule")
    holds(rule["schedule"]["frequency"] in (["PT0S"] if nrt else ["PT1H", "PT3H", "PT12H", "P1D"]), path, "a frequency")
    alert = rule["detectionAction"]["alertTemplate"]
    holds(alert["severity"] in ("informational", "low", "medium", "high"), path, "a severity")
    holds(alert["title"] and alert["description"], path, "a title and a description")
    retired = {"category", "mitreTechniques", "impactedAssets", "responseActions", "period"}
    holds(not retired & (set(alert) | set(rule["detectionAction"]) | set(rule["schedule"])), path, "nothing that was retired")
    for tactic in alert["tactics"]:
        holds(tactic["tactic"] in TACTICS, path, f"a tactic {tactic}")
        for technique in tactic["techniques"]:
            below = all(part.startswith(technique["technique"] + ".") for part in technique["subTechniques"])
            holds(below and re.fullmatch(r"T\d{4}", technique["technique"]), path, f"a technique {technique}")
    holds(alert["entityMappings"], path, "an entity")
    query = rule["queryCondition"]["queryText"]
    for kind, mappings in alert["entityMappings"].items():
        for mapping in mappings:
            holds(mapping and set(mapping) <= GRAPH[kind], path, f"an entity of {kind}: {mapping}")
            holds(all(column in query for column in mapping.values()), path, f"columns of the query: {mapping}")


def main():
    out = pathlib.Path(sys.argv[1])
    for app in ("app", "raw", "macros"):
        report = json.loads((out / f"{app}.json").read_text())["summary"]
        bad = {kind: report[kind] for kind in ("error", "failure", "future_failure", "warning") if report.get(kind)}
        holds(not bad and report["success"] > 50, f"{app}.txt", f"appinspect found {report}")
        print(f"appinspect: {app}: {report}")
    for form, check, ending in (("sentinel", sentinel, "sentinel.yaml"), ("arm", arm, "sentinel.json"), ("graph", graph, "defender.json")):
        for nrt in (False, True):
            folder = out / (f"{form}-nrt" if nrt else form)
            paths = sorted(folder.glob(f"*.{ending}"))
            holds(len(paths) > 5, folder, "a handful of files")
            for path in paths:
                check(path, nrt)
            print(f"{folder.name}: {len(paths)} files")
    for fault in faults:
        print(f"wrong: {fault}")
    sys.exit(bool(faults))


main()
