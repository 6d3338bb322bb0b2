// SPDX-License-Identifier: MIT
// user/bench/kbench.c - what each system call costs, as min, median and max.
/* Small POSIX/Linux-ABI micro benchmark, runs as /init or as a program.
 *
 * Only plain syscalls: no /proc, no /sys, no files except its own path (argv[0], for
 * exec) and optionally /tiny.  Output with write(1).  Every test runs in a forked
 * child, so that a test which dies does not end the run.
 *
 * args:  only=SUBSTR (repeatable)  skip=SUBSTR  rounds=N  scale=N (percent)
 *        ncpu=N  hbloops=N  hbgroups=N  nopoweroff
 *
 * One line per test:
 *   B name  ops/round  unit  ns: min med max  cyc: min med max
 * ns  = CLOCK_MONOTONIC per op.  cyc = `cycle` CSR per op when user mode may read it
 * (QEMU -icount shift=0: = guest instructions of ALL harts, all privilege levels, plus
 * idle time warped at 1 ns = 1 insn; without -icount: host TSC ticks).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/futex.h>

#define MAXR 64
static int rounds = 7, scale = 100, ncpu = 1, hbloops = 1000, hbgroups = 1;
static int have_cyc, have_time, affinity_ok = 1;
static const char *only[8], *skipv[8];
static int nonly, nskip;
static const char *self = "/init";
extern char **environ;

static void out(const char *fmt, ...)
{
	char b[512];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(b, sizeof b, fmt, ap);
	va_end(ap);
	if (n > (int)sizeof b - 1)
		n = sizeof b - 1;
	for (int o = 0; o < n;) {
		ssize_t r = write(1, b + o, n - o);
		if (r <= 0)
			break;
		o += r;
	}
}

static uint64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000ull + t.tv_nsec;
}
static uint64_t cyc(void)
{
	uint64_t v = 0;
	if (have_cyc)
		asm volatile("rdcycle %0" : "=r"(v)::"memory");
	return v;
}
static void settle(void)
{
	struct timespec t = { 0, 20 * 1000 * 1000 };
	nanosleep(&t, NULL);
}
static int N(int n)
{
	long v = (long)n * scale / 100;
	return v < 1 ? 1 : (int)v;
}
static int pin(int cpu)
{
	cpu_set_t s;
	if (cpu < 0)
		return 0;
	CPU_ZERO(&s);
	CPU_SET(cpu, &s);
	int r = sched_setaffinity(0, sizeof s, &s);
	if (r)
		affinity_ok = 0;
	return r;
}

/* ---------- results ---------- */
struct smp { uint64_t ns[MAXR], cy[MAXR]; int n; uint64_t t0, c0; };
static struct smp S;
static void start(void)
{
	S.t0 = now_ns();
	S.c0 = cyc();
}
static void stop(void)
{
	uint64_t c = cyc(), t = now_ns();
	if (S.n < MAXR) {
		S.cy[S.n] = c - S.c0;
		S.ns[S.n++] = t - S.t0;
	}
}
static int cmp64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}
static void report(const char *name, long ops, const char *unit)
{
	if (!S.n) {
		out("B %-26s NO-RESULT\n", name);
		return;
	}
	int n = S.n;
	qsort(S.ns, n, sizeof S.ns[0], cmp64);
	qsort(S.cy, n, sizeof S.cy[0], cmp64);
	double d = ops;
	out("B %-26s %7ld %-7s ns: %.1f %.1f %.1f  cyc: %.1f %.1f %.1f%s\n", name, ops, unit,
	    S.ns[0] / d, S.ns[n / 2] / d, S.ns[n - 1] / d,
	    S.cy[0] / d, S.cy[n / 2] / d, S.cy[n - 1] / d,
	    affinity_ok ? "" : " [no-affinity]");
}
static void die(const char *what)
{
	out("X %s errno=%d\n", what, errno);
	_exit(3);
}

