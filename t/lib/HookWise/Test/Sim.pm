# SPDX-License-Identifier: Apache-2.0
# A simulated far end (t/sim/NAME) in a process of its own.
package HookWise::Test::Sim;
use strict;
use warnings;
use Mojo::UserAgent;
use HookWise::Test::Ports qw(free_port);
use HookWise::Test::Process;

# program, name, dir, args: command line after --port.
sub new {
    my ($class, %o) = @_;
    my $tls = grep { $_ eq '--cert' } @{ $o{args} || [] };
    my $self = bless { port => free_port(), name => $o{name}, scheme => $tls ? 'https' : 'http' }, $class;
    $self->{proc} = HookWise::Test::Process->start(
        what => "$o{name} simulator", log => "$o{dir}/sim-$o{name}.log",
        cmd => [$^X, $o{program}, '--port', $self->{port}, @{ $o{args} || [] }]);
    return $self->wait_ready;
}

sub proc { return $_[0]{proc} }
sub port { return $_[0]{port} }
sub url { return "$_[0]{scheme}://127.0.0.1:$_[0]{port}" }
sub stop { return $_[0]{proc}->stop }
sub kill9 { return $_[0]{proc}->kill9 }

# A new process on the same port: an outage that ended. Its memory is empty.
sub start {
    my ($self) = @_;
    $self->{ready_before} = () = $self->{proc}->text =~ /^ready /mg;
    $self->{proc}->spawn;
    return $self->wait_ready;
}

sub wait_ready {
    my ($self) = @_;
    my $before = $self->{ready_before} || 0;
    $self->{proc}->wait_ready(sub {
        my $now = () = $self->{proc}->text =~ /^ready /mg;
        return $now > $before;
    });
    return $self;
}

sub ua {
    my ($self) = @_;
    return $self->{ua} ||= Mojo::UserAgent->new(max_redirects => 0, insecure => 1, connect_timeout => 60,
        inactivity_timeout => 120);
}

# Calls of the admin interface: path below /_sim; they return decoded JSON and die otherwise.
sub get { my ($self, $path) = @_; return $self->_json($self->ua->get($self->url . "/_sim$path")) }

sub post {
    my ($self, $path, $doc) = @_;
    return $self->_json($self->ua->post($self->url . "/_sim$path", json => $doc || {}));
}

sub _json {
    my ($self, $tx) = @_;
    my $res = $tx->result;
    die "$self->{name} simulator: " . $res->code . ' ' . $res->body . "\n" if $res->is_error;
    return $res->json;
}

sub fault { my ($self, %fault) = @_; return $self->post('/fault', \%fault) }
sub state { my ($self) = @_; return $self->get('/state') }
sub requests { my ($self) = @_; return @{ $self->get('/log')->{requests} } }
sub reset { my ($self) = @_; return $self->post('/reset') }

1;
