/* SPDX-License-Identifier: Apache-2.0 */
/* The route table: what there is, who may, and what it does. htdocs/openapi.json says more. */
#include "htdocs/cgi/handlers.h"

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
    {"DELETE", "/api/users/{name}", HW_ADMIN, 0, hwc_users_delete, "Remove a user"},
    {"GET", "/api/apikeys", HW_ADMIN, 0, hwc_apikeys_list, "List API keys"},
    {"POST", "/api/apikeys", HW_ADMIN, 0, hwc_apikeys_add, "Make an API key"},
    {"DELETE", "/api/apikeys/{id}", HW_ADMIN, 0, hwc_apikeys_delete, "Revoke an API key"},
    {"GET", "/api/audit", HW_ADMIN, 0, hwc_audit_list, "Who changed what"},

    {.method = NULL},
};
