// SPDX-License-Identifier: MIT
// user/sh/edit.c - a line from a terminal, with keys to edit it and to call back earlier ones.
//
// The terminal is raw only while a line is edited, so that the commands find it as it was. Of a
// line that is wider than the screen the part around the cursor is shown.
#include "user/sh/edit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "user/lib/columns.h"
#include "user/lib/copy.h"
#include "user/sh/arena.h"
#include "user/sh/complete.h"
#include "user/sh/history.h"
#include "user/sh/keys.h"

enum { LINE_BYTES = 4096 };

struct editor {
    const char *prompt;
    char line[LINE_BYTES];
    size_t length;
    size_t cursor;
    unsigned back;          // which line of the history is shown; 0: the one that is being typed
    char typed[LINE_BYTES]; // that one, while another is shown
};

// ---- The screen --------------------------------------------------------------------------------

// How many columns there are for the line.
static size_t room_of(const struct editor *editor)
{
    return columns_of_screen(STDERR_FILENO) - strlen(editor->prompt) - 1;
}

static void show(const struct editor *editor)
{
    char text[2 * LINE_BYTES];
    size_t room = room_of(editor);
    size_t first = editor->cursor > room ? editor->cursor - room : 0;
    size_t shown = editor->length - first < room ? editor->length - first : room;
    int length =
        snprintf(text, sizeof(text), "\r%s%.*s\033[K\r\033[%zuC", editor->prompt, (int)shown,
                 editor->line + first, strlen(editor->prompt) + editor->cursor - first);
    write_all(STDERR_FILENO, text, (size_t)length);
}

// After a key that was inserted: at the end of a line that fits, it is all that has to be written.
static void show_inserted(const struct editor *editor)
{
    if (editor->cursor == editor->length && editor->length <= room_of(editor)) {
        write_all(STDERR_FILENO, editor->line + editor->cursor - 1, 1);
    } else {
        show(editor);
    }
}

// ---- Editing -----------------------------------------------------------------------------------

// Returns: whether there was room for it, the newline and the zero byte.
static bool insert(struct editor *editor, char character)
{
    if (editor->length + 2 >= LINE_BYTES) {
        return false;
    }
    memmove(editor->line + editor->cursor + 1, editor->line + editor->cursor,
            editor->length - editor->cursor);
    editor->line[editor->cursor++] = character;
    editor->length++;
    return true;
}

// What a word may become: as far as all that it may become agree, or a list of them.
static void complete(struct editor *editor)
{
    struct arena_mark mark = arena_mark();
    editor->line[editor->length] = '\0';
    struct completions found = complete_word(editor->line, editor->cursor);
    const char *more = found.more;
    if (found.count > 1 && *more == '\0') {
        write_all(STDERR_FILENO, "\r\n", 2);
        columns_print(stderr, found.names, found.count, columns_of_screen(STDERR_FILENO));
    }
    while (*more != '\0' && insert(editor, *more)) {
        more++;
    }
    arena_release(mark);
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
    case CONTROL('D'):
        erase(editor, editor->cursor, editor->cursor + (editor->cursor < editor->length));
        break;
    case CONTROL('H'):
    case 0x7f:
        erase(editor, editor->cursor - (editor->cursor > 0), editor->cursor);
        break;
    case CONTROL('K'):
        editor->length = editor->cursor;
        break;
    case CONTROL('U'):
        erase(editor, 0, editor->cursor);
        break;
    case CONTROL('W'):
        erase(editor, word_start(editor), editor->cursor);
        break;
    case '\t':
        complete(editor);
        break;
    case CONTROL('L'):
        write_all(STDERR_FILENO, "\033[H\033[J", 6);
        break;
    default:
        if (key >= KEY_LEFT && key <= KEY_END) {
            move(editor, key);
        }
    }
}

// Do what the key does, and show it.
static void press(struct editor *editor, int key)
{
    bool is_character = key >= ' ' && key < 256 && key != 0x7f;
    if (!is_character) {
        handle(editor, key);
        show(editor);
    } else if (insert(editor, (char)key)) {
        show_inserted(editor);
    }
}

// Returns: whether there is a line; false at the end of the input.
static bool edit(struct editor *editor)
{
    show(editor);
    for (;;) {
        int key = keys_read();
        if (key == KEY_EOF || (key == CONTROL('D') && editor->length == 0)) {
            return false;
        }
        if (key == CONTROL('C')) {
            editor->length = 0;
            return true;
        }
        if (key == '\r' || key == '\n') {
            editor->line[editor->length] = '\0';
            history_add(editor->line);
            editor->line[editor->length++] = '\n';
            return true;
        }
        press(editor, key);
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
