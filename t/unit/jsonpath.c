/* SPDX-License-Identifier: Apache-2.0 */
/* JSONPath: the short forms of configurations, prefixes, bounds, and use from several threads. */
#include <pthread.h>

#include "common/text.h"
#include "t/lib/jsonpath_table.h"

static const jsonpath_row_t config[] = {
    {"heartbeat.status", "{`heartbeat`:{`status`:0}}", "[0]", 0},
    {"monitor", "{`monitor`:`x`}", "[`x`]", 0},
    {"a[0].b", "{`a`:[{`b`:1}]}", "[1]", 0},
    {"a['b c'].d", "{`a`:{`b c`:{`d`:1}}}", "[1]", 0},
    {"['a b']", "{`a b`:1}", "[1]", 0},
    {"[0]", "[7]", "[7]", 0},
    {"a..b", "{`a`:{`x`:{`b`:1}}}", "[1]", 0},
    {"a.*", "{`a`:[1,2]}", "[1,2]", 0},
    {"alerts[?@.status=='firing'].id", "{`alerts`:[{`status`:`firing`,`id`:4}]}", "[4]", 0},
    {"status_text", "{`status_text`:1}", "[1]", 0},
    {"event-type.sub-type", "{`event-type`:{`sub-type`:1}}", "[1]", 0},
    {"  heartbeat.status\n", "{`heartbeat`:{`status`:0}}", "[0]", 0},
    {" $.a ", "{`a`:0}", "[0]", 0},
    {"true", "{`true`:0}", "[0]", 0},
    {"$.a", "{`a`:0}", "[0]", 0},
    {"@.a", "{`a`:0}", "[0]", 0},
    {"@", "5", "[5]", 0},
    {"@[?@.x].y", "[{`x`:1,`y`:2}]", "[2]", 0},
    {"$", "5", "[5]", 0},
    {"headers.x", "{`headers`:{`x`:1}}", "[1]", 0},
    {"", 0, BAD, 0},
    {"  ", 0, BAD, 0},
    {"Job ID", 0, BAD, 3},
    {".a", 0, BAD, 0},
    {"1a", 0, BAD, 0},
    {"-a", 0, BAD, 0},
    {"a.", 0, BAD, 2},
    {"a..", 0, BAD, 3},
    {"a b.c", 0, BAD, 1},
    {"a = 1", 0, BAD, 1},
    {"$.a-b", 0, BAD, 3},
    {"a[?@.x-y]", 0, BAD, 6},
    {"a[?x]", 0, BAD, 3},
    {"#a", 0, BAD, 0},
    {"{a}", 0, BAD, 0},
};

typedef struct {
    const char *text, *path; /* path NULL: refused */
    int offset;
} prefix_row_t;

static const prefix_row_t prefixes[] = {
    {"$", "$", 0},
    {"$.a", "$.a", 0},
    {"$.a rest", "$.a", 0},
    {"$.a [prod]", "$.a", 0},
    {"$.a[prod]", "$.a", 0},
    {"$['Job ID'].x rest", "$['Job ID'].x", 0},
    {"$.a. Text", "$.a", 0},
    {"$.a.. Text", "$.a", 0},
    {"$.a...", "$.a", 0},
    {"$.a, $.b", "$.a", 0},
    {"$.a: down", "$.a", 0},
    {"$.a-$.b", "$.a", 0},
    {"$.a/$.b", "$.a", 0},
    {"$.a}", "$.a", 0},
    {"$.a || $.b", "$.a", 0},
    {"$.a|$.b", "$.a", 0},
    {"$.a [0]", "$.a [0]", 0},
    {"$.a .b", "$.a .b", 0},
    {"$.a (x)", "$.a", 0},
    {"$.a[0] [x", "$.a[0]", 0},
    {"$.a[1/2]", "$.a", 0},
    {"$.a[1:2]s", "$.a[1:2]", 0},
    {"$.a[?@.x == 'a b'].y z", "$.a[?@.x == 'a b'].y", 0},
    {"$.a ['x", "$.a", 0},
    {"$.a [?no]", "$.a", 0},
    {"$5.00", "$", 0},
    {"$ 5", "$", 0},
    {"$..", "$", 0},
    {"$..a..", "$..a", 0},
    {"$.a\n$.b", "$.a", 0},
    {"$.a\xff", "$.a", 0},
    {"$.\xc3\xa4\xc3\xb6 x", "$.\xc3\xa4\xc3\xb6", 0},
    {"@.labels.host on", "@.labels.host", 0},
    {"@ x", "@", 0},
    {"$headers.X-Event: y", "$headers.X-Event", 0},
    {"$headers['x-y'] z", "$headers['x-y']", 0},
    {"$headers x", "$headers", 0},
    {"$headersx.y", "$", 0},
    {"$.a['b", NULL, 6},
    {"$.a[?foo(@)].b", NULL, 5},
    {"$.a[`b`x]", NULL, 7},
    {"a.b", NULL, 0},
    {" $.a", NULL, 0},
    {"", NULL, 0},
};

