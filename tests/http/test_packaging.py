"""What is installed beside the program: units, files for other service managers, completion, and what make install puts where."""
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from harness import clients
from harness.clients import variables
from harness.paths import BINARY, TOP
from harness.place import Place
from harness.processes import children, family, wait_for

PACKAGING = TOP / "packaging"
UNITS = sorted(path.name for path in (PACKAGING / "systemd").glob("seeother*"))
BODY = b"name=Ada&email=a%40b"


def needs(*programs):
    missing = [program for program in programs if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin")]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} not installed")


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, **options)


# --- make install ---

def make(target, folder, *more):
    done = run("make", "-s", target, f"DESTDIR={folder}", "PREFIX=/usr", f"BIN={BINARY}", f"BUILD={folder}/build", "-o", str(BINARY), *more, cwd=TOP)
    assert done.returncode == 0, done.stderr
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("installed")
    make("install", folder)
    return folder, make("install-systemd", folder)


def test_install_brings_what_the_documents_name(installed):
    folder, files = installed
    for name in ["usr/bin/seeother", "etc/seeother/config.ini", "usr/share/seeother/config.ini", "usr/share/man/man1/seeother.1",
                 "usr/share/seeother/languages/de.ini", "usr/share/seeother/servers/nginx.conf", "usr/share/seeother/tasks/commit",
                 "usr/share/bash-completion/completions/seeother", "usr/share/zsh/site-functions/_seeother",
                 "usr/share/fish/vendor_completions.d/seeother.fish", "usr/lib/systemd/system/seeother.socket",
                 "usr/lib/sysusers.d/seeother.conf", "usr/lib/tmpfiles.d/seeother.conf", "usr/share/seeother/systemd/setgid-mail.conf"]:
        assert name in files
    assert os.access(folder / "usr/share/seeother/tasks/commit", os.X_OK)


def test_uninstall_leaves_the_configuration_alone(installed, tmp_path):
    shutil.copytree(installed[0], tmp_path / "root")
    assert make("uninstall", tmp_path / "root") == {"etc/seeother/config.ini"}


def test_install_replaces_no_configuration(tmp_path):
    (tmp_path / "etc/seeother").mkdir(parents=True)
    (tmp_path / "etc/seeother/config.ini").write_text("mine")
    make("install", tmp_path)
    assert (tmp_path / "etc/seeother/config.ini").read_text() == "mine"


def test_units_name_the_program_where_it_is_installed(tmp_path):
    make("install-systemd", tmp_path, "PREFIX=/opt/forms")
    started = [line for path in (tmp_path / "opt/forms/lib/systemd/system").iterdir() for line in path.read_text().splitlines()
               if line.startswith("ExecStart=")]
    assert len(started) == 3 and all("/opt/forms/bin/seeother" in line for line in started)


def test_versions_agree():
    version = re.search(r"^VERSION = (.*)$", (TOP / "Makefile").read_text(), re.M)[1]
    assert (TOP / "debian/changelog").read_text().startswith(f"seeother ({version}) ")
    for path in [*PACKAGING.glob("*/*.spec"), *PACKAGING.glob("*/APKBUILD"), *PACKAGING.glob("*/Makefile"), *PACKAGING.glob("*/*.nix")]:
        assert re.search(r"(?:^Version:\s+|pkgver=|PKG_VERSION:=|version = \")" + re.escape(version), path.read_text(), re.M), path


# --- systemd ---

@needs("systemd-analyze")
def test_systemd_understands_the_units(tmp_path):
    for name in UNITS:
        text = (PACKAGING / "systemd" / name).read_text()
        (tmp_path / name).write_text(text.replace("/usr/bin/seeother", "/bin/true").replace("/usr/bin/multiwatch", "/bin/true"))
    done = run("systemd-analyze", "verify", "--man=no", *(tmp_path / name for name in UNITS))
    assert [line for line in (done.stdout + done.stderr).splitlines() if "seeother" in line] == []


@needs("systemd-analyze")
@pytest.mark.parametrize("unit", [name for name in UNITS if name.endswith(".service")])
def test_the_services_are_hardened(unit):
    done = run("systemd-analyze", "security", "--offline=yes", "--threshold=20", PACKAGING / "systemd" / unit)
    assert done.returncode == 0 and "Unknown" not in done.stderr, done.stdout[-200:] + done.stderr


# --- other service managers ---

def adapted(place, path):
    """A file of packaging/, with the paths and the user of a test."""
    text = path.read_text()
    for old, new in {"/usr/bin/seeother": place.binary, "/run/seeother.socket": place.folder / "socket", "/var/lib/seeother": place.data,
                     "/var/log": place.folder, "-u seeother": "-u www-data", "-U seeother": "-U www-data", "-o seeother -g seeother": "-o www-data -g www-data",
                     "s6-setuidgid seeother": "s6-setuidgid www-data", "user=seeother": "user=www-data"}.items():
        text = text.replace(old, str(new))
    return text


def put_services(place, manager):
    for name in ("seeother", "seeother-work"):
        service = place.folder / "services" / name
        service.mkdir(parents=True)
        (service / "run").write_text(adapted(place, PACKAGING / manager / name / "run"))
        (service / "run").chmod(0o755)
    return place.folder / "services"


def runit(place):
    services = put_services(place, "runit")
    return ["runsvdir", services], lambda: run("sv", "2", services / "seeother", check=True)


def s6(place):
    services = put_services(place, "s6")
    return ["s6-svscan", services], lambda: run("s6-svc", "-2", services / "seeother", check=True)


