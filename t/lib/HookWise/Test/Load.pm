# SPDX-License-Identifier: Apache-2.0
# Many requests at a time from one test, while it goes on doing other things.
package HookWise::Test::Load;
use strict;
use warnings;
use Mojo::IOLoop;
use Mojo::UserAgent;

# lanes: array of arrays of jobs { url, headers, body }: the jobs of one lane go one after the
# other, as a sender's do; lanes run side by side. A job is sent again, retry_ms (50) later, until
# its answer is a 2xx, as senders do that must not lose anything. pace_ms: pause of a lane after an
# accepted job (0). accepted: called with (job, response) for each 2xx.
sub new {
    my ($class, %o) = @_;
    my $self = bless { retry_ms => 50, pace_ms => 0, accepted => sub { }, %o, left => 0, refused => {},
        ua => Mojo::UserAgent->new(max_redirects => 0, connect_timeout => 60, request_timeout => 60,
            inactivity_timeout => 60, max_connections => 64) }, $class;
    for my $lane (@{ $o{lanes} }) {
        $self->{left} += @$lane;
        $self->_next([@$lane]);
    }
    return $self;
}

sub left { return $_[0]{left} }

# How often which refusal came: status code or words of the connection's error => count.
sub refused { return $_[0]{refused} }

# Lets requests go on for so many seconds, or until all are accepted.
sub run {
    my ($self, $seconds) = @_;
    my $timer = defined $seconds ? Mojo::IOLoop->timer($seconds => sub { Mojo::IOLoop->stop }) : undef;
    $self->{watch} = Mojo::IOLoop->recurring(0.01 => sub { Mojo::IOLoop->stop unless $self->{left} });
    Mojo::IOLoop->start if $self->{left};
    Mojo::IOLoop->remove($_) for grep { defined } $timer, $self->{watch};
    return $self->{left};
}

sub _next {
    my ($self, $lane) = @_;
    my $job = $lane->[0] or return;
    my $tx = $self->{ua}->build_tx(POST => $job->{url} => $job->{headers} || {} => $job->{body});
    $self->{ua}->start($tx => sub {
        my (undef, $done) = @_;
        my $res = $done->res;
        if (!$done->error && $res->is_success) {
            shift @$lane;
            $self->{left}--;
            $self->{accepted}->($job, $res);
            return $self->{pace_ms} ? $self->_later($lane, $self->{pace_ms}) : $self->_next($lane);
        }
        $self->{refused}{ $res->code || $done->error->{message} || 'no answer' }++;
        $self->_later($lane, $self->{retry_ms});
    });
    return;
}

sub _later {
    my ($self, $lane, $ms) = @_;
    Mojo::IOLoop->timer($ms / 1000 => sub { $self->_next($lane) });
    return;
}

1;
