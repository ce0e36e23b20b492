# SPDX-License-Identifier: Apache-2.0
# A private httpd on a port of 127.0.0.1 with the module under test loaded.
package HookWise::Test::Httpd;
use strict;
use warnings;
use Carp qw(croak);
use HookWise::Test::Ports qw(free_port port_open);
use HookWise::Test::Process;

my @MODULES = qw(mpm_event authn_core authz_core authz_host authz_user authn_file auth_basic alias
    actions cgid deflate dir env filter headers log_config mime remoteip reqtimeout rewrite
    setenvif ssl socache_shmcb status unique_id);

# dir: existing folder; module: path of mod_hookwise.so; fill: placeholder => value.
sub new {
    my ($class, %o) = @_;
    return bless { dir => $o{dir}, module => $o{module}, fill => $o{fill}, ports => {},
        bin => _program(), env => { _sanitizer($o{module}), %{ $o{env} || {} } } }, $class;
}

# A module built with AddressSanitizer needs its library in httpd before any other. httpd itself
# frees little at its end, so leaks are not looked for.
sub _sanitizer {
    my ($module) = @_;
    my ($library) = -e $module ? qx(readelf -d '$module' 2>/dev/null) =~ /\[(libasan\.so[.\d]*)\]/ : ();
    return unless defined $library;
    chomp(my $path = qx(cc -print-file-name=$library));
    return (LD_PRELOAD => $path, ASAN_OPTIONS => 'detect_leaks=0:detect_odr_violation=0');
}

sub proc { return $_[0]{proc} }
sub port { my ($self, $name) = @_; return $self->{ports}{ $name || 'main' } ||= free_port() }
sub url { my ($self) = @_; return 'http://127.0.0.1:' . $self->port }

# Writes the configuration; bare: 1 leaves out preamble and module.
sub write_conf {
    my ($self, $text, %o) = @_;
    my $dir = "$self->{dir}/httpd";
    for my $sub ('', '/htdocs') { mkdir "$dir$sub", 0755 unless -d "$dir$sub" }
    my $file = $o{file} || "$dir/httpd.conf";
    my $all = $self->_fill(($o{bare} ? '' : $self->_preamble(%o)) . $text);
    open my $fh, '>', $file or die "$file: $!\n";
    print $fh $all;
    close $fh or die "$file: $!\n";
    return $file if $o{file};
    $self->{changes_user} = $> == 0 && $all =~ /^User /m;
    $self->{event} = $all =~ /^LoadModule mpm_event_module /m;
    ($self->{cgisock}) = $all =~ /^LoadModule cgid_module /m ? $all =~ /^ScriptSock "([^"]+)"/m : ();
    return $file;
}

sub start {
    my ($self, $text, %o) = @_;
    my $file = $self->write_conf($text, %o);
    $self->{generations} = $self->_generations;
    $self->{proc} = HookWise::Test::Process->start(
        what => 'httpd', dir => '/', log => "$self->{dir}/httpd/error.log", env => $self->{env},
        cmd => [$self->{bin}, '-D', 'FOREGROUND', '-f', $file], deathsig => 'TERM',
        before_stop => sub { $self->_let_finish });
    return $self->_wait_ready;
}

# A child of the event MPM that is told to end at once aborts its connections, and crashes when one
# of them is just being closed by its worker: about one end in a thousand on a busy machine. Children
# that finish first do not. Only mod_cgid's daemon is left then.
sub _let_finish {
    my ($self) = @_;
    my $left = $self->{cgisock} ? 1 : 0;
    return unless $self->{event};
    $self->{proc}->signal('WINCH');
    for (1 .. 1500) {
        return if !$self->{proc}->alive || (() = $self->children) <= $left;
        select undef, undef, undef, 0.01;
    }
    return;
}

# How often the parent has said that it serves. The open port alone proves nothing: it is bound
# before the last checks of the configuration. Lines of level notice are always in the log file.
sub _generations {
    my ($self) = @_;
    my $count = () = ($self->{proc} ? $self->{proc}->text : '') =~ /resuming normal operations/g;
    return $count;
}

sub _wait_ready {
    my ($self) = @_;
    my $before = $self->{generations};
    $self->{proc}->wait_ready(sub {
        return $self->_generations > $before && port_open($self->port) && $self->_cgid_ready;
    });
    return $self;
}

# mod_cgid's daemon of this generation makes its socket when httpd serves already, in steps; a reload
# between them takes the socket away, and the daemon complains (AH01243 to AH01246). Its last step is
# listening, or when users change the new owner.
sub _cgid_ready {
    my ($self) = @_;
    return 1 unless $self->{cgisock};
    my $sock = "$self->{cgisock}." . $self->{proc}->pid;
    return (stat $sock)[4] if -S $sock && $self->{changes_user};
    open my $in, '<', '/proc/net/unix' or die "/proc/net/unix: $!\n";
    return scalar grep { / \Q$sock\E$/ && (split)[3] eq '00010000' } <$in>;
}

