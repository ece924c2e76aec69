"""What is measured, in groups that can be chosen. Terraform's figures are those of the shared bench/baseline.md: Terraform 1.11.4 with
azapi 2.12 on the same stub and graphs; seconds, requests, MB."""
import datetime
import json

from stub import fail
from table import Row, Target

RESOURCES = 40
# The longest chain of workspace.tf: group 2 s, Cosmos DB 180, endpoint 60, zone group 5, lock 2.
CRITICAL_PATH_S = 249.0
# What makes the workspace usable: its endpoint, the names of it, and the network that knows them.
USABLE = ["azapi_resource.mlw", 'azapi_resource.pe["mlw"]', 'azapi_resource.zonegroup["mlw"]', 'azapi_resource.link["ml"]',
          'azapi_resource.link["notebooks"]']
# ARM's bucket of writes: this many at once, then so many a second.
WRITES, WRITES_A_SECOND = 200, 10
PLAN = ["plan", "-input=false", "-detailed-exitcode"]
APPLY = ["apply", "-input=false", "-auto-approve"]
WORKSPACE = ("workspace.tf", "provider.tf")
# Ten thousand instances, each with references: half of them to the other half.
INSTANCES = """
locals {
  all = { for p in setproduct(range(50), range(100)) : "${p[0]}-${p[1]}" => { row = p[0], name = "name-${p[1]}" } }
}

resource "terraform_data" "root" {
  input = "root"
}

resource "terraform_data" "first" {
  for_each = local.all
  input    = { key = each.key, row = each.value.row, name = upper(each.value.name), root = terraform_data.root.input }
}

resource "terraform_data" "second" {
  for_each = local.all
  input    = terraform_data.first[each.key].input.name
}
"""

# As many again that are named by locals and by a module, some of them made of what the run makes.
NAMED = """
variable "n" { type = number }

locals {
  keys = toset(flatten([for p in range(ceil(var.n / 1000)) : [for i in range(min(1000, var.n - 1000 * p)) : format("%05d", 1000 * p + i)]]))
  all  = { for key in local.keys : key => { name = upper("name-${key}"), tags = { key = key } } }
  ids  = { for key, one in terraform_data.first : key => one.id }
}

resource "terraform_data" "first" {
  for_each = local.keys
  input    = local.all[each.key]
}

resource "terraform_data" "second" {
  for_each = local.all
  input    = { id = local.ids[each.key], name = each.value.name }
}

module "third" {
  source = "./third"
  ids    = local.ids
}
"""
THIRD = """
variable "ids" { type = map(string) }

resource "terraform_data" "this" {
  for_each = var.ids
  input    = each.value
}
"""


def workspace(runner):
    """The secured workspace through its life at 50 ms, long operations a hundred times as fast."""
    runner.stub.config()
    work = runner.place(*WORKSPACE)
    version = runner.repeat(work, ["version"], runs=3 * runner.runs)
    yield Row("version", version, "0.03, , 52").want(s=0.005)
    yield Row("validate", runner.repeat(work, ["validate"]), "0.37, , 156").want(s=0.020)
    yield Row("plan from empty", runner.repeat(work, PLAN, code=2), "1.12, 2, 161")
    yield Row("apply", [runner.run(work, APPLY)], "5.45, 238, 165")
    if runner.resources() < RESOURCES:
        fail(f"apply left {runner.resources()} resources in the stub, not at least {RESOURCES}")
    for latency, most, theirs in ((0, 0.06, "1.30, 50, 170"), (50, 0.25, "1.76, 50, 169"), (150, 0.6, "2.91, 50, 167")):
        runner.stub.config(latency_ms=latency)
        yield Row(f"plan, no changes, {latency} ms", runner.repeat(work, PLAN), theirs).want(s=most, requests=28)
    runner.stub.config()
    yield Row("destroy", [runner.run(work, ["destroy", "-input=false", "-auto-approve"])], "3.0, 92, ")
    if runner.resources():
        fail(f"destroy left {runner.resources()} resources in the stub")


def tenth(runner):
    """The workspace with long operations ten times as fast."""
    runner.stub.config(scale=10, retry_after_ms=0)
    run = runner.run(runner.place(*WORKSPACE), APPLY)
    path = CRITICAL_PATH_S / 10
    yield Row("apply, a tenth of real time", [run], targets=[Target(run.wall / path, 1.10, f"× the critical path of {path} s")])


