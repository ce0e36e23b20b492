#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The ConnectWise simulator behaves as ConnectWise is known to, mistakes and faults included.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use Digest::SHA qw(hmac_sha256_base64 sha256);
use MIME::Base64 qw(encode_base64);
use Mojo::JSON qw(decode_json encode_json true false);
use Mojo::Promise;
use Mojo::Server::Daemon;
use Mojo::URL;
use HookWise::Test::Ports;

my $t = HookWise::Test->new;
my $sim = $t->sim('connectwise', company => 'acmeco', public => 'PUB', private => 'pri:v',
    client_id => '11111111-2222-3333-4444-555555555555', companies => 60, callback_retry_ms => 20);
my $base = $sim->url . '/v4_6_release/apis/3.0';
my %auth = (Authorization => 'Basic ' . encode_base64('acmeco+PUB:pri:v', ''),
    clientId => '11111111-2222-3333-4444-555555555555');

# One call: (method, path, document, query hash, more headers) → response.
sub call {
    my ($method, $path, $doc, $query, %headers) = @_;
    my $url = Mojo::URL->new("$base$path");
    $url->query($query) if $query;
    my %all = (%auth, %headers);
    delete @all{ grep { !defined $all{$_} } keys %all };
    my $tx = $t->ua->build_tx($method => $url => \%all => defined $doc ? (json => $doc) : ());
    return $t->ua->start($tx)->res;
}
sub ids { my ($res) = @_; return join ' ', map { $_->{id} } @{ $res->json } }
sub search { my ($conditions, %q) = @_; return call(GET => '/service/tickets', undef, { conditions => $conditions, %q }) }
sub error_is {
    my ($res, $status, $code, $what, @errors) = @_;
    my $doc = $res->json;
    is($res->code . " $doc->{code}", "$status $code", $what);
    is_deeply([map { "$_->{code} $_->{field}" } @{ $doc->{errors} || [] }], \@errors, "$what: errors");
}

# --- who may ask ---------------------------------------------------------------------------------
error_is(call(GET => '/service/boards', undef, undef, Authorization => undef), 401, 'Unauthorized', 'no credentials');
error_is(call(GET => '/service/boards', undef, undef, Authorization => 'Basic ' . encode_base64('acmeco+PUB:x', '')),
    401, 'Unauthorized', 'wrong credentials');
error_is(call(GET => '/service/boards', undef, undef, clientId => undef), 403, 'ConnectWiseApi', 'no clientId');
is(call(GET => '/system/info', undef, undef, Authorization => undef)->json->{version}, 'v2025.1', 'system/info is open');
my $res = $t->ua->get($sim->url . '/login/companyinfo/ACMECO')->res;
is($res->json->{Codebase}, 'v4_6_release/', 'companyinfo needs no credentials');
is($t->ua->get($sim->url . '/login/companyinfo/other')->res->body, 'null', 'an unknown company');
$res = call(GET => '/service/boards');
is($res->headers->header('api-current-version'), '2025.1', 'the version is told');
error_is(call(GET => '/nothing'), 404, 'NotFound', 'an unknown path');
error_is(call(DELETE => '/service/tickets'), 405, 'MethodNotAllowed', 'a wrong method');
$sim->post('/options', { cloud => 1 });
is(call(GET => '/service/boards', undef, undef, Authorization => undef)->code, 404, 'the cloud answers 404');
$sim->post('/options', { cloud => 0, ssl_required => 1 });
is_deeply(call(GET => '/service/boards')->json, { code => 'Security', message => 'SSL is required.', errors => undef },
    'and wants TLS');
$sim->post('/options', { ssl_required => 0 });

# --- lists ---------------------------------------------------------------------------------------
is(@{ call(GET => '/company/companies')->json }, 25, '25 rows unless asked for more');
is(@{ call(GET => '/company/companies', undef, { pageSize => 5000 })->json }, 65, 'a large page');
is(call(GET => '/company/companies/count')->json->{count}, 65, 'count');
$res = call(GET => '/company/companies', undef, { pageSize => 30, page => 2, fields => 'id' });
is($res->headers->header('Link'), join(', ', map { qq{<$base/company/companies?pageSize=30&page=$_->[0]&fields=id>; rel="$_->[1]"} }
    [3, 'next'], [3, 'last'], [1, 'first'], [1, 'prev']), 'Link of a middle page');
