# SPDX-License-Identifier: MIT
# tests/user/test_programs.py - the programs of user/, run by qemu-riscv64 on the host's Linux.
"""The shell is compared with dash, the tools with the host's; the host's own programs are what our
shell finds along PATH here. utest is also built for the host, whose Linux judges the tests."""

import functools
import json
import re
import shutil
import subprocess
import time

import pytest
from harness import ROOT, environment, make, run

QEMU = shutil.which("qemu-riscv64")
BIN = ROOT / "build/user/bin"
pytestmark = pytest.mark.skipif(not QEMU, reason="there is no qemu-riscv64")


@functools.cache
def build(target="user"):
    """Build the programs, once a process and one process at a time."""
    (ROOT / "build").mkdir(exist_ok=True)
    argv = ["flock", str(ROOT / "build/.user.lock"), "make", "-j2", "--no-print-directory", target]
    done = run(argv)
    assert done.status == 0, done.out + done.err
    return BIN


def applet(name, *arguments, text="", **options):
    """Run one of hb's programs under its name. Returns: how it ended."""
    argv = [QEMU, "-0", name, build() / "hb", *arguments]
    options = {"env": environment(), **options}
    done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False,
                          timeout=120, **options)
    return done


def host(name, *arguments, text=""):
    """Run a program of the host the same way."""
    return subprocess.run([name, *arguments], input=text, capture_output=True, text=True,
                          check=False, timeout=120, env=environment())


# ---- The shell ---------------------------------------------------------------------------------

