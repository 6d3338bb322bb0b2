// SPDX-License-Identifier: MIT
// user/test/utest.h - tests of what Linux programs ask of a kernel: what the tests share.
//
// A test is a function void test_GROUP_NAME(void), and a line in tests.def. It runs in a process of
// its own, and has passed when it returns; what it leaves running in its process group is killed.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

// The longest that a test may take, in seconds times the scale. It is for what hangs: on a busy
// host the longest takes two minutes.
enum { TEST_LIMIT_S = 600 };

#define TEST(group, name) void test_##group##_##name(void);
#include "user/test/tests.def"
#undef TEST

// End the test, which has failed unless `holds`. In a child: end that, with status 1.
void check_at(bool holds, const char *text, const char *file, int line);
#define CHECK(holds) check_at((holds), #holds, __FILE__, __LINE__)

// The same for two numbers that should be equal; prints both if they are not.
void check_equal_at(long is, long should, const char *text, const char *file, int line);
#define CHECK_EQUAL(is, should) check_equal_at((long)(is), (long)(should), #is, __FILE__, __LINE__)

// A call that should fail with this errno.
void check_error_at(long result, int error, const char *text, const char *file, int line);
#define CHECK_ERROR(call, error) check_error_at((long)(call), (error), #call, __FILE__, __LINE__)

// End the test: it does not apply here, for this reason.
_Noreturn void skip(const char *why);

// Is this program run by an emulator of user programs, as $UTEST_RUNNER says? It has its limits.
bool is_emulated(void);
void skip_if_emulated(const char *why);

// For what would change the whole machine, or depends on who runs it.
void skip_unless_hartbeat(const char *why);

// Fork a child that runs `body` and exits with 0. Returns: its id.
pid_t fork_child(void (*body)(void));

// Run `body` in a child. Returns: its status as of wait(2).
int run_child(void (*body)(void));

// Wait for a child. Returns: its exit status, or minus the signal it died of.
int wait_child(pid_t pid);

// Run `body` in a child, which should die of this signal; of another one or not at all: fail.
void check_dies_at(void (*body)(void), int signal, const char *text, const char *file, int line);
#define CHECK_DIES(body, signal) check_dies_at((body), (signal), #body, __FILE__, __LINE__)

// Execute this program again, in this process, as `utest --as ROLE ARGUMENT...`; see roles.c.
_Noreturn void exec_role(char *const *arguments);

// Play a role after that. Returns: the exit status.
int role_main(int argc, char **argv);

// How many times a storm does what it does: `count`, times -s of the command line.
unsigned scaled(unsigned count);

void sleep_ms(unsigned ms);

// Wait for signals until one ends the process.
_Noreturn void pause_for_ever(void);

// Wait up to ten seconds until `*word` is at least `value`.
void await(const _Atomic unsigned *word, unsigned value);
#define AWAIT(word, value) await(&(word), (value))

// Zeroed memory that forked children share.
void *shared_memory(size_t bytes);

// The next of a sequence of numbers that looks random.
uint32_t next_random(uint32_t *state);

// A new thread, and its end, which must both work.
void start_thread(unsigned long *thread, void *(*body)(void *), void *argument);
void *join_thread(unsigned long thread);

// So many of them at once; `body` gets its number, and returns NULL. run_threads() waits for the
// end of at most 16.
void start_threads(unsigned long *threads, unsigned count, void *(*body)(void *));
void join_threads(const unsigned long *threads, unsigned count);
void run_threads(unsigned count, void *(*body)(void *));
