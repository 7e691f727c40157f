"""The table of docs/servers.md: servers by checks, with a note for each ✗; and servers by what does TLS in front of them."""
import re

from harness.paths import TOP
from servers.checks import CHECKS

DOCUMENT = TOP / "docs" / "servers.md"
BEGIN, END = "<!-- made by make try-servers -->\n", "<!-- end of what make try-servers makes -->\n"


class Notes:
    """Numbers for reasons, in the order in which they come."""

    def __init__(self):
        self.reasons = []

    def mark(self, reason):
        if reason not in self.reasons:
            self.reasons.append(reason)
        return f"<sup>{self.reasons.index(reason) + 1}</sup>"


def cell(server, name, wrong, notes):
    if name in server.omitted:
        return "–" + notes.mark(server.omitted[name])
    if name not in wrong:
        return " "
    if name in server.sometimes:
        return "✗" + notes.mark(server.sometimes[name])
    if wrong[name] is None:
        return "✓"
    return "✗" + notes.mark(server.limits.get(name, "Not explained."))


def row(cells):
    return "| " + " | ".join(cells) + " |"


def direct_table(results, notes):
    """results: pairs of a server, and what was wrong by the name of each check."""
    lines = [row(["server", *(str(number + 1) for number in range(len(CHECKS)))]), row(["---"] * (len(CHECKS) + 1))]
    for server, wrong in results:
        lines.append(row([f"[{server.name}](../packaging/servers/{server.file})", *(cell(server, function.__name__, wrong, notes) for function, _ in CHECKS)]))
    return lines


def front_table(results, fronts, notes):
    """results: servers, and for each front what was wrong, where it was tried."""
    lines = [row(["server", *(f"{name}" for name in fronts)]), row(["---"] * (len(fronts) + 1))]
    for server, by_front in results:
        cells = []
        for name in fronts:
            wrong, sometimes = by_front.get(name), sometimes_of(server, name)
            why = limits_of(server, name) | sometimes
            failed = [check for check, what in (wrong or {}).items() if what and check not in server.limits or check in sometimes]
            cells.append(" " if wrong is None else "✓" if not failed else
                         "✗" + "".join(dict.fromkeys(notes.mark(why.get(check, f"Not explained: {check}.")) for check in failed)))
        lines.append(row([server.name, *cells]))
    return lines


def limits_of(server, front=""):
    """What the server can't do, and what it can't do behind that front, by the name of the check."""
    return those_behind(server.limits, front)


def sometimes_of(server, front=""):
    """What the server now and then can't do, also behind that front."""
    return those_behind(server.sometimes, front)


def those_behind(reasons, front):
    return {name.removesuffix(f" behind {front}"): why for name, why in reasons.items() if name.endswith(f" behind {front}") or " " not in name}


def document(results, front_results, fronts):
    notes = Notes()
    direct, behind = direct_table(results, notes), front_table(front_results, fronts, notes)
    legend = [f"{number + 1}. {what}" for number, (_, what) in enumerate(CHECKS)]
    return "\n".join([*legend, "", *direct, "", "With TLS in front, the checks 1 to %d, but for what the server can't do anyway:" % last_of_requests(), "",
                      *behind, "", *(f"{number + 1}. {reason}" for number, reason in enumerate(notes.reasons)), ""])


def last_of_requests():
    """The number of the last check that is no trouble."""
    return [function.__name__ for function, _ in CHECKS].index("at_once") + 1


def write(text):
    """Puts the text into docs/servers.md."""
    old = DOCUMENT.read_text()
    fresh = re.sub(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: BEGIN + text + END, old, flags=re.S)
    DOCUMENT.write_text(fresh)
    return fresh != old
