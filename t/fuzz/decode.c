/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: request bytes → one JSON value. Input: Content-Type, query, body (rest). */
#include <string.h>

#include "common/decode.h"
#include "common/mask.h"
#include "t/fuzz/fuzz.h"

static hw_event_t
event_of(fuzz_input_t *in)
{
    hw_json_t *headers = hw_json_own(json_object_new_object(), in->p);
    const char *type = fuzz_line(in);
    hw_event_t ev = {
        .request_id = "fuzz", .endpoint_id = "EP", .kind = "webhook", .source_ip = "",
        .method = "POST", .query = fuzz_line(in), .rejected = "", .replay_of = "",
        .replay_by = "", .auth_scheme = "none",
    };

    hw_json_set_string(headers, "content-type", type);
    ev.headers_json = hw_json_write(headers, in->p);
    ev.body = fuzz_rest(in, &ev.body_len);
    return ev;
}

void
fuzz_one(const unsigned char *data, apr_size_t len, apr_pool_t *p)
{
    fuzz_input_t in = { data, len, p };
    hw_event_t ev = event_of(&in);
    hw_result_t *res = hw_result_make(p);
    hw_decoded_t *d = NULL, *again = NULL;
    const char *why = NULL, *text;
    apr_status_t rv = hw_decode(&ev, &d, res, p);
    hw_json_t *v = NULL;

    fuzz_check(hw_decode_readable(&ev, &why, p) == (rv == APR_SUCCESS), "one question, one answer");
    if (rv != APR_SUCCESS) {
        fuzz_check(why != NULL && strcmp(why, hw_result_text(res, p)) == 0, "in the same words");
        fuzz_check(res->offset <= (apr_off_t)ev.body_len, "the offset lies in the body");
        return;
    }
    text = hw_json_write(d->root, p);
    fuzz_check(hw_json_parse(text, strlen(text), NULL, &v, NULL, NULL, p) == APR_SUCCESS,
               "what was decoded is JSON");
    fuzz_check(hw_decode(&ev, &again, NULL, p) == APR_SUCCESS &&
                   strcmp(hw_json_write(again->root, p), text) == 0,
               "decoding again gives the same");
    (void)hw_json_write(hw_mask_json(d->root, p), p);
    (void)hw_mask_text(ev.body, ev.body_len, p);
}
