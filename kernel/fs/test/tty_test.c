// SPDX-License-Identifier: MIT
// kernel/fs/test/tty_test.c - a terminal: what is typed, what is shown, and what is read.
#include "kernel/abi/errno.h"
#include "kernel/base/compiler.h"
#include "kernel/base/string.h"
#include "kernel/fs/tty.h"
#include "kernel/fs/uio.h"
#include "kernel/ktest_support.h"

enum { SHOWN_BYTES = 256 };

static struct tty tty; // one test runs at a time
static char shown[SHOWN_BYTES];
static size_t shown_bytes;

static void show(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes && shown_bytes + 1 < SHOWN_BYTES; i++) {
        shown[shown_bytes++] = text[i];
    }
    shown[shown_bytes] = '\0';
}

static void start(void)
{
    tty_init(&tty, show);
    shown_bytes = 0;
    shown[0] = '\0';
}

static void type(const char *keys)
{
    for (; *keys != '\0'; keys++) {
        tty_input(&tty, (uint8_t)*keys);
    }
}

static long read_into(char *buffer, size_t bytes)
{
    struct uio uio;

    uio_init_kernel(&uio, buffer, bytes);
    return tty_read(&tty, &uio, true);
}

// Is what can be read now `text`, in one read()?
static bool reads(const char *text)
{
    char buffer[64];
    long n = read_into(buffer, sizeof(buffer));

    return n == (long)strlen(text) && memcmp(buffer, text, (size_t)n) == 0;
}

KTEST(tty_lines, "lines are edited before they are read: erase, kill, words, literal keys")
{
    static const struct {
        const char *keys;
        const char *line;
        const char *shown;
    } cases[] = {
        {"abc\r", "abc\n", "abc\r\n"},
        {"abx\x7f"
         "c\r",
         "abc\n", "abx\b \bc\r\n"},
        {"\x7f"
         "a\r",
         "a\n", "a\r\n"},
        {"abc\x15"
         "d\r",
         "d\n", "abc\b \b\b \b\b \bd\r\n"},
        {"a bc \x17"
         "d\r",
         "a d\n", "a bc \b \b\b \b\b \bd\r\n"},
        {"a\x01\x7f"
         "b\r",
         "ab\n", "a^A\b \b\b \bb\r\n"},
        {"\x16\x03z\r", "\x03z\n", "^Cz\r\n"},
        {"a\tb\x7f\x7f"
         "c\r",
         "ac\n", "a\tb\b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \bc\r\n"},
        {"ab\x12"
         "c\r",
         "abc\n", "ab\r\nabc\r\n"},
        {"ab\x04", "ab", "ab"},
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        start();
        type(cases[i].keys);
        KT_CHECK(reads(cases[i].line));
        KT_CHECK(strcmp(shown, cases[i].shown) == 0);
    }
}

KTEST(tty_reads, "a read gives one line, or part of it; Ctrl-D alone is the end of the file")
{
    char buffer[2];

    start();
    KT_CHECK(read_into(buffer, 2) == -EAGAIN);
    type("abc");
    KT_CHECK(read_into(buffer, 2) == -EAGAIN); // the line is not over
    type("\rde\r\x04");
    KT_CHECK(read_into(buffer, 2) == 2 && memcmp(buffer, "ab", 2) == 0);
    KT_CHECK(reads("c\n") && reads("de\n") && reads(""));
    KT_CHECK(read_into(buffer, 2) == -EAGAIN);
    type("xy\x04");
    KT_CHECK(read_into(buffer, 2) == 2);
    KT_CHECK(read_into(buffer, 2) == -EAGAIN); // the end of the line has gone with it
}

KTEST(tty_interrupt, "Ctrl-C drops the line, and is shown")
{
    start();
    type("abc\x03"
         "d\r");
    KT_CHECK(reads("d\n"));
    KT_CHECK(strcmp(shown, "abc^Cd\r\n") == 0);
}

KTEST(tty_full, "a line that is too long can still be ended")
{
    static char buffer[TTY_INPUT_MAX];

    start();
    for (unsigned i = 0; i < 2 * TTY_INPUT_MAX; i++) {
        type("x");
    }
    type("\r");
    long n = read_into(buffer, sizeof(buffer));

    KT_CHECK(n > TTY_INPUT_MAX - 4 && buffer[n - 1] == '\n');
}

// Settings as cfmakeraw() makes them.
static void make_raw(uint8_t min, uint8_t time)
{
    struct ktermios raw = tty.termios;

    raw.iflag = 0;
    raw.oflag = 0;
    raw.lflag = 0;
    raw.cc[VMIN] = min;
    raw.cc[VTIME] = time;
    tty_set_termios(&tty, &raw, false);
}

KTEST(tty_raw, "raw: each byte as it is, unseen; a line that was begun can be read")
{
    start();
    type("ab");
    make_raw(1, 0);
    KT_CHECK(reads("ab"));
    type("\r\x03\x7f");
    KT_CHECK(reads("\r\x03\x7f"));
    KT_CHECK(strcmp(shown, "ab") == 0);
    struct uio uio;

    uio_init_kernel(&uio, "a\nb", 3);
    shown_bytes = 0;
    KT_CHECK(tty_write(&tty, &uio) == 3 && strcmp(shown, "a\nb") == 0);
}

KTEST(tty_vmin_vtime, "VMIN and VTIME: how many bytes a read waits for, and how long")
{
    char buffer[4];
    struct uio uio;

    start();
    make_raw(0, 0);
    KT_CHECK(read_into(buffer, 4) == 0); // nothing is there: nothing is read
    make_raw(0, 1);
    uint64_t before = time_now_ns();

    uio_init_kernel(&uio, buffer, 4);
    KT_CHECK(tty_read(&tty, &uio, false) == 0);
    KT_CHECK(time_now_ns() - before >= 100 * TEST_MS);
    make_raw(3, 1);
    type("ab");
    uio_init_kernel(&uio, buffer, 4);
    KT_CHECK(tty_read(&tty, &uio, false) == 2); // no third came in time
    type("abc");
    KT_CHECK(read_into(buffer, 4) == 3);
}

static int read_line(void *unused)
{
    char buffer[8];
    struct uio uio;

    (void)unused;
    uio_init_kernel(&uio, buffer, sizeof(buffer));
    return (int)tty_read(&tty, &uio, false);
}

KTEST(tty_wakes, "a thread that waits for a line is woken by its end, not before")
{
    start();
    tid_t reader = test_spawn(read_line, NULL);

    test_await_status(reader, THREAD_SLEEPING);
    type("ab");
    KT_CHECK(test_info(reader).status == THREAD_SLEEPING);
    type("\r");
    test_join(reader, 3);
}