SCRIPTS = [
    # words and quotes
    "echo a  b 'c  d' \"e  f\" g\\ h",
    "x='a b'; echo $x \"$x\" '$x' \\$x ${x}c",
    "printf '%s\\n' \"a\\\"b\\\\c\\$d\\e\"",
    "x=; echo \"[$x]\" [$x] '' end",
    "set -- 'a b' c; for i in \"$@\"; do echo \"<$i>\"; done; for i in $*; do echo \"<$i>\"; done",
    "set -- 'a b' c; echo \"$*\" $# $1; shift; echo $# $1; set --; echo $# \"$@\" end",
    "f() { echo \"$#:$1\"; }; f \"$@\"; f \"\"; set -- x; f \"a$@b\"",
    "IFS=:; x=a:b::c; set -- $x; echo $# $1 $2 $4",
    "IFS=' :'; x=' a : b  c:'; set -- $x; echo $# $1 $2 $3",
    "echo a#b # comment",
    "echo one; echo two & wait; echo three",
    "echo a\\\nb",
    # expansions
    "echo ${u:-d} ${u-d} ${u:+s} ${u:=v} $u ${u:+s} ${#u}",
    "x=; echo [${x:-d}] [${x-d}] [${x+s}] [${x:+s}]",
    "p=/a/b.c/d.tar.gz; echo ${p##*/} ${p#*/} ${p%.*} ${p%%.*} ${p%/*}",
    "x='a*b'; echo \"${x%'*b'}\" ${x#a\\*}",
    "echo $((1 + 2 * 3)) $(((1+2)*3)) $((7 / 2)) $((-7 % 3)) $((1 << 4)) $((5 > 3 && 2 < 1))",
    "x=5; echo $((x + 1)) $(($x * 2)) $((x = 9)) $x $((x += 2)) $x $((0x10)) $((x > 3 ? 1 : 2))",
    "echo $((~5 & 7)) $((!0)) $((6 ^ 3)) $((1 || 0))",
    "echo $(echo a; echo b) \"$(echo a; echo b)\" `echo c` \"`echo \\\"d\\\"`\"",
    "echo $(echo $(echo nested) \"$(echo q)\")",
    "x=$(exit 3); echo $?; y=$(echo hi) ; echo $? $y",
    "echo ~ ~/x | sed \"s:$HOME:H:g\"",
    "echo ${x?} 2>/dev/null; echo not reached",
    "set -u; echo $nosuch; echo not reached",
    "echo $? ; false; echo $?; true; echo $?",
    "sh -c 'echo $0 $1 $2' zero one two",
    # lists and compound commands
    "true && echo yes || echo no; false && echo yes || echo no",
    "! true; echo $?; ! false; echo $?",
    "if false; then echo a; elif true; then echo b; else echo c; fi",
    "i=0; while [ $i -lt 3 ]; do i=$((i+1)); [ $i = 2 ] && continue; echo $i; done",
    "i=0; until [ $i -ge 3 ]; do i=$((i+1)); [ $i = 2 ] && break; echo $i; done; echo end $i",
    "for i in 1 2; do for j in a b; do [ $j = b ] && continue 2; echo $i$j; done; done",
    "for i in 1 2 3; do for j in a; do break 2; done; echo never; done; echo out",
    "for i in; do echo never; done; echo $?",
    "case abc in x) echo x;; a*|b) echo a;; *) echo other;; esac",
    "case 'a b' in 'a b') echo quoted;; esac; case x in [a-w]) echo n;; [!a-w]) echo y;; esac",
    "case '*' in '*') echo star;; esac; case ab in '*') echo no;; *) echo yes;; esac",
    "case x in esac; echo $?",
    "{ echo a; echo b; } | cat; (x=1; echo $x); echo [$x]",
    "(exit 4); echo $?; { false; }; echo $?",
    "f() { echo $1 $#; return 3; echo never; }; f a b; echo $?; f; echo $?",
    "f() { [ $1 -gt 0 ] && { echo $1; f $(($1 - 1)); }; }; f 3; echo $?",
    "f() { x=changed; set -- p q; echo $1; }; x=old; set -- z; f; echo $x $1",
    "f() for i in 1 2; do echo $i; done; f",
    "f() { while true; do return 5; done; }; f; echo $?",
    "x=1 y=2; echo $x$y; x=3 sh -c 'echo $x'; echo $x; export x; sh -c 'echo $x'",
    "x=a; x=b :; echo $x; readonly r=1; echo $r",
    "unset x; echo ${x-unset}; x=1; unset x; echo ${x-unset}",
    # pipes and redirections
    "echo hello | tr a-z A-Z | cat; echo $?; false | true; echo $?; true | false; echo $?",
    "cd $T; echo a >f; echo b >>f; cat f; cat <f | wc -l; rm f",
    "cd $T; ls nosuch >f 2>&1; [ -s f ] && echo message; ls nosuch 2>/dev/null; echo $?; rm f",
    "cd $T; { echo out; echo err >&2; } 2>e >o; cat o e; rm o e",
    "cd $T; echo x >f; while read l; do echo got $l; done <f; exec 3<f; read y <&3; echo $y; rm f",
    "cd $T; exec 4>f; echo to4 >&4; exec 4>&-; cat f; rm f",
    "echo a >/nosuch/f || echo failed",
    "cat <<E\nx $((1+1)) $(echo y) \\$z \"q\"\nE\necho after",
    "x=5; cat <<'E'; echo same line\n$x $(no)\nE",
    "cat <<-E\n\tindented\n\tE\necho end",
    "cat <<A; cat <<B\na\nA\nb\nB",
    "echo 'a b c\nd' | { read x y; echo \"$x|$y\"; read z; echo $z; read q; echo $?; }",
    "printf 'a\\\\tb\\n' | { read x; echo \"$x\"; }; printf 'a\\\\tb\\n' | { read -r x; "
    "printf '%s\\n' \"$x\"; }",
    "printf '  a  b  \\n' | { read x; echo \"[$x]\"; }; echo a:b:c | { IFS=: read x y; echo $y; }",
    "echo no newline | { read x y; echo $x-$y; }",
    # names of files
    "cd $T; touch a1 a2 b1 .h; echo a* ?1 [ab]1 x* \"a*\" 'a*' \\a*; "
    "mkdir d; touch d/x; echo */x d/*; rm -r a1 a2 b1 .h d",
    "cd $T; touch 'a b'; for f in *; do echo \"<$f>\"; done; set -f; echo *; rm 'a b'",
    # built-ins
    "cd /tmp; pwd; cd /; pwd; cd - >/dev/null; pwd; echo $OLDPWD $PWD",
    "cd /nosuch 2>/dev/null || echo failed",
    "eval 'x=1; echo $x'; eval echo '\"a  b\"'; eval false; echo $?; eval; echo $?",
    "cd $T; echo 'y=sourced; echo $1' >s; set -- arg; . ./s; echo $y; rm s",
    "set -e; true; false || echo tested; if false; then :; fi; ! true; echo here; false; "
    "echo never",
    "set -e; f() { false; echo never; }; f; echo never",
    "set -e; x=$(false); echo never",
    "exit 7; echo never",
    "f() { exit 8; }; f; echo never",
    "(exit 5) && echo no; echo $?",
    "exec echo replaced; echo never",
    "exec nosuchprogram 2>/dev/null; echo never",
    "nosuchprogram 2>/dev/null; echo $?; /nosuch/x 2>/dev/null; echo $?; /tmp 2>/dev/null; echo $?",
    "sleep 0.1 & p=$!; wait $p; echo $?; (exit 6) & wait $!; echo $?; wait 99999; echo $?",
    "exec 2>/dev/null; sh -c 'kill -9 $$'; echo $?; sh -c 'kill -TERM $$'; echo $?",
    "umask 022; umask; umask 077; umask",
    "[ a = a ]; echo $?; [ a != a ]; echo $?; [ -z '' -a -n x ]; echo $?; "
    "[ 1 -gt 2 -o 2 -gt 1 ]; echo $?",
    "[ ! a = b ]; echo $?; [ '(' a = a ')' ]; echo $?; [ '' ]; echo $?; [ x ]; echo $?; "
    "test; echo $?",
    "[ -d / ]; echo $?; [ -f / ]; echo $?; [ -e /nosuch ]; echo $?; [ -x /bin/sh ]; echo $?",
    "[ -n ]; echo $?; [ ! ]; echo $?; [ -f = -f ]; echo $?; [ a b ] 2>/dev/null; [ $? = 0 ]; "
    "echo $?",
    "printf '%s-%d|%5s|%-5s|%05d|%x|%c\\n' a 1 b c 42 255 xyz; printf '%s\\n' a b c; "
    "printf 'x%%\\n'",
    "printf '%b' 'a\\tb\\n'; printf '\\101\\n'; printf '%d %d\\n' 1; printf '%.2s\\n' abc",
    "echo -n a; echo b",
    "command -v cd; command -v nosuch; echo $?",
    # mistakes
    "echo before\nif true; then\necho after",
    "echo 'unclosed",
    "for", "case x in a) ;;", "( echo a", "echo a )", "then", ";;", "{ echo a; ", "f( { echo; }",
    "& echo", "| cat", "echo a | ; echo", "x=${y",
]


