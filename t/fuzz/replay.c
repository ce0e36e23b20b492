/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over the files of its corpus once, without a fuzzer: replay FOLDER. */
#include <apr_file_io.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "t/fuzz/fuzz.h"
#include "t/lib/tap.h"

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static apr_array_header_t *
files_of(const char *folder, apr_pool_t *p)
{
    apr_array_header_t *files = apr_array_make(p, 64, sizeof(const char *));
    apr_finfo_t info;
    apr_dir_t *dir;

    if (apr_dir_open(&dir, folder, p) != APR_SUCCESS)
        return files;
    while (apr_dir_read(&info, APR_FINFO_NAME | APR_FINFO_TYPE, dir) == APR_SUCCESS)
        if (info.filetype == APR_REG)
            APR_ARRAY_PUSH(files, const char *) = apr_pstrdup(p, info.name);
    apr_dir_close(dir);
    qsort(files->elts, (size_t)files->nelts, sizeof(const char *), by_name);
    return files;
}

/* The name is told before: when the input ends the program it is the last one seen. */
static void
replay(const char *folder, const char *name, apr_pool_t *parent)
{
    unsigned char *data;
    apr_size_t len = 0;
    apr_finfo_t info;
    apr_file_t *file;
    apr_pool_t *p;

    apr_pool_create(&p, parent);
    tap_diag("%s", name);
    if (apr_file_open(&file, apr_pstrcat(p, folder, "/", name, NULL), APR_READ | APR_BINARY, 0,
                      p) != APR_SUCCESS ||
        apr_file_info_get(&info, APR_FINFO_SIZE, file) != APR_SUCCESS) {
        ok(0, "%s cannot be read", name);
        apr_pool_destroy(p);
        return;
    }
    data = malloc((size_t)info.size + 1);
    apr_file_read_full(file, data, (apr_size_t)info.size, &len);
    fuzz_one(data, len, p);
    ok(len == (apr_size_t)info.size, "%s", name);
    free(data);
    apr_pool_destroy(p);
}

int
main(int argc, char **argv)
{
    apr_pool_t *p = tap_start();
    apr_array_header_t *files = files_of(argc > 1 ? argv[1] : ".", p);

    for (int i = 0; i < files->nelts; i++)
        replay(argv[1], APR_ARRAY_IDX(files, i, const char *), p);
    return tap_done();
}
