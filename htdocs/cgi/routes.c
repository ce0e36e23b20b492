/* SPDX-License-Identifier: Apache-2.0 */
/* The route table: what there is, who may, and what it does. htdocs/openapi.json says more. */
#include "htdocs/cgi/handlers.h"

const hwc_route_t hwc_routes[] = {
    /* Signing in and out. */
    {"POST", "/login", HW_ANYONE, HWC_NO_CSRF, hwc_login, "Sign in"},
    {"POST", "/logout", HW_ANYONE, 0, hwc_logout, "Sign out"},
    {"GET", "/api/session", HW_VIEWER, 0, hwc_session_get, "Who is signed in"},

    {.method = NULL},
};
