/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP on libcurl: a pool of handles, each with its own kept-alive connection. */
#include "hookwised/http.h"

#include <apr_strings.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "common/mask.h"
#include "common/text.h"

struct hwd_http_t {
    pthread_mutex_t lock;
    pthread_cond_t freed[HWD_PRIO_COUNT];
    int waiting[HWD_PRIO_COUNT];
    CURL **idle;
    int nidle;
    const char *authorities; /* file; NULL = the system's */
};

typedef struct {
    hw_buf_t body;
    const hwd_request_t *req;
    const char *send;
    apr_size_t send_len, sent;
    int refused;    /* by may_send */
    int unreachable; /* an address was, by reach */
    int too_long;    /* the answer */
    hwd_answer_t *out;
    apr_pool_t *p;
} exchange_t;

static void
set_fixed(CURL *c, const char *authorities)
{
    if (authorities != NULL) {
        curl_easy_setopt(c, CURLOPT_CAINFO, authorities);
        curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
    }
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(c, CURLOPT_MAXCONNECTS, 2L);
    curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "HookWise/" HW_VERSION);
}

static apr_status_t
free_handles(void *data)
{
    hwd_http_t *h = data;

    while (h->nidle > 0)
        curl_easy_cleanup(h->idle[--h->nidle]);
    curl_global_cleanup();
    return APR_SUCCESS;
}

apr_status_t
hwd_http_make(hwd_t *d, int connections, hwd_http_t **out, hw_result_t *res)
{
    hwd_http_t *h = apr_pcalloc(d->p, sizeof(*h));
    const char *authorities = hw_set_text(d->settings, "TLS_CA_FILE");

    h->authorities = *authorities != '\0' ? authorities : NULL;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return hw_fail(res, APR_EGENERAL, "no-curl", "libcurl cannot be initialised");
    pthread_mutex_init(&h->lock, NULL);
    for (int i = 0; i < HWD_PRIO_COUNT; i++)
        pthread_cond_init(&h->freed[i], NULL);
    h->idle = apr_pcalloc(d->p, sizeof(*h->idle) * (apr_size_t)connections);
    for (int i = 0; i < connections; i++) {
        if ((h->idle[i] = curl_easy_init()) == NULL)
            return hw_fail(res, APR_ENOMEM, "no-curl", "libcurl gives no handle");
        h->nidle++;
    }
    *out = h;
    apr_pool_cleanup_register(d->p, h, free_handles, apr_pool_cleanup_null);
    return APR_SUCCESS;
}

/* --- the pool of handles ---------------------------------------------------------------------- */

static int
somebody_first(const hwd_http_t *h, hwd_prio_e prio)
{
    for (int i = 0; i < (int)prio; i++)
        if (h->waiting[i] > 0)
            return 1;
    return 0;
}

static CURL *
take(hwd_http_t *h, hwd_prio_e prio)
{
    CURL *c;

    pthread_mutex_lock(&h->lock);
    h->waiting[prio]++;
    while (h->nidle == 0 || somebody_first(h, prio))
        pthread_cond_wait(&h->freed[prio], &h->lock);
    h->waiting[prio]--;
    c = h->idle[--h->nidle];
    pthread_mutex_unlock(&h->lock);
    return c;
}

/* Wakes one of the most urgent; who leaves wakes the next when handles are left. */
static void
wake_next(hwd_http_t *h)
{
    for (int i = 0; i < HWD_PRIO_COUNT && h->nidle > 0; i++)
        if (h->waiting[i] > 0) {
            pthread_cond_broadcast(&h->freed[i]);
            return;
        }
}

static void
give(hwd_http_t *h, CURL *c)
{
    pthread_mutex_lock(&h->lock);
    h->idle[h->nidle++] = c;
    wake_next(h);
    pthread_mutex_unlock(&h->lock);
}

/* --- one exchange --------------------------------------------------------------------------------- */

static size_t
on_body(char *data, size_t size, size_t n, void *baton)
{
    exchange_t *x = baton;

    if (x->body.len + size * n > HWD_HTTP_ANSWER_MAX) {
        x->too_long = 1;
        return 0; /* ends the transfer */
    }
    hw_buf_add(&x->body, data, size * n);
    return size * n;
}

