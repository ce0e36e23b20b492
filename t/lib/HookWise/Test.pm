# SPDX-License-Identifier: Apache-2.0
# Real servers, privately, for one test: httpd, Redis, PostgreSQL, hookwised and simulators.
package HookWise::Test;
use strict;
use warnings;
use Carp qw(croak);
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Scalar::Util qw(weaken);
use Test::More ();
use utf8 ();
use HookWise::Test::Daemon;
use HookWise::Test::Httpd;
use HookWise::Test::Logs qw(bad_lines);
use HookWise::Test::Poll ();
use HookWise::Test::Postgres;
use HookWise::Test::Redis;
use HookWise::Test::Run qw(run);

# A key for secrets at rest, of this test suite only: base64url of 32 bytes.
use constant KEY => 'aG9va3dpc2UtdGVzdHMtb25seS0zMi1ieXRlLWtleSE=';

my %alive;         # every object not yet done, for END
my $owner = $$;
my $source = abs_path(dirname(__FILE__) . '/../../..');

# What the shell of whoever runs the tests says must not reach the programs: the environment wins
# over hookwised.conf.
delete @ENV{ grep { /^(?:CW|GUI|LLM|AI|OLLAMA|REDIS|DATABASE|WORKER|RETRY|PG)/ } keys %ENV };
delete @ENV{qw(DESTINATION ENCRYPTION_KEY VIABILITY_TTL MAX_RETRIES LOG_RETENTION_DAYS FORCE_HTTPS
    MAX_CONTENT_LENGTH_KB NOTIFY_SOCKET http_proxy https_proxy all_proxy)};

# strict, warnings, utf8 and Test::More for the test that uses us.
sub import {
    strict->import;
    warnings->import;
    utf8->import;
    Test::More->export_to_level(1, 'Test::More');
    return;
}

sub new {
    my ($class, %o) = @_;
    my $dir = tempdir('hwXXXXXX', DIR => '/tmp', CLEANUP => 0);
    chmod 0711, $dir;
    my $build = $ENV{HW_BUILD} || 'build';
    $build = "$source/$build" unless $build =~ m{^/};
    my $self = bless { dir => $dir, build => $build, expected => [], daemons => [], sims => {},
        settings => {}, owner => $$, %o }, $class;
    mkdir "$dir/spool";
    chmod 0777, "$dir/spool";
    $self->file('keyfile', KEY . "\n");
    weaken($alive{$dir} = $self);
    return $self;
}

sub dir { return $_[0]{dir} }
sub source { return $source }
sub key { return KEY }

# A build product, which must be there: a test of something not built fails.
sub product {
    my ($self, $name) = @_;
    my $path = "$self->{build}/$name";
    croak "$path is not built (make BUILD=…; HW_BUILD names the folder)" unless -e $path;
    return $path;
}

# Writes a file below the test's folder and gives its path. Text is written as UTF-8.
sub file {
    my ($self, $name, $content) = @_;
    my $path = "$self->{dir}/$name";
    utf8::encode($content) if utf8::is_utf8($content);
    open my $fh, '>:raw', $path or die "$path: $!\n";
    print $fh $content;
    close $fh or die "$path: $!\n";
    return $path;
}

sub wait_for { my ($self, @args) = @_; return HookWise::Test::Poll::wait_for(@args) }

# --- Redis and PostgreSQL -------------------------------------------------------------------

sub redis {
    my ($self, %o) = @_;
    $self->{redis} ||= HookWise::Test::Redis->new(dir => $self->{dir}, %o);
    return $self->{redis}->url;
}

# A second PostgreSQL that follows the first one.
sub standby {
    my ($self, %o) = @_;
    mkdir "$self->{dir}/standby", 0755;
    return $self->{standby} ||= HookWise::Test::Postgres->new(dir => "$self->{dir}/standby",
        standby_of => $self->{postgres}, %o);
}

sub redis_cli { my ($self, @cmd) = @_; return $self->{redis}->command(@cmd) }

