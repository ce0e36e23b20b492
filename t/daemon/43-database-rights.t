#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# A database that answers, and refuses: a table is away, a right is missing. Events wait for whoever
# mends that, without spending their tries.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use Feed;

my ($t, $sim, $ep) = psa(RETRY_BASE_MS => 1, MAX_RETRIES => 1);

sub admin { my ($sql) = @_; return $t->psql($sql, user => 'postgres') }

# Wrong from one statement to the other; said is what PostgreSQL tells meanwhile, also to those events.
sub wrong {
    my ($what, $break, $mend, $said) = @_;
    admin($break);
    my $before = () = $t->{postgres}->proc->text =~ /$said/g;
    my @ids = feed_many($t, map { event($ep, $_) } alert_body($what), alert_body($what), recovery_body($what));
    $t->wait_for(sub { (() = $t->{postgres}->proc->text =~ /$said/g) > $before + 3 }, "PostgreSQL to say $said");
    is(pending($t), 3, "$what: nothing is acknowledged");
    admin($mend);
    is_deeply([map { row($t, $_) } @ids], ['processed create', 'processed update', 'processed close'], 'all of it is done when that is mended');
    is(scalar(about($sim, $what)), 1, 'once');
    drained($t);
    return;
}

wrong('no rights to history', 'ALTER TABLE webhook_log OWNER TO postgres; REVOKE ALL ON webhook_log FROM hookwise',
    'ALTER TABLE webhook_log OWNER TO hookwise; GRANT ALL ON webhook_log TO hookwise', qr/permission denied for table webhook_log/);
wrong('no rights to alerts', 'ALTER TABLE alert OWNER TO postgres; REVOKE ALL ON alert FROM hookwise',
    'ALTER TABLE alert OWNER TO hookwise; GRANT ALL ON alert TO hookwise', qr/permission denied for table alert/);
wrong('no table', 'ALTER TABLE alert RENAME TO elsewhere', 'ALTER TABLE elsewhere RENAME TO alert', qr/relation "alert" does not exist/);
is_deeply([two_made($sim)], [], 'no problem has two tickets');

$t->expect_log(qr/permission denied|does not exist/, optional => 1);
$t->done;
