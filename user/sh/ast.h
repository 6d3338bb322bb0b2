// SPDX-License-Identifier: MIT
// user/sh/ast.h - what the parser makes of a command.
#pragma once

#include <stdbool.h>

struct word {
    const char *text; // as it was written
    struct word *next;
};

enum redirect_kind {
    REDIRECT_IN,            // <
    REDIRECT_OUT,           // >, >|
    REDIRECT_APPEND,        // >>
    REDIRECT_BOTH,          // <>
    REDIRECT_DUP,           // <&, >&
    REDIRECT_DOCUMENT,      // <<
    REDIRECT_DOCUMENT_TABS, // <<-
};

struct redirect {
    enum redirect_kind kind;
    int fd;
    const char *target; // a word; of here-documents the text
    bool is_literal;    // of here-documents: nothing is expanded in it
    struct redirect *next;
    struct redirect *next_document; // of those that wait for the end of the line
};

struct case_item {
    struct word *patterns;
    struct node *body; // may be NULL
    struct case_item *next;
};

enum node_kind {
    NODE_SIMPLE,     // assignments, words
    NODE_PIPE,       // left, and `next` through all of its commands
    NODE_NOT,        // left
    NODE_AND,        // left, right
    NODE_OR,         // left, right
    NODE_SEQUENCE,   // left, right
    NODE_BACKGROUND, // left
    NODE_SUBSHELL,   // left
    NODE_GROUP,      // left
    NODE_IF,         // condition, left; right may be NULL
    NODE_WHILE,      // condition, left
    NODE_UNTIL,      // condition, left
    NODE_FOR,        // name, words (NULL with `positional`: "$@"), left
    NODE_CASE,       // words: the subject; items
    NODE_FUNCTION,   // name, left
};

struct node {
    enum node_kind kind;
    struct node *condition;
    struct node *left;
    struct node *right;
    struct node *next;
    struct word *assignments;
    struct word *words;
    struct redirect *redirects;
    struct case_item *items;
    const char *name;
    bool positional;
};