def real(runner):
    """The workspace in real seconds: four minutes."""
    runner.stub.config(scale=1, retry_after_ms=0)
    run = runner.run(runner.place(*WORKSPACE), [*APPLY, "-json"])
    usable = Target(usable_after(run.output), 192, "s until the workspace can be used")
    whole = Target(run.wall / CRITICAL_PATH_S, 1.02, f"× the critical path of {CRITICAL_PATH_S:g} s")
    yield Row("apply in real seconds", [run], "269.5 (usable after 266.7), 280, ", [whole, usable])


def usable_after(output):
    """Seconds from the first event of a run to the end of what makes the workspace usable."""
    moments, first = {}, None
    for line in output.splitlines():
        event = json.loads(line)
        at = datetime.datetime.fromisoformat(event["@timestamp"])
        first = first or at
        if event["type"] == "apply_complete":
            moments[event["hook"]["resource"]["addr"]] = at
    return max((moments[name] - first).total_seconds() for name in USABLE)


def scale(sizes):
    """The no-change plan of many resources, made by an apply without long operations."""
    def rows(runner):
        each = []
        for count, seconds, megabytes, theirs in sizes:
            runner.stub.config(latency_ms=0, scale=0)
            work = runner.place("scale.tf", "provider.tf", terraform_tfvars=f"n = {count}\n")
            runner.run(work, APPLY)
            if runner.resources() != count:
                fail(f"apply left {runner.resources()} resources in the stub, not {count}")
            runner.stub.config()
            row = Row(f"plan, no changes, {count:,} resources", runner.repeat(work, PLAN, runs=5), theirs)
            row.want(s=seconds, mb=megabytes)
            # The least of them: other work of the machine only adds.
            each.append(row.least("cpu") / count * 1000)
            row.note = f"{each[-1]:.2f} ms of CPU a resource"
            if len(each) > 1:
                # A tenth more is what one machine differs from itself.
                row.targets.append(Target(each[-1] / each[-2], 1.1, "× the CPU a resource of the row above"))
            yield row
    return rows


SIZES = [(1_000, 1.0, 60, "20.3, 1004, 498"), (5_000, 3.0, 150, "184 to 269, 5004, 2027"), (20_000, 12.0, None, "not done")]


def many(runner):
    """An apply of 1,000 resources without long operations."""
    runner.stub.config(scale=0)
    work = runner.place("scale.tf", "provider.tf", terraform_tfvars="n = 1000\n")
    yield Row("apply of 1,000 resources", [runner.run(work, APPLY)], "67.7, 3501, 421").want(s=8.0)


def throttle(runner):
    """The same where ARM's buckets are counted: what they allow is the fastest that there can be."""
    runner.stub.config(scale=0, throttle=True)
    work = runner.place("scale.tf", "provider.tf", terraform_tfvars="n = 1000\n")
    # A client of ARM counts from its first request on; against this machine it does so when it is told to.
    run = runner.run(work, APPLY, RINGFENCE_LIMITS="arm")
    allowed = (1000 - WRITES) / WRITES_A_SECOND
    throttled = Target(run.throttled, 0, "requests throttled")
    runner.stub.config()
    yield Row("apply of 1,000 resources, throttled", [run],
              targets=[Target(run.wall / allowed, 1.2, f"× the {allowed:g} s that the buckets allow"), throttled])


def instances(runner):
    """A plan of objects with nothing behind them."""
    work = runner.place(main_tf=INSTANCES)
    row = Row("plan of 10,000 instances", runner.repeat(work, [*PLAN, "-out=saved"], code=2), "not done")
    yield row.want(s=3.0, mb=250)
    each = []
    for count in (2_000, 8_000):
        work = runner.place(main_tf=NAMED, third__main_tf=THIRD, terraform_tfvars=f"n = {count}\n")
        run = runner.run(work, APPLY)
        each.append(run.cpu / (3 * count) * 1000)
        row = Row(f"apply of {3 * count:,} instances that locals and a module name", [run], "not done",
                  note=f"{each[-1]:.2f} ms of CPU an instance")
        if len(each) > 1:
            row.targets.append(Target(each[-1] / each[-2], 1.5, "× the CPU an instance of the row above"))
        yield row


# Name, rows, whether it is long: it takes the place of the one of its name that is not.
GROUPS = {
    "workspace": (workspace, False),
    "tenth": (tenth, False),
    "scale": (scale(SIZES[:2]), False),
    "many": (many, False),
    "instances": (instances, False),
    "throttle": (throttle, True),
    "real": (real, True),
    "scale-long": (scale(SIZES), True),
}
