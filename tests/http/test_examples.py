"""The ready-made tasks in examples/tasks, and the recipes in the documents."""
from harness.paths import TOP


def test_the_examples_name_no_secret_as_an_argument():
    for path in (TOP / "examples/tasks").iterdir():
        usage = path.read_text().splitlines()[1]
        assert "command = " in usage and "secret" not in usage and "https://" not in usage


def test_every_recipe_has_multiwatch_go_on_after_deaths():
    """With its defaults it gives up after four of them, and ends with status 0."""
    for path in (TOP / "docs/servers.md", TOP / "examples/demo"):
        recipes = [line for line in path.read_text().splitlines() if "/multiwatch " in line]
        assert recipes and all("-t 1 -r 100000 --" in line for line in recipes), recipes
