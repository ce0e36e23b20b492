/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses are opened to confirm a subscription. */
#include "hookwised/sns.h"

#include <apr_strings.h>
#include <string.h>

#include "t/lib/tap.h"

#define QUERY "?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-west-1:1:t&Token=23"

int
main(void)
{
    static const struct {
        const char *url;
        int allowed;
    } cases[] = {
        { "https://sns.eu-west-1.amazonaws.com/" QUERY, 1 },
        { "https://sns.cn-north-1.amazonaws.com.cn/" QUERY, 1 },
        { "http://sns.eu-west-1.amazonaws.com/" QUERY, 0 },
        { "HTTPS://sns.eu-west-1.amazonaws.com/" QUERY, 0 },
        { "ftp://sns.eu-west-1.amazonaws.com/" QUERY, 0 },
        { "https://sns..amazonaws.com/" QUERY, 0 },
        { "https://sns.amazonaws.com/" QUERY, 0 },
        { "https://sns.eu.west.amazonaws.com/" QUERY, 0 },
        { "https://SNS.eu-west-1.amazonaws.com/" QUERY, 0 },
        { "https://xsns.eu-west-1.amazonaws.com/" QUERY, 0 },
        { "https://s3.eu-west-1.amazonaws.com/" QUERY, 0 },
        { "https://sns.eu-west-1.amazonaws.com.evil.test/" QUERY, 0 },
        { "https://sns.eu-west-1.amazonaws.com.cn.evil.test/" QUERY, 0 },
        { "https://sns.eu-west-1.amazonaws.com:8443/" QUERY, 0 },
        { "https://sns.eu-west-1.amazonaws.com@127.0.0.1/" QUERY, 0 },
        { "https://sns.eu-west-1.amazonaws.com:x@127.0.0.1/" QUERY, 0 },
        { "https://user@sns.eu-west-1.amazonaws.com/" QUERY, 0 },
        { "https://127.0.0.1/sns.eu-west-1.amazonaws.com/" QUERY, 0 },
        { "https://sns.eu-west-1.amazonaws.com\\@127.0.0.1/" QUERY, 0 },
        { "https://sns.eu-west-1.amazonaws.com#@127.0.0.1/" QUERY, 0 },
        { "https://sns.eu-west-1.amazonaws.com/ " QUERY, 0 },
        { "https://sns.eu-west-1.amazonaws.com/\r\nX:" QUERY, 0 },
        { "https://sns.eu-west-1.amazonaws.com" QUERY, 0 },
        { "https://sns.eu-west-1.amazonaws.com/?Action=DeleteTopic", 0 },
        { "https://sns.eu-west-1.amazonaws.com/Action=ConfirmSubscription", 0 },
        { "https://sns.", 0 },
        { "", 0 },
    };
    apr_pool_t *p = tap_start();
    char *wide = apr_pcalloc(p, 4001);

    for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        is_int(hwd_sns_url_allowed(cases[i].url), cases[i].allowed, "%.*s",
               (int)strcspn(cases[i].url, "\r\n?"), cases[i].url);
    memset(wide, 'x', 4000);
    is_int(hwd_sns_url_allowed(apr_pstrcat(p, "https://sns.eu-west-1.amazonaws.com/" QUERY, wide, NULL)), 0,
           "one that is too long");
    return tap_done();
}