$res = call(GET => '/company/companies', undef, { pageSize => 30, page => 3 });
is(@{ $res->json }, 5, 'the last page');
unlike($res->headers->header('Link'), qr/next/, 'has no next');
is($res->headers->header('Link') =~ /prev/, 1, 'but prev');
is_deeply(call(GET => '/company/companies', undef, { page => 99 })->json, [], 'a page past the end is empty');
my ($after, @all) = (0);
while (1) {
    my $page = call(GET => '/company/companies', undef, { pageSize => 30, $after ? (pageId => $after) : () },
        'pagination-type' => 'forward-only');
    last unless @{ $page->json };
    push @all, map { $_->{id} } @{ $page->json };
    ($after) = $page->headers->header('Link') =~ /pageId=(\d+).*rel="next"/;
}
is(scalar @all, 65, 'forward-only gives all rows');
error_is(call(GET => '/company/companies', undef, { orderBy => 'name' }, 'pagination-type' => 'forward-only'),
    400, 'ApiFindCondition', 'and no order');
is(ids(call(GET => '/service/priorities', undef, { orderBy => 'name desc', pageSize => 2 })), '4 3', 'orderBy');
is(call(GET => '/company/companies', undef, { conditions => q{name='O''Reilly "Media" & Sons'} })->json->[0]{identifier},
    'OReilly', 'a quote doubled');
is(call(GET => '/company/companies', undef, { childConditions => 'types/id=1', conditions => 'identifier="acme"' })->json->[0]{id},
    19, 'childConditions');
is_deeply(call(GET => '/service/boards/1/statuses', undef, { conditions => 'closedStatus=true', fields => 'name,board/id' })->json,
    [{ name => 'Completed', board => { id => 1 } }, { name => 'Closed', board => { id => 1 } }], 'statuses that close');
is_deeply(call(GET => '/service/statuses')->json, [], 'statuses without a board are none');
is(call(GET => "/service/boards/1/$_")->json->[0]{board}{name}, 'Alerts', $_) for qw(types subtypes items);
is_deeply([map { $_->{closedStatus} ? 1 : 0 } grep { $_->{name} eq 'Closed' } @{ call(GET => '/service/boards/3/statuses')->json }],
    [0], 'a status called Closed that closes nothing');
error_is(search('bord/name="x"'), 400, 'ApiFindCondition', 'an unknown name');
is(search('bord/name="x"')->json->{message}, 'bord/name is not a recognized name.', 'is named');
like(search('closedFlag=0')->json->{message}, qr/^Expected a boolean value, not a numeric\. String values should be/,
    'a value of the wrong type');
is(search('impact="x"')->json->{message}, 'Enum value supplied was invalid', 'a value that is none');

# --- tickets ---------------------------------------------------------------------------------------
error_is(call(POST => '/service/tickets', {}), 400, 'InvalidObject', 'an empty ticket',
    'MissingRequiredField company', 'MissingRequiredField summary');
is(call(POST => '/service/tickets', {})->json->{message}, 'ticket object is invalid', 'its message');
error_is(call(POST => '/service/tickets', { summary => 'x' x 101, company => { id => 19 }, externalXRef => 'y' x 101 }),
    400, 'InvalidObject', 'texts too long', 'OutOfRange externalXRef', 'OutOfRange summary');
is(call(POST => '/service/tickets', { summary => "\x{e9}" x 100, company => { id => 19 } })->code, 201,
    '100 characters are not too long, whatever their bytes');
error_is(call(POST => '/service/tickets', { summary => 's', company => { identifier => 'nobody' }, board => { name => 'Alerts' },
    status => { name => 'Assigned' }, type => { name => 'Question' }, priority => { id => 99 }, severity => 'Huge' }),
    400, 'InvalidObject', 'names that are none', 'NotFound company/identifier', 'NotFound priority/id',
    'InvalidEnum severity', 'NotFound status/name', 'NotFound type/name');