@pytest.mark.skipif(not shutil.which("dash"), reason="there is no dash to compare with")
@pytest.mark.parametrize("script", SCRIPTS)
def test_the_shell_does_what_dash_does(script, tmp_path):
    """Output and status are the same; messages may differ."""
    values = {**environment(), "T": str(tmp_path), "LC_ALL": "C"}
    theirs = subprocess.run(["dash", "-c", script, "sh"], env=values, capture_output=True,
                            text=True, check=False, timeout=60, cwd="/", input="")
    ours = applet("sh", "-c", script, "sh", env=values, cwd="/")
    assert (ours.stdout, ours.returncode) == (theirs.stdout, theirs.returncode), ours.stderr
    assert bool(ours.stderr) == bool(theirs.stderr)


def test_the_shell_reads_standard_input_no_further_than_it_must():
    done = applet("sh", text="read x\nhello\necho got $x\ncat\nrest 1\nrest 2\n")
    assert done.stdout == "got hello\nrest 1\nrest 2\n"


def test_the_shell_runs_scripts(tmp_path):
    script = tmp_path / "script"
    script.write_text("echo $0 $# $2\nexit 9\n")
    done = applet("sh", script, "a", "b c")
    assert (done.stdout, done.returncode) == (f"{script} 2 b c\n", 9)
    assert applet("sh", "/no/such/script").returncode == 127


def test_a_command_of_the_kernel_needs_hartbeat():
    done = applet("sh", "-c", "kernel threads")
    assert done.returncode == 127 and "this kernel takes no commands" in done.stderr
    done = applet("sh", "-c", "threads")
    assert done.returncode == 127 and done.stderr == "sh: threads: not found\n"


def test_memory_does_not_grow_with_a_loop():
    """What a command needs is given back: a loop runs within little more than it started with."""
    line = ("i=0; while [ $i -lt 3000 ]; do x=\"a $i\"; i=$((i+1)); done; echo $i;"
            "cat /proc/$$/statm")
    few, many = (int(applet("sh", "-c", line.replace("3000", n)).stdout.split()[2])
                 for n in ("10", "3000"))
    assert many < few + 256


