// SPDX-License-Identifier: MIT
// user/sh/parse_compound.c - the rules of if, loops, case, groups and subshells.
#include <stddef.h>
#include <string.h>

#include "user/sh/arena.h"
#include "user/sh/parser.h"
#include "user/sh/vars.h"

static struct node *parse_body(struct parser *parser)
{
    struct node *body = parse_list(parser, true);
    if (body == NULL) {
        parser_refuse(parser, "a command is missing");
    }
    return body;
}

// After `if` or `elif`.
static struct node *parse_if(struct parser *parser)
{
    struct node *node = parser_new_node(NODE_IF, NULL, NULL);
    node->condition = parse_body(parser);
    parser_expect_word(parser, "then", "if without then");
    node->left = parse_body(parser);
    if (parser_accept_word(parser, "elif")) {
        node->right = parse_if(parser);
        return node;
    }
    if (parser_accept_word(parser, "else")) {
        node->right = parse_body(parser);
    }
    parser_expect_word(parser, "fi", "if without fi");
    return node;
}

static struct node *parse_do(struct parser *parser)
{
    parser_expect_word(parser, "do", "a loop without do");
    struct node *body = parse_body(parser);
    parser_expect_word(parser, "done", "a loop without done");
    return body;
}

static struct node *parse_while(struct parser *parser, enum node_kind kind)
{
    struct node *node = parser_new_node(kind, NULL, NULL);
    node->condition = parse_body(parser);
    node->left = parse_do(parser);
    return node;
}

static struct node *parse_for(struct parser *parser)
{
    struct node *node = parser_new_node(NODE_FOR, NULL, NULL);
    if (parser_peek(parser)->kind != TOKEN_WORD) {
        parser_refuse(parser, "for without a name");
        return node;
    }
    node->name = parser_peek(parser)->word;
    if (vars_name_length(node->name) != strlen(node->name)) {
        parser_refuse(parser, "for without a name");
    }
    parser_advance(parser);
    parser_skip_newlines(parser);
    node->positional = !parser_accept_word(parser, "in");
    for (struct word **place = &node->words; !node->positional;) {
        if (parser_peek(parser)->kind != TOKEN_WORD) {
            break;
        }
        place = parser_add_word(place, parser_peek(parser)->word);
        parser_advance(parser);
    }
    parser_accept(parser, TOKEN_SEMI);
    parser_skip_newlines(parser);
    node->left = parse_do(parser);
    return node;
}

static struct case_item *parse_case_item(struct parser *parser)
{
    struct case_item *item = arena_alloc(sizeof(*item));
    struct word **place = &item->patterns;
    parser_accept(parser, TOKEN_OPEN);
    do {
        if (parser_peek(parser)->kind != TOKEN_WORD) {
            parser_refuse(parser, "case without esac, or a pattern is missing");
            return item;
        }
        place = parser_add_word(place, parser_peek(parser)->word);
        parser_advance(parser);
    } while (parser_accept(parser, TOKEN_PIPE));
    if (!parser_accept(parser, TOKEN_CLOSE)) {
        parser_refuse(parser, "no ) after a pattern");
    }
    item->body = parse_list(parser, true);
    if (!parser_accept(parser, TOKEN_DSEMI) && !parser_is_word(parser, "esac")) {
        parser_refuse(parser, "case without esac");
    }
    parser_skip_newlines(parser);
    return item;
}

static struct node *parse_case(struct parser *parser)
{
    struct node *node = parser_new_node(NODE_CASE, NULL, NULL);
    if (parser_peek(parser)->kind != TOKEN_WORD) {
        parser_refuse(parser, "case without a word");
        return node;
    }
    parser_add_word(&node->words, parser_peek(parser)->word);
    parser_advance(parser);
    parser_skip_newlines(parser);
    parser_expect_word(parser, "in", "case without in");
    parser_skip_newlines(parser);
    struct case_item **place = &node->items;
    while (!parser_accept_word(parser, "esac") && parser->lexer.error == NULL) {
        *place = parse_case_item(parser);
        place = &(*place)->next;
    }
    return node;
}

static struct node *parse_group(struct parser *parser)
{
    struct node *node = parser_new_node(NODE_GROUP, parse_body(parser), NULL);
    parser_expect_word(parser, "}", "{ without }");
    return node;
}

static struct node *parse_subshell(struct parser *parser)
{
    struct node *node = parser_new_node(NODE_SUBSHELL, parse_body(parser), NULL);
    if (!parser_accept(parser, TOKEN_CLOSE)) {
        parser_refuse(parser, "( without )");
    }
    return node;
}

struct node *parse_compound(struct parser *parser)
{
    if (parser_accept(parser, TOKEN_OPEN)) {
        return parse_subshell(parser);
    }
    if (parser_accept_word(parser, "{")) {
        return parse_group(parser);
    }
    if (parser_accept_word(parser, "if")) {
        return parse_if(parser);
    }
    if (parser_accept_word(parser, "while")) {
        return parse_while(parser, NODE_WHILE);
    }
    if (parser_accept_word(parser, "until")) {
        return parse_while(parser, NODE_UNTIL);
    }
    if (parser_accept_word(parser, "for")) {
        return parse_for(parser);
    }
    return parser_accept_word(parser, "case") ? parse_case(parser) : NULL;
}
