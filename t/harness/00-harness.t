#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The test harness: servers start, answer, restart and end; logs are judged rightly.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use HookWise::Test::Logs qw(bad_lines);
use HookWise::Test::Ports qw(free_port port_open);
use HookWise::Test::Process;
use HookWise::Test::Run qw(run);

my $t = HookWise::Test->new;
my $dir = $t->dir;
ok(length "$dir/httpd/httpd.sock" < 60, 'socket paths stay short');

# Redis
my $url = $t->redis(appendonly => 'yes', appendfsync => 'always');
is($url, "unix:$dir/redis.sock", 'URL of Redis');
is($t->redis_cli('SET', 'k', "v\r\n\0w"), 'OK', 'SET');
is($t->redis_cli('GET', 'k'), "v\r\n\0w", 'GET gives the bytes back');
is_deeply($t->redis_cli('HGETALL', 'none'), [], 'an empty array');
is($t->redis_cli('GET', 'none'), undef, 'nothing');
ok(!eval { $t->redis_cli('NOSUCH'); 1 }, 'an error of Redis dies');
like($@, qr/^redis: ERR unknown command/, 'with its words');
my $pid = $t->{redis}->proc->pid;
$t->{redis}->proc->kill9;
ok(!$t->{redis}->proc->alive, 'killed');
$t->{redis}->start;
isnt($t->{redis}->proc->pid, $pid, 'another process');
is($t->redis_cli('GET', 'k'), "v\r\n\0w", 'the append-only file survived SIGKILL');

# PostgreSQL
$t->postgres;
is(scalar $t->psql('SELECT 1+1'), '2', 'a value');
is_deeply([$t->psql(q{VALUES (1,'a b'),(2,NULL),(3,'ü')})], ["1\ta b", "2\t", "3\t\x{fc}"], 'rows');
is_deeply([$t->psql('SELECT 1 WHERE false')], [], 'no rows');
is_deeply([$t->psql(q{SELECT ''})], [''], 'one empty value');
is(scalar $t->psql('SELECT rolsuper FROM pg_roles WHERE rolname = current_user'), 'f',
    'the role of the database is an ordinary one');
$t->psql('CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)');
$t->{postgres}->crash;
$t->{postgres}->start;
is(scalar $t->psql('SELECT n FROM kept'), '7', 'what was committed survives a crash');
$t->expect_log(qr/syntax error at or near "BOGUS"/);
ok(!eval { $t->psql('BOGUS'); 1 }, 'a wrong statement dies');
like($@, qr/syntax error at or near "BOGUS"/, 'with the words of the server');

# httpd, without the module
my $conf = "Redirect 302 /there %%URLX%%\n";
ok(!eval { $t->httpd($conf, without_module => 1); 1 }, 'an unknown placeholder dies');
like($@, qr/%%URLX%% is not known/, 'and is named');
$t->httpd("Alias /f \"%%DIR%%/f.txt\"\n<Directory %%DIR%%>\nRequire all granted\n</Directory>\n",
    without_module => 1);
$t->file('f.txt', "hello\n");
my $res = $t->get('/f');
is($res->code, 200, 'httpd answers');
is($res->body, "hello\n", 'with the file');
is($t->post('/none', {}, 'x')->code, 404, 'or not');
my @before = $t->{httpd}->children;
ok(@before >= 1, 'its children are known');
$t->httpd_reload('graceful', "Redirect 302 /there http://127.0.0.1:%%PORT:other%%/x\n",
    without_module => 1);
is($t->get('/there')->headers->location, 'http://127.0.0.1:' . $t->port('other') . '/x',
    'after graceful the new configuration is in force');
my ($exit, $out) = $t->configtest("Nonsense on\n", without_module => 1);
is($exit, 1, 'configtest fails');
like($out, qr/Invalid command 'Nonsense'/, 'and says why');
($exit, $out) = $t->configtest("Timeout 5\n", without_module => 1);
is("$exit $out", "0 Syntax OK\n", 'configtest passes');

