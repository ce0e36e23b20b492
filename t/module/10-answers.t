#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Every answer to a webhook: code, headers, JSON, what is stored, what is counted.
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/lib";
use HookWise::Test;
use HookWise::Test::Poll qw(in_one_minute);
use Digest::SHA qw(hmac_sha256_hex);
use Mojo::JSON qw(true false decode_json);
use Records;

my $t = HookWise::Test->new;
$t->redis;
$t->httpd(<<'EOT');
HookwiseRedis %%REDIS%%
HookwiseKeyFile %%KEYFILE%%
<Location "/webhook">
    SetHandler hookwise-webhook
</Location>
<Location "/w">
    SetHandler hookwise-webhook
</Location>
<LocationMatch "^/api/v1/webhooks/[^/]+/ingest$">
    SetHandler hookwise-webhook
</LocationMatch>
<Location "/monitoring/hooks">
    SetHandler hookwise-webhook
    HookwiseMaxBody 100
</Location>
<Directory "%%DIR%%/httpd/htdocs/w">
    Require all denied
</Directory>
<Directory "%%DIR%%/httpd/htdocs/webhook">
    AllowOverride All
</Directory>
EOT

my $UUID = qr/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

# What every answer has in common.
sub answer {
    my ($res, $code, $status, $message, $what) = @_;
    my $json = $res->json || {};
    is($res->code, $code, "$what: code");
    is($res->headers->content_type, 'application/json', "$what: type");
    is($json->{status}, $status, "$what: status");
    is($json->{message}, $message, "$what: message") if defined $message;
    like($json->{request_id}, $UUID, "$what: request id");
    is($res->headers->header('X-Request-Id'), $json->{request_id}, "$what: X-Request-Id");
    return $json->{request_id};
}

sub bearer { return { Authorization => "Bearer tok-$_[0]", 'Content-Type' => 'application/json' } }

publish($t, 'lobby');

subtest 'stored' => sub {
    my $res = $t->post('/webhook/lobby?floor=2&token=zzz&wing=b', {
            %{ bearer('lobby') }, 'X-Sensor' => 'door "7"', 'X-Long' => 'l' x 5000,
            Cookie => 'c=1', 'X-Api-Key' => 'k', 'X-Gitlab-Token' => 'g',
            'X-Hub-Signature-256' => 's' }, qq({"open":true,"at":"\x01"}));
    my $id = answer($res, 202, 'queued', 'Webhook received', 'stored');
    is($res->headers->header('X-HookWise-Durability'), 'redis', 'durability');
    my $ev = event_of($t, $id);
    my $headers = decode_json(delete $ev->{h});
    like(delete $ev->{t}, qr/^\d{16}$/, 'time received in microseconds');
    like($ev->{av}, qr/^[0-9a-f]{16}$/, 'version of the record');
    delete $ev->{av};
    is_deeply($ev, { v => 2, id => $id, ep => 'lobby', k => 'webhook', ip => '127.0.0.1',
        m => 'POST', q => 'floor=2&wing=b', b => qq({"open":true,"at":"\x01"}), a => 'bearer',
        }, 'the event; fields without a value are not sent');
    is($headers->{'x-sensor'}, 'door "7"', 'a header');
    is($headers->{'content-type'}, 'application/json', 'the content type');
    is(length $headers->{'x-long'}, 4096, 'a long header is cut');
    is_deeply([grep { /auth|cookie|key|token|signature/ } keys %$headers], [], 'no credentials');
};

