// SPDX-License-Identifier: MIT
// user/sh/parse.c - from words and operators to commands.
//
// By recursive descent, a function for each rule. After a mistake every token is TOKEN_END, so that
// each function comes to its end by itself, and what it returns is not used.
#include "user/sh/parse.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "user/lib/fail.h"
#include "user/sh/arena.h"
#include "user/sh/expand.h"
#include "user/sh/lex.h"
#include "user/sh/parser.h"
#include "user/sh/vars.h"

static struct node *parse_command(struct parser *parser);

// ---- Redirections and simple commands ----------------------------------------------------------

static struct redirect *parse_redirect(struct parser *parser)
{
    struct token mark = *parser_peek(parser);
    parser_advance(parser);
    if (parser_peek(parser)->kind != TOKEN_WORD) {
        parser_refuse(parser, "a redirection leads nowhere");
        return NULL;
    }
    struct redirect *redirect = arena_alloc(sizeof(*redirect));
    redirect->kind = mark.redirect;
    redirect->target = parser_peek(parser)->word;
    redirect->fd = mark.fd;
    parser_advance(parser);
    if (mark.redirect == REDIRECT_DOCUMENT || mark.redirect == REDIRECT_DOCUMENT_TABS) {
        redirect->is_literal = strpbrk(redirect->target, "\\'\"") != NULL;
        redirect->target = expand_unquote(redirect->target);
        lex_add_document(&parser->lexer, redirect);
    }
    return redirect;
}

static void parse_redirects(struct parser *parser, struct node *node)
{
    struct redirect **place = &node->redirects;
    while (*place != NULL) {
        place = &(*place)->next;
    }
    while (parser_peek(parser)->kind == TOKEN_REDIRECT) {
        struct redirect *redirect = parse_redirect(parser);
        if (redirect != NULL) {
            *place = redirect;
            place = &redirect->next;
        }
    }
}

static struct node *parse_function(struct parser *parser, const char *name)
{
    struct node *node = parser_new_node(NODE_FUNCTION, NULL, NULL);
    node->name = name;
    parser_advance(parser);
    if (!parser_accept(parser, TOKEN_CLOSE) || vars_name_length(name) != strlen(name)) {
        parser_refuse(parser, "( does not belong here");
    }
    parser_skip_newlines(parser);
    node->left = parse_command(parser);
    return node;
}

static bool is_assignment(const char *word)
{
    size_t length = vars_name_length(word);
    return length > 0 && word[length] == '=';
}

static struct node *parse_simple(struct parser *parser)
{
    struct node *node = parser_new_node(NODE_SIMPLE, NULL, NULL);
    struct word **assignment = &node->assignments;
    struct word **word = &node->words;
    for (;;) {
        parse_redirects(parser, node);
        const struct token *token = parser_peek(parser);
        bool first = node->words == NULL;
        if (token->kind == TOKEN_OPEN && !first && node->words->next == NULL) {
            return parse_function(parser, node->words->text);
        }
        if (token->kind != TOKEN_WORD) {
            break;
        }
        struct word ***place = first && is_assignment(token->word) ? &assignment : &word;
        *place = parser_add_word(*place, token->word);
        parser_advance(parser);
    }
    if (node->words == NULL && node->assignments == NULL && node->redirects == NULL) {
        parser_refuse(parser, "a command is missing");
    }
    return node;
}

static struct node *parse_command(struct parser *parser)
{
    struct node *node = parse_compound(parser);
    if (node == NULL) {
        return parse_simple(parser);
    }
    parse_redirects(parser, node);
    return node;
}

// ---- Pipelines and lists -----------------------------------------------------------------------

static struct node *parse_pipeline(struct parser *parser)
{
    bool negated = parser_accept_word(parser, "!");
    struct node *first = parse_command(parser);
    struct node *last = first;
    while (parser_accept(parser, TOKEN_PIPE)) {
        parser_skip_newlines(parser);
        last->next = parse_command(parser);
        last = last->next;
    }
    struct node *node = last == first ? first : parser_new_node(NODE_PIPE, first, NULL);
    return negated ? parser_new_node(NODE_NOT, node, NULL) : node;
}

static struct node *parse_and_or(struct parser *parser)
{
    struct node *node = parse_pipeline(parser);
    for (;;) {
        enum token_kind kind = parser_peek(parser)->kind;
        if (kind != TOKEN_AND && kind != TOKEN_OR) {
            return node;
        }
        parser_advance(parser);
        parser_skip_newlines(parser);
        node =
            parser_new_node(kind == TOKEN_AND ? NODE_AND : NODE_OR, node, parse_pipeline(parser));
    }
}

static bool is_end_of_list(struct parser *parser)
{
    static const char *const words[] = {"then", "do", "done", "fi", "else", "elif", "esac", "}"};
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (parser_is_word(parser, words[i])) {
            return true;
        }
    }
    enum token_kind kind = parser_peek(parser)->kind;
    return kind == TOKEN_END || kind == TOKEN_CLOSE || kind == TOKEN_DSEMI || kind == TOKEN_NEWLINE;
}

// Commands with ; & and, if `many_lines`, newlines between them. Returns: NULL if there are none.
struct node *parse_list(struct parser *parser, bool many_lines)
{
    struct node *list = NULL;
    for (;;) {
        if (many_lines) {
            parser_skip_newlines(parser);
        }
        if (is_end_of_list(parser)) {
            return list;
        }
        struct node *node = parse_and_or(parser);
        bool background = parser_accept(parser, TOKEN_BACKGROUND);
        node = background ? parser_new_node(NODE_BACKGROUND, node, NULL) : node;
        list = list == NULL ? node : parser_new_node(NODE_SEQUENCE, list, node);
        bool more = background || parser_accept(parser, TOKEN_SEMI);
        if (!more && !(many_lines && parser_peek(parser)->kind == TOKEN_NEWLINE)) {
            return list;
        }
    }
}

enum parse_result parse_commands(struct input *input, struct node **node)
{
    struct parser parser = {.lexer = {.input = input}};
    input_restart(input);
    *node = parse_list(&parser, false);
    enum token_kind end = parser_peek(&parser)->kind;
    if (end != TOKEN_END && end != TOKEN_NEWLINE) {
        parser_refuse(&parser, end == TOKEN_WORD ? "a word that does not belong here"
                                                 : "an operator that does not belong here");
    }
    if (parser.lexer.error != NULL) {
        complain("syntax: %s", parser.lexer.error);
        input_drop_line(input);
        return PARSE_ERROR;
    }
    if (*node != NULL) {
        return PARSE_COMMAND;
    }
    return end == TOKEN_END ? PARSE_END : PARSE_EMPTY;
}