def test_the_shell_at_a_terminal(tmp_path):
    """Editing, history, Ctrl-C, and a prompt for what is not finished."""
    pexpect = pytest.importorskip("pexpect")
    child = pexpect.spawn(QEMU, ["-0", "sh", str(build() / "hb"), "-i"], timeout=30, cwd=tmp_path,
                          env={**environment(), "TERM": "vt100"}, encoding="utf-8")
    left, up, home, delete = "\033[D", "\033[A", "\033[H", "\033[3~"
    child.expect("hartbeat# ")

    def types(keys, answer):
        child.send(keys)
        child.expect_exact(answer)
        child.expect("hartbeat# ")

    types("echo $((40+2))\r", "\n42\r\n")
    types("echo ac" + left + "b\r", "\nabc\r\n")
    types(up + up + "\r", "\n42\r\n")
    types("xecho home" + home + delete + "\r", "\nhome\r\n")
    types("echo one two\x17three\r", "\none three\r\n")
    types("echo lost\x15echo kept\r", "\nkept\r\n")
    child.send("echo dropped\x03")
    child.expect("hartbeat# ")
    child.send("if true\r")
    child.expect_exact("> ")
    types("then echo fi$nothing; fi\r", "\nfi\r\n")
    child.send("echo started; sleep 100\r")
    child.expect_exact("\nstarted\r\n")
    time.sleep(0.5)
    child.sendintr()
    child.expect("hartbeat# ")
    types("echo $?\r", "\n130\r\n")
    child.send("exit 3\r")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 3


# ---- The tools ---------------------------------------------------------------------------------

TEXT = "one two\nthree\n\nfour  five six\n" * 5
TOOLS = [
    ["cat"], ["cat", "-", "/dev/null"], ["head"], ["head", "-n", "3"], ["tail"],
    ["tail", "-n", "2"], ["wc"], ["wc", "-l"], ["wc", "-w"], ["wc", "-c"], ["seq", "5"],
    ["seq", "3", "7"], ["seq", "10", "-3", "1"], ["echo", "a", "b"], ["true"], ["false"],
    ["printf", "%s|%d\n", "x", "7", "y", "8"], ["env", "-i", "A=1", "B=2"],
    ["env", "A=1", "sh", "-c", "echo $A"], ["tee"], ["test", "1", "-lt", "2"],
    ["nice", "-n", "3", "nice"], ["sleep", "0.01"], ["pwd"], ["uname", "-s"],
    ["taskset", "-c", "0", "sh", "-c", "nproc"], ["chrt", "-o", "0", "echo", "hi"],
    ["ls", "-a", "/proc/self/task/1/nosuch"],
    ["head", "-3"], ["head", "-0"], ["tail", "-2"], ["head", "-2", "/etc/passwd", "/etc/group"],
    ["tail", "-n1", "/etc/passwd", "/etc/group"], ["grep", "e"], ["grep", "-n", "-i", "ONE"],
    ["grep", "-c", "f.*r"], ["grep", "-v", "-E", "one|four"], ["grep", "-q", "three"],
    ["grep", "nosuch"], ["grep", "-l", "root", "/etc/passwd", "/etc/group"],
    ["grep", "root", "/etc/passwd", "/etc/nosuch"], ["grep", "["], ["sort"], ["sort", "-r"],
    ["sort", "-u"], ["uniq"], ["uniq", "-c"], ["nproc"], ["nproc", "--all"], ["which", "nosuch"],
    ["date", "+%Y-%m-%d"], ["date", "-u", "+%H:%Z"], ["sleep", "0.001s", "0m"], ["nice"],
]


@pytest.mark.parametrize("line", TOOLS, ids=" ".join)
def test_a_tool_does_what_the_host_s_does(line):
    if line[0] == "nice" and line[-1] == "nice":
        line = line[:-1] + ["sh", "-c", "nice"]
    ours = applet(*line, text=TEXT)
    theirs = host(*line, text=TEXT)
    assert (ours.stdout.split(), bool(ours.returncode)) == (
        theirs.stdout.split(), bool(theirs.returncode))


