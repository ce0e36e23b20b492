/* SPDX-License-Identifier: Apache-2.0 */
/* The heartbeat's contents, the worker's name, and a word to systemd. */
#include "hookwised/status.h"

#include <apr_file_io.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/crypto.h"
#include "hookwised/config.h"
#include "hookwised/dest.h"
#include "hookwised/item.h"
#include "hookwised/lane.h"
#include "hookwised/shard.h"

static const char *
machine_tag(apr_pool_t *p)
{
    char boot[64] = "", space[64] = "";
    apr_file_t *f;
    apr_size_t len = sizeof(boot) - 1;
    ssize_t n = readlink("/proc/self/ns/pid", space, sizeof(space) - 1);
    const char *both;
    unsigned char own[4];

    if (apr_file_open(&f, "/proc/sys/kernel/random/boot_id", APR_FOPEN_READ, 0, p) ==
        APR_SUCCESS) {
        if (apr_file_read(f, boot, &len) != APR_SUCCESS)
            len = 0;
        boot[len] = '\0';
        apr_file_close(f);
    }
    if (boot[0] == '\0' || n <= 0) { /* not known: a tag of our own, equal to nobody's */
        if (hw_random(own, sizeof(own)) != APR_SUCCESS)
            abort();
        return hw_hex(own, sizeof(own), p);
    }
    both = apr_pstrcat(p, boot, space, NULL);
    return apr_pstrmemdup(p, hw_sha256_hex(both, strlen(both), p), 8);
}

const char *
hwd_worker_name(const char **host, apr_pool_t *p)
{
    char name[256] = "";

    if (gethostname(name, sizeof(name) - 1) != 0 || name[0] == '\0')
        strcpy(name, "localhost");
    *host = apr_pstrdup(p, name);
    return apr_psprintf(p, "%s:%ld:%s-%s", name, (long)getpid(), machine_tag(p),
                        hw_random_token(6, p));
}

static hw_json_t *
shards_json(hwd_t *d)
{
    hw_json_t *list = json_object_new_array();
    int shards[HW_SHARDS], n = hwd_shards_list(d->shards, shards);

    for (int i = 0; i < n; i++)
        json_object_array_add(list, json_object_new_int(shards[i]));
    return list;
}

static hw_json_t *
database_json(hwd_t *d)
{
    hw_json_t *v = json_object_new_object();
    int up = atomic_load(&d->database_up);

    hw_json_set_string(v, "status", up ? "up" : "down");
    if (!up)
        hw_json_set_string(v, "detail", "PostgreSQL does not answer hookwised");
    return v;
}

static const char *
status_json(hwd_t *d, apr_pool_t *p)
{
    hw_json_t *v = hw_json_own(json_object_new_object(), p);
    int ready, busy, waiting;
    hwd_load_t load;

    hwd_items_load(d->items, &load);
    hwd_lanes_count(d->lanes, &ready, &busy, &waiting);
    hw_json_set_string(v, "worker", d->worker);
    hw_json_set_string(v, "host", d->host);
    hw_json_set_int(v, "pid", getpid());
    hw_json_set_string(v, "started", hw_time_rfc3339(d->started, p));
    hw_json_set_string(v, "version", HW_VERSION);
    hw_json_set(v, "database", database_json(d));
    hw_json_set(v, "destinations", hwd_dests_json(d->dests, p));
    hw_json_set(v, "shards", shards_json(d));
    hw_json_set_int(v, "in_flight", load.jobs);
    hw_json_set_int(v, "waiting", waiting);
    return hw_json_write(v, p);
}

static const char *
settings_json(hwd_t *d, apr_pool_t *p)
{
    return hw_json_write(hw_json_own(hw_settings_json(hwd_configs_base(d->configs), p), p), p);
}

apr_status_t
hwd_status_write(hwd_t *d, hw_queue_t *q, hw_result_t *res)
{
    apr_pool_t *p = hwd_pool();
    apr_status_t rv = hw_worker_beat(q, d->worker, status_json(d, p), settings_json(d, p), res, p);

    apr_pool_destroy(p);
    return rv;
}

void
hwd_status_remove(hwd_t *d, hw_queue_t *q)
{
    apr_pool_t *p = hwd_pool();
    hw_result_t *res = hw_result_make(p);
    redisReply *reply;

    if (hw_queue_commandf(q, &reply, res, p, "DEL hw:w:%s", d->worker) == APR_SUCCESS)
        hw_queue_commandf(q, &reply, res, p, "ZREM hw:workers %s", d->worker);
    apr_pool_destroy(p);
}

void
hwd_notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    apr_size_t len = path != NULL ? strlen(path) : 0;
    int fd;

    if (len == 0 || len >= sizeof(to.sun_path) || (path[0] != '/' && path[0] != '@'))
        return;
    memcpy(to.sun_path, path, len);
    if (path[0] == '@') /* the abstract name space */
        to.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to,
           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
    close(fd);
}
