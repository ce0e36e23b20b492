/* SPDX-License-Identifier: Apache-2.0 */
/* Words for severities, as tables. */
#include "common/severity.h"

#include <apr_strings.h>
#include <string.h>

#include "common/text.h"

static const struct {
    const char *words, *word, *level;
} scale[] = {
    { "critical crit emergency emerg alert disaster fatal severe catastrophic blocker urgent p1 "
      "sev0 s1 down", "Critical", "High" },
    { "high major error err p2 sev1 s2", "High", "High" },
    { "medium moderate average warning warn normal p3 sev2 s3 trouble degraded", "Medium",
      "Medium" },
    { "low minor notice p4 p5 sev3 s4 s5", "Low", "Low" },
    { "information info informational debug none ok clear sev4 not_classified", "Information",
      "Low" },
};

enum { CRITICAL, HIGH, MEDIUM, LOW, INFORMATION };

static int
number_row(const char *digits)
{
    if (strlen(digits) > 1 || digits[0] >= '5')
        return CRITICAL;
    return digits[0] == '4'   ? HIGH
           : digits[0] == '3' ? MEDIUM
           : digits[0] == '2' ? LOW
                              : INFORMATION;
}

static int
listed(const char *words, const char *word)
{
    apr_size_t len = strlen(word);

    for (const char *at = strstr(words, word); at != NULL; at = strstr(at + 1, word))
        if ((at == words || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
            return 1;
    return 0;
}

/* The row of the scale; -1 = not known. */
static int
row_of(const char *word)
{
    char lower[32];
    apr_size_t n = 0;

    for (const char *s = word; *s != '\0'; s++) {
        char c = *s >= 'A' && *s <= 'Z' ? (char)(*s + 32) : *s;

        if (n + 1 >= sizeof(lower))
            return -1;
        lower[n++] = c == ' ' || c == '-' ? '_' : c;
    }
    lower[n] = '\0';
    if (n == 0)
        return -1;
    if (strspn(lower, "0123456789") == n)
        return number_row(lower);
    for (int i = 0; i < (int)(sizeof(scale) / sizeof(*scale)); i++)
        if (listed(scale[i].words, lower))
            return i;
    return -1;
}

const char *
hw_severity_word(const char *word)
{
    int i = row_of(word);

    return i >= 0 ? scale[i].word : NULL;
}

const char *
hw_severity_level(const char *word)
{
    int i = row_of(word);

    return i >= 0 ? scale[i].level : NULL;
}

const char *
hw_severity_find(const char *table, const char *value, apr_pool_t *p)
{
    apr_array_header_t *rows = hw_text_split(table, ',', p);

    value = hw_text_trim(value, p);
    for (int i = 0; i < rows->nelts; i++) {
        const char *row = APR_ARRAY_IDX(rows, i, const char *), *eq = strchr(row, '=');

        if (eq != NULL &&
            hw_text_ieq(hw_text_trim(apr_pstrmemdup(p, row, (apr_size_t)(eq - row)), p), value))
            return hw_text_trim(eq + 1, p);
    }
    return NULL;
}

const char *
hw_severity_translate(const char *table, const char *value, apr_pool_t *p)
{
    const char *found = hw_severity_find(table, value, p);

    return found != NULL ? found : hw_text_trim(value, p);
}

const char *
hw_severity_priority(const char *table, const char *value, apr_pool_t *p)
{
    const char *found = hw_severity_find(table, value, p), *word;

    if (found != NULL)
        return found;
    word = hw_severity_word(hw_text_trim(value, p));
    if (word == NULL)
        return NULL;
    found = hw_severity_find(table, word, p);
    /* "info" is what many write. */
    return found == NULL && strcmp(word, "Information") == 0 ? hw_severity_find(table, "info", p)
                                                             : found;
}
