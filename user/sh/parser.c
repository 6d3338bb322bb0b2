// SPDX-License-Identifier: MIT
// user/sh/parser.c - what the parser's rules do with the next token.
#include "user/sh/parser.h"

#include <string.h>

#include "user/sh/arena.h"

const struct token *parser_peek(struct parser *parser)
{
    if (!parser->has_token) {
        parser->token = lex_next(&parser->lexer);
        parser->has_token = true;
    }
    if (parser->lexer.error != NULL) {
        parser->token = (struct token){.kind = TOKEN_END};
    }
    return &parser->token;
}

void parser_advance(struct parser *parser)
{
    parser->has_token = false;
}

void parser_refuse(struct parser *parser, const char *error)
{
    if (parser->lexer.error == NULL) {
        parser->lexer.error = error;
    }
}

bool parser_accept(struct parser *parser, enum token_kind kind)
{
    if (parser_peek(parser)->kind != kind) {
        return false;
    }
    parser_advance(parser);
    return true;
}

bool parser_is_word(struct parser *parser, const char *word)
{
    const struct token *token = parser_peek(parser);
    return token->kind == TOKEN_WORD && strcmp(token->word, word) == 0;
}

bool parser_accept_word(struct parser *parser, const char *word)
{
    if (!parser_is_word(parser, word)) {
        return false;
    }
    parser_advance(parser);
    return true;
}

void parser_expect_word(struct parser *parser, const char *word, const char *error)
{
    if (!parser_accept_word(parser, word)) {
        parser_refuse(parser, error);
    }
}

void parser_skip_newlines(struct parser *parser)
{
    while (parser_accept(parser, TOKEN_NEWLINE)) {
    }
}

struct node *parser_new_node(enum node_kind kind, struct node *left, struct node *right)
{
    struct node *node = arena_alloc(sizeof(*node));
    node->kind = kind;
    node->left = left;
    node->right = right;
    return node;
}

struct word **parser_add_word(struct word **place, const char *text)
{
    struct word *word = arena_alloc(sizeof(*word));
    word->text = text;
    *place = word;
    return &word->next;
}
