/* SPDX-License-Identifier: Apache-2.0 */
/* The endpoint document: parsed, validated, compiled. */
#ifndef HW_ENDPOINT_H
#define HW_ENDPOINT_H

#include "common/json.h"
#include "common/map.h"
#include "common/notify.h"
#include "common/paths.h"
#include "common/rules.h"
#include "common/settings.h"
#include "common/window.h"

/* The ticket fields a mapping or rule can set, in this order everywhere. */
typedef enum {
    HW_F_SUMMARY, HW_F_DESCRIPTION, HW_F_CUSTOMER_ID, HW_F_TICKET_TYPE, HW_F_SUBTYPE, HW_F_ITEM,
    HW_F_PRIORITY, HW_F_BOARD, HW_F_STATUS, HW_F_CLOSE_STATUS, HW_F_SEVERITY, HW_F_IMPACT,
    HW_F_COUNT
} hw_field_e;
extern const char *const hw_field_names[HW_F_COUNT]; /* "summary", … */

typedef enum { HW_UNKNOWN_NOTE, HW_UNKNOWN_OPEN, HW_UNKNOWN_IGNORE } hw_unknown_e;

/* One listed trigger value, or one thing to take out of a summary. */
typedef struct {
    enum { HW_VAL_EXACT, HW_VAL_PREFIX, HW_VAL_REGEX } how;
    const char *text;
    hw_rx_t *rx;
} hw_value_t;

/* Read-only once compiled: any number of threads may plan with it. */
typedef struct hw_endpoint_t {
    const char *id, *name, *tenant, *preset, *destination;
    const char *version;               /* of the stored row: changes with every save */
    int enabled, draft;
    const char *fields[HW_F_COUNT];    /* the endpoint's own values; NULL = not set */
    const char *default_company;       /* customer_id_default, NULL = none */
    hw_paths_t *trigger;               /* NULL = every event opens */
    apr_array_header_t *open_values, *close_values; /* of hw_value_t */
    hw_unknown_e on_unknown;
    hw_paths_t *batch;                 /* NULL = one element, the root */
    hw_expr_list_t *dedup;             /* NULL = the summary, uncut */
    const char *prefix;
    hw_template_t *description;        /* NULL = built in */
    apr_array_header_t *remove_strings; /* of hw_value_t: out of summaries; no HW_VAL_PREFIX */
    hw_expr_t *mapping[HW_F_COUNT];    /* NULL = not mapped */
    const char *severities;            /* what the preset's severity values mean: hw_preset_t */
    const char *priorities;            /* PRIORITY_MAP; NULL = none */
    hw_expr_t *customer;               /* the sender's own name of a customer; NULL = none */
    hw_rules_t *rules;                 /* the preset's drop rules, then the endpoint's */
    hw_windows_t *windows;
    int global_routing;
    int reopen_window_minutes;
    int ai_rca;
    const char *ai_prompt;
    apr_array_header_t *notify;        /* of hw_notify_t *, secrets as they are shown */
    int timeout_alerts, timeout_hours;
} hw_endpoint_t;

/* Checks a document as it is to be saved: unknown fields, types, bounds, regexes, paths, windows.
 * *normal (may be NULL) is the document with JSON values in place of strings holding JSON and
 * without members that are null; it is what is stored. Errors: APR_EINVAL with field and
 * offset. */
apr_status_t hw_endpoint_check(const hw_json_t *doc, hw_json_t **normal, hw_result_t *res,
                               apr_pool_t *p);

/* Compiles a document (check included): preset values under explicit ones, settings under both.
 * id and version come from the store; the document's own "id" is used when id is NULL. */
apr_status_t hw_endpoint_compile(const hw_json_t *doc, const char *id, const char *version,
                                 const hw_settings_t *settings, hw_endpoint_t **out,
                                 hw_result_t *res, apr_pool_t *p);

/* Every field of the document, for API, GUI and tests: name, type, default. */
typedef struct {
    const char *name;
    enum { HW_EP_TEXT, HW_EP_SECRET, HW_EP_BOOL, HW_EP_INT, HW_EP_LIST, HW_EP_PATH, HW_EP_PATHS,
           HW_EP_JSON } type;
    const char *deflt;   /* as JSON text, NULL = none */
    long min, max;       /* HW_EP_INT */
    apr_size_t max_len;  /* bytes of texts */
} hw_endpoint_field_t;
extern const hw_endpoint_field_t hw_endpoint_fields[]; /* ends with name NULL */

/* What answers show beside a document, so that they can be given back; ends with NULL. */
extern const char *const hw_endpoint_shown[];
/* Takes them out of doc. */
void hw_endpoint_strip(hw_json_t *doc);

#endif
