/* SPDX-License-Identifier: Apache-2.0 */
/* hookwise.cgi: one request as CGI, or many as FastCGI, with the same code. */
#include <apr_general.h>
#include <apr_strings.h>
#include <fcgiapp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/result.h"
#include "common/text.h"
#include "htdocs/cgi/request.h"
#include "htdocs/cgi/services.h"

#define DEFAULT_CONF "/etc/hookwise/hookwised.conf"

/* What outlives a request. */
typedef struct {
    apr_pool_t *p;
    hw_settings_t *settings;
    hw_keyring_t *ring;
    hwc_services_t *services;
    hw_result_t *res; /* why the program cannot work; rv APR_SUCCESS = it can */
} program_t;

static apr_status_t
program_start(program_t *prog, const char *conf)
{
    const char *keys;
    apr_status_t rv;

    prog->res = hw_result_make(prog->p);
    rv = hw_settings_load(conf, &prog->settings, NULL, prog->res, prog->p);
    if (rv != APR_SUCCESS)
        return rv;
    keys = hw_set_text(prog->settings, "ENCRYPTION_KEY");
    if (*keys != '\0' &&
        (rv = hw_keyring_make(keys, &prog->ring, prog->res, prog->p)) != APR_SUCCESS)
        return hw_result_in_field(prog->res, "ENCRYPTION_KEY");
    return hwc_services_make(prog->settings, prog->ring, &prog->services, prog->res, prog->p);
}

/* The configuration file is the administrator's affair: its words go to the error log alone, as
 * nobody is signed in. */
static void
answer_misconfigured(const program_t *prog, hwc_t *c)
{
    hwc_refuse(c, 500, "misconfigured", "%s", hw_result_text(prog->res, c->p));
    hwc_failed(c, APR_EGENERAL);
}

static void
serve(const program_t *prog, const hwc_io_t *io)
{
    apr_pool_t *p;
    hwc_t *c;

    apr_pool_create(&p, prog->p);
    c = hwc_request_make(io, p);
    if (prog->res->rv != APR_SUCCESS) {
        answer_misconfigured(prog, c);
    } else {
        c->settings = prog->settings;
        c->ring = prog->ring;
        c->services = prog->services;
        hwc_handle(c);
    }
    hwc_request_drain(c);
    hwc_answer_write(c);
    if (prog->services != NULL)
        hwc_services_rest(prog->services);
    apr_pool_destroy(p);
}

/* --- plain CGI ------------------------------------------------------------------------------- */

static const char *
env_get(void *baton, const char *name)
{
    (void)baton;
    return getenv(name);
}

static apr_size_t
stdin_read(void *baton, char *buf, apr_size_t len)
{
    (void)baton;
    return fread(buf, 1, len, stdin);
}

static int
stdout_write(void *baton, const char *s, apr_size_t len)
{
    (void)baton;
    if (fwrite(s, 1, len, stdout) == len)
        return 1;
    fputs("hookwise.cgi: the answer could not be written\n", stderr);
    return 0;
}

/* --- FastCGI --------------------------------------------------------------------------------- */

static const char *
fcgi_get(void *baton, const char *name)
{
    return FCGX_GetParam(name, ((FCGX_Request *)baton)->envp);
}

static apr_size_t
fcgi_read(void *baton, char *buf, apr_size_t len)
{
    int n = FCGX_GetStr(buf, (int)len, ((FCGX_Request *)baton)->in);

    return n > 0 ? (apr_size_t)n : 0;
}

static int
fcgi_write(void *baton, const char *s, apr_size_t len)
{
    return FCGX_PutStr(s, (int)len, ((FCGX_Request *)baton)->out) >= 0;
}

static void
serve_fastcgi(const program_t *prog)
{
    FCGX_Request request;
    hwc_io_t io = {.get = fcgi_get, .read = fcgi_read, .write = fcgi_write, .baton = &request};

    FCGX_Init();
    FCGX_InitRequest(&request, 0, 0);
    while (FCGX_Accept_r(&request) >= 0) {
        serve(prog, &io);
        FCGX_Finish_r(&request);
    }
}

int
main(void)
{
    program_t prog = {0};
    hwc_io_t io = {.get = env_get, .read = stdin_read, .write = stdout_write};
    const char *conf = getenv("HOOKWISE_CONF");

    signal(SIGPIPE, SIG_IGN); /* a server that went away is an error of its call */
    apr_initialize();
    apr_pool_create(&prog.p, NULL);
    program_start(&prog, conf != NULL && *conf != '\0' ? conf : DEFAULT_CONF);
    if (FCGX_IsCGI())
        serve(&prog, &io);
    else
        serve_fastcgi(&prog);
    apr_pool_destroy(prog.p);
    apr_terminate();
    return HW_EXIT_OK;
}