subtest 'routes' => sub {
    for my $path ('/webhook/lobby/', '/w/lobby', '/api/v1/webhooks/lobby/ingest',
        '/monitoring/hooks/lobby', '/webhook/any/depth/lobby') {
        answer($t->post($path, bearer('lobby'), '{}'), 202, 'queued', undef, $path);
    }
    my $res = $t->request(PUT => '/w/lobby', bearer('lobby'), '{}');
    is(event_of($t, answer($res, 202, 'queued', undef, 'PUT'))->{m}, 'PUT', 'PUT is kept');
    publish($t, 'quiet', success_code => 204);
    is($t->post('/w/quiet', bearer('quiet'), '{}')->code, 204, 'a success code without body');
    publish($t, 'two-hundred', success_code => 200);
    answer($t->post('/w/two-hundred', bearer('two-hundred'), '{}'), 200, 'queued', undef,
        'success code 200');
};

subtest 'locations are no files' => sub {
    mkdir $t->dir . "/httpd/htdocs/$_" or die "$_: $!" for qw(webhook w);
    $t->file('httpd/htdocs/webhook/.htaccess', "NoSuchDirective\n");
    $t->file('httpd/htdocs/w/index.html', 'a page');
    for my $path (qw(/webhook/lobby /w/lobby)) {
        answer($t->post($path, bearer('lobby'), '{}'), 202, 'queued', undef, $path);
    }
};

subtest 'method' => sub {
    for my $method (qw(GET DELETE OPTIONS PATCH)) {
        my $res = $t->request($method => '/webhook/lobby', bearer('lobby'));
        answer($res, 405, 'error', 'Webhooks come by POST or PUT', $method);
        is($res->headers->header('Allow'), 'POST, PUT', "$method: Allow");
    }
    is($t->request(HEAD => '/webhook/lobby')->code, 405, 'HEAD');
};

subtest 'unknown' => sub {
    for my $path ('/webhook/nobody', '/webhook', '/webhook/', '/w/' . 'x' x 200, '/w/lo%20bby') {
        answer($t->post($path, bearer('lobby'), '{}'), 404, 'error', 'There is no such endpoint',
            substr $path, 0, 20);
    }
};

subtest 'request ids' => sub {
    my %seen;
    $seen{ $t->post('/w/nobody', {}, '{}')->json->{request_id} }++ for 1 .. 300;
    is(scalar keys %seen, 300, 'no id comes twice');
    is_deeply([grep { !/$UUID/ } keys %seen], [], 'all are random UUIDs');
};

subtest 'state' => sub {
    publish($t, 'off', enabled => false);
    publish($t, 'sketch', draft => true);
    publish($t, 'both', enabled => false, draft => true);
    my $draft = 'The endpoint is a draft: it takes nothing yet';
    for my $case ([off => 'The endpoint is disabled'], [sketch => $draft], [both => $draft]) {
        answer($t->post("/w/$case->[0]", bearer($case->[0]), '{}'), 403, 'error', $case->[1], $case->[0]);
    }
};

subtest 'credentials' => sub {
    my $no = 'Credentials are missing or wrong';
    my %wrong = (
        'none' => {}, 'wrong' => { Authorization => 'Bearer tok-other' },
        'empty' => { Authorization => 'Bearer ' }, 'no scheme' => { Authorization => 'tok-lobby' },
        'basic' => { Authorization => 'Basic dXNlcjp3cm9uZw==' },
    );
    for my $what (sort keys %wrong) {
        my $res = $t->post('/w/lobby', $wrong{$what}, '{}');
        answer($res, 401, 'error', $no, $what);
        is($res->headers->header('WWW-Authenticate'), 'Bearer realm="HookWise"', "$what: challenge");
    }
    answer($t->post('/w/lobby?token=nope', {}, '{}'), 401, 'error', $no, 'wrong in the query');
    my %right = (
        bearer => ['/w/lobby', { Authorization => 'bEARER tok-lobby' }],
        basic => ['/w/lobby', { Authorization => 'Basic dXNlcjp0b2stbG9iYnk=' }],
        query => ['/w/lobby?a=1&token=tok%2Dlobby', {}],
    );
    for my $scheme (sort keys %right) {
        my $id = answer($t->post(@{ $right{$scheme} }, '{}'), 202, 'queued', undef, $scheme);
        is(event_of($t, $id)->{a}, $scheme, "let in by $scheme");
    }
    publish($t, 'open', bearer => false);
    my $id = answer($t->post('/w/open', {}, '{}'), 202, 'queued', undef, 'no token asked for');
    is(event_of($t, $id)->{a}, 'none', 'let in by nothing');
    publish($t, 'past', tokens => [{ sha256 => Digest::SHA::sha256_hex('tok-past'), until => 1 }]);
    answer($t->post('/w/past', bearer('past'), '{}'), 401, 'error', $no, 'a token of the past');
};