static const char *
header_value(const char *line, apr_size_t len, const char *name, apr_pool_t *p)
{
    apr_size_t n = strlen(name);

    if (len <= n || strncasecmp(line, name, n) != 0 || line[n] != ':')
        return NULL;
    return hw_text_trim(apr_pstrmemdup(p, line + n + 1, len - n - 1), p);
}

static size_t
on_header(char *line, size_t size, size_t n, void *baton)
{
    exchange_t *x = baton;
    apr_size_t len = size * n;
    const char *v;

    if ((v = header_value(line, len, "Retry-After", x->p)) != NULL)
        x->out->retry_after = v;
    return len;
}

static size_t
on_read(char *to, size_t size, size_t n, void *baton)
{
    exchange_t *x = baton;
    apr_size_t left = x->send_len - x->sent, room = size * n;

    if (left > room)
        left = room;
    if (left > 0 && x->sent + left == x->send_len && x->req->may_send != NULL &&
        !x->req->may_send(x->req->baton)) {
        x->refused = 1; /* without its end the far end can do nothing with it */
        return CURL_READFUNC_ABORT;
    }
    memcpy(to, x->send + x->sent, left);
    x->sent += left;
    return left;
}

/* When a kept-alive connection dies, curl sends the request again on a new one by itself. That
 * must not happen to a POST whose body has left: refusing to rewind makes it an error instead. */
static int
on_seek(void *baton, curl_off_t offset, int origin)
{
    exchange_t *x = baton;

    if (origin != SEEK_SET || offset != 0 || (x->sent > 0 && !x->req->repeatable))
        return CURL_SEEKFUNC_FAIL;
    x->sent = 0;
    return CURL_SEEKFUNC_OK;
}

static void
set_body(CURL *c, const hwd_request_t *req, exchange_t *x)
{
    if (req->body == NULL)
        return;
    x->send = req->body;
    x->send_len = strlen(req->body);
    if (req->repeatable && req->may_send == NULL) {
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->send_len);
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, req->body);
        return;
    }
    curl_easy_setopt(c, CURLOPT_POST, 1L);
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->send_len);
    curl_easy_setopt(c, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(c, CURLOPT_READDATA, x);
    curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(c, CURLOPT_SEEKDATA, x);
}

static int
on_progress(void *baton, curl_off_t a, curl_off_t b, curl_off_t e, curl_off_t f)
{
    const atomic_int *stop = baton;

    (void)a;
    (void)b;
    (void)e;
    (void)f;
    return atomic_load(stop) != 0;
}

static void
set_abort(CURL *c, const hwd_request_t *req)
{
    if (req->abort == NULL)
        return;
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, (void *)(apr_uintptr_t)req->abort);
}

static curl_socket_t
on_socket(void *baton, curlsocktype purpose, struct curl_sockaddr *to)
{
    exchange_t *x = baton;

    if (purpose == CURLSOCKTYPE_IPCXN && hwd_reach_allows(x->req->reach, &to->addr))
        return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
    x->unreachable = 1;
    return CURL_SOCKET_BAD;
}

static void
set_reach(CURL *c, exchange_t *x)
{
    if (x->req->reach == NULL)
        return;
    curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, x);
}

static struct curl_slist *
header_list(const hwd_request_t *req)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");

    for (int i = 0; req->headers != NULL && req->headers[i] != NULL; i++)
        list = curl_slist_append(list, req->headers[i]);
    return list;
}

static void
set_request(CURL *c, const hwd_http_t *h, exchange_t *x, struct curl_slist *headers, char *error)
{
    const hwd_request_t *req = x->req;
    long connect = req->timeout < HWD_HTTP_CONNECT_MAX ? req->timeout : HWD_HTTP_CONNECT_MAX;

    curl_easy_reset(c); /* options only: connections stay */
    set_fixed(c, h->authorities);
    curl_easy_setopt(c, CURLOPT_URL, req->url);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)req->timeout);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, connect);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, x);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, error);
    set_body(c, req, x);
    set_abort(c, req);
    set_reach(c, x);
    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, req->method);
}

/* --- what went wrong ------------------------------------------------------------------------------ */

/* Failures that came before a single byte of the request had left. */
static int
never_sent(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
        return 1;
    default:
        return 0;
    }
}