/* ---------- single-process tests ---------- */
static void t_getppid(void)
{
	int n = N(20000);
	pin(0);
	for (int r = 0; r < rounds + 1; r++) {
		start();
		for (int i = 0; i < n; i++)
			syscall(SYS_getppid);
		if (r)
			stop();
	}
	report("null_getppid", n, "call");
}
static void t_clock_libc(void)
{
	int n = N(50000);
	struct timespec t;
	pin(0);
	for (int r = 0; r < rounds + 1; r++) {
		start();
		for (int i = 0; i < n; i++)
			clock_gettime(CLOCK_MONOTONIC, &t);
		if (r)
			stop();
	}
	report("clock_gettime_libc(vdso)", n, "call");
}
static void t_clock_sys(void)
{
	int n = N(20000);
	struct timespec t;
	pin(0);
	for (int r = 0; r < rounds + 1; r++) {
		start();
		for (int i = 0; i < n; i++)
			syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t);
		if (r)
			stop();
	}
	report("clock_gettime_syscall", n, "call");
}
static void t_yield_alone(void)
{
	int n = N(20000);
	pin(0);
	for (int r = 0; r < rounds + 1; r++) {
		start();
		for (int i = 0; i < n; i++)
			sched_yield();
		if (r)
			stop();
	}
	report("sched_yield_alone", n, "call");
}
static void t_pipe_self(void)
{
	int n = N(10000), p[2];
	char c = 1;
	pin(0);
	if (pipe(p))
		die("pipe");
	for (int r = 0; r < rounds + 1; r++) {
		start();
		for (int i = 0; i < n; i++)
			if (write(p[1], &c, 1) != 1 || read(p[0], &c, 1) != 1)
				die("pipe_self");
		if (r)
			stop();
	}
	report("pipe_self_w1+r1", n, "pair");
}
static void t_pipe_self4k(void)
{
	int n = N(5000), p[2];
	static char b[4096];
	memset(b, 1, sizeof b);
	pin(0);
	if (pipe(p))
		die("pipe");
	for (int r = 0; r < rounds + 1; r++) {
		start();
		for (int i = 0; i < n; i++)
			if (write(p[1], b, 4096) != 4096 || read(p[0], b, 4096) != 4096)
				die("pipe_self4k");
		if (r)
			stop();
	}
	report("pipe_self_w4096+r4096", n, "pair");
}
static volatile int nsig;
static void onsig(int s)
{
	(void)s;
	nsig++;
}
static void t_signal(void)
{
	int n = N(5000);
	struct sigaction sa;
	memset(&sa, 0, sizeof sa);
	sa.sa_handler = onsig;
	pin(0);
	if (sigaction(SIGUSR1, &sa, NULL))
		die("sigaction");
	pid_t me = getpid();
	for (int r = 0; r < rounds + 1; r++) {
		nsig = 0;
		start();
		for (int i = 0; i < n; i++)
			kill(me, SIGUSR1);
		if (r)
			stop();
		if (nsig != n)
			die("signal count");
	}
	report("kill_self+handler", n, "signal");
}
static void t_mmap1(void)
{
	int n = N(3000);
	pin(0);
	for (int r = 0; r < rounds + 1; r++) {
		start();
		for (int i = 0; i < n; i++) {
			char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			if (p == MAP_FAILED)
				die("mmap");
			munmap(p, 4096);
		}
		if (r)
			stop();
	}
	report("mmap+munmap_4K_notouch", n, "pair");
}
static void t_mmap1t(void)
{
	int n = N(3000);
	pin(0);
	for (int r = 0; r < rounds + 1; r++) {
		start();
		for (int i = 0; i < n; i++) {
			volatile char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			if (p == MAP_FAILED)
				die("mmap");
			*p = 1;
			munmap((void *)p, 4096);
		}
		if (r)
			stop();
	}
	report("mmap+touch+munmap_4K", n, "trio");
}
#define TP 256
static void t_mmap256(void)
{
	int n = N(8);
	pin(0);
	for (int r = 0; r < rounds + 1; r++) {
		start();
		for (int i = 0; i < n; i++) {
			volatile char *p = mmap(NULL, TP * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			if (p == MAP_FAILED)
				die("mmap");
			for (int k = 0; k < TP; k++)
				p[k * 4096] = 1;
			munmap((void *)p, TP * 4096);
		}
		if (r)
			stop();
	}
	report("mmap+touch+munmap_1M/page", (long)n * TP, "page");
}
static void t_touch256(void)
{
	int n = N(8);
	pin(0);
	for (int r = 0; r < rounds + 1; r++) {
		uint64_t ns = 0, cy = 0;
		for (int i = 0; i < n; i++) {
			volatile char *p = mmap(NULL, TP * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			if (p == MAP_FAILED)
				die("mmap");
			p[0] = 1;
			uint64_t t0 = now_ns(), c0 = cyc();
			for (int k = 1; k < TP; k++)
				p[k * 4096] = 1;
			cy += cyc() - c0;
			ns += now_ns() - t0;
			munmap((void *)p, TP * 4096);
		}
		if (r && S.n < MAXR) {
			S.cy[S.n] = cy;
			S.ns[S.n++] = ns;
		}
	}
	report("anon_write_fault", (long)n * (TP - 1), "fault");
}
static void t_cow(void)
{
	int n = N(4);
	uint64_t *sh = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	volatile char *p = mmap(NULL, TP * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (sh == MAP_FAILED || p == MAP_FAILED)
		die("mmap");
	pin(0);
	for (int k = 0; k < TP; k++)
		p[k * 4096] = 1;
	for (int r = 0; r < rounds + 1; r++) {
		uint64_t ns = 0, cy = 0;
		for (int i = 0; i < n; i++) {
			pid_t c = fork();
			if (c < 0)
				die("fork");
			if (!c) {
				p[0] = 2;
				uint64_t t0 = now_ns(), c0 = cyc();
				for (int k = 1; k < TP; k++)
					p[k * 4096] = 2;
				sh[1] = cyc() - c0;
				sh[0] = now_ns() - t0;
				_exit(0);
			}
			waitpid(c, NULL, 0);
			ns += sh[0];
			cy += sh[1];
		}
		if (r && S.n < MAXR) {
			S.cy[S.n] = cy;
			S.ns[S.n++] = ns;
		}
	}
	report("cow_write_fault", (long)n * (TP - 1), "fault");
}

/* ---------- processes ---------- */
static void do_fork(const char *name, int n)
{
	pin(0);
	for (int r = 0; r < rounds + 1; r++) {
		start();
		for (int i = 0; i < n; i++) {
			pid_t c = fork();
			if (c < 0)
				die("fork");
			if (!c)
				_exit(0);
			if (waitpid(c, NULL, 0) != c)
				die("waitpid");
		}
		if (r)
			stop();
	}
	report(name, n, "proc");
}
static void t_fork(void)
{
	do_fork("fork+exit+wait", N(100));
}
static void t_fork4m(void)
{
	volatile char *p = mmap(NULL, 4 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		die("mmap");
	for (int k = 0; k < 4 << 20; k += 4096)
		p[k] = 1;
	do_fork("fork+exit+wait_4MiB_dirty", N(30));
}
static void do_exec(const char *name, const char *path, int n, int spawn)
{
	char *av[3] = { (char *)path, (char *)"--exit", NULL }, *ev[1] = { NULL };
	pin(0);
	for (int r = 0; r < rounds + 1; r++) {
		start();
		for (int i = 0; i < n; i++) {
			pid_t c;
			int st = 0;
			if (spawn) {
				if (posix_spawn(&c, path, NULL, NULL, av, ev))
					die("posix_spawn");
			} else {
				c = fork();
				if (c < 0)
					die("fork");
				if (!c) {
					execve(path, av, ev);
					_exit(127);
				}
			}
			if (waitpid(c, &st, 0) != c)
				die("waitpid");
			if (st)
				die("exec status");
		}
		if (r)
			stop();
	}
	report(name, n, "proc");
}
static int have_tiny(void)
{
	return access("/tiny", X_OK) == 0;
}
static void t_exec_tiny(void)
{
	if (have_tiny())
		do_exec("fork+exec(tiny)+wait", "/tiny", N(60), 0);
}
static void t_exec_self(void)
{
	do_exec("fork+exec(static-glibc)", self, N(60), 0);
}
static void t_spawn_tiny(void)
{
	if (have_tiny())
		do_exec("posix_spawn(tiny)+wait", "/tiny", N(60), 1);
}
static void *nop(void *a)
{
	return a;
}
static void t_pthread(void)
{
	int n = N(300);
	for (int r = 0; r < rounds + 1; r++) {
		start();
		for (int i = 0; i < n; i++) {
			pthread_t t;
			if (pthread_create(&t, NULL, nop, NULL))
				die("pthread_create");
			pthread_join(t, NULL);
		}
		if (r)
			stop();
	}
	report("pthread_create+join", n, "thread");
}
static void t_pthread1(void)
{
	int n = N(300);
	pin(0);
	for (int r = 0; r < rounds + 1; r++) {
		start();
		for (int i = 0; i < n; i++) {
			pthread_t t;
			if (pthread_create(&t, NULL, nop, NULL))
				die("pthread_create");
			pthread_join(t, NULL);
		}
		if (r)
			stop();
	}
	report("pthread_create+join_pinned", n, "thread");
}

/* ---------- two-party tests ---------- */
struct shm { _Atomic int turn; char pad[60]; _Atomic long yields; };
static void yield_pp(void)
{
	int n = N(4000), tot = n * (rounds + 1);
	struct shm *s = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s == MAP_FAILED)
		die("mmap shared");
	pin(0);
	pid_t c = fork();
	if (c < 0)
		die("fork");
	if (!c) {
		long y = 0;
		for (int i = 0; i < tot; i++) {
			while (s->turn != 1) {
				sched_yield();
				y++;
			}
			s->turn = 0;
		}
		s->yields += y;
		_exit(0);
	}
	long y = 0;
	for (int r = 0; r < rounds + 1; r++) {
		start();
		for (int i = 0; i < n; i++) {
			s->turn = 1;
			while (s->turn != 0) {
				sched_yield();
				y++;
			}
		}
		if (r)
			stop();
	}
	waitpid(c, NULL, 0);
	report("yield_switch_2proc_same", 2L * n, "switch");
	out("# yields per switch x1000: %ld\n", (y + s->yields) * 1000 / (2L * tot));
}
static void pipe_pp(const char *name, int a, int b)
{
	int n = N(2000), tot = n * (rounds + 1), p[2], q[2];
	char ch = 1;
	if (pipe(p) || pipe(q))
		die("pipe");
	pin(a);
	pid_t c = fork();
	if (c < 0)
		die("fork");
	if (!c) {
		pin(b);
		for (int i = 0; i < tot; i++)
			if (read(p[0], &ch, 1) != 1 || write(q[1], &ch, 1) != 1)
				_exit(1);
		_exit(0);
	}
	for (int r = 0; r < rounds + 1; r++) {
		start();
		for (int i = 0; i < n; i++)
			if (write(p[1], &ch, 1) != 1 || read(q[0], &ch, 1) != 1)
				die("pipe_pp");
		if (r)
			stop();
	}
	waitpid(c, NULL, 0);
	report(name, n, "rtrip");
}
static void t_pipe_same(void) { pipe_pp("pipe_pp_same_hart", 0, 0); }
static void t_pipe_diff(void) { if (ncpu > 1) pipe_pp("pipe_pp_diff_hart", 0, 1); }
static void t_pipe_free(void) { pipe_pp("pipe_pp_unpinned", -1, -1); }

static int futex(_Atomic int *w, int op, int v)
{
	return syscall(SYS_futex, w, op, v, NULL, NULL, 0);
}
static struct { _Atomic int turn; char pad[60]; int cpu, tot; } F;
static void *futex_peer(void *a)
{
	pin(F.cpu);
	for (int i = 0; i < F.tot; i++) {
		while (F.turn != 1)
			futex(&F.turn, FUTEX_WAIT_PRIVATE, 0);
		F.turn = 0;
		futex(&F.turn, FUTEX_WAKE_PRIVATE, 1);
	}
	return a;
}
static void futex_pp(const char *name, int a, int b)
{
	int n = N(2000);
	pthread_t t;
	F.cpu = b;
	F.tot = n * (rounds + 1);
	pin(a);
	if (pthread_create(&t, NULL, futex_peer, NULL))
		die("pthread_create");
	for (int r = 0; r < rounds + 1; r++) {
		start();
		for (int i = 0; i < n; i++) {
			F.turn = 1;
			futex(&F.turn, FUTEX_WAKE_PRIVATE, 1);
			while (F.turn != 0)
				futex(&F.turn, FUTEX_WAIT_PRIVATE, 1);
		}
		if (r)
			stop();
	}
	pthread_join(t, NULL);
	report(name, n, "rtrip");
}
static void t_futex_same(void) { futex_pp("futex_pp_same_hart", 0, 0); }
static void t_futex_diff(void) { if (ncpu > 1) futex_pp("futex_pp_diff_hart", 0, 1); }
static void t_futex_free(void) { futex_pp("futex_pp_unpinned", -1, -1); }
static void t_futex_wake_none(void)
{
	int n = N(20000);
	pin(0);
	for (int r = 0; r < rounds + 1; r++) {
		start();
		for (int i = 0; i < n; i++)
			futex(&F.turn, FUTEX_WAKE_PRIVATE, 1);
		if (r)
			stop();
	}
	report("futex_wake_nobody", n, "call");
}

/* ---------- sleep ---------- */
static void sleep_dist(const char *name, int load)
{
	int n = 200;
	static uint64_t v[200];
	pid_t c = 0;
	struct timespec t = { 0, 1000000 };
	pin(0);
	if (load) {
		c = fork();
		if (c < 0)
			die("fork");
		if (!c)
			for (;;)
				asm volatile("" ::: "memory");
	}
	nanosleep(&t, NULL);
	uint64_t sum = 0;
	for (int i = 0; i < n; i++) {
		uint64_t t0 = now_ns();
		nanosleep(&t, NULL);
		v[i] = now_ns() - t0 - 1000000;
		sum += v[i];
	}
	if (c) {
		kill(c, SIGKILL);
		waitpid(c, NULL, 0);
	}
	qsort(v, n, sizeof v[0], cmp64);
	out("L %-26s late-ns: min %ld p50 %ld p90 %ld p99 %ld max %ld mean %ld\n", name,
	    (long)v[0], (long)v[n / 2], (long)v[n * 9 / 10], (long)v[n * 99 / 100],
	    (long)v[n - 1], (long)(sum / n));
}
static void t_sleep_noslack(void)
{
	prctl(PR_SET_TIMERSLACK, 1); /* Linux default slack is 50 us; failure is fine */
	sleep_dist("nanosleep_1ms_idle_slack1", 0);
}
static void t_sleep(void) { sleep_dist("nanosleep_1ms_idle", 0); }
static void t_sleep_load(void) { sleep_dist("nanosleep_1ms_with_spinner", 1); }

/* ---------- hackbench ---------- */
#define HBF 20
#define HBSZ 100
struct hbs { int outfd[HBF]; int ready, wake; };
struct hbr { int infd, n, ready, wake; };
static void hb_ready(int ready, int wake)
{
	char c = 1;
	if (write(ready, &c, 1) != 1)
		die("hb ready");
	if (read(wake, &c, 1) != 1)
		die("hb wake");
}
static void *hb_send(void *a)
{
	struct hbs *s = a;
	char d[HBSZ];
	memset(d, '-', sizeof d);
	hb_ready(s->ready, s->wake);
	for (int i = 0; i < hbloops; i++)
		for (int j = 0; j < HBF; j++) {
			int done = 0;
			while (done < HBSZ) {
				ssize_t r = write(s->outfd[j], d + done, HBSZ - done);
				if (r < 0)
					die("hb write");
				done += r;
			}
		}
	return NULL;
}
static void *hb_recv(void *a)
{
	struct hbr *s = a;
	char d[HBSZ];
	hb_ready(s->ready, s->wake);
	for (int i = 0; i < s->n; i++) {
		int done = 0;
		while (done < HBSZ) {
			ssize_t r = read(s->infd, d + done, HBSZ - done);
			if (r <= 0)
				die("hb read");
			done += r;
		}
	}
	return NULL;
}
static void hackbench(const char *name, int threads, int sock)
{
	int hr = rounds < 3 ? rounds : 3;
	long msgs = (long)hbgroups * HBF * HBF * hbloops;
	for (int r = 0; r < hr; r++) {
		int rd[2], wk[2], total = hbgroups * HBF * 2, k = 0;
		pid_t *pids = calloc(total, sizeof *pids);
		pthread_t *th = calloc(total, sizeof *th);
		struct hbs *ss = calloc(hbgroups, sizeof *ss);
		struct hbr *rr = calloc(hbgroups * HBF, sizeof *rr);
		pthread_attr_t at;
		pthread_attr_init(&at);
		pthread_attr_setstacksize(&at, 65536);
		if (pipe(rd) || pipe(wk))
			die("pipe");
		for (int g = 0; g < hbgroups; g++) {
			struct hbs *s = &ss[g];
			s->ready = rd[1];
			s->wake = wk[0];
			for (int i = 0; i < HBF; i++) {
				int p[2];
				if (sock ? socketpair(AF_UNIX, SOCK_STREAM, 0, p) : pipe(p))
					die("hb pipe/socketpair");
				struct hbr *v = &rr[g * HBF + i];
				v->infd = p[0];
				v->n = HBF * hbloops;
				v->ready = rd[1];
				v->wake = wk[0];
				s->outfd[i] = p[1];
				if (threads) {
					if (pthread_create(&th[k++], &at, hb_recv, v))
						die("hb pthread_create");
				} else {
					pid_t c = fork();
					if (c < 0)
						die("hb fork");
					if (!c) {
						for (int j = 0; j <= i; j++)
							close(s->outfd[j]);
						hb_recv(v);
						_exit(0);
					}
					pids[k++] = c;
				}
			}
			for (int i = 0; i < HBF; i++) {
				if (threads) {
					if (pthread_create(&th[k++], &at, hb_send, s))
						die("hb pthread_create");
				} else {
					pid_t c = fork();
					if (c < 0)
						die("hb fork");
					if (!c) {
						hb_send(s);
						_exit(0);
					}
					pids[k++] = c;
				}
			}
			if (!threads)
				for (int i = 0; i < HBF; i++) {
					close(s->outfd[i]);
					close(rr[g * HBF + i].infd);
				}
		}
		char b[64];
		memset(b, 1, sizeof b);
		for (int i = 0; i < total; i++)
			if (read(rd[0], b, 1) != 1)
				die("hb ready read");
		start();
		for (int i = 0; i < total;) {
			int m = total - i > 64 ? 64 : total - i;
			ssize_t w = write(wk[1], b, m);
			if (w <= 0)
				die("hb wake write");
			i += w;
		}
		for (int i = 0; i < total; i++) {
			if (threads)
				pthread_join(th[i], NULL);
			else {
				int st;
				if (waitpid(pids[i], &st, 0) != pids[i] || st)
					die("hb child");
			}
		}
		stop();
		if (threads)
			for (int g = 0; g < hbgroups; g++)
				for (int i = 0; i < HBF; i++) {
					close(ss[g].outfd[i]);
					close(rr[g * HBF + i].infd);
				}
		close(rd[0]);
		close(rd[1]);
		close(wk[0]);
		close(wk[1]);
		free(pids);
		free(th);
		free(ss);
		free(rr);
	}
	uint64_t best = S.ns[0], bc = S.cy[0];
	for (int i = 1; i < S.n; i++) {
		if (S.ns[i] < best)
			best = S.ns[i];
		if (S.cy[i] < bc)
			bc = S.cy[i];
	}
	report(name, msgs, "msg");
	out("# %s total best: %ld us, %ld kcyc, %d group(s) x %d loops\n", name, (long)(best / 1000),
	    (long)(bc / 1000), hbgroups, hbloops);
}
static void t_hb_pp(void) { hackbench("hackbench_process_pipe", 0, 0); }
static void t_hb_tp(void) { hackbench("hackbench_thread_pipe", 1, 0); }
static void t_hb_ps(void) { hackbench("hackbench_process_sock", 0, 1); }

/* ---------- probes ---------- */
static int probe(int which)
{
	int st = -1;
	pid_t c = fork();
	if (!c) {
		uint64_t v;
		if (which == 0)
			asm volatile("rdcycle %0" : "=r"(v));
		else if (which == 1)
			asm volatile("rdtime %0" : "=r"(v));
		else
			asm volatile("rdinstret %0" : "=r"(v));
		_exit(0);
	}
	if (c < 0 || waitpid(c, &st, 0) != c)
		return 0;
	return st == 0;
}
static const struct { const char *name; void (*fn)(void); } T[] = {
	{ "getppid", t_getppid },
	{ "clock_libc", t_clock_libc },
	{ "clock_sys", t_clock_sys },
	{ "yield_alone", t_yield_alone },
	{ "futex_wake_none", t_futex_wake_none },
	{ "pipe_self", t_pipe_self },
	{ "pipe_self4k", t_pipe_self4k },
	{ "signal", t_signal },
	{ "yield_pp", yield_pp },
	{ "pipe_same", t_pipe_same },
	{ "pipe_diff", t_pipe_diff },
	{ "pipe_free", t_pipe_free },
	{ "futex_same", t_futex_same },
	{ "futex_diff", t_futex_diff },
	{ "futex_free", t_futex_free },
	{ "pthread", t_pthread },
	{ "pthread_pinned", t_pthread1 },
	{ "fork", t_fork },
	{ "fork4m", t_fork4m },
	{ "exec_tiny", t_exec_tiny },
	{ "exec_self", t_exec_self },
	{ "spawn_tiny", t_spawn_tiny },
	{ "mmap1", t_mmap1 },
	{ "mmap1t", t_mmap1t },
	{ "mmap256", t_mmap256 },
	{ "touch256", t_touch256 },
	{ "cow", t_cow },
	{ "sleep", t_sleep },
	{ "sleep_noslack", t_sleep_noslack },
	{ "sleep_load", t_sleep_load },
	{ "hb_process_pipe", t_hb_pp },
	{ "hb_thread_pipe", t_hb_tp },
	{ "hb_process_sock", t_hb_ps },
};
static void meminfo(const char *when)
{
	struct sysinfo si;
	memset(&si, 0, sizeof si);
	if (sysinfo(&si)) {
		out("# sysinfo errno=%d\n", errno);
		return;
	}
	uint64_t u = si.mem_unit ? si.mem_unit : 1;
	out("MEM %s total_kB %ld free_kB %ld used_kB %ld procs %d\n", when, (long)(si.totalram * u >> 10),
	    (long)(si.freeram * u >> 10), (long)((si.totalram - si.freeram) * u >> 10), (int)si.procs);
}
int main(int ac, char **av)
{
	uint64_t t0 = now_ns();
	int poweroff = 1;
	if (ac > 1 && !strcmp(av[1], "--exit"))
		return 0;
	if (ac > 0 && av[0][0] == '/')
		self = av[0];
	if (getpid() == 1) /* make sure 0,1,2 exist */
		out("KBENCH-START\n");
	cpu_set_t cs;
	CPU_ZERO(&cs);
	if (sched_getaffinity(0, sizeof cs, &cs) == 0)
		ncpu = CPU_COUNT(&cs);
	for (int i = 1; i < ac; i++) {
		if (!strncmp(av[i], "only=", 5) && nonly < 8)
			only[nonly++] = av[i] + 5;
		else if (!strncmp(av[i], "skip=", 5) && nskip < 8)
			skipv[nskip++] = av[i] + 5;
		else if (!strncmp(av[i], "rounds=", 7))
			rounds = atoi(av[i] + 7);
		else if (!strncmp(av[i], "scale=", 6))
			scale = atoi(av[i] + 6);
		else if (!strncmp(av[i], "ncpu=", 5))
			ncpu = atoi(av[i] + 5);
		else if (!strncmp(av[i], "hbloops=", 8))
			hbloops = atoi(av[i] + 8);
		else if (!strncmp(av[i], "hbgroups=", 9))
			hbgroups = atoi(av[i] + 9);
		else if (!strcmp(av[i], "nopoweroff"))
			poweroff = 0;
	}
	if (rounds > MAXR)
		rounds = MAXR;
	meminfo("boot");
	have_cyc = probe(0);
	have_time = probe(1);
	int have_instret = probe(2);
	uint64_t tm = 0, c = 0, t1 = now_ns();
	if (have_time)
		asm volatile("rdtime %0" : "=r"(tm));
	c = cyc();
	struct utsname u;
	memset(&u, 0, sizeof u);
	uname(&u);
	out("# %s %s %s %s ncpu %d cycle-csr %d time-csr %d instret-csr %d rounds %d scale %d\n", u.sysname,
	    u.release, u.version, u.machine, ncpu, have_cyc, have_time, have_instret, rounds, scale);
	/* time CSR (10 MHz on QEMU virt, from reset) and cycle CSR, both taken back to main() entry */
	out("BOOT main() at: time_csr %ld us, cycle_csr %ld (icount: insns+idle ns), CLOCK_MONOTONIC %ld us\n",
	    (long)(tm / 10 - (t1 - t0) / 1000), have_cyc ? (long)(c - (t1 - t0)) : -1L, (long)(t0 / 1000));
	for (unsigned i = 0; i < sizeof T / sizeof T[0]; i++) {
		int run = nonly == 0;
		for (int k = 0; k < nonly; k++)
			if (strstr(T[i].name, only[k]))
				run = 1;
		for (int k = 0; k < nskip; k++)
			if (strstr(T[i].name, skipv[k]))
				run = 0;
		if (!run)
			continue;
		settle();
		int st = 0;
		pid_t p = fork();
		if (p < 0) {
			out("X fork for %s errno=%d\n", T[i].name, errno);
			continue;
		}
		if (!p) {
			T[i].fn();
			_exit(0);
		}
		waitpid(p, &st, 0);
		if (st)
			out("X %s status 0x%x\n", T[i].name, st);
	}
	settle();
	meminfo("end");
	out("KBENCH-DONE\n");
	settle();
	if (getpid() == 1 && poweroff) {
		sync();
		reboot(RB_POWER_OFF);
	}
	return 0;
}