subtest 'signature' => sub {
    my $body = qq({"raw":"\xc3\xa9"} );
    publish($t, 'signed', bearer => false, hmac => fernet($t, 'between us'));
    my $good = hmac_sha256_hex($body, 'between us');
    my $id = answer($t->post('/w/signed', { 'X-HookWise-Signature' => $good }, $body), 202,
        'queued', undef, 'signed');
    is(event_of($t, $id)->{a}, 'hmac', 'let in by its signature');
    is(event_of($t, $id)->{b}, $body, 'the exact bytes');
    for my $bad ('', 'zz', substr($good, 0, 63) . '!', hmac_sha256_hex('{}', 'between us')) {
        answer($t->post('/w/signed', { 'X-HookWise-Signature' => $bad }, $body), 401, 'error', undef,
            "signature '" . substr($bad, 0, 8) . "'");
    }
    answer($t->post('/w/signed', {}, $body), 401, 'error', undef, 'no signature');
    publish($t, 'both', hmac => fernet($t, 'between us'));
    answer($t->post('/w/both', { 'X-HookWise-Signature' => $good }, $body), 401, 'error', undef,
        'a signature does not replace the token');
    answer($t->post('/w/both', { %{ bearer('both') }, 'X-HookWise-Signature' => $good }, $body),
        202, 'queued', undef, 'both');
};

subtest 'unreadable' => sub {
    publish($t, 'typo');
    my $res = $t->post('/w/typo', bearer('typo'), '{"a": tru');
    my $id = answer($res, 400, 'rejected', undef, 'broken JSON');
    like($res->json->{message}, qr/^The request was not understood: \S/, 'says why');
    my $ev = event_of($t, $id);
    is($ev->{b}, '{"a": tru', 'the raw body is kept');
    like($ev->{rj}, qr/\S/, 'with the reason');
    $id = answer($t->post('/w/typo', bearer('typo'), ''), 400, 'rejected',
        'The request was not understood: the body is empty', 'no body');
    is(event_of($t, $id)->{rj}, 'the body is empty', 'kept too');
    answer($t->post('/w/typo?token=tok-typo', {}, ''), 400, 'rejected',
        'The request was not understood: the body is empty', 'nor anything but a token in the query string');
    answer($t->post('/w/typo', bearer('typo'), '{"cap":') , 400, 'rejected', undef, "try $_")
        for 4 .. 61;
    my $kept = grep { $_->{ep} eq 'typo' } events($t);
    cmp_ok($kept, '>=', 60, 'up to 60 a minute are kept');
    cmp_ok($kept, '<=', 61, 'and no more, but for the turn of a minute');
    $t->wait_for(sub { counter($t, "rejected", "name of typo") >= 61 }, "counters");
    is(counter($t, 'rejected', 'name of typo'), 61, 'all are counted');
};

