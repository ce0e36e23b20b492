/* SPDX-License-Identifier: Apache-2.0 */
/* hookwisectl: options of commands, and tables for people. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "common/json.h"
#include "common/text.h"
#include "hookwised/ctl.h"

static hwd_ctl_opt_t *
opt_find(hwd_ctl_opt_t *opts, const char *word, const char **value)
{
    for (hwd_ctl_opt_t *o = opts; o->name; o++) {
        apr_size_t n = strlen(o->name);
        if (!strncmp(word, o->name, n) && (!word[n] || (word[n] == '=' && o->takes_value))) {
            *value = word[n] ? word + n + 1 : NULL;
            return o;
        }
    }
    return NULL;
}

int
hwd_ctl_opts(hwd_ctl_t *ctl, const char *command, hwd_ctl_opt_t *opts, int argc,
             const char *const *argv, apr_array_header_t **words)
{
    int only_words = 0;

    *words = apr_array_make(ctl->p, argc + 1, sizeof(const char *));
    for (int i = 0; i < argc; i++) {
        const char *value = NULL;
        hwd_ctl_opt_t *o;
        if (only_words || argv[i][0] != '-' || !argv[i][1]) {
            APR_ARRAY_PUSH(*words, const char *) = argv[i];
            continue;
        }
        if (!strcmp(argv[i], "--")) {
            only_words = 1;
            continue;
        }
        if (!(o = opt_find(opts, argv[i], &value))) {
            hwd_ctl_usage(ctl, command, apr_psprintf(ctl->p, "unknown option %s", argv[i]));
            return 0;
        }
        if (o->takes_value && !value && !(value = argv[++i])) {
            hwd_ctl_usage(ctl, command, apr_psprintf(ctl->p, "%s needs a value", o->name));
            return 0;
        }
        o->value = value ? value : "";
    }
    return 1;
}

const char *
hwd_ctl_opt(const hwd_ctl_opt_t *opts, const char *name)
{
    for (; opts->name; opts++)
        if (!strcmp(opts->name, name))
            return opts->value;
    return NULL;
}

int
hwd_ctl_number(const char *text, long min, long max, long *out)
{
    char *end;

    errno = 0;
    *out = strtol(text, &end, 10);
    return *text && !*end && !errno && *out >= min && *out <= max;
}

int
hwd_ctl_subcommand(hwd_ctl_t *ctl, const char *command, const hwd_ctl_sub_t *subs,
                   hwd_ctl_opt_t *opts, int argc, const char *const *argv)
{
    hwd_ctl_call_t c = { .opts = opts };
    apr_array_header_t *words;
    const char *name;

    if (!hwd_ctl_opts(ctl, command, opts, argc, argv, &words))
        return HW_EXIT_USAGE;
    if (!words->nelts)
        return hwd_ctl_usage(ctl, command, "needs a subcommand");
    name = APR_ARRAY_IDX(words, 0, const char *);
    c.words = (const char *const *)words->elts + 1;
    c.nwords = words->nelts - 1;
    while (subs->name && strcmp(subs->name, name))
        subs++;
    if (!subs->name)
        return hwd_ctl_usage(ctl, command,
                             apr_psprintf(ctl->p, "unknown subcommand \"%s\"", name));
    if (c.nwords < subs->min || c.nwords > subs->max)
        return hwd_ctl_usage(ctl, command, apr_psprintf(ctl->p, "%s %s", name, subs->needs));
    if (hwd_ctl_store(ctl, &c.s) != APR_SUCCESS)
        return hwd_ctl_fail(ctl, apr_pstrcat(ctl->p, command, " ", name, NULL));
    return subs->run(ctl, &c);
}

void
hwd_ctl_print_pairs(hwd_ctl_t *ctl, ...)
{
    hw_json_t *doc = hw_json_own(json_object_new_object(), ctl->p);
    const char *name;
    va_list ap;

    va_start(ap, ctl);
    while ((name = va_arg(ap, const char *)))
        hw_json_set_string(doc, name, va_arg(ap, const char *));
    va_end(ap);
    hwd_ctl_print(ctl, doc);
}

struct hwd_table_t {
    apr_pool_t *p;
    const char *const *heads;
    int ncols;
    apr_array_header_t *cells; /* of const char *, row after row */
};