static apr_status_t
transport_failed(CURL *c, CURLcode code, const exchange_t *x, const char *why, hw_result_t *res,
                 apr_pool_t *p)
{
    const hwd_request_t *req = x->req;
    const char *url = req->shown != NULL ? req->shown : hw_mask_url(req->url, p), *what = why[0] != '\0' ? why : curl_easy_strerror(code);
    const char *mark = strchr(url, '?');
    long sent = 0;

    if (x->too_long)
        what = apr_psprintf(p, "the answer has more than %d MB", HWD_HTTP_ANSWER_MAX / 1024 / 1024);
    if (mark != NULL) /* conditions are long, and name customers */
        url = apr_pstrmemdup(p, url, (apr_size_t)(mark - url));
    if (x->refused)
        return hw_fail_temp(res, APR_EACCES, "lease-lost", "%s %s: not sent: another hookwised "
                            "may have taken over", req->method, url);
    curl_easy_getinfo(c, CURLINFO_REQUEST_SIZE, &sent);
    if (x->unreachable && code == CURLE_COULDNT_CONNECT)
        return hw_fail(res, APR_EACCES, "not-public", "%s %s: its address is not a public one, and "
                       "NOTIFY_NETWORKS does not list it", req->method, url);
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE)
        return hw_fail_temp(res, APR_EGENERAL, "bad-certificate", "%s %s: %s", req->method, url,
                            what);
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
        return hw_fail(res, APR_EINVAL, "bad-url", "%s %s: %s", req->method, url, what);
    if (never_sent(code) || sent == 0)
        return hw_fail_temp(res, APR_ECONNREFUSED, "connect-failed", "%s %s: %s", req->method,
                            url, what);
    hw_fail_temp(res, APR_TIMEUP, req->repeatable ? "no-answer" : "outcome-unknown",
                 "%s %s: %s", req->method, url, what);
    if (!req->repeatable)
        res->cls = HW_UNKNOWN;
    return res->rv;
}

apr_status_t
hwd_http_send(hwd_http_t *h, const hwd_request_t *req, hwd_answer_t *out, hw_result_t *res,
              apr_pool_t *p)
{
    exchange_t x = { .req = req, .out = out, .p = p };
    struct curl_slist *headers = header_list(req);
    char why[CURL_ERROR_SIZE] = "";
    CURL *c = take(h, req->prio);
    apr_status_t rv = APR_SUCCESS;
    CURLcode code;
    long status = 0;

    memset(out, 0, sizeof(*out));
    hw_buf_init(&x.body, p);
    set_request(c, h, &x, headers, why);
    code = curl_easy_perform(c);
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK)
        rv = transport_failed(c, code, &x, why, res, p);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, NULL);
    give(h, c);
    curl_slist_free_all(headers);
    out->status = (int)status;
    out->body = x.body.s;
    out->len = x.body.len;
    return rv;
}

/* --- statuses --------------------------------------------------------------------------------------- */

hw_class_e
hwd_http_class(int status, int repeatable)
{
    switch (status) {
    case 408:
    case 500:
    case 502:
    case 504:
        return repeatable ? HW_TEMPORARY : HW_UNKNOWN;
    case 429:
        return HW_TEMPORARY;
    default:
        return status >= 500 ? HW_TEMPORARY : HW_PERMANENT;
    }
}

apr_time_t
hwd_http_retry_at(const char *value, apr_time_t now)
{
    apr_time_t at, most = now + apr_time_from_sec(HWD_RETRY_AFTER_MAX);
    apr_int64_t seconds;
    time_t date;
    char *end;

    if (value == NULL || *value == '\0')
        return 0;
    seconds = apr_strtoi64(value, &end, 10);
    if (*end == '\0' && seconds >= 0)
        at = seconds > HWD_RETRY_AFTER_MAX ? most : now + apr_time_from_sec(seconds);
    else if ((date = curl_getdate(value, NULL)) == -1)
        return 0;
    else
        at = apr_time_from_sec((apr_int64_t)date);
    if (at > most)
        at = most;
    return at > now ? at : now;
}

apr_time_t
hwd_http_retry_after(const char *value)
{
    apr_time_t now = apr_time_now(), at = hwd_http_retry_at(value, now);

    return at > 0 ? hw_clock_mono() + (at - now) : 0;
}
