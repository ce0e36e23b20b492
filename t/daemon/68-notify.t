#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Messages to chat targets: one for each change of an alert, in order, whatever the services do.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use HookWise::Test::Cgi;
use Feed;
use Mojo::JSON qw(encode_json decode_json true);
use Time::HiRes qw(time);

my $t = HookWise::Test->new;
$t->redis;
$t->postgres;
my ($cert, $key) = map { $t->dir . "/chat.$_" } qw(crt key);
system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    . " -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -out $cert -keyout $key 2>/dev/null") == 0 or die "openssl\n";
my $psa = $t->connectwise;
my $chat = $t->sim('chat', cert => $cert, key => $key, token => 'xoxb-verysecret', sig => 'sigsecret');
my $llm = $t->sim('ollama', model => 'phi3:latest');
my $base = $chat->url =~ s/127\.0\.0\.1/localhost/r;
$t->migrate;
$t->conf(WORKER_THREADS => 8, RETRY_BASE_MS => 5, MAX_RETRIES => 2, CW_RATE_PER_MINUTE => 60000, OLLAMA_HOST => $llm->url,
    PUBLIC_URL => 'https://hw.example/', TLS_CA_FILE => $cert, NOTIFY_NETWORKS => '127.0.0.0/8, ::1',
    SLACK_API_URL => "$base/api", WEBEX_API_URL => "$base/v1/");
my @workers = map { $t->hookwised } 1, 2;

