/* SPDX-License-Identifier: Apache-2.0 */
/* Leaving events of a destination that is down where they are: in Redis. */
#include "hookwised/park.h"

#include <apr_strings.h>
#include <string.h>

#include "hookwised/dest.h"
#include "hookwised/item.h"
#include "hookwised/shard.h"

static int
dest_down(hwd_t *d, const hwd_endpoint_t *e)
{
    hwd_dest_t *dest = e != NULL && e->ep != NULL ? hwd_dest_find(d->dests, e->ep->destination)
                                                  : NULL;
    apr_time_t at;

    return dest != NULL && hwd_dest_down(dest, &at);
}

int
hwd_park(hwd_t *d, const hw_event_t *ev, const hwd_config_t *cfg)
{
    const hwd_endpoint_t *e = hwd_config_endpoint(cfg, ev->endpoint_id);
    hwd_shard_t *sh = hwd_shard_at(d->shards, ev->shard);
    hwd_load_t load;

    if (e == NULL || e->ep == NULL)
        return 0;
    if (sh->parked && strcmp(sh->parked_dest, e->ep->destination) == 0)
        return 1;
    hwd_items_load(d->items, &load);
    if ((load.jobs < HWD_MAX_JOBS / 2 && load.bytes < HWD_MAX_BYTES / 2) || sh->parked ||
        !dest_down(d, e))
        return 0;
    sh->parked = 1;
    apr_cpystrn(sh->parked_dest, e->ep->destination, sizeof(sh->parked_dest));
    return 1;
}

void
hwd_unpark(hwd_t *d)
{
    for (int i = 0; i < HW_SHARDS; i++) {
        hwd_shard_t *sh = hwd_shard_at(d->shards, i);
        hwd_dest_t *dest = sh->parked ? hwd_dest_find(d->dests, sh->parked_dest) : NULL;
        apr_time_t at;

        if (dest == NULL || sh->claim || hwd_dest_down(dest, &at))
            continue;
        sh->parked = 0;
        sh->claim = 1;
        sh->cursor = "0-0";
    }
}
