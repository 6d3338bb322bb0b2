// SPDX-License-Identifier: MIT
// user/sh/parser.h - what the rules of the parser share.
#pragma once

#include <stdbool.h>

#include "user/sh/ast.h"
#include "user/sh/lex.h"

struct parser {
    struct lexer lexer;
    struct token token;
    bool has_token; // it has been read and not used; read as late as can be, for terminals
};

// The next token; TOKEN_END after a mistake.
const struct token *parser_peek(struct parser *parser);

// It is used.
void parser_advance(struct parser *parser);

// Something is wrong; the first such message counts.
void parser_refuse(struct parser *parser, const char *error);

// Use the next token, if it is this one. Returns: whether it was.
bool parser_accept(struct parser *parser, enum token_kind kind);
bool parser_accept_word(struct parser *parser, const char *word);

bool parser_is_word(struct parser *parser, const char *word);

// The next token has to be this one.
void parser_expect_word(struct parser *parser, const char *word, const char *error);

void parser_skip_newlines(struct parser *parser);

// In the arena.
struct node *parser_new_node(enum node_kind kind, struct node *left, struct node *right);

// Put a word where a list ends. Returns: where it ends now.
struct word **parser_add_word(struct word **place, const char *text);

// Rules that call each other.

// Commands, up to what ends them; NULL: there are none.
struct node *parse_list(struct parser *parser, bool many_lines);

// Returns: NULL if what follows is no compound command.
struct node *parse_compound(struct parser *parser);
