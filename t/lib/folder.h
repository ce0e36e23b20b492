/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of tests: they end, with the files in them, with the pool they were made of. */
#ifndef HW_T_FOLDER_H
#define HW_T_FOLDER_H

#include <apr_file_io.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <unistd.h>

/* With what a test leaves in it, which may be nothing, and it may itself be gone. */
static inline apr_status_t
folder_remove(void *data)
{
    const char *dir = data;
    apr_pool_t *ptemp;
    apr_dir_t *d;
    apr_finfo_t entry;

    apr_pool_create(&ptemp, NULL);
    if (apr_dir_open(&d, dir, ptemp) == APR_SUCCESS) {
        while (apr_dir_read(&entry, APR_FINFO_NAME, d) == APR_SUCCESS)
            apr_file_remove(apr_pstrcat(ptemp, dir, "/", entry.name, NULL), ptemp);
        apr_dir_close(d);
    }
    rmdir(dir);
    apr_pool_destroy(ptemp);
    return APR_SUCCESS;
}

static inline const char *
folder_make(const char *below, apr_pool_t *p)
{
    char *dir = apr_pstrcat(p, below, "/hw-test-XXXXXX", NULL);

    if (mkdtemp(dir) == NULL)
        abort();
    apr_pool_cleanup_register(p, dir, folder_remove, apr_pool_cleanup_null);
    return dir;
}

#endif
