// SPDX-License-Identifier: MIT
// user/sh/edit.c - a line from a terminal, with keys to edit it and to call back earlier ones.
//
// The terminal is raw only while a line is edited, so that the commands find it as it was. Of a
// line that is wider than the screen the part around the cursor is shown.
#include "user/sh/edit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "user/lib/copy.h"
#include "user/sh/history.h"

enum { LINE_BYTES = 4096, CONTROL = 0x1f };

struct editor {
    const char *prompt;
    char line[LINE_BYTES];
    size_t length;
    size_t cursor;
    unsigned back;          // which line of the history is shown; 0: the one that is being typed
    char typed[LINE_BYTES]; // that one, while another is shown
};

enum key {
    KEY_LEFT = 256,
    KEY_RIGHT,
    KEY_UP,
    KEY_DOWN,
    KEY_HOME,
    KEY_END,
    KEY_DELETE,
    KEY_NONE,
    KEY_EOF,
};

// ---- Keys --------------------------------------------------------------------------------------

static int read_byte(void)
{
    unsigned char byte;
    ssize_t count;
    do {
        count = read(STDIN_FILENO, &byte, 1);
    } while (count < 0 && errno == EINTR);
    return count == 1 ? byte : KEY_EOF;
}

// After an escape: [ or O, perhaps a number, and a letter or ~, which KEY_EOF is greater than.
static int read_escape(void)
{
    static const struct {
        const char *text;
        enum key key;
    } keys[] = {
        {"A", KEY_UP},      {"B", KEY_DOWN},  {"C", KEY_RIGHT}, {"D", KEY_LEFT},
        {"H", KEY_HOME},    {"F", KEY_END},   {"1~", KEY_HOME}, {"4~", KEY_END},
        {"3~", KEY_DELETE}, {"7~", KEY_HOME}, {"8~", KEY_END},
    };
    char text[8] = "";
    int byte = read_byte();
    if (byte != '[' && byte != 'O') {
        return KEY_NONE;
    }
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        byte = read_byte();
        text[i] = (char)byte;
        if (byte >= '@') {
            break;
        }
    }
    for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (strcmp(keys[i].text, text) == 0) {
            return keys[i].key;
        }
    }
    return KEY_NONE;
}

static int read_key(void)
{
    static const struct {
        char letter;
        enum key key;
    } controls[] = {{'A', KEY_HOME},  {'B', KEY_LEFT}, {'E', KEY_END},
                    {'F', KEY_RIGHT}, {'N', KEY_DOWN}, {'P', KEY_UP}};
    int byte = read_byte();
    if (byte == 0x1b) {
        return read_escape();
    }
    for (unsigned i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
        if (byte == (controls[i].letter & CONTROL)) {
            return controls[i].key;
        }
    }
    return byte;
}

// ---- The screen --------------------------------------------------------------------------------

static size_t screen_columns(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20 ? size.ws_col : 80;
}

static void show(const struct editor *editor)
{
    char text[2 * LINE_BYTES];
    size_t room = screen_columns() - strlen(editor->prompt) - 1;
    size_t first = editor->cursor > room ? editor->cursor - room : 0;
    size_t shown = editor->length - first < room ? editor->length - first : room;
    int length =
        snprintf(text, sizeof(text), "\r%s%.*s\033[K\r\033[%zuC", editor->prompt, (int)shown,
                 editor->line + first, strlen(editor->prompt) + editor->cursor - first);
    write_all(STDERR_FILENO, text, (size_t)length);
}

// ---- Editing -----------------------------------------------------------------------------------

static void insert(struct editor *editor, char character)
{
    // Room for the newline and the zero byte.
    if (editor->length + 2 < LINE_BYTES) {
        memmove(editor->line + editor->cursor + 1, editor->line + editor->cursor,
                editor->length - editor->cursor);
        editor->line[editor->cursor++] = character;
        editor->length++;
    }
}