# Configuration
my $path = $t->conf(CW_COMPANY => 'acme', MAX_RETRIES => 2);
$t->conf(MAX_RETRIES => undef, DESTINATION => 'local');
open my $fh, '<', $path or die "$path: $!";
my %set = map { chomp; split /=/, $_, 2 } <$fh>;
is_deeply(\%set, { CW_COMPANY => 'acme', DESTINATION => 'local', ENCRYPTION_KEY => $t->key,
    REDIS_URL => $url, REDIS_TIMEOUT => 60, DATABASE_URL => $t->database_url }, 'hookwised.conf');

# Programs run to their end
is_deeply([run(['sh', '-c', 'cat; echo "$X" >&2; exit 3'], stdin => "in\n", env => { X => 'y' })],
    [3, "in\n", "y\n"], 'exit code, stdout, stderr');
is((run(['sh', '-c', 'kill -9 $$']))[0], 137, 'death by a signal');

# Ports
my %ports = map { free_port() => 1 } 1 .. 20;
is(scalar keys %ports, 20, 'ports are given out once');
ok(!(grep { $_ >= 32768 || port_open($_) } keys %ports), 'free and below the range of clients');

# Processes that end badly
my $crash = HookWise::Test::Process->start(what => 'crasher', cmd => ['sh', '-c', 'kill -SEGV $$']);
$t->wait_for(sub { !$crash->alive }, 'crash');
is($crash->complaint, 'crasher ended by itself by signal 11', 'a crash is reported');
my $deaf = HookWise::Test::Process->start(what => 'deaf', log => "$dir/deaf.log", stop_timeout => 1,
    cmd => ['perl', '-e', '$SIG{TERM} = "IGNORE"; $| = 1; print "up\n"; sleep 60']);
$t->wait_for(sub { $deaf->text }, 'signal handler');
$deaf->stop;
is($deaf->complaint, 'deaf did not end on SIGTERM within 1 s', 'so is one that does not obey');
ok(!eval { HookWise::Test::Process->start(what => 'short', cmd => ['sh', '-c', 'echo why; exit 1'],
    log => "$dir/short.log")->wait_ready(sub { 0 }); 1 }, 'one that ends while starting');
like($@, qr/short ended while starting \(status 256\); its log ends:\nwhy/, 'shows its log');
ok(!eval { $t->wait_for(sub { 0 }, 'nothing', 0.05); 1 }, 'waiting ends');
is($@, "timed out after 0.05 s waiting for nothing\n", 'and says for what');

# What a clean log is
my $error = '2026-01-31T12:00:00.123Z hookwised[17] error: psa: gone';
is_deeply([bad_lines('hookwised', "$error\n2026-01-31T12:00:00.123Z hookwised[17] warn: error: x\n", [])],
    [$error], 'error lines of hookwised');
is_deeply([bad_lines('hookwised', $error, [{ re => qr/psa: gone/ }])], [], 'expected ones are fine');
for my $line ('[Sat] [hookwise:error] [pid 1:tid 2] no', '[Sat] [core:crit] AH1: x',
    '[Sat] [core:notice] [pid 1] AH00052: child pid 9 exit signal Segmentation fault (11)',
    '==7==ERROR: AddressSanitizer: heap-use-after-free', 'a.c:3:5: runtime error: shift') {
    is_deeply([bad_lines('httpd', "[Sat] [core:notice] fine\n$line\n", [])], [$line], "bad: $line");
}

is_deeply([bad_lines('httpd', '[Sat] [mpm_event:error] [pid 1:tid 2] AH10159: server is within MinSpareThreads of MaxRequestWorkers', [])],
    [], 'but what httpd says of its size');

# A test that dies takes its servers along.
my ($code, $text) = run([$^X, '-e', <<'EOT', $dir], env => { PERL5LIB => "$FindBin::Bin/../lib" });
use HookWise::Test;
my $t = HookWise::Test->new;
$t->redis;
print $t->{redis}->proc->pid, ' ', $t->dir, "\n";
die "as planned\n";
EOT
my ($orphan, $left) = $text =~ /^(\d+) (\S+)$/m;
isnt($code, 0, 'the test failed');
ok($orphan && !kill(0, $orphan), 'its redis is gone');
ok($left && !-e $left, 'its folder too');

$t->done;
