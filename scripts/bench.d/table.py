"""Rows of figures with what is wanted of them, as a Markdown table."""
import dataclasses
import statistics


@dataclasses.dataclass
class Target:
    """A figure, the most it may be, and its unit."""
    value: float
    limit: float
    unit: str

    @property
    def met(self):
        return self.value <= self.limit

    def __str__(self):
        verdict = "met" if self.met else f"**missed: {self.value:.3g}**"
        return f"{self.limit:g} {self.unit}: {verdict}"


@dataclasses.dataclass
class Row:
    """What was run, what it took, what Terraform took (text of the baseline), what is wanted."""
    name: str
    runs: list
    terraform: str = ""
    targets: list = dataclasses.field(default_factory=list)
    note: str = ""

    def most(self, what):
        return max(getattr(run, what) for run in self.runs)

    def least(self, what):
        return min(getattr(run, what) for run in self.runs)

    def median(self, what):
        return statistics.median(getattr(run, what) for run in self.runs)

    def want(self, s=None, requests=None, mb=None):
        """Targets of seconds (median), requests and MB (most)."""
        wanted = [(self.median("wall"), s, "s"), (self.most("requests"), requests, "requests"), (self.most("memory"), mb, "MB")]
        self.targets += [Target(value, limit, unit) for value, limit, unit in wanted if limit is not None]
        return self

    def cells(self):
        walls = [run.wall for run in self.runs]
        wall = f"{walls[0]:.3f}" if len(walls) == 1 else f"{min(walls):.3f} / {statistics.median(walls):.3f}"
        memory = self.most("memory")
        met = "; ".join([*map(str, self.targets), *([self.note] if self.note else [])])
        return [self.name, wall, f"{self.median('cpu'):.2f}", self.most("requests") or "",
                f"{memory:.0f}" if memory else "", self.terraform, met]


HEAD = ["command", "wall s, min / median", "CPU s", "requests", "peak MB", "Terraform with azapi: s, requests, MB", "target"]


def markdown(rows):
    lines = [HEAD, ["---"] * len(HEAD), *(row.cells() for row in rows)]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def missed(rows):
    return [f"{row.name}: {t.value:.3g} {t.unit}, wanted {t.limit:g}" for row in rows for t in row.targets if not t.met]
