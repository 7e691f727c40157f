"""How many posts were refused is counted by status, for stats."""
from test_stats import metrics, run, stats


def test_refused_posts_are_counted_by_status(program):
    program.configure(more="[form few]\nrate = 1/day\n")
    assert program.post(b"a=b", "/few").status == 303
    statuses = [program.post(b"a=b", "/few").status for _ in range(3)] + [program.post(b"name=", "/contact").status for _ in range(2)]
    statuses += [program.post(b"a=b", "/any", CONTENT_TYPE="text/odd").status, program.get("/contact", QUERY_STRING="x").status]
    assert statuses == [429] * 3 + [422] * 2 + [415, 200]
    assert stats(program)["data"]["refusals"] == {"415": 1, "422": 2, "429": 3}
    found = metrics(run(program, "--prometheus").stdout)
    assert {labels[0][1]: value for (name, labels), value in found.items() if name == "seeother_refused_posts_total"} == {
        "415": 1, "422": 2, "429": 3}
    counts = program.data / "refusals"
    counts.write_bytes(counts.read_bytes()[::-1])  # as of a processor of another byte order
    assert stats(program)["data"]["refusals"] == {}
    if not program.workers:
        program.post(b"name=", "/contact")
        assert stats(program)["data"]["refusals"] == {"422": 1}