def supervisord(place):
    main = place.folder / "main.conf"
    control = place.folder / "control"
    main.write_text(f"[supervisord]\nlogfile={place.folder}/supervisord.log\npidfile={place.folder}/supervisord.pid\n"
                    f"[unix_http_server]\nfile={control}\n[supervisorctl]\nserverurl=unix://{control}\n"
                    "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n"
                    + adapted(place, PACKAGING / "supervisord/seeother.conf"))
    return ["supervisord", "-n", "-c", main], lambda: run("supervisorctl", "-c", main, "signal", "HUP", "seeother:*", check=True)


def answering(manager, place):
    """The processes that answer requests: those of our program that have a parent which is our program too."""
    ours = {pid for pid in family(manager) if Path(f"/proc/{pid}/exe").exists() and os.readlink(f"/proc/{pid}/exe") == str(place.binary)}
    return {pid for parent in ours for pid in children(parent) if pid in ours}


def is_working(manager):
    return any(b"\0work\0" in Path(f"/proc/{pid}/cmdline").read_bytes() for pid in family(manager) if Path(f"/proc/{pid}/cmdline").exists())


@pytest.fixture
def place():
    """A folder that the user www-data can reach, with the data folder beside the program."""
    folder = Path(tempfile.mkdtemp(prefix="seeother-services-"))
    folder.chmod(0o755)
    place = Place(folder / "site")
    place.data.mkdir()
    shutil.chown(place.data, "www-data", "www-data")
    yield place
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="service managers run as root")
@pytest.mark.parametrize("manager", [pytest.param(runit, marks=needs("runsvdir", "spawn-fcgi", "multiwatch")),
                                     pytest.param(s6, marks=needs("s6-svscan", "execlineb", "spawn-fcgi", "multiwatch")),
                                     pytest.param(supervisord, marks=needs("supervisord"))], ids=lambda manager: manager.__name__)
def test_a_service_manager_runs_it(place, manager):
    command, reload = manager(place)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        wait_for("eight processes", lambda: len(answering(process.pid, place)) == 8)
        wait_for("the worker", lambda: is_working(process.pid))
        assert clients.fcgi(place.folder / "socket", variables("POST", "/contact", BODY), BODY).status == 303
        assert {Path(f"/proc/{pid}").owner() for pid in answering(process.pid, place)} == {"www-data"}
        before = answering(process.pid, place)
        reload()
        wait_for("their successors", lambda: len(answering(process.pid, place)) == 8 and not answering(process.pid, place) & before)
        os.kill(answering(process.pid, place).pop(), signal.SIGKILL)
        wait_for("eight again", lambda: len(answering(process.pid, place)) == 8)
        assert clients.fcgi(place.folder / "socket", variables("POST", "/contact", BODY), BODY).status == 303
        assert len(place.logs("contact")) >= 1
    finally:
        started = family(process.pid)
        process.send_signal(signal.SIGHUP if manager is runit else signal.SIGTERM)
        try:
            process.wait(10)
            wait_for("the end of all", lambda: not any(Path(f"/proc/{pid}").exists() for pid in started))
        finally:
            for pid in started:
                if Path(f"/proc/{pid}").exists():
                    os.kill(pid, signal.SIGKILL)


# --- completion ---

def listed_commands():
    return set(re.findall(r"^  ([a-z-]+) ", run(BINARY, "help").stdout, re.M))


@pytest.fixture
def shell(tmp_path):
    """An environment in which the program is found by its name, with a configuration that has two forms."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "seeother").symlink_to(BINARY)
    (tmp_path / "config.ini").write_text("[seeother]\ndata = data\n[form contact]\n [form sign-up] \n[fields contact]\nname = text\n")
    return {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "SEEOTHER_CONFIG": str(tmp_path / "config.ini"), "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}


def bash(environment, line):
    words = line.split(" ")
    script = (f"source {PACKAGING}/completion/seeother.bash; COMP_WORDS=({' '.join(word or chr(39) * 2 for word in words)}); "
              f"COMP_CWORD={len(words) - 1}; _seeother; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
    return set(run("bash", "-c", script, env=environment).stdout.split())


def fish(environment, line):
    done = run("fish", "--no-config", "-c", f"source {PACKAGING}/completion/seeother.fish; complete -C '{line}'", env=environment)
    return {found.split("\t")[0] for found in done.stdout.splitlines()}


def zsh(environment, line):
    """zsh completes on a terminal only, so what its functions would add is printed instead."""
    words = " ".join(word or "''" for word in line.split(" "))
    script = (f"setopt extendedglob; compadd() {{ while [[ $1 == -* && $1 != -- ]]; do shift; done; [[ $1 == -- ]] && shift; print -l -- $@ }}; "
              f"_describe() {{ print -l -- ${{${{(P)2}}%%:*}} }}; _files() {{ print -l -- *(N) }}; words=({words}); CURRENT=$#words; "
              f"source {PACKAGING}/completion/_seeother")
    return {found for found in run("zsh", "-f", "-c", script, env=environment).stdout.split() if found.startswith(line.split(" ")[-1])}


@pytest.mark.parametrize("complete", [pytest.param(bash, marks=needs("bash")), pytest.param(fish, marks=needs("fish")),
                                      pytest.param(zsh, marks=needs("zsh"))], ids=lambda complete: complete.__name__)
def test_a_shell_completes_commands_options_and_forms(shell, complete):
    assert complete(shell, "seeother ") == listed_commands()
    assert complete(shell, "seeother ex") == {"export"}
    assert complete(shell, "seeother help ba") == {"backup"}
    assert {"--form", "--from", "--unread", "--json"} <= complete(shell, "seeother list --")
    assert complete(shell, "seeother list --un") == {"--unread"}
    assert complete(shell, "seeother list --form ") == complete(shell, "seeother export ") == {"contact", "sign-up"}
    assert complete(shell, "seeother work ") == {"once"}
