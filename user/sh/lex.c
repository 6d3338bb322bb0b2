// SPDX-License-Identifier: MIT
// user/sh/lex.c - the words and operators of the shell's language.
#include "user/sh/lex.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/sh/arena.h"

static const struct {
    const char *text;
    enum token_kind kind;
    enum redirect_kind redirect;
} operators[] = {
    // The longer ones first.
    {"<<-", TOKEN_REDIRECT, REDIRECT_DOCUMENT_TABS},
    {"<<", TOKEN_REDIRECT, REDIRECT_DOCUMENT},
    {"<>", TOKEN_REDIRECT, REDIRECT_BOTH},
    {"<&", TOKEN_REDIRECT, REDIRECT_DUP},
    {">>", TOKEN_REDIRECT, REDIRECT_APPEND},
    {">&", TOKEN_REDIRECT, REDIRECT_DUP},
    {">|", TOKEN_REDIRECT, REDIRECT_OUT},
    {"<", TOKEN_REDIRECT, REDIRECT_IN},
    {">", TOKEN_REDIRECT, REDIRECT_OUT},
    {"||", TOKEN_OR, 0},
    {"|", TOKEN_PIPE, 0},
    {"&&", TOKEN_AND, 0},
    {"&", TOKEN_BACKGROUND, 0},
    {";;", TOKEN_DSEMI, 0},
    {";", TOKEN_SEMI, 0},
    {"(", TOKEN_OPEN, 0},
    {")", TOKEN_CLOSE, 0},
    {"\n", TOKEN_NEWLINE, 0},
};
enum { OPERATORS = sizeof(operators) / sizeof(operators[0]) };

static void copy_character(struct input *input, struct text *text)
{
    text_add(text, (char)input_peek(input, 0));
    input_skip(input);
}

static bool copy_piece(struct input *input, struct text *text, bool in_quotes);

// Copy up to the next `end`, which no backslash is before if `escapes`.
static bool copy_plain(struct input *input, struct text *text, int end, bool escapes)
{
    int character;
    while ((character = input_peek(input, 0)) != EOF) {
        copy_character(input, text);
        if (character == end) {
            return true;
        }
        if (escapes && character == '\\' && input_peek(input, 0) != EOF) {
            copy_character(input, text);
        }
    }
    return false;
}

// Copy up to the end, ends[1], of what the last character began; ends[0] begins another such thing.
static bool copy_until(struct input *input, struct text *text, const char *ends, bool in_quotes)
{
    int begin = ends[0];
    int end = ends[1];
    unsigned depth = 1;
    int character;
    while ((character = input_peek(input, 0)) != EOF) {
        bool nests = character == end || character == begin;
        if (!nests && !copy_piece(input, text, in_quotes)) {
            return false;
        }
        if (!nests) {
            continue;
        }
        copy_character(input, text);
        depth += character == end ? -1U : 1U;
        if (depth == 0) {
            return true;
        }
    }
    return false;
}

bool lex_copy_nested(struct input *input, struct text *text, bool in_quotes)
{
    int character = input_peek(input, 0);
    copy_character(input, text);
    switch (character) {
    case '\'':
        return copy_plain(input, text, '\'', false);
    case '`':
        return copy_plain(input, text, '`', true);
    case '"':
        return copy_until(input, text, "\0\"", true);
    case '(':
        return copy_until(input, text, "()", false);
    default:
        return copy_until(input, text, "{}", in_quotes);
    }
}

// Copy one character, or what it begins.
static bool copy_piece(struct input *input, struct text *text, bool in_quotes)
{
    int character = input_peek(input, 0);
    if (character == '\\') {
        copy_character(input, text);
        if (input_peek(input, 0) != EOF) {
            copy_character(input, text);
        }
        return true;
    }
    if (character == '$') {
        copy_character(input, text);
        int next = input_peek(input, 0);
        return next != '(' && next != '{' ? true : lex_copy_nested(input, text, in_quotes);
    }
    if (character == '`' || (!in_quotes && (character == '"' || character == '\''))) {
        return lex_copy_nested(input, text, in_quotes);
    }
    copy_character(input, text);
    return true;
}

