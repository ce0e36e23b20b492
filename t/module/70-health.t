#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# /health, /readyz, /health/services and /metrics, in all states of Redis and the workers.
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/lib";
use HookWise::Test;
use Mojo::JSON qw(encode_json);
use Records;
use Time::HiRes qw(time);

my $t = HookWise::Test->new;
$t->redis;
$t->httpd(<<'EOT');
HookwiseRedis %%REDIS%%
<LocationMatch "^(/ops)?/(health|readyz|health/services)$">
    SetHandler hookwise-health
</LocationMatch>
<Location "/metrics">
    SetHandler hookwise-metrics
</Location>
<Location "/w">
    SetHandler hookwise-webhook
</Location>
Listen 127.0.0.1:%%PORT:other%%
<VirtualHost 127.0.0.1:%%PORT:other%%>
    HookwiseRedis unix:%%DIR%%/nowhere.sock
</VirtualHost>
EOT

sub worker {
    my ($name, $database, %destinations) = @_;
    $t->redis_cli('ZADD', 'hw:workers', CORE::time(), $name);
    $t->redis_cli('HSET', "hw:w:$name", 'json', encode_json({ worker => $name,
        database => { status => $database, detail => 'secret host name' },
        destinations => { map { $_ => { status => $destinations{$_} } } keys %destinations } }));
    return;
}

sub services {
    my ($what, $code, $want) = @_;
    my $res = $t->get('/health/services');
    is($res->code, $code, "$what: code");
    is($res->headers->content_type, 'application/json', "$what: type");
    is_deeply($res->json, $want, $what) or diag($res->body);
    unlike($res->body, qr/secret host name/, "$what: no details");
    return;
}

subtest 'no dependencies' => sub {
    for my $path ('/health', '/ops/health') {
        is($t->get($path)->code, 200, $path);
        is($t->get($path)->body, qq({"status":"up"}\n), "$path: body");
    }
    my $res = $t->post('/health', {}, '{}');
    is($res->code, 405, 'POST');
    is($res->headers->header('Allow'), 'GET, HEAD', 'Allow');
    is($t->request(HEAD => '/health')->body, '', 'HEAD');
    is($t->get('/readyz')->code, 503, 'not ready: nothing is published');
    publish($t, 'one');
    is($t->get('/readyz')->code, 200, 'ready');
    is($t->get('/readyz')->headers->header('Cache-Control'), 'no-store', 'not to be cached');
};

subtest 'services' => sub {
    services('no worker', 503, { status => 'down', redis => { status => 'up' },
        database => { status => 'unknown' }, destinations => {}, spool => { events => 0 },
        worker => { status => 'down', count => 0, lag => 0, oldest_seconds => 0 } });
    worker('a:1:x', 'up', local => 'up');
    my %up = (status => 'up', redis => { status => 'up' }, database => { status => 'up' },
        destinations => { local => { status => 'up' } }, spool => { events => 0 },
        worker => { status => 'up', count => 1, lag => 0, oldest_seconds => 0 });
    services('one worker', 200, \%up);
    worker('b:2:y', 'up', local => 'up', connectwise => 'down');
    services('a destination down', 200, { %up, status => 'degraded',
        worker => { %{ $up{worker} }, count => 2 },
        destinations => { local => { status => 'up' }, connectwise => { status => 'down' } } });
    worker('b:2:y', 'down', local => 'up');
    services('one worker without database', 200, { %up, status => 'degraded',
        worker => { %{ $up{worker} }, count => 2 }, database => { status => 'degraded' } });
    worker('a:1:x', 'down', local => 'up');
    services('no database', 503, { %up, status => 'down',
        worker => { %{ $up{worker} }, count => 2 }, database => { status => 'down' } });
    $t->redis_cli('DEL', 'hw:w:a:1:x');
    worker('b:2:y', 'up', local => 'up');
    services('a worker gone', 200, \%up);
    is($t->post('/w/one', { Authorization => 'Bearer tok-one' }, '{}')->code, 202, 'an event');
    $t->redis_cli('XADD', 'hw:s:0', (CORE::time() - 100) . '000-1', 'v', 1);
    my $json = $t->get('/health/services')->json;
    is($json->{worker}{lag}, 2, 'lag');
    cmp_ok($json->{worker}{oldest_seconds}, '>=', 99, 'age of the oldest');
    cmp_ok($json->{worker}{oldest_seconds}, '<', 1000, 'in seconds');
};

# Samples by series; checks that each family is one block with its head before it.
sub metrics {
    my ($res) = @_;
    my (%samples, %type, %seen, $current);
    is($res->code, 200, 'metrics');
    is($res->headers->content_type, 'text/plain; version=0.0.4; charset=utf-8', 'type');
    for my $line (split /\n/, $res->body) {
        if ($line =~ /^# TYPE (\S+) (\S+)$/) {
            ($current, $type{$1}) = ($1, $2);
            fail("$1 comes twice") if $seen{$1}++;
        } elsif ($line !~ /^# HELP \S+ \S/) {
            my ($series, $value) = $line =~ /^(.+) (\S+)$/;
            $samples{$series} = $value;
            my ($name) = $series =~ /^([a-z_]+)/;
            my $family = $type{$current} eq 'histogram' ? $name =~ s/_(bucket|sum|count)$//r : $name;
            fail("$series under $current") if $family ne $current;
        }
    }
    return (\%samples, \%type);
}