def test_files_and_folders(tmp_path):
    def do(name, *arguments):
        done = applet(name, *arguments, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return done.stdout

    do("mkdir", "-p", "a/b/c")
    (tmp_path / "f").write_text("text\n")
    do("cp", "f", "a")
    do("mv", "a/f", "a/b/g")
    do("ln", "-s", "b/g", "a/link")
    do("ln", "a/b/g", "a/hard")
    do("touch", "new")
    assert do("cat", "a/link", "a/hard") == "text\ntext\n"
    assert do("ls") == "a\nf\nnew\n"
    assert do("ls", "a") == "b\nhard\nlink\n"
    assert "link -> b/g" in do("ls", "-l", "a")
    do("mkfifo", "a/fifo")
    assert do("ls", "-l", "a").startswith("drwx")
    do("rm", "-r", "a")
    do("rm", "new")
    do("mkdir", "empty")
    do("rmdir", "empty")
    assert do("ls") == "f\n"
    assert applet("rm", "nosuch", cwd=tmp_path).returncode == 1
    assert applet("cp", "f", "f", cwd=tmp_path).returncode == 1


WRONG = [["wc", "-z"], ["head", "-n", "x"], ["kill", "-NOSUCH", "1"], ["kill"], ["sleep"],
         ["taskset", "zz", "ls"], ["chrt", "-f", "100", "ls"], ["seq"], ["mkdir"],
         ["hackbench", "-g", "0"], ["cyclictest", "-p", "100"], ["schbench", "-q"],
         ["lockbench", "-l", "nosuch"], ["sysfuzz", "--seed", "x"], ["top", "-n", "0"],
         ["pwd", "-z"], ["mkfifo", "-z"], ["rmdir", "-z"], ["poweroff", "now"], ["grep"],
         ["sort", "-z"], ["uniq", "a", "b"], ["free", "-z"], ["uptime", "-z"], ["date", "now"],
         ["nproc", "-z"], ["which"], ["killall", "-NOSUCH", "x"], ["clear", "-z"],
         ["sleep", "1x"], ["ps", "-z"]]


@pytest.mark.parametrize("line", WRONG, ids=" ".join)
def test_a_mistake_gets_a_message_and_status_2(line):
    done = applet(*line)
    assert done.returncode == 2
    assert done.stderr.startswith((f"{line[0]}: ", "The locks:")) and "usage: " in done.stderr


def test_every_program_says_how_it_is_called():
    names = {path.name for path in build().iterdir() if path.is_symlink()}
    assert {"init", "sh", "ps", "top", "hackbench", "sysfuzz"} <= names
    for name in sorted(names - {"echo"}):
        done = applet(name, "--help")
        assert done.returncode == 0 and done.stdout.startswith(f"usage: {name}"), name


def test_kill_and_time():
    sleeper = subprocess.Popen(["sleep", "100"])
    assert applet("kill", "-s", "TERM", str(sleeper.pid)).returncode == 0
    assert sleeper.wait(timeout=30) == -15
    done = applet("time", "sh", "-c", "sleep 0.2; exit 4")
    assert done.returncode == 4
    assert re.search(r"^real\t0m[0-9]+\.[0-9]{3}s\nuser\t.*\nsys\t.*\n$", done.stderr)


def test_ps_and_top():
    assert re.search(r"^ *PID +PPID S CPU NLWP CLS", applet("ps").stdout)
    assert len(applet("ps").stdout.splitlines()) > 2
    done = applet("top", "-b", "-n", "1")
    assert re.search(r"^hart 0 +\[.*\] +[0-9.]+ %$", done.stdout, re.MULTILINE)


# ---- The benches -------------------------------------------------------------------------------

@pytest.mark.parametrize("options", [[], ["-p"], ["-T"], ["-T", "-p"]], ids=str)
def test_hackbench(options):
    done = applet("hackbench", "-g", "1", "-f", "3", "-l", "20", *options)
    assert done.returncode == 0, done.stderr
    mode = "threaded" if "-T" in options else "process"
    assert re.fullmatch(
        rf"Running in {mode} mode with 1 groups using 6 file descriptors each \(== 6 tasks\)\n"
        r"Each sender will pass 20 messages of 100 bytes\nTime: [0-9]+\.[0-9]{3}\n", done.stdout)


def test_crowd():
    done = applet("crowd", "2", "5")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line.removeprefix("RESULT ")) for line in done.stdout.splitlines()]
    assert [row["threads"] for row in rows] == [2] * 5 + [5] * 5
    costs = {row["metric"]: row["value"] for row in rows if row["metric"] != "memory"}
    assert set(costs) == {"fork_exit_wait", "kill_wait", "kill_group_wait", "kill_wait_any"}
    assert min(costs.values()) > 0