static void
check_prefixes(apr_pool_t *p)
{
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        const prefix_row_t *row = &prefixes[i];
        const char *text = quotes(row->text, p);
        hw_result_t *res = hw_result_make(p);
        apr_size_t used = 99;
        hw_path_t *path;
        apr_status_t rv;

        rv = hw_path_compile_prefix(text, strlen(text), HW_PATH_CONFIG, &path, &used, res, p);
        if (row->path == NULL) {
            ok(rv == APR_EINVAL && res->offset == row->offset && path == NULL,
               "%s has no path at its start: offset %d", label(text, p), (int)res->offset);
            continue;
        }
        ok(rv == APR_SUCCESS && res->rv == APR_SUCCESS && used == strlen(row->path),
           "%s: the path takes %d bytes", label(text, p), (int)used);
        if (rv == APR_SUCCESS)
            is(hw_path_source(path), row->path, "and reads %s", row->path);
    }
}

static hw_json_t *
json(const char *text, apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    hw_json_t *v = NULL;

    text = quotes(text, p);
    if (hw_json_parse(text, strlen(text), NULL, &v, NULL, res, p) != APR_SUCCESS)
        tap_diag("%s: %s", text, hw_result_text(res, p));
    return v;
}

static const char *
eval(const char *expr, const hw_scope_t *scope, apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    apr_array_header_t *nodes;
    hw_path_t *path;

    if (hw_path_compile(expr, strlen(expr), HW_PATH_CONFIG, &path, res, p) != APR_SUCCESS ||
        hw_path_eval(path, scope, &nodes, res, p) != APR_SUCCESS)
        return hw_result_text(res, p);
    return nodes_text(nodes, p);
}

/* Root, element and headers are three trees; inside a filter "@" is the filter's node. */
static void
check_scopes(apr_pool_t *p)
{
    hw_scope_t scope = {
        .root = json("{`a`:1,`list`:[{`k`:`push`},{`k`:`pull`}]}", p),
        .element = json("{`a`:2,`items`:[1,2,3]}", p),
        .headers = json("{`x-github-event`:`push`,`host`:`h`}", p),
    };
    hw_scope_t empty = {0};

    is(eval("a", &scope, p), "[1]", "a rootless path is taken from the root");
    is(eval("$.a", &scope, p), "[1]", "$ is the root");
    is(eval("@.a", &scope, p), "[2]", "@ is the element");
    is(eval("@.items[?@ >= $.a && @ <= 2]", &scope, p), "[1,2]", "@ in a filter is its node");
    is(eval("$headers.x-github-event", &scope, p), "[\"push\"]", "hyphens in a header's name");
    is(eval("$headers.X-GitHub-Event", &scope, p), "[\"push\"]", "header names in any case");
    is(eval("$headers['X-GitHub-Event','HOST']", &scope, p), "[\"push\",\"h\"]",
       "header names in brackets");
    is(eval("$headers", &scope, p), "[{\"x-github-event\":\"push\",\"host\":\"h\"}]",
       "all headers");
    is(eval("$headers.*", &scope, p), "[\"push\",\"h\"]", "every header");
    is(eval("$headers.none", &scope, p), "[]", "a header that is not there");
    is(eval("list[?@.k == $headers.X-GitHub-Event]", &scope, p), "[{\"k\":\"push\"}]",
       "a header inside a filter");
    is(eval("$headers.x", &empty, p), "[]", "no headers at all");
    is(eval("$", &empty, p), "[null]", "a document that is null");
}

static void
check_properties(apr_pool_t *p)
{
    static const struct {
        const char *path;
        int singular;
    } rows[] = {{"$", 1},         {"$.a.b[0]['c']", 1}, {"a[-1]", 1},  {"$headers.x", 1},
                {"$.*", 0},       {"$..a", 0},          {"$[0,1]", 0}, {"$[0:1]", 0},
                {"$[?@.a].b", 0}, {"$['a']..b.c", 0}};
    hw_path_t *path;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        hw_path_compile(rows[i].path, strlen(rows[i].path), HW_PATH_CONFIG, &path, NULL, p);
        ok(path != NULL && hw_path_is_singular(path) == rows[i].singular &&
               strcmp(hw_path_source(path), rows[i].path) == 0,
           "%s is %ssingular", rows[i].path, rows[i].singular ? "" : "not ");
    }
    ok(hw_path_compile("@.a", 3, HW_PATH_ROOTLESS, &path, NULL, p) == APR_EINVAL,
       "@ needs the element flag");
    ok(hw_path_compile("a", 1, HW_PATH_ELEMENT, &path, NULL, p) == APR_EINVAL,
       "a rootless path needs its flag");
    ok(hw_path_compile("$.abc", 3, HW_PATH_RFC, &path, NULL, p) == APR_SUCCESS &&
           strcmp(hw_path_source(path), "$.a") == 0,
       "the length given counts, not a NUL");
}

