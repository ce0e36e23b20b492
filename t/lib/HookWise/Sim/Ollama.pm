# SPDX-License-Identifier: Apache-2.0
# The simulated language model server: Ollama's own interface and the OpenAI-compatible one.
package HookWise::Sim::Ollama;
use strict;
use warnings;
use Mojo::JSON qw(decode_json encode_json true false);
use POSIX qw(strftime);
use Time::HiRes qw(time);

my $ANSWER = 'The disk of the host is full because log files grew. Check rotation, then free space.';

# models: array of names; token_ms: time for each word; parallel: requests served at a time;
# max_queue: requests that may wait; api_key: asked for below /v1; answer: the text it says.
sub new {
    my ($class, %o) = @_;
    my $self = bless { answer => $ANSWER, %o, default_answer => $o{answer} // $ANSWER }, $class;
    $self->reset;
    return $self;
}

sub reset {
    my ($self) = @_;
    @$self{qw(asked cancelled busy answer)} = ([], 0, [], $self->{default_answer});
    return;
}

my %ROUTES = (
    'GET /' => sub { [200, 'Ollama is running', { 'Content-Type' => 'text/plain; charset=utf-8' }] },
    'HEAD /' => sub { [200, '', { 'Content-Type' => 'text/plain; charset=utf-8' }] },
    'GET /api/version' => sub { [200, { version => '0.12.0' }] },
    'GET /api/tags' => sub { [200, { models => [map { _model($_) } @{ $_[0]{models} }] }] },
    'GET /api/ps' => sub { [200, { models => [] }] },
    'GET /v1/models' => sub { [200, { object => 'list', data => [map { {
        id => $_, object => 'model', owned_by => 'library' } } @{ $_[0]{models} }] }] },
    'POST /api/generate' => \&_generate,
    'POST /api/chat' => \&_chat,
    'POST /v1/chat/completions' => \&_openai,
);

sub handle {
    my ($self, $req) = @_;
    my $route = $ROUTES{"$req->{method} $req->{path}"};
    return [404, '404 page not found', { 'Content-Type' => 'text/plain' }] unless $route;
    return $route->($self, $req);
}

sub _model {
    my ($name) = @_;
    return { name => $name, model => $name, modified_at => '2026-01-01T00:00:00Z', size => 2176178913,
        digest => 'sim', details => { parent_model => '', format => 'gguf', family => 'phi3',
            families => ['phi3'], parameter_size => '3.8B', quantization_level => 'Q4_0' } };
}

sub _error { my ($status, $text) = @_; return [$status, { error => $text }] }

# The request's document, with a model we have; dies with the refusal.
sub _asked {
    my ($self, $req) = @_;
    my $body = $req->{tx}->req->body;
    die _error(400, 'missing request body') unless length $body;
    my $doc = eval { decode_json($body) };
    die _error(400, 'invalid character in request body') unless ref $doc eq 'HASH';
    die _error(400, 'model is required') unless length($doc->{model} // '');
    my $name = $doc->{model} =~ /:/ ? $doc->{model} : "$doc->{model}:latest";
    die _error(404, "model '$doc->{model}' not found") unless grep { $_ eq $name } @{ $self->{models} };
    push @{ $self->{asked} }, { time => $req->{time}, path => $req->{path}, %$doc };
    return $doc;
}

# What the model says to it: words, reason of the end, seconds until its turn.
sub _speak {
    my ($self, $req, $doc, $limit) = @_;
    my $fault = $req->{fault} || {};
    my $text = $self->{answer};
    $text = encode_json({ summary => $text, confidence => 0.5 }) if $doc->{format};
    utf8::decode($text) if $doc->{format};
    for ($fault->{fault} // '') {
        if ($_ eq 'empty') { $text = '' }
        elsif ($_ eq 'think') { $text = "<think>\nLet me see.\n</think>\n\n$text" }
        elsif ($_ eq 'answer') { $text = $fault->{text} }
    }
    my @words = $text =~ /\S+\s*|\s+/g;
    my $cut = $limit > 0 && @words > $limit;
    splice @words, $limit if $cut;
    return { words => \@words, reason => $cut ? 'length' : 'stop', wait => $self->_turn(scalar @words),
        prompt => scalar(() = encode_json($doc->{messages} // $doc->{prompt} // '') =~ /\w+/g) };
}

# One request (or "parallel") at a time: when ours begins, in seconds from now.
sub _turn {
    my ($self, $words) = @_;
    my $now = time;
    my @busy = sort { $a <=> $b } grep { $_ > $now } @{ $self->{busy} };
    die _error(503, 'server busy, please try again.  maximum pending requests exceeded')
        if $self->{max_queue} && @busy >= $self->{parallel} + $self->{max_queue};
    my $start = @busy >= $self->{parallel} ? $busy[@busy - $self->{parallel}] : $now;
    $self->{busy} = [@busy, $start + $words * $self->{token_ms} / 1000];
    return $start - $now;
}

sub _stats {
    my ($said) = @_;
    my $n = @{ $said->{words} };
    return (done => true, done_reason => $said->{reason}, total_duration => 5_000_000 * ($n + 1),
        load_duration => 1_000_000, prompt_eval_count => $said->{prompt}, prompt_eval_duration => 4_000_000,
        eval_count => $n, eval_duration => 5_000_000 * $n);
}

sub _stamp { return strftime('%Y-%m-%dT%H:%M:%S.000000Z', gmtime) }

sub _generate {
    my ($self, $req) = @_;
    my $doc = $self->_asked($req);
    my %head = (model => $doc->{model}, created_at => _stamp());
    return [200, { %head, response => '', done => true, done_reason => 'load' }] unless length($doc->{prompt} // '');
    return $self->_native($req, $doc, \%head, sub { (response => $_[0]) });
}

sub _chat {
    my ($self, $req) = @_;
    my $doc = $self->_asked($req);
    my %head = (model => $doc->{model}, created_at => _stamp());
    return [200, { %head, message => { role => 'assistant', content => '' }, done => true, done_reason => 'load' }]
        unless @{ $doc->{messages} || [] };
    my $calls = _tool_calls($doc);
    return $self->_native($req, $doc, \%head, sub {
        my ($text, $last) = @_;
        return (message => { role => 'assistant', content => $text, $calls && $last ? (tool_calls => $calls) : () });
    });
}

# The first tool offered is called, unless its result is there.
sub _tool_calls {
    my ($doc) = @_;
    my $tool = ($doc->{tools} || [])->[0] or return undef;
    return undef if $doc->{messages}[-1]{role} eq 'tool';
    my $function = $tool->{function};
    my $properties = ($function->{parameters} || {})->{properties} || {};
    return [{ function => { name => $function->{name}, arguments => { map { $_ => 'sim' } keys %$properties } } }];
}

# Ollama's own form: one document, or a line for each word.
sub _native {
    my ($self, $req, $doc, $head, $part) = @_;
    my $said = $self->_speak($req, $doc, ($doc->{options} || {})->{num_predict} // -1);
    my $stream = exists $doc->{stream} ? $doc->{stream} : 1;
    if (!$stream) {
        $req->{delay} = 1000 * $said->{wait} + @{ $said->{words} } * $self->{token_ms};
        $self->_watch($req);
        return [200, { %$head, $part->(join('', @{ $said->{words} }), 1), _stats($said) }];
    }
    my @lines = map { encode_json({ %$head, $part->($_), done => false }) . "\n" } @{ $said->{words} };
    push @lines, encode_json({ %$head, $part->('', 1), _stats($said) }) . "\n";
    return $self->_stream($req, $said, \@lines, 'application/x-ndjson',
        encode_json({ error => 'llama runner process has terminated' }) . "\n");
}

# A client that goes away before the end cancels the answer.
sub _watch {
    my ($self, $req) = @_;
    $req->{tx}->on(finish => sub { $self->{cancelled}++ if !$req->{tx}->res->code || $req->{unfinished} });
    return;
}

sub _stream {
    my ($self, $req, $said, $lines, $type, $error) = @_;
    my $fault = $req->{fault} || {};
    my $kind = $fault->{fault} // '';
    my %o = (ms => $self->{token_ms}, end => '');
    if ($kind eq 'drop' || $kind eq 'stream_error') {
        @$lines = @$lines[0 .. int($#$lines / 2)];
        if ($kind eq 'drop') { $o{end} = 'close' } else { push @$lines, $error }
    }
    elsif ($kind eq 'endless') { pop @$lines; %o = (ms => $fault->{ms} // 10, end => 'never') }
    elsif ($kind eq 'split') {
        my $all = join '', @$lines;
        my $n = $fault->{value} || 7;
        $lines = [unpack "(a$n)*", $all];
    }
    $req->{delay} = 1000 * $said->{wait};
    $req->{unfinished} = 1;
    $self->_watch($req);
    return [200, sub {
        $req->{server}->send_pieces($req, $lines, %o, done => sub { $req->{unfinished} = 0 });
    }, { 'Content-Type' => $type }];
}

sub _openai_error {
    my ($status, $type, $text) = @_;
    return [$status, { error => { message => $text, type => $type, param => undef, code => undef } }];
}

sub _openai {
    my ($self, $req) = @_;
    my $key = $self->{api_key};
    return _openai_error(401, 'invalid_request_error', 'Incorrect API key provided.')
        if defined $key && ($req->{headers}->authorization // '') ne "Bearer $key";
    my $doc = eval { $self->_asked($req) };
    if (!$doc) {
        my ($status, $body) = @{$@};
        return _openai_error($status, $status == 404 ? 'not_found_error' : 'invalid_request_error', $body->{error});
    }
    my $said = eval { $self->_speak($req, $doc, $doc->{max_tokens} // -1) };
    return _openai_error(503, 'api_error', $@->[1]{error}) unless $said;
    my %head = (id => 'chatcmpl-' . @{ $self->{asked} }, created => int time, model => $doc->{model},
        system_fingerprint => 'fp_ollama');
    return $self->_openai_stream($req, $said, \%head) if $doc->{stream};
    my $n = @{ $said->{words} };
    my $calls = _tool_calls($doc);
    $calls = [map { { id => 'call_1', index => 0, type => 'function', function => { name => $_->{function}{name},
        arguments => Mojo::JSON::to_json($_->{function}{arguments}) } } } @$calls] if $calls;
    $req->{delay} = 1000 * $said->{wait} + $n * $self->{token_ms};
    $self->_watch($req);
    return [200, { %head, object => 'chat.completion', choices => [{ index => 0, message => { role => 'assistant',
        content => join('', @{ $said->{words} }), $calls ? (tool_calls => $calls) : () },
        finish_reason => $calls ? 'tool_calls' : $said->{reason} }],
        usage => { prompt_tokens => $said->{prompt}, completion_tokens => $n, total_tokens => $said->{prompt} + $n } }];
}

sub _openai_stream {
    my ($self, $req, $said, $head) = @_;
    my $event = sub { 'data: ' . encode_json({ %$head, object => 'chat.completion.chunk', choices => [{ index => 0,
        delta => $_[0], finish_reason => $_[1] }] }) . "\n\n" };
    my @events = map { $event->({ role => 'assistant', content => $_ }, undef) } @{ $said->{words} };
    push @events, $event->({ role => 'assistant', content => '' }, $said->{reason}) . "data: [DONE]\n\n";
    return $self->_stream($req, $said, \@events, 'text/event-stream',
        'data: ' . encode_json({ error => { message => 'llama runner process has terminated', type => 'api_error' } }) . "\n\n");
}

# --- faults, admin ----------------------------------------------------------------------------

my %OWN = map { $_ => 1 } qw(empty think answer drop stream_error endless split);
my %STATUS = (
    401 => 'unauthorized', 403 => 'forbidden', 404 => q{model 'phi3' not found}, 429 => 'too many requests',
    500 => 'model requires more system memory (5.6 GiB) than is available (3.1 GiB)', 502 => 'bad gateway',
    503 => 'server busy, please try again.  maximum pending requests exceeded',
);

sub knows_fault { my ($self, $kind) = @_; return $OWN{$kind} || $STATUS{$kind} }

sub fault_answer {
    my ($self, $fault) = @_;
    my $text = $STATUS{ $fault->{fault} } or return undef;
    return [$fault->{fault}, { error => $fault->{text} // $text },
        defined $fault->{retry_after} ? { 'Retry-After' => $fault->{retry_after} } : {}];
}

sub state { my ($self) = @_; return { map { $_ => $self->{$_} } qw(asked cancelled busy) } }

sub admin {
    my ($self) = @_;
    return { 'POST /options' => sub {
        my ($in) = @_;
        for my $name (keys %$in) {
            die "no such option: $name\n" unless $name =~ /^(?:answer|token_ms|parallel|max_queue|models|api_key)$/;
            $self->{$name} = $in->{$name};
        }
        return {};
    } };
}

1;