subtest 'duplicates' => sub {
    publish($t, 'echo', dedup_window_seconds => 3600);
    my $first = answer($t->post('/w/echo', bearer('echo'), '{"n":1}'), 202, 'queued', undef, 'first');
    my $res = $t->post('/w/echo', bearer('echo'), '{"n":1}');
    is(answer($res, 202, 'duplicate', 'Webhook received before', 'same body'), $first,
        "the first request's id");
    is($res->headers->header('X-HookWise-Durability'), 'redis', 'it is as durable');
    answer($t->post('/w/echo', bearer('echo'), '{"n":2}'), 202, 'queued', undef, 'another body');
    $first = answer($t->post('/w/echo?floor=1&token=x', bearer('echo'), ''), 202, 'queued', undef, 'a query string alone');
    is(event_of($t, $first)->{q}, 'floor=1', 'is the event');
    answer($t->post('/w/echo?floor=2', bearer('echo'), ''), 202, 'queued', undef, 'another query string');
    is(answer($t->post('/w/echo?floor=1', bearer('echo'), ''), 202, 'duplicate', undef, 'the same one'), $first, 'is a repeat');
    my $n = 0;
    for my $name (qw(webhook-id svix-id X-Webhook-Id x-amz-sns-message-id X-GitHub-Delivery
        Idempotency-Key X-Gitlab-Event-UUID Request-ID)) {
        my $id = answer($t->post('/w/lobby', { %{ bearer('lobby') }, $name => "d-$name" },
            '{"n":' . ++$n . '}'), 202, 'queued', undef, $name);
        is(answer($t->post('/w/lobby', { %{ bearer('lobby') }, $name => "d-$name" },
            '{"n":' . ++$n . '}'), 202, 'duplicate', undef, "$name again"), $id, "$name: first id");
    }
};

subtest 'rate limit' => sub {
    my ($res, @codes);
    in_one_minute(sub {
        my ($try) = @_;
        publish($t, "busy$try", name => 'name of busy', rate_limit => 3);
        @codes = map { ($res = $t->post("/w/busy$try", bearer("busy$try"), '{}'))->code } 1 .. 9;
    });
    is_deeply(\@codes, [(202) x 3, (429) x 6], 'the rate holds');
    answer($res, 429, 'error', "The endpoint's rate limit is reached", 'over the rate');
    like($res->headers->header('Retry-After'), qr/^[1-9]\d?$/, 'when to come back');
};

subtest 'size' => sub {
    publish($t, 'small', max_body_kb => 2);
    my $big = '{"x":"' . 'x' x 2041 . '"}';
    is(length $big, 2049, 'one byte too many');
    answer($t->post('/w/small', bearer('small'), $big), 413, 'error',
        'The body is larger than the 2 kB this endpoint takes', 'with Content-Length');
    answer($t->post('/w/small', bearer('small'), substr($big, 0, 6) . substr $big, 7), 202, 'queued',
        undef, 'just fits');
    answer($t->post('/monitoring/hooks/lobby', bearer('lobby'), '{"x":"' . 'y' x 93 . '"}'), 413,
        'error', 'The body is larger than the 100 bytes this endpoint takes', 'HookwiseMaxBody of the location');
    answer($t->post('/monitoring/hooks/lobby', bearer('lobby'), '{"x":"' . 'y' x 92 . '"}'), 202,
        'queued', undef, 'as much as it allows');
    publish($t, 'large', max_body_kb => 20000);
    my $id = answer($t->post('/w/large', bearer('large'), '{"x":"' . 'z' x 9_000_000 . '"}'), 202,
        'queued', undef, 'nine megabytes');
    is(length event_of($t, $id)->{b}, 9_000_008, 'all of it is there');
};

subtest 'counters' => sub {
    my %want = (unauthorized => 'name of signed', forbidden => 'name of off', not_found => '',
        too_large => 'name of small', method_not_allowed => '', rate_limited => 'name of busy',
        queued => 'name of lobby', duplicate => 'name of echo');
    for my $status (sort keys %want) {
        $t->wait_for(sub { counter($t, $status, $want{$status}) }, "counter $status");
        cmp_ok(counter($t, $status, $want{$status}), '>=', 1, $status);
    }
    $t->wait_for(sub { counter($t, 'unauthorized', 'name of signed') >= 5 }, 'the refused ones');
    is(counter($t, 'unauthorized', 'name of signed'), 5, 'each refused request is counted once');
};

$t->done;
