/* SPDX-License-Identifier: Apache-2.0 */
/* The route table: what there is, who may, and what it does. htdocs/openapi.json says more. */
#include "htdocs/cgi/handlers.h"
#include "htdocs/cgi/resource.h"

const hwc_route_t hwc_routes[] = {
    /* Signing in and out. */
    {"POST", "/login", HW_ANYONE, HWC_NO_CSRF, hwc_login, "Sign in"},
    {"POST", "/logout", HW_ANYONE, 0, hwc_logout, "Sign out"},
    {"GET", "/api/session", HW_VIEWER, 0, hwc_session_get, "Who is signed in"},
    {"POST", "/api/session/password", HW_VIEWER, 0, hwc_password, "Change one's own password"},
    {"POST", "/api/session/totp", HW_VIEWER, 0, hwc_totp,
     "Start, confirm or disable one's own second factor"},

    /* Users, API keys, audit. */
    {"GET", "/api/users", HW_ADMIN, 0, hwc_users_list, "List users"},
    {"POST", "/api/users", HW_ADMIN, 0, hwc_users_add, "Add a user"},
    {"GET", "/api/users/{name}", HW_ADMIN, 0, hwc_users_get, "One user"},
    {"PUT", "/api/users/{name}", HW_ADMIN, 0, hwc_users_change, "Change a user"},
    {"PATCH", "/api/users/{name}", HW_ADMIN, 0, hwc_users_change, "Change a user"},
    {"DELETE", "/api/users/{name}", HW_ADMIN, 0, hwc_users_delete, "Remove a user"},
    {"GET", "/api/apikeys", HW_ADMIN, 0, hwc_apikeys_list, "List API keys"},
    {"POST", "/api/apikeys", HW_ADMIN, 0, hwc_apikeys_add, "Make an API key"},
    {"DELETE", "/api/apikeys/{id}", HW_ADMIN, 0, hwc_apikeys_delete, "Revoke an API key"},
    {"GET", "/api/audit", HW_ADMIN, 0, hwc_audit_list, "Who changed what"},

    /* Endpoints. A fixed path stands before one with {id}. */
    {"GET", "/api/endpoints", HW_VIEWER, 0, hwc_endpoints_list, "List endpoints"},
    {"POST", "/api/endpoints", HW_ADMIN, 0, hwc_endpoints_add, "Create an endpoint"},
    {"GET", "/api/endpoints/fields", HW_VIEWER, 0, hwc_endpoints_fields,
     "The fields of an endpoint document"},
    {"PUT", "/api/endpoints/order", HW_OPERATOR, 0, hwc_endpoints_order, "Order endpoints"},
    {"POST", "/api/endpoints/bulk", HW_OPERATOR, 0, hwc_endpoints_bulk,
     "Pause, resume, delete or export several endpoints"},
    {"GET", "/api/endpoints/{id}", HW_VIEWER, 0, hwc_endpoint_get, "One endpoint"},
    {"PUT", "/api/endpoints/{id}", HW_ADMIN, 0, hwc_endpoint_put,
     "Replace an endpoint's document"},
    {"PATCH", "/api/endpoints/{id}", HW_ADMIN, 0, hwc_endpoint_patch,
     "Change fields of an endpoint"},
    {"DELETE", "/api/endpoints/{id}", HW_ADMIN, 0, hwc_endpoint_delete, "Delete an endpoint"},
    {"POST", "/api/endpoints/{id}/rotate", HW_ADMIN, 0, hwc_endpoint_rotate,
     "Give an endpoint a new token"},
    {"POST", "/api/endpoints/{id}/clone", HW_ADMIN, 0, hwc_endpoint_clone, "Copy an endpoint"},
    {"POST", "/api/endpoints/{id}/test", HW_OPERATOR, 0, hwc_endpoint_test,
     "Send a sample through the queue"},
    {"POST", "/api/endpoints/{id}/dry-run", HW_VIEWER, 0, hwc_endpoint_dry_run,
     "What would happen to a payload"},
    {"GET", "/api/endpoints/{id}/token", HW_ADMIN, 0, hwc_endpoint_token,
     "Show an endpoint's secrets"},
    {"POST", "/api/dry-run", HW_VIEWER, 0, hwc_dry_run,
     "What would happen, for an unsaved document"},
    {"GET", "/api/presets", HW_VIEWER, 0, hwc_presets_list, "List presets"},

    /* History. */
    {"GET", "/api/history", HW_VIEWER, 0, hwc_history_list, "List history"},
    {"DELETE", "/api/history", HW_ADMIN, 0, hwc_history_delete, "Delete history by filter"},
    {"GET", "/api/history/export", HW_VIEWER, 0, hwc_history_export, "Download history"},
    {"POST", "/api/history/replay", HW_OPERATOR, 0, hwc_history_replay_many,
     "Replay several entries"},
    {"GET", "/api/history/{id}", HW_VIEWER, 0, hwc_history_get, "One history entry"},
    {"POST", "/history/replay/{log_id}", HW_OPERATOR, 0, hwc_history_replay, "Replay one entry"},

    /* Incidents, tenant map, statistics. */
    {"GET", "/api/incidents", HW_VIEWER, 0, hwc_incidents_list, "List incidents"},
    {"GET", "/api/incidents/{id}", HW_VIEWER, 0, hwc_incident_get,
     "One incident with notes and events"},
    {"PATCH", "/api/incidents/{id}", HW_OPERATOR, 0, hwc_incident_patch,
     "Change an incident's status"},
    {"GET", "/api/incidents/{id}/notes", HW_VIEWER, 0, hwc_incident_notes,
     "Notes of an incident"},
    {"POST", "/api/incidents/{id}/notes", HW_OPERATOR, 0, hwc_incident_note,
     "Add a note to an incident"},
    {"GET", "/api/tenantmap", HW_VIEWER, 0, hwc_tenantmap_list, "List the tenant map"},
    {"POST", "/api/tenantmap", HW_ADMIN, 0, hwc_tenantmap_add, "Add a mapping"},
    {"POST", "/api/tenantmap/test", HW_VIEWER, 0, hwc_tenantmap_test,
     "Which company would it be?"},
    {"PUT", "/api/tenantmap/{id}", HW_ADMIN, 0, hwc_tenantmap_change, "Change a mapping"},
    {"DELETE", "/api/tenantmap/{id}", HW_ADMIN, 0, hwc_tenantmap_delete, "Remove a mapping"},
    {"GET", "/api/stats", HW_VIEWER, 0, hwc_stats, "Numbers of today or the last 24 hours"},
    {"GET", "/api/stats/history", HW_VIEWER, 0, hwc_stats_history, "Numbers over time"},

    /* Administration. */
    {"GET", "/api/settings", HW_ADMIN, 0, hwc_settings_list, "List settings"},
    {"PUT", "/api/settings", HW_ADMIN, 0, hwc_settings_put, "Change settings"},
    {"GET", "/admin/maintenance", HW_VIEWER, 0, hwc_maintenance_get, "Is maintenance mode on?"},
    {"POST", "/admin/maintenance", HW_OPERATOR, 0, hwc_maintenance_set,
     "Toggle or set maintenance mode"},
    {"GET", "/api/maintenance/windows", HW_VIEWER, 0, hwc_windows_list,
     "When endpoints are in maintenance"},
    {"GET", "/admin/backup", HW_ADMIN, 0, hwc_backup, "Download a backup"},
    {"POST", "/admin/restore", HW_OWNER, 0, hwc_restore, "Restore a backup"},
    {"POST", "/admin/clear-cache", HW_OPERATOR, 0, hwc_clear_cache,
     "Look again at everything remembered"},

    /* What hookwised asks for us. */
    {"GET", "/api/cw/boards", HW_VIEWER, 0, hwc_cw_list, "Service boards of ConnectWise"},
    {"GET", "/api/cw/priorities", HW_VIEWER, 0, hwc_cw_list, "Priorities of ConnectWise"},
    {"GET", "/api/cw/companies", HW_VIEWER, 0, hwc_cw_list, "Companies of ConnectWise"},
    {"GET", "/api/cw/statuses/{board_id}", HW_VIEWER, 0, hwc_cw_board_list, "Statuses of a board"},
    {"GET", "/api/cw/types/{board_id}", HW_VIEWER, 0, hwc_cw_board_list, "Types of a board"},
    {"GET", "/api/cw/subtypes/{board_id}", HW_VIEWER, 0, hwc_cw_board_list, "Subtypes of a board"},
    {"GET", "/api/cw/items/{board_id}", HW_VIEWER, 0, hwc_cw_board_list, "Items of a board"},
    {"POST", "/api/cw/test", HW_ADMIN, 0, hwc_cw_test, "Does ConnectWise let us in?"},
    {"GET", "/health/llm", HW_VIEWER, 0, hwc_llm_health, "Does the model answer?"},
    {"POST", "/api/llm/preview", HW_OPERATOR, 0, hwc_llm_preview,
     "What the model would say"},

    {.method = NULL},
};