sub hook { my ($name) = @_; return { type => 'slack', id => "hook$name", url => "$base/services/T1/B1/secret$name" } }
sub bodies { my (@match) = @_; return grep { my $m = $_; !grep { index($m->{path}, $_) < 0 } @match } @{ $chat->state->{messages} } }
sub waiting { # in one look: of an analysis that is done there are messages
    return scalar $t->psql('SELECT (SELECT count(*) FROM notification WHERE sent_at IS NULL AND failed_at IS NULL)'
        . ' + (SELECT count(*) FROM analysis WHERE failed_at IS NULL)');
}
sub settled { $t->wait_for(sub { waiting() == 0 }, 'no message waits', 120) }
sub texts { my (@match) = @_; return join '|', map { $_->{document}{text} // '' } bodies(@match) }
sub outcomes { my ($target) = @_; return join "\n", map { $_ // '' } $t->psql("SELECT what || ' ' || CASE WHEN sent_at IS NOT NULL THEN 'sent' WHEN failed_at IS NOT NULL THEN 'failed: ' || error ELSE 'waiting: ' || coalesce(error, '') END FROM notification WHERE target = '$target' ORDER BY id") }
# A try that may have arrived is repeated a minute later: now.
sub again {
    my ($target) = @_;
    $t->wait_for(sub { $t->psql("SELECT count(*) FROM notification WHERE target = '$target' AND doubts = 1 AND begun_at IS NULL AND sent_at IS NULL") }, 'a message in doubt');
    $t->psql("UPDATE notification SET due_at = now() WHERE target = '$target'");
}
sub change { my ($ep, $patch) = @_; return $t->ctl_json('endpoint', 'update', $ep->{id}, $t->file('patch.json', encode_json($patch))) }
sub ask {
    my (%question) = @_;
    my $id = request_id();
    $t->redis_cli('RPUSH', 'hw:ask', encode_json({ id => $id, %question }));
    return decode_json($t->redis_cli('BLPOP', "hw:ans:$id", 60)->[1]);
}
sub flat { return encode_json($_[0]) =~ s{\\/}{/}gr }
sub fault { my ($path, %o) = @_; $chat->fault(match => { method => 'POST', path => $path }, times => 1, %o) }

# --- what is told, and what is not --------------------------------------------------------------------------
my @all = ({ %{ hook('A') }, name => 'Ops' },
    { type => 'slack', token => 'xoxb-verysecret', channel => 'C17' },
    { type => 'teams', id => 'flow', url => "$base/workflows/abc/triggers/manual/paths/invoke?sig=sigsecret" },
    { type => 'webex', id => 'space', token => 'xoxb-verysecret', room_id => 'R9', on => ['create'] });
my $ep = $t->endpoint(name => 'web shop', destination => 'local', customer_id_default => 'ACME', notify => \@all);
my $shown = $t->ctl_json('endpoint', 'show', $ep->{id})->{notify};
is_deeply([map { $_->{url} // $_->{token} } @$shown], ["$base/********", '********', "$base/********", '********'], 'secrets are not shown');
my $stored = join ' ', $t->psql("SELECT doc::text || notify FROM endpoint WHERE id = '$ep->{id}'");
unlike($stored, qr/verysecret|secretA|sigsecret/, 'nor stored as they are');
my $first = recorded($t, feed($t, $ep, alert_body('disk <!channel>')));
settled();
is(texts('/services/T1/B1/secretA'), "Opened: Alert: disk &lt;!channel&gt;, Ticket $first->{ticket_id}, Company ACME", 'a webhook is told of a ticket');
my ($log) = $t->psql("SELECT id FROM webhook_log WHERE ticket_id = '$first->{ticket_id}'");
like(flat((bodies('/services/'))[0]{document}), qr{<https://hw\.example/#/incidents/$first->{ticket_id}\|$first->{ticket_id}>.*<https://hw\.example/#/history/$log\|What happened>}, 'with its page and that of the event');
my ($api) = bodies('/api/chat.postMessage');
is("$api->{document}{channel} $api->{document}{text}", 'C17 ' . texts('/services/T1/B1/secretA'), 'so is a channel');
my ($card) = bodies('/workflows/');
is($card->{document}{attachments}[0]{content}{body}[0]{inlines}[1]{text}, 'Alert: disk <!channel>', 'a card');
my ($space) = bodies('/v1/messages');
like("$space->{document}{roomId} $space->{document}{markdown}", qr/^R9 \*\*Opened:\*\* Alert: disk &lt;!channel&gt;/, 'and a space');
is(row($t, feed($t, $ep, alert_body('disk <!channel>'))), 'processed update', 'a repetition');
is(row($t, feed($t, $ep, recovery_body('cpu'))), 'skipped ', 'a recovery of nothing');
recorded($t, $t->ctl_json('replay', $log)->{items}[0]{request_id});
settled();
is(scalar @{ $chat->state->{messages} }, 4, 'and a replay are told nobody');
recorded($t, feed($t, $ep, recovery_body('disk <!channel>')));
settled();
like(texts('/services/T1/B1/secretA'), qr/\|Recovered: Alert: disk &lt;!channel&gt;, Ticket \d+, Company ACME$/, 'the recovery is told');
is(scalar(() = bodies('/v1/messages')), 1, 'but not whom it does not concern');
recorded($t, $t->ctl_json('replay', '--notify', $log)->{items}[0]{request_id});
settled();
like(texts('/services/T1/B1/secretA'), qr/\|Opened: [^|]*$/, 'of a replay whoever replays may tell');
$t->ctl({ stdin => "open sesame\n" }, qw(user add ada --role owner --password-stdin));
my $told = sub { my @told = texts('/services/T1/B1/secretA') =~ /(Opened|Recovered): /g; return "@told" };
my $so_far = $told->();
recorded($t, feed($t, $ep, recovery_body('disk <!channel>')));
my $many = $t->cgi(POST => '/api/history/replay', { user => 'ada:open sesame', json => { ids => [$log], notify => \1 } })->{json};
recorded($t, $many->{items}[0]{request_id});
settled();
is($told->(), "$so_far Recovered Opened", 'of replays of several too');
recorded($t, feed($t, $ep, recovery_body('disk <!channel>')));
$t->psql("INSERT INTO replay_job (tenant, filter, until, created_by, total, notify) SELECT '*', jsonb_build_object('request_id', request_id), now(), 'ada', 1, true FROM webhook_log WHERE id = $log");
$t->wait_for(sub { $t->psql("SELECT count(*) FROM webhook_log WHERE action = 'create' AND config_id = '$ep->{id}'") == 4 }, 'the job is worked off');
settled();
is($told->(), "$so_far Recovered Opened Recovered Opened", 'and of those that hookwised works off');

# --- keeping secrets ------------------------------------------------------------------------------------------
change($ep, { notify => [$shown->[0], { %{ $shown->[1] }, channel => 'C18' }] });
recorded($t, feed($t, $ep, alert_body('kept')));
settled();
like(texts('/services/T1/B1/secretA'), qr/\|Opened: Alert: kept,[^|]*$/, 'a target given back as it is shown keeps its secret');
is((bodies('/api/chat.postMessage'))[-1]{document}{channel}, 'C18', 'also with another channel');
my ($exit, undef, $moved) = $t->ctl('endpoint', 'update', $ep->{id}, $t->file('p.json', encode_json({ notify => [{ %{ $shown->[0] }, url => 'https://evil.example/********' }] })));
like("$exit $moved", qr/^100 .*notify\[0\]\.url: is shown without its secret: give it in full/, 'but not with another host');
change($ep, { notify => undef });
is(scalar $t->psql("SELECT count(*) FROM endpoint WHERE id = '$ep->{id}' AND notify IS NULL AND NOT doc ? 'notify'"), '1', 'null takes all away');

# --- services in trouble ----------------------------------------------------------------------------------------
my $busy = $t->endpoint(name => 'busy', destination => 'local', notify => [hook('B')]);
fault('/services/*B', fault => '429', retry_after => 1);
fault('/services/*B', fault => '500', text => 'rollup_error');
my $began = time;
recorded($t, feed($t, $busy, alert_body('busy')));
recorded($t, feed($t, $busy, recovery_body('busy')));
settled();
like(texts('/services/T1/B1/secretB'), qr/^Opened: [^|]*\|Recovered: [^|]*$/, 'a service that is busy, then broken, gets its messages in order, once each');
cmp_ok(time - $began, '>', 1, 'not before it wants them');
my $archived = $t->endpoint(name => 'archived', destination => 'local', notify => [hook('C')]);
fault('/services/*C', fault => 'says', status => 410, text => "channel_is_archived $base/services/T1/B1/secretC");
recorded($t, feed($t, $archived, alert_body('archived')));
settled();
is(outcomes('hookC'), 'create failed: Slack answered 410: channel_is_archived (secret)', "what a service refuses is kept, in its own words");
recorded($t, feed($t, $archived, recovery_body('archived')));
settled();
is(outcomes('hookC') =~ s/.*\n//r, 'close sent', 'the next message is tried all the same');
my $dead = $t->endpoint(name => 'dead', destination => 'local', notify => [hook('D')]);
fault('/services/*D', fault => '503', times => 3, text => 'down');
recorded($t, feed($t, $dead, alert_body('dead')));
settled();
is(outcomes('hookD'), 'create failed: Slack answered 503: down', 'a service that stays down is given up after MAX_RETRIES');
my $lost = $t->endpoint(name => 'lost', destination => 'local', notify => [hook('E')]);
fault('/services/*E', fault => 'reset_after_commit', times => -1);
recorded($t, feed($t, $lost, alert_body('lost')));
again('hookE');
settled();
like(outcomes('hookE'), qr{^create failed: POST \Q$base\E/\*{8}: .*; it may have arrived$}, 'one whose answers are lost');
is(scalar(() = bodies('secretE')), 2, 'gets a message at most twice');

# --- hanging, and a worker that is killed ----------------------------------------------------------------------
my $hangs = $t->endpoint(name => 'hangs', destination => 'local', notify => [hook('F'), hook('G')]);
fault('/services/*F', fault => 'hang_after_commit');
like(recorded($t, feed($t, $hangs, alert_body('hangs')))->{ticket_id}, qr/^\d+$/, 'while a service hangs tickets are opened');
$t->wait_for(sub { outcomes('hookG') eq 'create sent' }, 'the other target has its message');
$t->wait_for(sub { () = bodies('secretF') }, 'the service has it and does not answer');
$_->kill9 for @workers;
# Or, when this test stood still for longer than it waits for an answer, before it is sent once more.
like(outcomes('hookF'), qr/^create waiting: (?:|POST .*)$/, 'killed between sending and recording');
$_->start for @workers;
$t->psql('UPDATE notification SET due_at = now() WHERE sent_at IS NULL'); # its time would come in a minute
settled();
is(outcomes('hookF') . ' ' . scalar(() = bodies('secretF')), 'create sent 2', 'it is sent again, once');
fault('/services/*F', fault => 'hang');
recorded($t, feed($t, $hangs, recovery_body('hangs')));
$t->wait_for(sub { $chat->get('/stats')->{in_flight} >= 1 }, 'the service hangs');
is($_->stop, 0, 'stopping waits for it no longer than for any answer') for @workers;
$_->start for @workers;
again('hookF');
settled();
is(outcomes('hookF'), "create sent\nclose sent", 'and nothing is lost');

# --- alerts that cannot be delivered ---------------------------------------------------------------------------
my $cw = $t->endpoint(name => 'psa', destination => 'connectwise', customer_id_default => 'ACME', board => 'Nonsense', notify => [hook('H')]);
sub broken { return recorded($t, feed($t, $cw, alert_body($_[0])))->{status} }
is(broken('down') . broken('down'), 'failedfailed', 'an alert fails, and again');
settled();
like(texts('secretH'), qr/^Not delivered: Alert: down, Company ACME$/, 'it is told once');
like(flat((bodies('secretH'))[0]{document}), qr/\*Reason\*\\nConnectWise answered 400 [^"]*: board \\"Nonsense\\" not found/, "in the PSA's words");
is(broken('other'), 'failed', 'another alert');
change($cw, { board => 'Alerts' });
is(broken('down'), 'processed', 'then it is well');
settled();
my $url = qr{<http://127\.0\.0\.1:\d+/v4_6_release/services/system_io/Service/fv_sr100_request\.rails\?service_recid=\d+&amp;companyName=simco\|\d+>};
like(flat((bodies('secretH'))[-1]{document}), qr/Opened:.*$url/, "the ticket's page in ConnectWise");
change($cw, { board => 'Nonsense' });
recorded($t, feed($t, $cw, recovery_body('down')));
is(broken('down'), 'failed', 'and fails anew');
settled();
is(texts('secretH') =~ s/: Alert: (\w+)[^|]*/ $1/gr, 'Not delivered down|Not delivered other|Opened down|Recovered down|Not delivered down', 'which is told again');

# --- what the language model says -------------------------------------------------------------------------------
$llm->post('/options', { answer => "Logs <full>.\nRotate." });
my $ai = $t->endpoint(name => 'ai', destination => 'local', ai_rca_enabled => true,
    notify => [hook('I'), { type => 'slack', id => 'thread', token => 'xoxb-verysecret', channel => 'C99' }]);
recorded($t, feed($t, $ai, alert_body('ai')));
settled();
like(texts('secretI'), qr/^Opened: [^|]*\|Analysis: Alert: ai, Ticket \d+, Company \w+$/, 'the analysis follows the ticket');
like(flat((bodies('secretI'))[1]{document}), qr/"Logs &lt;full&gt;\.\\nRotate\."/, 'with its text');
my @thread = grep { $_->{document}{channel} eq 'C99' } bodies('/api/');
is($thread[1]{document}{thread_ts}, scalar $t->psql("SELECT message_id FROM notification WHERE target = 'thread' AND what = 'create'"), 'where there are threads it is a reply');

# --- a test, and where messages may go -----------------------------------------------------------------------------
$chat->fault(match => { path => '/api/*' }, fault => 'says', text => 'not_in_channel');
my $tested = ask(what => 'notify.test', endpoint_id => $ai->{id})->{items};
is(join('; ', map { "$_->{id} " . ($_->{ok} ? 'ok' : 'no') . " $_->{message}" } @$tested), 'hookI ok sent; thread no Slack answered 200: not_in_channel', 'a test says what each target says');
is(scalar @{ ask(what => 'notify.test', endpoint_id => $ai->{id}, target => 'thread')->{items} }, 1, 'or one of them');
is(join(': ', @{ ask(what => 'notify.test', endpoint_id => $ep->{id}) }{qw(field message)}), 'notify: names no target', 'an endpoint without targets');
$t->conf(NOTIFY_NETWORKS => '');
$_->restart for @workers;
my $inside = ask(what => 'notify.test', endpoint_id => $ai->{id}, target => 'hookI')->{items}[0]{message};
is($inside, "POST $base/********: its address is not a public one, and NOTIFY_NETWORKS does not list it", 'nobody looks into our network');
recorded($t, feed($t, $ai, recovery_body('ai')));
settled();
like(outcomes('hookI'), qr/\nclose failed: POST .*: its address is not a public one/, 'not by messages either');
my $counted = sub { my %m = @{ $t->redis_cli('HGETALL', 'hw:m') }; return join ' ', map { $m{"hookwise_notifications_total{result=\"$_\"}"} ? $_ : () } qw(ok retried failed) };
$t->wait_for(sub { $counted->() eq 'ok retried failed' }, 'counters');
pass('messages, retries and failures are counted');
unlike($t->log($_), qr/verysecret|secret[A-Z]|sigsecret/, "the log of $_ holds no secret") for qw(hookwised hookwised2);

$t->done;