sub postgres {
    my ($self, %o) = @_;
    $self->{postgres} ||= HookWise::Test::Postgres->new(dir => $self->{dir}, %o);
    return $self->{postgres}->url;
}

sub database_url { return $_[0]->postgres }
sub psql { my ($self, @args) = @_; return $self->{postgres}->psql(@args) }

# --- httpd ----------------------------------------------------------------------------------

sub _httpd {
    my ($self) = @_;
    weaken(my $weak = $self);
    return $self->{httpd} ||= HookWise::Test::Httpd->new(
        dir => $self->{dir}, module => "$self->{build}/mod_hookwise.so",
        env => $self->{httpd_env},
        fill => sub {
            return (SPOOL => "$weak->{dir}/spool", KEYFILE => "$weak->{dir}/keyfile",
                SOURCE => $source, BUILD => $weak->{build},
                $weak->{redis} ? (REDIS => $weak->{redis}->url) : ());
        });
}

# What an installation at / has: the routes of the module with no restriction of their own.
my $HTTPD_CONF = <<'EOT';
HookwiseRedis %%REDIS%%
HookwiseKeyFile "%%KEYFILE%%"
HookwiseSpoolDir "%%SPOOL%%"
<Directory "%%DIR%%/httpd/htdocs">
    Require all granted
</Directory>
<LocationMatch "^/(webhook|w)/|^/api/v1/webhooks/[^/]+/ingest$">
    SetHandler hookwise-webhook
</LocationMatch>
<LocationMatch "^/webhooks/(?:[^/]+/ticket|test|health)/?$">
    SetHandler hookwise-sync
</LocationMatch>
<LocationMatch "^/(health|readyz|health/services)$">
    SetHandler hookwise-health
</LocationMatch>
<Location "/metrics">
    SetHandler hookwise-metrics
</Location>
EOT

sub httpd_conf { return $HTTPD_CONF }

sub httpd {
    my ($self, $conf, %o) = @_;
    $conf = $HTTPD_CONF unless defined $conf;
    $self->product('mod_hookwise.so') unless $o{without_module} || $o{bare};
    return $self->_httpd->start($conf, %o);
}

sub httpd_reload { my ($self, $how, @more) = @_; return $self->_httpd->reload($how, @more) }
sub configtest { my ($self, $conf, %o) = @_; return $self->_httpd->configtest($conf, %o) }
sub port { my ($self, $name) = @_; return $self->_httpd->port($name) }
sub url { return $_[0]->_httpd->url }

# --- configuration, hookwisectl, hookwised ------------------------------------------------------

# Settings add to those of earlier calls; undef takes one out. Gives the path.
sub conf {
    my ($self, %set) = @_;
    my $all = $self->{settings};
    %$all = (%$all, %set);
    my %conf = (
        ENCRYPTION_KEY => KEY,
        $self->{redis} ? (REDIS_URL => $self->{redis}->url, REDIS_TIMEOUT => 60) : (),
        $self->{postgres} ? (DATABASE_URL => $self->{postgres}->url) : (), %$all,
    );
    return $self->file('hookwised.conf',
        join '', map { "$_=$conf{$_}\n" } grep { defined $conf{$_} } sort keys %conf);
}

# (exit code, stdout, stderr); a hash reference first: stdin, env, conf => 0 (no -c).
sub ctl {
    my ($self, @args) = @_;
    my $o = ref $args[0] eq 'HASH' ? shift @args : {};
    my @conf = ($o->{conf} // 1) ? ('-c', -e "$self->{dir}/hookwised.conf"
        ? "$self->{dir}/hookwised.conf" : $self->conf) : ();
    return run([$self->product('hookwisectl'), @conf, @args], dir => $self->{dir}, %$o);
}

# The decoded JSON answer; dies when the command fails.
sub ctl_json {
    my ($self, @args) = @_;
    my @o = ref $args[0] eq 'HASH' ? shift @args : ();
    my ($exit, $out, $err) = $self->ctl(@o, '--json', @args);
    die "hookwisectl @args: exit code $exit: $err$out\n" if $exit;
    require Mojo::JSON;
    return eval { Mojo::JSON::decode_json($out) } // die "hookwisectl @args: not JSON: $out\n";
}

