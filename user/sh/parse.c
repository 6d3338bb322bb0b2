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
#include "user/sh/vars.h"

struct parser {
    struct lexer lexer;
    struct token token;
    bool has_token; // it has been read and not used; read as late as can be, for terminals
};

static struct node *parse_list(struct parser *parser, bool many_lines);
static struct node *parse_command(struct parser *parser);

static const struct token *peek(struct parser *parser)
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

static void advance(struct parser *parser)
{
    parser->has_token = false;
}

static void refuse(struct parser *parser, const char *error)
{
    if (parser->lexer.error == NULL) {
        parser->lexer.error = error;
    }
}

static bool accept(struct parser *parser, enum token_kind kind)
{
    if (peek(parser)->kind != kind) {
        return false;
    }
    advance(parser);
    return true;
}

static bool is_word(struct parser *parser, const char *word)
{
    const struct token *token = peek(parser);
    return token->kind == TOKEN_WORD && strcmp(token->word, word) == 0;
}

static bool accept_word(struct parser *parser, const char *word)
{
    if (!is_word(parser, word)) {
        return false;
    }
    advance(parser);
    return true;
}

static void expect_word(struct parser *parser, const char *word, const char *error)
{
    if (!accept_word(parser, word)) {
        refuse(parser, error);
    }
}

static void skip_newlines(struct parser *parser)
{
    while (accept(parser, TOKEN_NEWLINE)) {
    }
}

static struct node *new_node(enum node_kind kind, struct node *left, struct node *right)
{
    struct node *node = arena_alloc(sizeof(*node));
    node->kind = kind;
    node->left = left;
    node->right = right;
    return node;
}

// ---- Redirections and simple commands ----------------------------------------------------------

static struct redirect *parse_redirect(struct parser *parser)
{
    struct token mark = *peek(parser);
    advance(parser);
    if (peek(parser)->kind != TOKEN_WORD) {
        refuse(parser, "a redirection leads nowhere");
        return NULL;
    }
    struct redirect *redirect = arena_alloc(sizeof(*redirect));
    redirect->kind = mark.redirect;
    redirect->target = peek(parser)->word;
    redirect->fd = mark.fd;
    advance(parser);
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
    while (peek(parser)->kind == TOKEN_REDIRECT) {
        struct redirect *redirect = parse_redirect(parser);
        if (redirect != NULL) {
            *place = redirect;
            place = &redirect->next;
        }
    }
}

static struct word **add_word(struct word **place, const char *text)
{
    struct word *word = arena_alloc(sizeof(*word));
    word->text = text;
    *place = word;
    return &word->next;
}

static struct node *parse_function(struct parser *parser, const char *name)
{
    struct node *node = new_node(NODE_FUNCTION, NULL, NULL);
    node->name = name;
    advance(parser);
    if (!accept(parser, TOKEN_CLOSE) || vars_name_length(name) != strlen(name)) {
        refuse(parser, "( does not belong here");
    }
    skip_newlines(parser);
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
    struct node *node = new_node(NODE_SIMPLE, NULL, NULL);
    struct word **assignment = &node->assignments;
    struct word **word = &node->words;
    for (;;) {
        parse_redirects(parser, node);
        const struct token *token = peek(parser);
        bool first = node->words == NULL;
        if (token->kind == TOKEN_OPEN && !first && node->words->next == NULL) {
            return parse_function(parser, node->words->text);
        }
        if (token->kind != TOKEN_WORD) {
            break;
        }
        struct word ***place = first && is_assignment(token->word) ? &assignment : &word;
        *place = add_word(*place, token->word);
        advance(parser);
    }
    if (node->words == NULL && node->assignments == NULL && node->redirects == NULL) {
        refuse(parser, "a command is missing");
    }
    return node;
}

// ---- Compound commands -------------------------------------------------------------------------

static struct node *parse_body(struct parser *parser)
{
    struct node *body = parse_list(parser, true);
    if (body == NULL) {
        refuse(parser, "a command is missing");
    }
    return body;
}

// After `if` or `elif`.
static struct node *parse_if(struct parser *parser)
{
    struct node *node = new_node(NODE_IF, NULL, NULL);
    node->condition = parse_body(parser);
    expect_word(parser, "then", "if without then");
    node->left = parse_body(parser);
    if (accept_word(parser, "elif")) {
        node->right = parse_if(parser);
        return node;
    }
    if (accept_word(parser, "else")) {
        node->right = parse_body(parser);
    }
    expect_word(parser, "fi", "if without fi");
    return node;
}

static struct node *parse_do(struct parser *parser)
{
    expect_word(parser, "do", "a loop without do");
    struct node *body = parse_body(parser);
    expect_word(parser, "done", "a loop without done");
    return body;
}

static struct node *parse_while(struct parser *parser, enum node_kind kind)
{
    struct node *node = new_node(kind, NULL, NULL);
    node->condition = parse_body(parser);
    node->left = parse_do(parser);
    return node;
}

static struct node *parse_for(struct parser *parser)
{
    struct node *node = new_node(NODE_FOR, NULL, NULL);
    if (peek(parser)->kind != TOKEN_WORD) {
        refuse(parser, "for without a name");
        return node;
    }
    node->name = peek(parser)->word;
    if (vars_name_length(node->name) != strlen(node->name)) {
        refuse(parser, "for without a name");
    }
    advance(parser);
    skip_newlines(parser);
    node->positional = !accept_word(parser, "in");
    for (struct word **place = &node->words; !node->positional;) {
        if (peek(parser)->kind != TOKEN_WORD) {
            break;
        }
        place = add_word(place, peek(parser)->word);
        advance(parser);
    }
    accept(parser, TOKEN_SEMI);
    skip_newlines(parser);
    node->left = parse_do(parser);
    return node;
}