subtest 'metrics' => sub {
    my %fields = (
        'hookwise_psa_task_seconds_bucket{type="create",le="0.1"}' => 2,
        'hookwise_psa_task_seconds_bucket{type="create",le="2.5"}' => 5,
        'hookwise_psa_task_seconds_bucket{type="create",le="10"}' => 6,
        'hookwise_psa_task_seconds_bucket{type="create",le="+Inf"}' => 7,
        'hookwise_psa_task_seconds_sum{type="create"}' => '12.75',
        'hookwise_psa_task_seconds_count{type="create"}' => 7,
        'hookwise_psa_task_seconds_bucket{type="close",le="+Inf"}' => 1,
        'hookwise_psa_task_seconds_sum{type="close"}' => '0.5',
        'hookwise_psa_task_seconds_count{type="close"}' => 1,
        'hookwise_psa_tasks_total{type="create",result="ok"}' => 7,
        'hookwise_lonely_count' => 3, 'not a series' => 1, "hookwise_x{a=\"b\nc\"}" => 1,
        'hookwise_text' => 'many',
    );
    $t->redis_cli('HSET', 'hw:m', $_, $fields{$_}) for keys %fields;
    publish($t, 'quoted', name => qq(the "big" \\ one\nand more));
    is($t->post('/w/quoted', {}, '{}')->code, 401, 'refused');
    my $series = 'hookwise_webhooks_received_total{status="unauthorized",config_name="the \"big\" \\\\ one\nand more"}';
    $t->wait_for(sub { $t->get('/metrics')->body =~ /unauthorized/ }, 'counted');
    my $res = $t->get('/metrics');
    my ($samples, $type) = metrics($res);
    is($samples->{$series}, 1, 'names are escaped');
    is($samples->{'hookwise_webhooks_received_total{status="queued",config_name="name of one"}'}, 1,
        'stored ones are counted');
    is_deeply($type, { hookwise_webhooks_received_total => 'counter', hookwise_lonely_count => 'gauge',
        hookwise_psa_task_seconds => 'histogram', hookwise_psa_tasks_total => 'counter',
        map { $_ => 'gauge' } qw(hookwise_queue_depth hookwise_queue_oldest_seconds hookwise_workers
        hookwise_redis_up hookwise_spool_events) }, 'families and types');
    my @order = $res->body =~ /^(hookwise_psa_task_seconds\S+)/mg;
    is_deeply(\@order, [map { "hookwise_psa_task_seconds_$_" } 'bucket{type="close",le="+Inf"}',
        'sum{type="close"}', 'count{type="close"}', (map { qq(bucket{type="create",le="$_"}) }
        '0.1', '2.5', '10', '+Inf'), 'sum{type="create"}', 'count{type="create"}'],
        'buckets in order of their bounds');
    unlike($res->body, qr/not a series|hookwise_x|hookwise_text/, 'what is no series stays out');
    is($samples->{hookwise_queue_depth}, 3, 'depth: the refused one waits to be recorded, too');
    is($samples->{hookwise_workers}, 1, 'workers');
    is($samples->{hookwise_redis_up}, 1, 'Redis is up');
    cmp_ok($samples->{hookwise_queue_oldest_seconds}, '>=', 99, 'age');
    is($t->post('/metrics', {}, '')->code, 405, 'POST');
};

subtest 'redis down' => sub {
    $t->expect_log(qr/nowhere\.sock: No such file or directory; webhooks are answered 503/);
    $t->expect_log(qr/redis\.sock: .*; webhooks are answered 503/);
    my $other = 'http://127.0.0.1:' . $t->port('other');
    is($t->ua->get("$other/health")->res->code, 200, 'another server: up');
    is($t->ua->get("$other/readyz")->res->code, 503, 'with a Redis of its own, which is not there');
    $t->{redis}->proc->stop;
    my $start = time;
    services('down', 503, { status => 'down', redis => { status => 'down' },
        database => { status => 'unknown' }, worker => { status => 'unknown' }, destinations => {},
        spool => { events => 0 } });
    my ($samples) = metrics($t->get('/metrics'));
    is_deeply($samples, { hookwise_redis_up => 0, hookwise_spool_events => 0 },
        'metrics answer all the same');
    is($t->get('/health')->code, 200, 'httpd itself is up');
    cmp_ok(time - $start, '<', 30, 'nothing hangs');
    $t->{redis}->start;
    $t->wait_for(sub { $t->get('/health/services')->json->{redis}{status} eq 'up' }, 'up again');
};

$t->done;
