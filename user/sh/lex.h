// SPDX-License-Identifier: MIT
// user/sh/lex.h - the words and operators of the shell's language.
//
// A word keeps its quotes and its $: what they mean, user/sh/expand.c decides when the command is
// executed.
#pragma once

#include <stdbool.h>

#include "user/sh/ast.h"
#include "user/sh/input.h"
#include "user/sh/text.h"

enum token_kind {
    TOKEN_END,
    TOKEN_NEWLINE,
    TOKEN_WORD,
    TOKEN_PIPE,       // |
    TOKEN_OR,         // ||
    TOKEN_AND,        // &&
    TOKEN_BACKGROUND, // &
    TOKEN_SEMI,       // ;
    TOKEN_DSEMI,      // ;;
    TOKEN_OPEN,       // (
    TOKEN_CLOSE,      // )
    TOKEN_REDIRECT,
};

struct token {
    enum token_kind kind;
    const char *word;            // of TOKEN_WORD
    enum redirect_kind redirect; // of TOKEN_REDIRECT
    int fd;                      // of TOKEN_REDIRECT: the number before it, or the usual one
};

struct lexer {
    struct input *input;
    struct redirect *documents; // here-documents whose text begins after this line
    const char *error;          // NULL, or what is wrong
};

struct token lex_next(struct lexer *lexer);

// After `<<`: the text of this one is to be read when the line ends.
void lex_add_document(struct lexer *lexer, struct redirect *redirect);

// Copy from `input` what ends the construct that begins there with `(`, `{`, a quote or a backquote
// to `text`, its ends included. `in_quotes`: double ones, where a single one means nothing.
// Returns: false if it does not end.
bool lex_copy_nested(struct input *input, struct text *text, bool in_quotes);
