"""The local cloud in a process of its own, and Ringfence against it: what the scripts for other people's clients have in common."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def options(usage, arguments, texts=(), switches=()):
    """`-name=text` and `-name` of the command line; anything else shows the usage."""
    given = {name: None for name in texts} | {name: False for name in switches}
    for argument in arguments:
        name, _, value = argument.lstrip("-").partition("=")
        if name in texts and value:
            given[name] = value
        elif name in switches and not value:
            given[name] = True
        else:
            sys.exit(usage)
    return given


def find_binary(given):
    """The binary that was named, else the newest that was built."""
    built = [ROOT / "target" / profile / "ringfence" for profile in ("dist", "release", "debug")]
    found = [pathlib.Path(given).resolve()] if given else sorted((p for p in built if p.is_file()), key=lambda p: -p.stat().st_mtime)
    if not found or not os.access(found[0], os.X_OK):
        sys.exit("no binary: cargo build, or give -bin=PATH")
    return found[0]


def environment(folder, packages, install):
    """The `bin` folder of a virtual environment with these packages; None where it is not there and must not be made."""
    stamp = folder / "packages"
    if not (stamp.is_file() and stamp.read_text().split() == packages):
        if not install:
            return None
        print(f"making {folder}: {', '.join(packages)}", flush=True)
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([folder / "bin/pip", "install", "--quiet", *packages], check=True)
        stamp.write_text("\n".join(packages))
    return folder / "bin"


def bare():
    """The environment of this process without anything that leads a client elsewhere."""
    lost = ("ARM_", "AZURE_", "TF_", "RINGFENCE_")
    return {k: v for k, v in os.environ.items() if not k.startswith(lost) or k == "RINGFENCE_SHARED"}


class Served:
    """A local cloud that ends with its `with` block, and a working folder beside it."""

    def __init__(self, binary, keep=False, folder=None, clock="instant"):
        self.binary, self.keep = binary, keep
        self.folder = folder or pathlib.Path(tempfile.mkdtemp(prefix="ringfence-clients-"))
        self.ca = self.folder / "ca.pem"
        command = [binary, "cloud", "serve", f"-clock={clock}", f"-ca-out={self.ca}", f"-log={self.folder / 'requests.log'}"]
        self.process = subprocess.Popen(command, cwd=self.folder, env=bare(), stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"`{' '.join(map(str, command))}` ended with {self.process.wait()}")
        said = json.loads(line)
        self.endpoint = said["endpoint"]
        self.tenant, self.subscription = said["tenantId"], said["subscriptionId"]
        self.client, self.secret = said["clientId"], said["clientSecret"]
        self.host = self.endpoint.removeprefix("https://")

    def __enter__(self):
        return self

    def close(self):
        """Ends the cloud; its world stays in the folder."""
        self.process.terminate()
        self.process.wait()

    def __exit__(self, *_):
        self.close()
        if self.keep:
            print(f"kept: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def env(self):
        """The environment in which Ringfence has this cloud as its cloud."""
        return bare() | {
            "SSL_CERT_FILE": str(self.ca),
            "ARM_METADATA_HOSTNAME": self.host,
            "ARM_RESOURCE_MANAGER_ENDPOINT": self.endpoint,
            "ARM_RESOURCE_MANAGER_AUDIENCE": self.endpoint,
            "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST": self.endpoint,
            "ARM_DISABLE_INSTANCE_DISCOVERY": "true",
            "ARM_TENANT_ID": self.tenant,
            "ARM_SUBSCRIPTION_ID": self.subscription,
            "ARM_CLIENT_ID": self.client,
            "ARM_CLIENT_SECRET": self.secret,
        }

    def ringfence(self, folder, *words):
        """Runs Ringfence in a folder with this cloud as its cloud."""
        command = [self.binary, f"-chdir={folder}", *words, "-no-color"]
        return subprocess.run(command, env=self.env(), capture_output=True, text=True, stdin=subprocess.DEVNULL)

    def plan(self, folder, *words):
        """Plans; the changes by action (`create`, `update`, `delete`, `import`) as lists of the document's rows."""
        done = self.ringfence(folder, "plan", "-input=false", "-out=saved.plan", *words)
        if done.returncode:
            sys.exit(f"plan {' '.join(words)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
        shown = self.ringfence(folder, "show", "-json", "saved.plan")
        if shown.returncode:
            sys.exit(f"show ended with {shown.returncode}\n{shown.stdout}{shown.stderr}")
        changes = {}
        for row in json.loads(shown.stdout).get("resource_changes", []):
            change = row["change"]
            if change.get("importing"):
                changes.setdefault("import", []).append(row)
            for action in change["actions"]:
                if row["mode"] == "managed" and action not in ("no-op", "read"):
                    changes.setdefault(action, []).append(row)
        return changes

    def apply(self, folder, *words):
        """Applies; ends the script when that fails."""
        done = self.ringfence(folder, "apply", "-auto-approve", "-input=false", *words)
        if done.returncode:
            sys.exit(f"apply {' '.join(words)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def example(self):
        """A copy of the secured workspace's example, ready to be applied: its folder."""
        for part in ("examples/secured-workspace", "modules"):
            shutil.copytree(ROOT / part, self.folder / part)
        return self.folder / "examples/secured-workspace"


def changed_paths(row):
    """Where `before` and `after` of a change differ: paths like `tags.stage`."""
    found = []

    def walk(before, after, path):
        if isinstance(before, dict) and isinstance(after, dict):
            for key in sorted(before.keys() | after.keys()):
                walk(before.get(key), after.get(key), [*path, key])
        elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
            for at, (left, right) in enumerate(zip(before, after)):
                walk(left, right, [*path, str(at)])
        elif before != after:
            found.append(".".join(path))

    walk(row["change"]["before"], row["change"]["after"], [])
    return found


def ledger_ids(folder):
    """Ids of everything in Azure that Ringfence's ledger owns."""
    ledger = json.loads((folder / "ringfence.ledger.json").read_text())
    ids = {document["id"] for instance in ledger["instances"].values() for document in instance.get("documents", [])}
    return sorted(text for text in ids if text.lower().startswith("/subscriptions/"))


def judge_drift(cloud, folder, wanted, who):
    """Whether the plan is an update of these types at these paths and nothing else, and empty once applied."""
    failed = 0
    changes = cloud.plan(folder)
    table = Table("plan after a change by " + who, "paths", "")
    found = {}
    for action, rows in changes.items():
        for row in rows:
            paths = changed_paths(row)
            good = action == "update" and row["type"] in wanted and row["type"] not in found and set(paths) == wanted[row["type"]]
            found[row["type"]] = True
            failed += not good
            table.add(f"{action} {row['address']}", ", ".join(paths), "ok" if good else "WRONG")
    for missing in wanted.keys() - found.keys():
        failed += 1
        table.add(f"update {missing}", ", ".join(wanted[missing]), "MISSING")
    cloud.apply(folder)
    left = {action: len(rows) for action, rows in cloud.plan(folder).items()}
    failed += bool(left)
    table.add("plan after apply", str(left) if left else "nothing to do", "WRONG" if left else "ok")
    table.print()
    return failed


class Table:
    """What each client could do with each kind, row by row."""

    def __init__(self, *columns):
        self.columns, self.rows = columns, []

    def add(self, *cells):
        self.rows.append([str(cell) for cell in cells])

    def print(self):
        wide = [max(len(row[at]) for row in [list(self.columns), *self.rows]) for at in range(len(self.columns))]
        for row in [list(self.columns), ["-" * n for n in wide], *self.rows]:
            print("  ".join(cell.ljust(n) for cell, n in zip(row, wide)).rstrip())
