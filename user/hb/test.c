// SPDX-License-Identifier: MIT
// user/hb/test.c - questions about files, texts and numbers: test and [.
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"
#include "user/lib/number.h"

// What is left of the expression.
struct expression {
    char **next;
    char **end;
    bool wrong;
};

static bool either(struct expression *expression);

static bool is_mode(const char *path, mode_t mode)
{
    struct stat status;
    int found = mode == S_IFLNK ? lstat(path, &status) : stat(path, &status);
    return found == 0 && (status.st_mode & S_IFMT) == mode;
}

static bool has_size(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && status.st_size > 0;
}

static bool is_terminal(const char *text)
{
    long fd;
    return number_read(text, 0, INT_MAX, &fd) && isatty((int)fd);
}

// Answer `-letter text`. Returns: 1, 0; -1 if there is no such question.
static int unary(char letter, const char *text)
{
    switch (letter) {
    case 'n':
        return *text != '\0';
    case 'z':
        return *text == '\0';
    case 'e':
        return access(text, F_OK) == 0;
    case 'r':
        return access(text, R_OK) == 0;
    case 'w':
        return access(text, W_OK) == 0;
    case 'x':
        return access(text, X_OK) == 0;
    case 's':
        return has_size(text);
    case 't':
        return is_terminal(text);
    default:
        break;
    }
    static const char letters[] = "fdcbpLhS";
    static const mode_t modes[] = {S_IFREG, S_IFDIR, S_IFCHR, S_IFBLK,
                                   S_IFIFO, S_IFLNK, S_IFLNK, S_IFSOCK};
    const char *found = strchr(letters, letter);
    return found != NULL ? is_mode(text, modes[found - letters]) : -1;
}

static bool compare(struct expression *expression, const char *left, int which, const char *right)
{
    long a;
    long b;
    if (!number_read(left, LONG_MIN, LONG_MAX, &a) || !number_read(right, LONG_MIN, LONG_MAX, &b)) {
        expression->wrong = true;
        complain("%s and %s are not both numbers", left, right);
        return false;
    }
    const bool answers[] = {a == b, a != b, a<b, a <= b, a> b, a >= b};
    return answers[which];
}

// Returns: the index of a comparison, -1 if the word is none.
static int comparison(const char *word)
{
    static const char *const names[] = {"-eq", "-ne", "-lt", "-le", "-gt", "-ge"};
    for (int i = 0; i < 6; i++) {
        if (strcmp(word, names[i]) == 0) {
            return i;
        }
    }
    return -1;
}

// Answer `left word right`. Returns: whether there is such a question.
static bool binary(struct expression *expression, bool *answer)
{
    if (expression->end - expression->next < 3) {
        return false;
    }
    const char *left = expression->next[0];
    const char *word = expression->next[1];
    const char *right = expression->next[2];
    int which = comparison(word);
    if (which >= 0) {
        *answer = compare(expression, left, which, right);
    } else if (strcmp(word, "=") == 0 || strcmp(word, "==") == 0) {
        *answer = strcmp(left, right) == 0;
    } else if (strcmp(word, "!=") == 0) {
        *answer = strcmp(left, right) != 0;
    } else if (strcmp(word, "<") == 0 || strcmp(word, ">") == 0) {
        *answer = *word == '<' ? strcmp(left, right) < 0 : strcmp(left, right) > 0;
    } else {
        return false;
    }
    expression->next += 3;
    return true;
}

static bool is_next(struct expression *expression, const char *word)
{
    bool is = expression->next < expression->end && strcmp(*expression->next, word) == 0;
    expression->next += is;
    return is;
}

static bool in_parentheses(struct expression *expression)
{
    bool answer = either(expression);
    expression->wrong = expression->wrong || !is_next(expression, ")");
    return answer;
}

static bool primary(struct expression *expression)
{
    bool answer;
    long left = expression->end - expression->next;
    if (left == 0) {
        expression->wrong = true;
        return false;
    }
    if (binary(expression, &answer)) {
        return answer;
    }
    const char *word = *expression->next++;
    if (left > 1 && strcmp(word, "!") == 0) {
        return !primary(expression);
    }
    if (left > 2 && strcmp(word, "(") == 0) {
        return in_parentheses(expression);
    }
    if (left > 1 && word[0] == '-' && word[1] != '\0' && word[2] == '\0') {
        int reply = unary(word[1], *expression->next);
        expression->next += reply >= 0;
        return reply >= 0 ? reply == 1 : *word != '\0';
    }
    return *word != '\0';
}

static bool both(struct expression *expression)
{
    bool answer = primary(expression);
    while (is_next(expression, "-a")) {
        answer = primary(expression) && answer;
    }
    return answer;
}

static bool either(struct expression *expression)
{
    bool answer = both(expression);
    while (is_next(expression, "-o")) {
        answer = both(expression) || answer;
    }
    return answer;
}

int test_main(int argc, char **argv)
{
    struct expression expression = {.next = argv + 1, .end = argv + argc};
    if (strcmp(program_name, "[") == 0) {
        if (strcmp(argv[argc - 1], "]") != 0) {
            return misuse("the last word is not ]");
        }
        expression.end--;
    }
    if (expression.next == expression.end) {
        return 1;
    }
    bool answer = either(&expression);
    if (expression.wrong || expression.next != expression.end) {
        return misuse("this is not an expression");
    }
    return answer ? 0 : 1;
}
