/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled expressions and templates: private to map.c and map_parse.c. */
#ifndef HW_MAP_PARTS_H
#define HW_MAP_PARTS_H

#include "common/map.h"

typedef struct {
    enum { HW_PIECE_TEXT, HW_PIECE_PATHS, HW_PIECE_NAME } kind;
    const char *text;          /* TEXT: the literal; NAME: "msg" …; PATHS: glued punctuation or "" */
    apr_array_header_t *paths; /* PATHS: of hw_path_t *, the first that is not empty counts */
} hw_piece_t;

/* One side of "||". */
typedef struct {
    int braced;                /* text with {$.path}: pieces follow each other as they are; else
                                * segments, joined with one blank */
    apr_array_header_t *pieces; /* of hw_piece_t */
} hw_alternative_t;

struct hw_expr_t {
    apr_array_header_t *alternatives; /* of hw_alternative_t */
};

struct hw_template_t {
    apr_array_header_t *pieces; /* of hw_piece_t */
};

struct hw_expr_list_t {
    apr_array_header_t *exprs; /* of hw_expr_t * */
};

/* Parses one expression from text + at. With in_list a single bar ends it. *end is where it ended:
 * at the bar, or at the end of the text. Offsets in errors count from text. */
apr_status_t hw_expr_parse(const char *text, apr_size_t at, int in_list, apr_size_t *end,
                           hw_expr_t **out, hw_result_t *res, apr_pool_t *p);

/* Pieces of a template, text[at, end). */
apr_status_t hw_pieces_parse(const char *text, apr_size_t at, apr_size_t end,
                             apr_array_header_t **pieces, hw_result_t *res, apr_pool_t *p);

#endif