def test_cyclictest():
    done = applet("cyclictest", "-t", "2", "-l", "20", "-i", "500", "-q")
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"^T: [01] \( *[0-9]+\) P: 0 I:(?:500|1000) C: +2[0-9] Min: +[0-9]+ "
                          r"Act: +[0-9]+ Avg: +[0-9]+ Max: +[0-9]+$", done.stdout, re.M)) == 2
    done = applet("cyclictest", "-l", "20", "-h", "100", "-q")
    rows = re.findall(r"^[0-9]{6} ([0-9]{6})$", done.stdout, re.MULTILINE)
    total = int(re.search(r"^# Total: ([0-9]{9})$", done.stdout, re.MULTILINE)[1])
    over = int(re.search(r"^# Histogram Overflows: ([0-9]{5})$", done.stdout, re.MULTILINE)[1])
    assert len(rows) == 100 and sum(map(int, rows)) == total and total + over == 20


def test_schbench():
    done = applet("schbench", "-t", "2", "-r", "2", "-F", "4", "-n", "1")
    assert done.returncode == 0, done.stderr
    for name in ("Wakeup Latencies percentiles (usec)", "Request Latencies percentiles (usec)"):
        assert re.search(re.escape(name) + r" runtime 2 \(s\) \([0-9]+ total samples\)\n"
                         r"\t  50.0th: [0-9]+ +\([0-9]+ samples\)\n\t  90.0th: .*\n"
                         r"\t\* 99.0th: .*\n\t  99.9th: .*\n\t  min=[0-9]+, max=[0-9]+\n",
                         done.stdout), done.stdout
    assert float(re.search(r"^average rps: ([0-9.]+)$", done.stdout, re.MULTILINE)[1]) > 0


def test_lockbench_notices_a_lock_that_is_none():
    """The witness has to see the second owner; every lock keeps it out."""
    done = applet("lockbench", "-t", "1,3", "-m", "20")
    assert done.returncode == 0 and "BROKEN" not in done.stdout
    assert done.stdout.count('"metric": "per_acquisition"') == 2 * 10
    for _ in range(10):
        done = applet("lockbench", "-l", "null", "-t", "4", "-m", "200", "-c", "100", "-w", "0")
        if '"valid": false, "reason": "a second owner was let in"' in done.stdout:
            return
    pytest.fail("four threads without a lock lost no update")


# ---- What checks the kernel --------------------------------------------------------------------

def tap(done):
    """Return (how many tests passed, the lines of those that failed)."""
    lines = done.out.splitlines()
    return (sum(line.startswith("ok ") for line in lines),
            [line for line in lines if line.startswith("not ok ")])


def test_utest_agrees_with_linux():
    build("build/user/host/utest")
    done = run([ROOT / "build/user/host/utest"])
    passed, failed = tap(done)
    assert (failed, done.status) == ([], 0) and passed > 150, done.out


def test_utest_under_the_emulator():
    argv = [QEMU, build() / "utest"]
    done = run(argv, env={**environment(), "UTEST_RUNNER": QEMU})
    passed, failed = tap(done)
    assert (failed, done.status) == ([], 0) and passed > 150, done.out


def test_utest_can_fail():
    argv = [QEMU, build() / "utest", "process_exec", "process_exit_code"]
    done = run(argv, env={**environment(), "UTEST_RUNNER": "/bin/false"})
    assert tap(done) == (1, ["not ok 2 - process_exec"]) and done.status == 1
    done = run([QEMU, build() / "utest", "nosuch"])
    assert done.status == 2


def test_sysfuzz_comes_to_its_end():
    done = applet("sysfuzz", "--calls", "2000", "--seed", "3")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("sysfuzz: seed 3, 2000 calls by 4 processes")


def test_make_user_builds_what_the_launcher_packs():
    assert make("user").status == 0
    assert (ROOT / "build/user/tiny").stat().st_size < 2000
    assert (BIN / "sh").is_symlink() and (BIN / "kbench").exists()