hwd_table_t *
hwd_table_make(hwd_ctl_t *ctl, const char *const *heads)
{
    hwd_table_t *t = apr_pcalloc(ctl->p, sizeof(*t));

    t->p = ctl->p;
    t->heads = heads;
    while (heads[t->ncols])
        t->ncols++;
    t->cells = apr_array_make(ctl->p, 64, sizeof(const char *));
    return t;
}

/* Bytes of the character at s, when it is one that a terminal obeys or that turns what is around it:
 * C1 controls, and the directions of text that payloads may override. */
static int
commands(const unsigned char *s)
{
    if (s[0] == 0xc2 && s[1] >= 0x80 && s[1] <= 0x9f)
        return 2;
    if (s[0] == 0xe2 && ((s[1] == 0x80 && s[2] >= 0xaa && s[2] <= 0xae) ||
                         (s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9)))
        return 3;
    return (*s < 32 && strchr("\t\r\n", *s) == NULL) || *s == 127;
}

const char *
hwd_ctl_plain(const char *text, int lines, apr_pool_t *p)
{
    const char *s = hw_utf8_mend(text ? text : "", text ? strlen(text) : 0, NULL, p);
    hw_buf_t out;

    hw_buf_init(&out, p);
    while (*s) {
        int n = commands((const unsigned char *)s);

        if (n > 0)
            hw_buf_adds(&out, "\xef\xbf\xbd");
        else if (*s == '\r' && s[1] == '\n')
            n = 1;
        else if (*s == '\r' || (!lines && (*s == '\n' || *s == '\t')))
            hw_buf_addc(&out, ' ');
        else
            hw_buf_addc(&out, *s);
        s += n > 0 ? n : 1;
    }
    return out.s;
}

static const char *
one_line(const char *s, apr_pool_t *p)
{
    const char *plain = hwd_ctl_plain(s, 0, p);

    return *plain ? plain : "-";
}

void
hwd_table_row(hwd_table_t *t, const char *const *cells)
{
    for (int c = 0; c < t->ncols; c++)
        APR_ARRAY_PUSH(t->cells, const char *) = one_line(cells[c], t->p);
}

static void
print_row(const hwd_table_t *t, const char *const *cells, const apr_size_t *widths)
{
    for (int c = 0; c < t->ncols; c++) {
        apr_size_t used = hw_utf8_count(cells[c], strlen(cells[c]));
        fputs(cells[c], stdout);
        if (c + 1 < t->ncols)
            printf("%*s", (int)(widths[c] - used) + 2, "");
    }
    putchar('\n');
}

void
hwd_table_print(hwd_table_t *t)
{
    const char *const *cells = (const char *const *)t->cells->elts;
    apr_size_t *widths = apr_pcalloc(t->p, sizeof(*widths) * (apr_size_t)t->ncols);

    for (int c = 0; c < t->ncols; c++)
        widths[c] = strlen(t->heads[c]);
    for (int i = 0; i < t->cells->nelts; i++) {
        apr_size_t n = hw_utf8_count(cells[i], strlen(cells[i]));
        if (n > widths[i % t->ncols])
            widths[i % t->ncols] = n;
    }
    print_row(t, t->heads, widths);
    for (int i = 0; i < t->cells->nelts; i += t->ncols)
        print_row(t, cells + i, widths);
}

void
hwd_ctl_print_list(hwd_ctl_t *ctl, hw_json_t *items, const char *next, hwd_table_t *table)
{
    hw_json_t *doc = hw_json_own(json_object_new_object(), ctl->p);

    hw_json_set(doc, "items", items);
    hw_json_set_string(doc, "next", next);
    if (ctl->json) {
        hwd_ctl_print(ctl, doc);
        return;
    }
    hwd_table_print(table);
    if (next)
        printf("more: --cursor %s\n", next);
}