# Brings the schema up to date.
sub migrate {
    my ($self) = @_;
    my ($exit, $out, $err) = $self->ctl('migrate');
    die "hookwisectl migrate: exit code $exit: $err$out\n" if $exit;
    return;
}

# Creates an endpoint from a document and gives what hookwisectl answers: id, url, token, ….
sub endpoint {
    my ($self, %doc) = @_;
    require Mojo::JSON;
    my $file = $self->file('endpoint.' . ++$self->{files} . '.json', Mojo::JSON::encode_json(\%doc));
    return $self->ctl_json('endpoint', 'create', $file);
}

sub hookwised {
    my ($self, %o) = @_;
    my $n = @{ $self->{daemons} };
    my $conf = $o{conf} || $self->conf;
    my $daemon = HookWise::Test::Daemon->new(
        program => $self->product('hookwised'), conf => $conf, dir => $self->{dir},
        name => $n ? 'hookwised' . ($n + 1) : 'hookwised', redis => $self->{redis}, %o);
    push @{ $self->{daemons} }, $daemon;
    return $daemon;
}

# --- simulators ---------------------------------------------------------------------------------

# sim('connectwise', latency => 5, …): starts t/sim/connectwise --latency 5; undef = a bare option.
sub sim {
    my ($self, $name, %o) = @_;
    return $self->{sims}{$name} if $self->{sims}{$name} && !%o;
    require HookWise::Test::Sim;
    my @args = map { my $v = $o{$_}; (my $k = $_) =~ tr/_/-/; ("--$k", defined $v ? $v : ()) } sort keys %o;
    return $self->{sims}{$name} = HookWise::Test::Sim->new(
        name => $name, program => "$source/t/sim/$name", dir => $self->{dir}, args => \@args);
}

# A simulated ConnectWise, and the settings to reach it in hookwised.conf.
sub connectwise {
    my ($self, %o) = @_;
    my $sim = $self->sim('connectwise', company => 'simco', public => 'simpublic',
        private => 'simprivate', %o);
    $self->conf(CW_URL => $sim->url . '/v4_6_release/apis/3.0', CW_COMPANY => 'simco',
        CW_PUBLIC_KEY => 'simpublic', CW_PRIVATE_KEY => 'simprivate', CW_CLIENT_ID => 'sim-client',
        CW_SERVICE_BOARD => 'Alerts', CW_DEFAULT_COMPANY_ID => 'Catchall');
    return $sim;
}

# --- HTTP ---------------------------------------------------------------------------------------

sub ua {
    my ($self) = @_;
    return $self->{ua} ||= do {
        require Mojo::UserAgent;
        Mojo::UserAgent->new(max_redirects => 0, connect_timeout => 60, inactivity_timeout => 120);
    };
}

# One request to our httpd: (method, path, \%headers, body or json => …) → Mojo::Message::Response.
sub request {
    my ($self, $method, $path, @rest) = @_;
    my $tx = $self->ua->build_tx($method => $self->url . $path => @rest);
    $tx = $self->ua->start($tx);
    my $error = $tx->error;
    die "$method $path: $error->{message}\n" if $error && !$error->{code};
    return $tx->res;
}

sub get { my ($self, @args) = @_; return $self->request(GET => @args) }
sub post { my ($self, @args) = @_; return $self->request(POST => @args) }

# Posts to an endpoint as create answered it, with its token.
sub webhook {
    my ($self, $endpoint, $doc, %headers) = @_;
    require Mojo::JSON;
    $headers{Authorization} //= "Bearer $endpoint->{token}" if $endpoint->{token};
    $headers{'Content-Type'} //= 'application/json';
    my $body = ref $doc ? Mojo::JSON::encode_json($doc) : $doc;
    return $self->post("/webhook/$endpoint->{id}", \%headers, $body);
}