error_is(call(POST => '/service/tickets', { summary => 's', company => { id => 19 }, board => { name => 'None' } }),
    400, 'InvalidObject', 'an unknown board', 'NotFound board/name');
$res = call(POST => '/service/tickets', { summary => q{Disk "C:" it's full}, company => { identifier => 'acme' },
    board => { name => 'help desk' }, type => { name => 'Incident' }, externalXRef => 'hw:1', initialDescription => "first\nnote",
    initialInternalAnalysis => 'thoughts', closedFlag => true });
is($res->code, 201, 'created');
my $ticket = $res->json;
my $id = $ticket->{id};
is("$ticket->{company}{id} $ticket->{company}{name}", '19 ACME Corporation', 'references come back whole');
is($ticket->{board}{_info}{board_href}, "$base/service/boards/2", 'with their address');
is("$ticket->{status}{name} $ticket->{priority}{name} $ticket->{severity}", 'New Priority 3 - Medium Medium', 'defaults');
ok(!$ticket->{closedFlag}, 'closedFlag cannot be written');
ok(!(grep { /^initial/ } keys %$ticket), 'what is for creation only does not come back');
is_deeply([map { "$_->{text}|$_->{detailDescriptionFlag}|$_->{internalAnalysisFlag}" } @{ call(GET => "/service/tickets/$id/notes")->json }],
    ["first\nnote|1|0", 'thoughts|0|1'], 'but became notes');
is_deeply(call(POST => '/service/tickets', { summary => 's', company => { id => 19 } }, { fields => 'id,status/name' })->json,
    { id => $id + 1, status => { name => 'New' } }, 'fields work on a creation too');
is(ids(search('externalXRef="HW:1" and closedFlag=false')), $id, 'found by its key');
is(ids(search(q{summary='Disk "C:" it''s full'})), $id, 'and by its summary');
is(ids(search('dateEntered > [2026-01-01] and id > 1', orderBy => 'id desc', pageSize => 1)), $id + 1, 'newest first');
is(call(GET => '/service/tickets/count', undef, { conditions => 'company/identifier="acme"' })->json->{count}, 3, 'count');
is(ids(call(POST => '/service/tickets/search', { conditions => 'externalXRef="hw:1"' })), $id, 'search by POST');
is(ids(call(POST => '/service/tickets/search', { conditions => 'id > 0', orderBy => 'id' }, { pageSize => 1, page => 2 })), $id, 'and its pages');
error_is(call(GET => '/service/tickets/77'), 404, 'NotFound', 'a ticket that is none');

# --- changes ---------------------------------------------------------------------------------------
sub patch { my ($ops, $n) = @_; return call(PATCH => '/service/tickets/' . ($n || $id), $ops) }
sub op { my ($path, $value, $op) = @_; return { op => $op || 'replace', path => $path, value => $value } }
error_is(patch({ summary => 'x' }), 400, 'InvalidObject', 'a PATCH needs an array', 'InvalidPatch ');
error_is(patch([op('Summary', 'x')]), 400, 'InvalidObject', 'names of fields have one case', 'InvalidPatch Summary');
error_is(patch([op('summary', undef, 'remove')]), 400, 'InvalidObject', 'no summary', 'MissingRequiredField summary');
error_is(patch([op('status', { name => 'Completed' })]), 400, 'InvalidObject', 'a status of another board', 'NotFound status/name');
is(patch([op('closedFlag', true)])->json->{closedFlag}, false, 'closedFlag stays as it is');
is(patch([op('summary', 'new')])->json->{summary}, 'new', 'a bare path');
is(patch([op('/summary', 'newer')])->json->{summary}, 'newer', 'a path with a slash');
is(ids(search('summary="new"')), '', 'the old summary is found no more');
is(patch([op('/status/name', 'Assigned')])->json->{status}{name}, 'Assigned', 'a sub-path');
$sim->post('/options', { strict => 1 });
$res = patch([op('status/name', 'Closed')]);
is($res->code . $res->json->{status}{name}, '200Assigned', 'a sub-path, strictly: 200 and no change');
$res = patch([op('status', { name => 'Closed' })]);
is_deeply([@{ $res->json }{qw(closedFlag closedBy)}], [true, 'PUB'], 'a closing status sets closedFlag and closedBy');
like($res->json->{closedDate}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'and closedDate');
$sim->post('/options', { strict => 0 });
is(ids(search('externalXRef="hw:1" and closedFlag=false')), '', 'it is open no more');
$res = patch([op('status', { id => 540 })]);
is($res->json->{closedFlag}, false, 'opened again');
ok(!exists $res->json->{closedDate}, 'without a date of closing');
$res = patch([op('board', { id => 3 })]);
is("$res->{code} " . $res->json->{status}{name}, '200 New (not responded)', 'another board: its default status');
$res = patch([op('status', { name => 'Closed' })]);
is($res->json->{status}{name} . ' ' . ($res->json->{closedFlag} ? 1 : 0), 'Closed 0', 'a status called Closed that is not closed');
error_is(call(PUT => "/service/tickets/$id", { summary => 's', company => { id => 2 } }), 400, 'InvalidObject', 'PUT needs all',
    'MissingRequiredField impact', 'MissingRequiredField severity');
$res = call(PUT => "/service/tickets/$id", { summary => 's', company => { id => 2 }, impact => 'Low', severity => 'High' });
is_deeply([$res->json->{impact}, $res->json->{externalXRef}], ['Low', undef], 'and clears what it does not name');

# --- notes -----------------------------------------------------------------------------------------
error_is(call(POST => "/service/tickets/$id/notes", { text => 'x' }), 400, 'InvalidObject', 'a note without a kind',
    'MissingRequiredField detailDescriptionFlag');
$res = call(POST => "/service/tickets/$id/notes", { text => 'internal', internalAnalysisFlag => true });
is($res->code, 201, 'a note');
my $note = $res->json->{id};
is_deeply([@{ $res->json }{qw(ticketId createdBy)}], [$id, 'PUB'], 'of this ticket');
is(call(PATCH => "/service/tickets/$id/notes/$note", [op('text', 'changed')])->json->{text}, 'changed', 'changed');
is(call(GET => "/service/tickets/$id/allNotes")->json->[-1]{text}, 'changed', 'in allNotes');
is(call(GET => "/service/tickets/$id/notes/count")->json->{count}, 3, 'counted');
is(call(DELETE => "/service/tickets/$id/notes/$note")->code, 204, 'deleted');
is(call(DELETE => "/service/tickets/$id")->code, 204, 'the ticket too');
is(call(GET => "/service/tickets/$id")->code, 404, 'gone');
is(call(POST => "/service/tickets/$id/notes", { text => 'x', resolutionFlag => true })->code, 404, 'no note on it');

# --- the search index lags -----------------------------------------------------------------------------
my %new = (summary => 'lag', company => { id => 19 }, externalXRef => 'hw:lag');
$sim->post('/options', { lag => 100 });
my $late = call(POST => '/service/tickets', \%new)->json->{id};
is($t->wait_for(sub { ids(search('externalXRef="hw:lag"')) }, 'search index'), $late, 'a new ticket is found after some time');
$sim->post('/options', { lag => 600_000 });
my $later = call(POST => '/service/tickets', { %new, externalXRef => 'hw:later' })->json->{id};
is(ids(search('externalXRef="hw:later"')), '', 'not at once');
is(call(GET => "/service/tickets/$later")->code, 200, 'though it is there');
$sim->post('/options', { lag => 0 });

# --- faults --------------------------------------------------------------------------------------------
sub fault { my ($kind, %more) = @_; return $sim->fault(match => { method => 'POST', path => '/service/tickets' }, fault => $kind, %more) }
sub made { return $sim->state->{made}{xref}{ $_[0] } || 0 }
sub create { return eval { call(POST => '/service/tickets', { %new, externalXRef => $_[0] }) } }
sub transport { my $tx = $t->ua->post("$base/service/tickets" => \%auth => json => { %new, externalXRef => $_[0] }); return $tx->error }
my $refused = $t->ua->post($sim->url . '/_sim/fault', json => { fault => 'bogus' })->res;
is($refused->code . $refused->json->{error}, qq{400no such fault: "bogus"\n}, 'an unknown fault is refused');
fault('429', retry_after => 7);
$res = create('f1');
is_deeply([$res->code, $res->headers->header('Retry-After'), $res->json], [429, 7, { error => 'ConnectWiseAPI',
    message => 'Too many requests. Please try again in 7 seconds.' }], '429 has a shape of its own');
is(create('f1')->code, 201, 'once only');
fault('500');
like(create('f2')->json->{message}, qr/timeout/, 'status 500');
is(made('f2'), 0, 'nothing was made');
fault('500_after_commit');
is(create('f3')->code, 500, '500 after all');
is(made('f3'), 1, 'but made');
fault('502html');
like(create('f4')->body, qr/<h1>502 Bad Gateway/, '502 is HTML');
fault('reset_before');
ok(transport('f5'), 'reset before');
is(made('f5'), 0, 'not made');
fault('reset_after_commit');
ok(transport('f6'), 'reset after');
is(made('f6'), 1, 'made');
fault('truncated');
$res = $t->ua->post("$base/service/tickets" => \%auth => json => { %new, externalXRef => 'f7' })->res;
is($res->code, 201, 'truncated: 201');
ok(length $res->body && !eval { decode_json($res->body) } && $res->headers->content_length > length $res->body, 'half of it');
fault('crlf');
$res = create('f8');
like($res->body, qr/\r\n/, 'line breaks in JSON');
is($res->json->{externalXRef}, 'f8', 'are JSON');
fault('404', skip => 1);
is(create('f9')->code, 201, 'skip lets one pass');
is(create('f10')->code, 404, 'and then');
fault('slow', ms => 50);
my $before = HookWise::Test::Poll::now();
is(create('f11')->code, 201, 'slow, but all right');
ok(HookWise::Test::Poll::now() - $before >= 0.05, 'as slow as told');
my $open = create('f12')->json->{id};
$sim->fault(match => { method => 'PATCH', path => '/service/tickets/*' }, fault => 'false200');
$res = patch([op('status', { name => 'Closed' })], $open);
is($res->code . $res->json->{status}{name}, '200New', 'false 200');
$sim->fault(match => { method => 'PATCH', path => '/service/tickets/*' }, fault => 'wrong_status', value => 'Waiting');
is(patch([op('status', { name => 'Closed' })], $open)->json->{status}{name}, 'Waiting', 'another status than asked for');
$sim->fault(match => { body => 'marked' }, fault => '409', times => -1);
is(create('marked')->code, 409, 'a fault by the body') for 1 .. 2;
is($sim->get('/fault')->{faults}[-1]{hits}, 2, 'hits are counted');
is(create('other')->code, 201, 'others pass');
$sim->ua->delete($sim->url . '/_sim/fault');
is(create('marked')->code, 201, 'cleared');
$sim->post('/options', { rate => 1 });
is(create('r1')->code, 201, 'a rate of one a minute');
is(create('r2')->code, 429, 'lets no second pass');
$sim->post('/options', { rate => 0 });

# --- people --------------------------------------------------------------------------------------------
is($sim->post("/close/$open")->{closedBy}, 'jdoe', 'a person closes a ticket');
is(ids(search("id=$open and closedFlag=true")), $open, 'closed');
is($sim->post("/open/$open", { status => 'In Progress' })->{status}{name}, 'In Progress', 'and opens it');
is($sim->post('/ticket', { summary => 'by hand', company => { id => 19 } })->{_info}{enteredBy}, 'jdoe', 'makes one');

# --- callbacks ------------------------------------------------------------------------------------------
my $port = HookWise::Test::Ports::free_port();
my (@got, @answers);
my $daemon = Mojo::Server::Daemon->new(listen => ["http://127.0.0.1:$port"], silent => 1, keep_alive_timeout => 0);
$daemon->unsubscribe('request')->on(request => sub {
    my (undef, $tx) = @_;
    push @got, $tx->req->clone;
    $tx->res->code(shift @answers || 204);
    $tx->resume;
});
$daemon->start;
sub got { my ($n) = @_; return $t->wait_for(sub { Mojo::IOLoop->one_tick unless @got >= $n; @got >= $n && $got[$n - 1] }, "callback $n") }
Mojo::IOLoop->recurring(0.01 => sub { });
error_is(call(POST => '/system/callbacks', { url => 'x' }), 400, 'InvalidObject', 'a callback needs more',
    'MissingRequiredField objectId', 'MissingRequiredField type', 'MissingRequiredField level');
my $cb = call(POST => '/system/callbacks', { url => "http://127.0.0.1:$port/cb?recordId=", objectId => 1, type => 'ticket',
    level => 'owner', isSelfSuppressedFlag => true })->json;
is($cb->{memberId}, 'PUB', 'a callback');
patch([op('summary', 'own change')], $open);
@answers = (404, 429, 200);
$sim->post("/close/$open");
my $request = got(3);
is(scalar @got, 3, 'own changes are left out, refusals tried again');
is($request->url->path_query, "/cb?recordId=$open&action=updated", 'address with id and action');
my $doc = decode_json($request->body);
is_deeply([@$doc{qw(Action Type ID CompanyId MemberId)}], ['updated', 'ticket', $open, 'acmeco', 'jdoe'], 'its members');
is(Mojo::JSON::from_json($doc->{Entity})->{closedFlag}, true, 'the ticket is a text of JSON');
my $key = $t->ua->get($doc->{Metadata}{key_url})->res->json->{signing_key};
my $signature = hmac_sha256_base64($request->body, sha256($key));
$signature .= '=' while length($signature) % 4;
is($request->headers->header('x-content-signature'), $signature, 'signed');
$sim->post("/delete/$open");
is(decode_json(got(4)->body)->{Entity}, undef, 'a deleted ticket has no entity');
is(call(DELETE => "/system/callbacks/$cb->{id}")->code, 204, 'callbacks end');

# --- log and counters ---------------------------------------------------------------------------------------
my ($entry) = grep { $_->{path} eq '/service/tickets' && $_->{body} =~ /"f6"/ } $sim->requests;
is_deeply([@$entry{qw(method fault)}], ['POST', 'reset_after_commit'], 'requests are logged with their fault');
ok($sim->get('/stats')->{max_connections} >= 1, 'connections are counted');
$sim->reset;
is_deeply([scalar $sim->requests, @{ $sim->state->{tickets} }], [0], 'reset forgets all');

# As slow as the latency says.
$sim->post('/latency', { ms => 100 });
$before = HookWise::Test::Poll::now();
is(call(GET => '/service/boards')->code, 200, 'an answer');
ok(HookWise::Test::Poll::now() - $before >= 0.1, 'that takes its time');
$sim->post('/latency', { ms => 0 });

# Many at a time, not one after the other; none is answered before all are there.
$sim->fault(match => { path => '/service/boards' }, fault => 'hold', times => -1);
my @promises = map { $t->ua->get_p("$base/service/boards" => \%auth) } 1 .. 20;
$t->wait_for(sub { Mojo::IOLoop->one_tick; $sim->get('/stats')->{in_flight} == 20 }, 'all of them');
$sim->ua->delete($sim->url . '/_sim/fault');
my @answers_of_all;
Mojo::Promise->all(@promises)->then(sub { @answers_of_all = map { $_->[0]->res->code } @_ })->wait;
is_deeply(\@answers_of_all, [(200) x 20], 'twenty at the same time are answered when the fault is gone');
is($sim->get('/stats')->{max_in_flight}, 20, 'and counted');

$t->done;