sub restart {
    my ($self, $sig) = @_;
    $self->{proc}->stop($sig);
    $self->{generations} = $self->_generations;
    $self->{proc}->spawn;
    return $self->_wait_ready;
}

# how: "graceful" or "restart"; with new text the configuration is rewritten before. Returns when
# the new generation serves.
sub reload {
    my ($self, $how, $text, %o) = @_;
    my %signal = (graceful => 'USR1', restart => 'HUP');
    croak "reload: graceful or restart, not $how" unless $signal{$how};
    $self->write_conf($text, %o) if defined $text;
    $self->{generations} = $self->_generations;
    $self->{proc}->signal($signal{$how});
    return $self->_wait_ready;
}

# (exit code, output) of the syntax check.
sub configtest {
    my ($self, $text, %o) = @_;
    my $file = $self->write_conf($text, %o, file => "$self->{dir}/configtest.conf");
    my $out = do {
        local @ENV{ keys %{ $self->{env} } } = values %{ $self->{env} };
        qx($self->{bin} -t -f $file 2>&1);
    };
    return ($? >> 8, $out);
}

# Process ids of the children serving requests.
sub children {
    my ($self) = @_;
    my $parent = $self->{proc}->pid or return;
    my @pids;
    for my $stat (glob '/proc/[0-9]*/stat') {
        open my $fh, '<', $stat or next;
        my $line = <$fh>;
        next unless defined $line && $line =~ /^(\d+) \(.*\) [A-Y] (\d+) / && $2 == $parent;
        push @pids, $1;
    }
    return @pids;
}

sub _program {
    for my $dir (split(/:/, $ENV{PATH}), '/usr/sbin', '/usr/local/apache2/bin') {
        for my $name (qw(apache2 httpd)) { return "$dir/$name" if -x "$dir/$name" }
    }
    die "Apache httpd is not installed\n";
}

sub _module_dir {
    my ($self) = @_;
    return $self->{module_dir} ||= do {
        my ($apxs) = grep { -x } map { ("$_/apxs", "$_/apxs2") } split /:/, $ENV{PATH};
        my $dir = $apxs ? qx($apxs -q LIBEXECDIR) : '/usr/lib/apache2/modules';
        chomp $dir;
        $dir;
    };
}

sub _preamble {
    my ($self, %o) = @_;
    my $dir = $self->_module_dir;
    my @load = map { "LoadModule ${_}_module $dir/mod_$_.so\n" }
        grep { -e "$dir/mod_$_.so" } @MODULES, @{ $o{modules} || [] };
    # Nothing here takes a slow machine for a broken one; tests of what does set their own.
    push @load, "LoadModule hookwise_module %%MODULE%%\nHookwiseRedisTimeout 60s\n" unless $o{without_module};
    my $user = $> == 0 ? "User www-data\nGroup www-data\n" : '';
    return join('', @load) . $user . <<'EOT';
ServerRoot "%%DIR%%/httpd"
DefaultRuntimeDir "%%DIR%%/httpd"
PidFile "%%DIR%%/httpd/httpd.pid"
ServerName 127.0.0.1:%%PORT%%
Listen 127.0.0.1:%%PORT%%
DocumentRoot "%%DIR%%/httpd/htdocs"
ErrorLog "%%DIR%%/httpd/error.log"
LogLevel info
LogFormat "%h %u \"%r\" %>s %b %D" test
TypesConfig /dev/null
AddType text/html .html
AddType text/javascript .js
AddType text/css .css
AddType application/json .json
AddType image/svg+xml .svg
AddType text/plain .txt
CustomLog "%%DIR%%/httpd/access.log" test
ScriptSock "%%DIR%%/httpd/cgisock"
StartServers 1
ServerLimit 4
ThreadsPerChild 25
MaxRequestWorkers 100
MinSpareThreads 25
MaxSpareThreads 75
GracefulShutdownTimeout 30
KeepAliveTimeout 60
RequestReadTimeout handshake=0 header=0 body=0
EOT
}

sub _fill {
    my ($self, $text) = @_;
    my %fill = (DIR => $self->{dir}, MODULE => $self->{module}, PORT => $self->port,
        $self->{fill}->());
    $text =~ s{%%(\w+)(?::(\w+))?%%}{
        $1 eq 'PORT' ? $self->port($2)
            : defined $fill{$1} ? $fill{$1} : croak "httpd configuration: %%$1%% is not known"
    }ge;
    return $text;
}

1;