static struct case_item *parse_case_item(struct parser *parser)
{
    struct case_item *item = arena_alloc(sizeof(*item));
    struct word **place = &item->patterns;
    accept(parser, TOKEN_OPEN);
    do {
        if (peek(parser)->kind != TOKEN_WORD) {
            refuse(parser, "case without esac, or a pattern is missing");
            return item;
        }
        place = add_word(place, peek(parser)->word);
        advance(parser);
    } while (accept(parser, TOKEN_PIPE));
    if (!accept(parser, TOKEN_CLOSE)) {
        refuse(parser, "no ) after a pattern");
    }
    item->body = parse_list(parser, true);
    if (!accept(parser, TOKEN_DSEMI) && !is_word(parser, "esac")) {
        refuse(parser, "case without esac");
    }
    skip_newlines(parser);
    return item;
}

static struct node *parse_case(struct parser *parser)
{
    struct node *node = new_node(NODE_CASE, NULL, NULL);
    if (peek(parser)->kind != TOKEN_WORD) {
        refuse(parser, "case without a word");
        return node;
    }
    add_word(&node->words, peek(parser)->word);
    advance(parser);
    skip_newlines(parser);
    expect_word(parser, "in", "case without in");
    skip_newlines(parser);
    struct case_item **place = &node->items;
    while (!accept_word(parser, "esac") && parser->lexer.error == NULL) {
        *place = parse_case_item(parser);
        place = &(*place)->next;
    }
    return node;
}

static struct node *parse_group(struct parser *parser)
{
    struct node *node = new_node(NODE_GROUP, parse_body(parser), NULL);
    expect_word(parser, "}", "{ without }");
    return node;
}

static struct node *parse_subshell(struct parser *parser)
{
    struct node *node = new_node(NODE_SUBSHELL, parse_body(parser), NULL);
    if (!accept(parser, TOKEN_CLOSE)) {
        refuse(parser, "( without )");
    }
    return node;
}

// Returns: NULL if what follows is not one.
static struct node *parse_compound(struct parser *parser)
{
    if (accept(parser, TOKEN_OPEN)) {
        return parse_subshell(parser);
    }
    if (accept_word(parser, "{")) {
        return parse_group(parser);
    }
    if (accept_word(parser, "if")) {
        return parse_if(parser);
    }
    if (accept_word(parser, "while")) {
        return parse_while(parser, NODE_WHILE);
    }
    if (accept_word(parser, "until")) {
        return parse_while(parser, NODE_UNTIL);
    }
    if (accept_word(parser, "for")) {
        return parse_for(parser);
    }
    return accept_word(parser, "case") ? parse_case(parser) : NULL;
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
    bool negated = accept_word(parser, "!");
    struct node *first = parse_command(parser);
    struct node *last = first;
    while (accept(parser, TOKEN_PIPE)) {
        skip_newlines(parser);
        last->next = parse_command(parser);
        last = last->next;
    }
    struct node *node = last == first ? first : new_node(NODE_PIPE, first, NULL);
    return negated ? new_node(NODE_NOT, node, NULL) : node;
}

static struct node *parse_and_or(struct parser *parser)
{
    struct node *node = parse_pipeline(parser);
    for (;;) {
        enum token_kind kind = peek(parser)->kind;
        if (kind != TOKEN_AND && kind != TOKEN_OR) {
            return node;
        }
        advance(parser);
        skip_newlines(parser);
        node = new_node(kind == TOKEN_AND ? NODE_AND : NODE_OR, node, parse_pipeline(parser));
    }
}

static bool is_end_of_list(struct parser *parser)
{
    static const char *const words[] = {"then", "do", "done", "fi", "else", "elif", "esac", "}"};
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (is_word(parser, words[i])) {
            return true;
        }
    }
    enum token_kind kind = peek(parser)->kind;
    return kind == TOKEN_END || kind == TOKEN_CLOSE || kind == TOKEN_DSEMI || kind == TOKEN_NEWLINE;
}

// Commands with ; & and, if `many_lines`, newlines between them. Returns: NULL if there are none.
static struct node *parse_list(struct parser *parser, bool many_lines)
{
    struct node *list = NULL;
    for (;;) {
        if (many_lines) {
            skip_newlines(parser);
        }
        if (is_end_of_list(parser)) {
            return list;
        }
        struct node *node = parse_and_or(parser);
        bool background = accept(parser, TOKEN_BACKGROUND);
        node = background ? new_node(NODE_BACKGROUND, node, NULL) : node;
        list = list == NULL ? node : new_node(NODE_SEQUENCE, list, node);
        bool more = background || accept(parser, TOKEN_SEMI);
        if (!more && !(many_lines && peek(parser)->kind == TOKEN_NEWLINE)) {
            return list;
        }
    }
}

enum parse_result parse_commands(struct input *input, struct node **node)
{
    struct parser parser = {.lexer = {.input = input}};
    input_restart(input);
    *node = parse_list(&parser, false);
    enum token_kind end = peek(&parser)->kind;
    if (end != TOKEN_END && end != TOKEN_NEWLINE) {
        refuse(&parser, end == TOKEN_WORD ? "a word that does not belong here"
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