static bool ends_word(int character)
{
    return character == EOF || strchr(" \t\n|&;()<>", character) != NULL;
}

static bool is_continuation(struct input *input)
{
    return input_peek(input, 0) == '\\' && input_peek(input, 1) == '\n';
}

static struct token lex_word(struct lexer *lexer)
{
    struct text text = {0};
    while (!ends_word(input_peek(lexer->input, 0))) {
        if (is_continuation(lexer->input)) {
            input_skip(lexer->input);
            input_skip(lexer->input);
        } else if (!copy_piece(lexer->input, &text, false)) {
            lexer->error = "a quote or parenthesis is not closed";
            return (struct token){.kind = TOKEN_END};
        }
    }
    return (struct token){.kind = TOKEN_WORD, .word = text_string(&text)};
}

static void skip_comment(struct input *input)
{
    while (input_peek(input, 0) != '\n' && input_peek(input, 0) != EOF) {
        input_skip(input);
    }
}

static void skip_blanks(struct input *input)
{
    for (;;) {
        int character = input_peek(input, 0);
        if (character == ' ' || character == '\t') {
            input_skip(input);
        } else if (is_continuation(input)) {
            input_skip(input);
            input_skip(input);
        } else if (character == '#') {
            skip_comment(input);
        } else {
            return;
        }
    }
}

// Looks no further than it must: a terminal would ask for another line.
static bool is_operator(struct input *input, const char *text)
{
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (input_peek(input, i) != text[i]) {
            return false;
        }
    }
    return true;
}

// Take a line. Returns: false at the end of the input.
static bool take_line(struct input *input, struct text *line)
{
    int character = EOF;
    while (character != '\n' && (character = input_peek(input, 0)) != EOF) {
        copy_character(input, line);
    }
    return line->length > 0;
}

static void read_document(struct lexer *lexer, struct redirect *redirect)
{
    const char *end = redirect->target;
    struct text text = {0};
    struct text line = {0};
    while (take_line(lexer->input, &line)) {
        bool tabs = redirect->kind == REDIRECT_DOCUMENT_TABS;
        const char *start = line.data + (tabs ? strspn(line.data, "\t") : 0);
        size_t length = strcspn(start, "\n");
        if (length == strlen(end) && strncmp(start, end, length) == 0) {
            break;
        }
        text_append(&text, start, strlen(start));
        line.length = 0;
    }
    redirect->target = text_string(&text);
}

void lex_add_document(struct lexer *lexer, struct redirect *redirect)
{
    struct redirect **place = &lexer->documents;
    while (*place != NULL) {
        place = &(*place)->next_document;
    }
    *place = redirect;
}

static void read_documents(struct lexer *lexer)
{
    struct redirect *document = lexer->documents;
    lexer->documents = NULL;
    for (; document != NULL; document = document->next_document) {
        read_document(lexer, document);
    }
}

static struct token lex_operator(struct lexer *lexer, int fd)
{
    for (unsigned i = 0; i < OPERATORS; i++) {
        if (!is_operator(lexer->input, operators[i].text)) {
            continue;
        }
        for (size_t j = 0; operators[i].text[j] != '\0'; j++) {
            input_skip(lexer->input);
        }
        if (operators[i].kind == TOKEN_NEWLINE) {
            read_documents(lexer);
        }
        int usual_fd = operators[i].text[0] == '<' ? 0 : 1;
        return (struct token){.kind = operators[i].kind,
                              .redirect = operators[i].redirect,
                              .fd = fd >= 0 ? fd : usual_fd};
    }
    return lex_word(lexer);
}

struct token lex_next(struct lexer *lexer)
{
    skip_blanks(lexer->input);
    int character = input_peek(lexer->input, 0);
    if (character == EOF) {
        return (struct token){.kind = TOKEN_END};
    }
    if (isdigit(character)) {
        int next = input_peek(lexer->input, 1);
        if (next == '<' || next == '>') {
            input_skip(lexer->input);
            return lex_operator(lexer, character - '0');
        }
    }
    return ends_word(character) ? lex_operator(lexer, -1) : lex_word(lexer);
}