/* levels arrays inside each other, the innermost with width numbers. */
static hw_json_t *
nested(int levels, int width, apr_pool_t *p)
{
    hw_json_t *v = json_object_new_array();

    for (int i = 0; i < width; i++)
        json_object_array_add(v, json_object_new_int(i));
    for (int i = 1; i < levels; i++) {
        hw_json_t *outer = json_object_new_array();

        json_object_array_add(outer, v);
        json_object_array_add(outer, json_object_new_string("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
        v = outer;
    }
    return hw_json_own(v, p);
}

static void
check_bomb(const char *expr, const hw_json_t *root, const char *what, apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    hw_scope_t scope = {.root = root};
    apr_array_header_t *nodes;
    hw_path_t *path;
    apr_status_t rv;

    hw_path_compile(expr, strlen(expr), HW_PATH_RFC, &path, res, p);
    rv = hw_path_eval(path, &scope, &nodes, res, p);
    ok(rv == APR_ENOSPC && nodes == NULL && strcmp(res->problem, "too-large") == 0,
       "%s ends with too-large: %s", what, hw_result_text(res, p));
}

static void
check_bounds(apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    hw_json_t *deep = nested(100, 50, p), *wide = nested(1, 5000, p);
    hw_json_t *twins = hw_json_own(json_object_new_array(), p);
    char *expr = apr_pcalloc(p, HW_MAX_EXPR + 2);
    hw_path_t *path;

    for (int i = 0; i < 300; i++)
        json_object_array_add(twins, json_object_get(hw_json_copy(wide, p)));
    check_bomb("$..*..*..*..*", deep, "descendants of descendants", p);
    check_bomb("$..*..*..*..[?@.x]", deep, "descendants without a result", p);
    check_bomb("$[?count($..*)>0]", wide, "a count of everything for every element", p);
    check_bomb("$[?count($[?count($[*])>0])>0]", wide, "filters inside filters", p);
    check_bomb("$[*,*,*,*][?@==1,?@==2]", twins, "many selectors", p);
    check_bomb("$[0][?$[0]==$[1]]", twins, "comparisons of large arrays", p);
    check_bomb("$..[?search(@,'(a|aa)+(b|c)')]", nested(128, 1, p), "hopeless regexes", p);
    memset(expr, 'a', HW_MAX_EXPR + 1);
    ok(hw_path_compile(expr, HW_MAX_EXPR, HW_PATH_CONFIG, &path, res, p) == APR_SUCCESS,
       "a path may be as long as the bound");
    ok(hw_path_compile(expr, HW_MAX_EXPR + 1, HW_PATH_CONFIG, &path, res, p) == APR_EINVAL &&
           res->offset == HW_MAX_EXPR,
       "and no longer");
}

typedef struct {
    const hw_path_t *path;
    apr_pool_t *p;
    int right;
} job_t;

static void *
run_job(void *data)
{
    static const char text[] =
        "{\"a\":[{\"s\":\"firing\",\"n\":1},{\"s\":\"ok\"},{\"s\":\"fire\",\"n\":2}]}";
    job_t *job = data;
    hw_scope_t scope = {0};
    apr_array_header_t *nodes;
    hw_json_t *root;

    hw_json_parse(text, sizeof(text) - 1, NULL, &root, NULL, NULL, job->p);
    scope.root = root;
    for (int i = 0; i < 2000; i++)
        if (hw_path_eval(job->path, &scope, &nodes, NULL, job->p) == APR_SUCCESS &&
            strcmp(nodes_text(nodes, job->p), "[1,2]") == 0)
            job->right++;
    return NULL;
}

static void
check_threads(apr_pool_t *p)
{
    static const char expr[] = "$.a[?match(@.s,'fir.*') && length(@.s)>=4 && @.s!='x'].n";
    pthread_t threads[4];
    hw_path_t *path;
    job_t jobs[4];
    int right = 0;

    hw_path_compile(expr, sizeof(expr) - 1, HW_PATH_RFC, &path, NULL, p);
    for (int i = 0; i < 4; i++) {
        jobs[i] = (job_t){.path = path};
        apr_pool_create(&jobs[i].p, NULL);
        pthread_create(&threads[i], NULL, run_job, &jobs[i]);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        right += jobs[i].right;
        apr_pool_destroy(jobs[i].p);
    }
    is_int(right, 8000, "one compiled path serves four threads");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    CHECK_TABLE(config, HW_PATH_CONFIG, p);
    check_prefixes(p);
    check_scopes(p);
    check_properties(p);
    check_bounds(p);
    check_threads(p);
    return tap_done();
}