// Take away what stands from `from` to `to`.
static void erase(struct editor *editor, size_t from, size_t to)
{
    memmove(editor->line + from, editor->line + to, editor->length - to);
    editor->length -= to - from;
    editor->cursor = from;
}

static size_t word_start(const struct editor *editor)
{
    size_t at = editor->cursor;
    while (at > 0 && editor->line[at - 1] == ' ') {
        at--;
    }
    while (at > 0 && editor->line[at - 1] != ' ') {
        at--;
    }
    return at;
}

static void show_history(struct editor *editor, unsigned back)
{
    const char *line = back == 0 ? editor->typed : history_line(back);
    if (line == NULL) {
        return;
    }
    if (editor->back == 0) {
        editor->line[editor->length] = '\0';
        strcpy(editor->typed, editor->line);
    }
    editor->back = back;
    editor->length = strlen(line) < LINE_BYTES - 2 ? strlen(line) : LINE_BYTES - 2;
    memmove(editor->line, line, editor->length);
    editor->cursor = editor->length;
}

static void move(struct editor *editor, int key)
{
    switch (key) {
    case KEY_LEFT:
        editor->cursor -= editor->cursor > 0;
        break;
    case KEY_RIGHT:
        editor->cursor += editor->cursor < editor->length;
        break;
    case KEY_HOME:
        editor->cursor = 0;
        break;
    case KEY_END:
        editor->cursor = editor->length;
        break;
    case KEY_UP:
        show_history(editor, editor->back + 1);
        break;
    default:
        if (editor->back > 0) {
            show_history(editor, editor->back - 1);
        }
    }
}

static void handle(struct editor *editor, int key)
{
    switch (key) {
    case KEY_DELETE:
    case 'D' & CONTROL:
        erase(editor, editor->cursor, editor->cursor + (editor->cursor < editor->length));
        break;
    case 'H' & CONTROL:
    case 0x7f:
        erase(editor, editor->cursor - (editor->cursor > 0), editor->cursor);
        break;
    case 'K' & CONTROL:
        editor->length = editor->cursor;
        break;
    case 'U' & CONTROL:
        erase(editor, 0, editor->cursor);
        break;
    case 'W' & CONTROL:
        erase(editor, word_start(editor), editor->cursor);
        break;
    case 'L' & CONTROL:
        write_all(STDERR_FILENO, "\033[H\033[J", 6);
        break;
    default:
        if (key >= KEY_LEFT && key <= KEY_END) {
            move(editor, key);
        } else if (key >= ' ' && key < 256) {
            insert(editor, (char)key);
        }
    }
}

// Returns: whether there is a line; false at the end of the input.
static bool edit(struct editor *editor)
{
    for (;;) {
        show(editor);
        int key = read_key();
        if (key == KEY_EOF || (key == ('D' & CONTROL) && editor->length == 0)) {
            return false;
        }
        if (key == ('C' & CONTROL)) {
            editor->length = 0;
            return true;
        }
        if (key == '\r' || key == '\n') {
            editor->line[editor->length] = '\0';
            history_add(editor->line);
            editor->line[editor->length++] = '\n';
            return true;
        }
        handle(editor, key);
    }
}

static char *edit_at_terminal(const char *prompt, const struct termios *saved)
{
    struct editor editor = {.prompt = prompt};
    struct termios raw = *saved;
    raw.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    bool has_line = edit(&editor);
    tcsetattr(STDIN_FILENO, TCSADRAIN, saved);
    write_all(STDERR_FILENO, "\r\n", 2);
    return has_line ? strndup(editor.line, editor.length) : NULL;
}

char *edit_line(const char *prompt)
{
    struct termios saved;
    if (tcgetattr(STDIN_FILENO, &saved) == 0) {
        return edit_at_terminal(prompt, &saved);
    }
    char *line = NULL;
    size_t size;
    write_all(STDERR_FILENO, prompt, strlen(prompt));
    if (getline(&line, &size, stdin) < 0) {
        free(line);
        return NULL;
    }
    return line;
}
