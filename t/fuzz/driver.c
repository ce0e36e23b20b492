/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer's two functions. */
#include <apr_allocator.h>
#include <apr_general.h>
#include <stdint.h>
#include <stdlib.h>

#include "t/fuzz/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return apr_initialize() == APR_SUCCESS ? 0 : 1;
}

/* A pool with an allocator of its own for each input: what an input leaks is seen at once. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    apr_allocator_t *allocator;
    apr_pool_t *p;

    if (apr_allocator_create(&allocator) != APR_SUCCESS ||
        apr_pool_create_ex(&p, NULL, NULL, allocator) != APR_SUCCESS)
        abort();
    apr_allocator_owner_set(allocator, p);
    fuzz_one(data, len, p);
    apr_pool_destroy(p);
    return 0;
}
