/* SPDX-License-Identifier: Apache-2.0 */
/* The handlers of resources, by file, and what they share (resource.c). */
#ifndef HWC_RESOURCE_H
#define HWC_RESOURCE_H

#include "common/store_admin.h"
#include "htdocs/cgi/cgi.h"

/* endpoints.c, endpoint_acts.c, endpoint_many.c */
hwc_fn hwc_endpoints_list, hwc_endpoints_add, hwc_endpoint_get, hwc_endpoint_put,
    hwc_endpoint_patch, hwc_endpoint_delete;
hwc_fn hwc_endpoint_rotate, hwc_endpoint_clone, hwc_endpoint_test, hwc_endpoint_token;
hwc_fn hwc_notify_test, hwc_notifications_list; /* notify.c */
hwc_fn hwc_endpoints_fields, hwc_endpoints_order, hwc_endpoints_bulk;
/* dryrun.c, presets.c */
hwc_fn hwc_dry_run, hwc_endpoint_dry_run, hwc_presets_list;
/* tickets.c */
hwc_fn hwc_tickets_list;
/* history.c, history_many.c, history_export.c */
hwc_fn hwc_history_list, hwc_history_get, hwc_history_replay;
hwc_fn hwc_history_export, hwc_history_delete, hwc_history_replay_many, hwc_replays_list,
    hwc_replay_get, hwc_replay_stop;
/* incidents.c, tenantmap.c, stats.c */
hwc_fn hwc_incidents_list, hwc_incident_get, hwc_incident_patch, hwc_incident_notes,
    hwc_incident_note;
hwc_fn hwc_tenantmap_list, hwc_tenantmap_add, hwc_tenantmap_change, hwc_tenantmap_delete,
    hwc_tenantmap_test;
hwc_fn hwc_stats, hwc_stats_history;
/* settings.c, maintenance.c, backup.c */
hwc_fn hwc_settings_list, hwc_settings_put;
hwc_fn hwc_maintenance_get, hwc_maintenance_set, hwc_windows_list;
hwc_fn hwc_backup, hwc_restore, hwc_clear_cache;
/* psa.c */
hwc_fn hwc_cw_list, hwc_cw_companies, hwc_cw_board_list, hwc_cw_test, hwc_llm_health, hwc_llm_preview;

/* --- resource.c ------------------------------------------------------------------------------ */
/* {"items":items,"next":next|null}; takes items over. */
apr_status_t hwc_list(hwc_t *c, hw_json_t *items, const char *next);
/* For a list that was read whole: leaves the rows that limit and cursor ask for, all of them when there
 * is no limit. *next lives in c->p. */
apr_status_t hwc_list_part(hwc_t *c, hw_json_t *items, const char **next);
/* Both. Takes items over, also when it fails. */
apr_status_t hwc_list_whole(hwc_t *c, hw_json_t *items);
/* Things of other tenants are not there for who is bound to one. */
int hwc_visible(const hwc_t *c, const char *tenant);
/* 403 for who is bound to one tenant: this is about all of them. */
apr_status_t hwc_need_all_tenants(hwc_t *c);
/* The endpoint by its id, when it is visible. */
apr_status_t hwc_endpoint_find(hwc_t *c, const char *id, int secrets, hw_store_t **s,
                               hw_endpoint_row_t **row);
/* Puts the endpoint (NULL = all) into Redis, and into v what came of it: "in_force" and, when
 * Redis did not answer, "warning". The change is saved in any case. */
void hwc_publish(hwc_t *c, const char *id, hw_json_t *v);
/* The address a sender posts to. */
const char *hwc_webhook_url(const hwc_t *c, const char *id);
/* An endpoint as pages see it, with url and config_health, of what hw_store_health_get gave; owned by
 * the caller. */
hw_json_t *hwc_endpoint_shown(hwc_t *c, const hw_endpoint_view_t *view, const hw_json_t *health);
/* The one of that id; *out owned by the caller. */
apr_status_t hwc_endpoint_json(hwc_t *c, hw_store_t *s, const char *id, hw_json_t **out);
/* limit and cursor of a list. */
apr_status_t hwc_page(hwc_t *c, int *limit, const char **cursor);
/* An array of texts, 1 to max of them: "bad-value" of the member otherwise. */
apr_status_t hwc_ids_member(hwc_t *c, const hw_json_t *body, const char *name, int max,
                            apr_array_header_t **out);
/* Text as it is, anything else as JSON. */
const char *hwc_payload_text(hwc_t *c, const hw_json_t *v, apr_size_t *len);
/* {"Name":"value"} as the headers of an event. */
apr_status_t hwc_headers_member(hwc_t *c, const hw_json_t *body, const char **out);

/* psa.c: asks hookwised (hookwised/ask.h); question gets its id and is taken over. items of the answer;
 * a refusal is ours: 502, or 422 when the question is at fault. */
apr_status_t hwc_ask(hwc_t *c, hw_json_t *question, int seconds, hw_json_t **items);

/* settings.c: those in force, with what was changed at run time. */
apr_status_t hwc_settings(hwc_t *c, hw_store_t *s, const hw_settings_t **out);

/* history.c: the filters of the query string, or of an object with the same members. */
apr_status_t hwc_history_filter(hwc_t *c, hw_history_filter_t *f);
apr_status_t hwc_history_filter_of(hwc_t *c, const hw_json_t *v, hw_history_filter_t *f);
/* 403 for a tenant that is not the user's: lists show the user's own then, nothing is changed. */
apr_status_t hwc_history_own(hwc_t *c, const char *tenant);
/* Enqueues what is behind a history row again; tell: chat targets are told of it. */
apr_status_t hwc_replay(hwc_t *c, hw_store_t *s, hw_queue_t *q, const char *id, int tell,
                        const char **request_id);

#endif