# Series of /metrics with their values.
sub metrics {
    my ($self) = @_;
    my $res = $self->get('/metrics');
    die '/metrics: ' . $res->code . "\n" unless $res->is_success;
    return { map { /^([^#].*\S)\s+(\S+)$/ ? ($1 => $2) : () } split /\n/, $res->body };
}

# Rows of the history, oldest first, each a hash of the columns named.
sub history {
    my ($self, $where, @columns) = @_;
    @columns = qw(request_id part config_name status action ticket_id summary) unless @columns;
    my $list = join ', ', @columns;
    return map { my %row; @row{@columns} = split /\t/, $_, -1; \%row }
        $self->psql("SELECT $list FROM webhook_log" . ($where ? " WHERE $where" : '') . ' ORDER BY id');
}

# --- logs and the end ---------------------------------------------------------------------------

sub _procs {
    my ($self) = @_;
    return (
        map({ [sim => $_->proc] } values %{ $self->{sims} }),
        map({ [hookwised => $_->proc] } @{ $self->{daemons} }),
        $self->{httpd} && $self->{httpd}->proc ? [httpd => $self->{httpd}->proc] : (),
        $self->{redis} ? [redis => $self->{redis}->proc] : (),
        $self->{standby} ? [postgres => $self->{standby}->proc] : (),
        $self->{postgres} ? [postgres => $self->{postgres}->proc] : (),
    );
}

# Text of the logs of all servers of a kind.
sub log {
    my ($self, $kind) = @_;
    return join '', map { $_->[1]->text } grep { $_->[0] eq $kind } $self->_procs;
}

# An error line that belongs to the test: it must be there, unless optional => 1.
sub expect_log {
    my ($self, $re, %o) = @_;
    push @{ $self->{expected} }, { re => $re, seen => 0, optional => $o{optional} };
    return;
}

# Ends all servers; the first reasons to complain come back.
sub stop_all {
    my ($self) = @_;
    my @complaints;
    for my $entry ($self->_procs) {
        my $proc = $entry->[1];
        push @complaints, $proc->complaint // () unless $proc->alive;
        next unless $proc->alive;
        $proc->stop;
        push @complaints, $proc->complaint // ();
    }
    return @complaints;
}

sub done {
    my ($self) = @_;
    my @complaints = $self->stop_all;
    Test::More::is(join("\n", @complaints), '', 'servers ran and ended as asked');
    my @bad = map { my ($kind, $proc) = @$_;
        map { "$kind: $_" } bad_lines($kind, $proc->text, $self->{expected}) } $self->_procs;
    Test::More::is(join("\n", @bad), '', 'logs are clean');
    my $all = join '', map { $_->[1]->text } $self->_procs;
    for my $entry (grep { !$_->{seen} && !$_->{optional} } @{ $self->{expected} }) {
        Test::More::like($all, $entry->{re}, 'an expected log line is there');
    }
    $self->_clean;
    return Test::More::done_testing();
}

sub _clean {
    my ($self) = @_;
    return unless defined $self->{dir} && delete $alive{ $self->{dir} };
    if ($ENV{HW_KEEP}) { Test::More::diag("kept $self->{dir}") }
    else { system 'rm', '-rf', '--', $self->{dir} }
    return;
}

sub _abandon {
    my ($self) = @_;
    return if $self->{owner} != $$ || !$alive{ $self->{dir} };
    local ($?, $@, $!);
    for my $entry ($self->_procs) {
        my $proc = $entry->[1];
        if ($entry->[0] eq 'postgres') { $proc->stop('QUIT') } else { $proc->kill9 }
    }
    if ($ENV{HW_KEEP} || $ENV{HW_VERBOSE}) {
        Test::More::diag("end of $_->[0] log:\n" . substr $_->[1]->text, -2000) for $self->_procs;
    }
    $self->_clean;
    return;
}

sub DESTROY { $_[0]->_abandon; return }

$SIG{$_} ||= sub { exit 130 } for qw(INT TERM HUP);

END {
    if ($$ == $owner) { $_->_abandon for grep { defined } values %alive }
}

1;

__END__

=encoding utf8

=head1 NAME

HookWise::Test - real servers, privately, for one test

=head1 SYNOPSIS

    #!/usr/bin/perl
    use FindBin;
    use lib "$FindBin::Bin/../lib";
    use HookWise::Test;

    my $t = HookWise::Test->new;
    $t->redis(appendonly => 'yes', appendfsync => 'always');
    $t->postgres;
    $t->conf(DESTINATION => 'local', RETRY_BASE_MS => 20);
    $t->migrate;
    $t->hookwised;
    $t->httpd;
    my $ep = $t->endpoint(name => 'web', preset => 'uptime-kuma');
    my $res = $t->webhook($ep, { heartbeat => { status => 0 }, monitor => { name => 'www' } });
    is($res->code, 202, 'accepted');
    $t->wait_for(sub { $t->psql('SELECT count(*) FROM webhook_log') }, 'history row');
    $t->done;

=head1 DESCRIPTION

Using the module turns on strict, warnings and utf8, and exports what Test::More exports. Every
object has a folder of its own in F</tmp> with a short name, and starts the servers asked for in
it, on unix sockets and on ports of 127.0.0.1 below 32768, so tests run side by side. Whatever
happens to the test (die, a signal, even SIGKILL), its servers end with it, each by its process id.

Build products are taken from the folder C<HW_BUILD> names (F<build>). Settings of hookwised in
the environment of whoever runs the tests are removed first.

=over

=item HW_BUILD   folder with the build products

=item HW_KEEP=1  keep the test's folder, and show the ends of all logs when a test dies

=item HW_VERBOSE=1  the latter only

=back

Started by root, the servers run as root, but PostgreSQL as C<postgres> and httpd's children as
C<www-data>.

=head1 METHODS

=head2 Files

=over

=item dir

The test's folder. Users other than its owner can pass through it, not list it.

=item file(name, content)

Writes a file below it and gives its path.

=item source, product(name), key

The source tree; the path of a build product (dies when it is not built); the value of
ENCRYPTION_KEY.

=back

=head2 Redis and PostgreSQL

=over

=item redis(setting => value, …)

Starts a private redis-server (once) with any settings of redis.conf, and gives its URL,
C<unix:/…/redis.sock>. Nothing is written to disk unless C<< appendonly => 'yes' >>.

=item redis_cli(command, argument, …)

The reply: text, number, undef or array reference. Dies with Redis' words on an error.

=item postgres(durable => 1, set => ['name=value'])

Starts a private PostgreSQL (once) with an empty database and gives its URL, of an ordinary role
that owns it. What is committed survives the death of all processes; C<durable> also calls fsync.

=item standby(set => […])

A second one that follows the first until C<< ->promote >> is called; the first needs
C<wal_level=replica>. Its C<url>, C<psql> and so on are its own.

=item database_url

The same URL.

=item psql(statements, user => 'postgres')

Rows, columns separated by tabs; in scalar context one text. Dies with the server's words.

=item {redis}, {postgres}

The servers: C<< $t->{redis}->restart >>, C<< $t->{redis}->start >> after
C<< $t->{redis}->proc->kill9 >>; C<< $t->{postgres}->restart >>, C<< ->crash >> (immediate
shutdown) and C<< ->start >>; C<proc> is the process, see below.

=back

=head2 httpd

=over

=item httpd(configuration, options)

Starts httpd (event MPM) with the common modules and mod_hookwise.so loaded, and the text given
behind that, waiting long for Redis; without text, with C<httpd_conf>: all routes of the module at C</>. Placeholders: C<%%PORT%%>, C<%%PORT:name%%> (a further free port of that name),
C<%%DIR%%>, C<%%MODULE%%>, C<%%BUILD%%>, C<%%SOURCE%%>, C<%%REDIS%%> (its URL), C<%%SPOOL%%> (a
folder everybody may write), C<%%KEYFILE%%> (a file with the ENCRYPTION_KEY). Options:
C<< modules => ['proxy', …] >>, C<< without_module => 1 >> (httpd alone), C<< bare => 1 >> (nothing but
the text). Set C<< $t->{httpd_env} >> before for its environment.

=item url, port(name)

C<http://127.0.0.1:PORT>; the port.

=item httpd_reload('graceful' | 'restart', configuration)

Reloads, with a new configuration when one is given; returns when the new generation serves.

=item configtest(configuration)

(exit code, output) of C<httpd -t>.

=item {httpd}

The server: C<< ->restart >>, C<< ->children >> (their process ids), C<< ->proc >>.

=back

=head2 hookwisectl and hookwised

=over

=item conf(SETTING => value, …)

Writes F<hookwised.conf> with the settings of this and earlier calls (undef removes one), besides
ENCRYPTION_KEY, REDIS_URL and DATABASE_URL of the servers started, for which it waits long. Gives its
path.

=item ctl({stdin => …, env => {…}, conf => 0}, command, argument, …)

(exit code, stdout, stderr) of hookwisectl C<-c hookwised.conf>; the hash may be left out.

=item ctl_json(…)

The decoded answer with C<--json>; dies when the command fails.

=item migrate, endpoint(field => value, …)

C<hookwisectl migrate>; C<hookwisectl endpoint create>, whose answer has C<id>, C<url>, C<token>.

=item history(where, column, …)

Rows of the history, oldest first, as hashes; the condition is SQL and may be left out.

=item hookwised(env => {…}, args => […], wait => 0, conf => path, wrap => ['valgrind', …])

Starts a daemon and waits until it is ready: C<READY=1> on its NOTIFY_SOCKET, or its hash
C<hw:w:…> in Redis. Several may run. Methods of what it gives: C<pid>, C<alive>, C<stop>, C<kill9>,
C<start>, C<restart>, C<text> (its log).

=back

=head2 Simulators

=over

=item sim(name, option => value, …)

Starts F<t/sim/NAME> and waits until it listens; without options gives the one running. An
underscore in an option stands for a hyphen, an undefined value for none. Methods: C<url>,
C<port>, C<fault(…)>, C<state>, C<requests>, C<reset>, C<get(path)>, C<post(path, doc)> (below
C</_sim>), C<stop>, C<kill9>, C<start>.

=item connectwise(option => value, …)

Starts the simulated ConnectWise and writes the settings to reach it into F<hookwised.conf>.

=back

=head2 HTTP

=over

=item ua

A Mojo::UserAgent that follows no redirects.

=item request(method, path, {header => value}, body), get(path, …), post(path, …)

One request to our httpd; the answer is a Mojo::Message::Response. Dies when there is none.

=item webhook(endpoint, document or text, Header => value)

Posts to an endpoint that C<endpoint> created, with its token.

=item metrics

What F</metrics> shows: series => value.

=back

=head2 States and the end

=over

=item wait_for(sub, what, seconds)

Calls the sub until it gives a true value, which comes back; dies after the time (60 s: leave it
out, and never measure with it). Tests do not sleep.

=item log('httpd' | 'hookwised' | 'redis' | 'postgres' | 'sim')

Text of the logs of that kind.

=item expect_log(qr/…/, optional => 1)

An error line that belongs to the test. It must be there at the end, unless C<optional>.

=item done

Ends the servers and checks how they ended and that no log has an error, a crash or a sanitizer's
report, then C<done_testing>.

=back

=head2 Processes

C<< $t->{redis}->proc >>, C<< $t->{httpd}->proc >> and so on are HookWise::Test::Process objects:
C<pid>, C<alive>, C<status>, C<signal(name)>, C<freeze> and C<thaw>, C<stop(signal)>, C<kill9> (with its children),
C<spawn>, C<restart>, C<text>. A process that ends without C<stop> or C<kill9> fails the test.

=cut
