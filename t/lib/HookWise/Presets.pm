# SPDX-License-Identifier: Apache-2.0
# The rows of common/preset_*.inc, and the page of documentation each of them makes.
package HookWise::Presets;
use strict;
use warnings;
use utf8;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use JSON::PP;

our @EXPORT_OK = qw(presets pages root);

my $root = abs_path(dirname(__FILE__) . '/../../..');
my $json = JSON::PP->new->canonical;
my @mirrored = qw(autotask connectwise freshservice halopsa superops);

sub root { return $root }

sub slurp {
    my ($file) = @_;
    open my $in, '<:encoding(UTF-8)', $file or die "$file: $!\n";
    local $/;
    return scalar <$in>;
}

# Neighbouring C string literals as the text they stand for.
sub c_string {
    my ($source) = @_;
    my $text = join '', $source =~ /"((?:[^"\\]|\\.)*)"/g;
    $text =~ s/\\(.)/$1/g;
    return $text;
}

# The value of a member of a row: JSON(…) as written, or string literals. The member ends with a
# comma at the end of a line before the next member or the end of the row.
sub member {
    my ($row, $name) = @_;
    $row =~ /^    \.\Q$name\E = (.*?),\n(?=    \.\w+ = |\z)/ms or return undef;
    my $value = $1;
    return c_string($value) unless $value =~ /\AJSON\((.*)\)\z/s;
    $value = $1;
    $value =~ s/\s*\n\s*/ /g;
    return $value;
}

sub presets {
    my @rows;
    for my $file (sort glob "$root/common/preset_*.inc") {
        my $text = slurp($file);
        while ($text =~ /^\{\n(.*?)^\},$/msg) {
            my $row = $1;
            my %preset = map { $_ => member($row, $_) }
                qw(name title document severities customer setup payload);
            die "$file: a row without name, title, document or setup\n"
                if grep { !defined $preset{$_} } qw(name title document setup);
            $preset{document} = eval { $json->decode($preset{document}) }
                // die "$file: $preset{name}: $@";
            push @rows, \%preset;
        }
    }
    die "no presets below $root/common\n" unless @rows;
    return sort { $a->{name} cmp $b->{name} } @rows;
}

# Rows of the table of schemes that senders sign by: name => { title, setup }.
sub schemes {
    my $text = slurp("$root/common/auth_scheme_table.c");
    my %rows;
    while ($text =~ /^    \{ \.name = "([^"]+)"(.*?)\.setup = ((?:"(?:[^"\\]|\\.)*"\s*)+) \},$/msg) {
        my ($name, $setup) = ($1, $3);
        $rows{$name} = c_string($setup);
    }
    die "no schemes in auth_scheme_table.c\n" unless %rows;
    return \%rows;
}

sub code { return '`' . $_[0] . '`' }

# Angle brackets are no HTML here.
sub prose {
    my ($text) = @_;
    $text =~ s/</&lt;/g;
    return $text;
}

sub list_of {
    my ($value) = @_;
    return code($value) unless ref $value;
    return join ' and ', map { code($_) } @$value;
}

sub states {
    my ($doc) = @_;
    my %other = (note => 'is a note on the open ticket', open => 'opens', ignore => 'is ignored');
    return "Every message opens; nothing closes." if $doc->{trigger_field} eq '';
    my $said = 'The state is at ' . code($doc->{trigger_field}) . ': ';
    $said .= list_of($doc->{open_value}) . ' open, ' if length $doc->{open_value};
    $said .= $doc->{close_value} ne '' ? list_of($doc->{close_value}) . ' close; '
                                       : 'nothing closes; ';
    return $said . 'anything else ' . $other{ $doc->{on_unknown} || 'note' } . '.';
}

sub identity {
    my ($doc) = @_;
    my $said = 'One ticket for each ' . list_of($doc->{dedup_key}) . '.';
    my $batch = $doc->{batch_path} or return $said;
    $said = $batch eq '$' ? "A list holds several alerts. $said"
        : 'Each element of ' . code($batch) . " is an alert of its own. $said";
    return $said;
}

sub payload_block {
    my ($text) = @_;
    my $value = eval { $json->decode($text) };
    return "```\n$text\n```\n" unless ref $value eq 'HASH';
    # In the order it is written: decode() forgets it.
    my $pretty = $text;
    $pretty =~ s/\A\{\s*/{\n  /;
    $pretty =~ s/\s*\}\z/\n}/;
    $pretty =~ s/", "/",\n  "/g;
    return "```json\n$pretty\n```\n";
}

# name => Markdown
sub pages {
    my %pages;
    my $schemes = schemes();
    for my $p (presets()) {
        my $doc = $p->{document};
        my $map = $doc->{json_mapping};
        my $text = "<!-- Written by docs/senders/update from common/preset_*.inc -->\n"
            . "# $p->{title}\n\nPreset " . code($p->{name}) . ".\n\n"
            . "## In the sender\n\n" . prose($p->{setup}) . "\n\n";
        $text .= 'It can prove itself by ' . code($p->{name}) . ' in the endpoint\'s '
            . '[`auth`](../access.md#senders), with or in place of the token. '
            . prose($schemes->{ $p->{name} }) . "\n\n" if defined $schemes->{ $p->{name} };
        $text .= "Body to send:\n\n" . payload_block($p->{payload}) . "\n" if defined $p->{payload};
        $text .= "## What HookWise makes of it\n\n" . identity($doc) . "\n" . states($doc) . "\n\n"
            . "| ticket field | from |\n|---|---|\n";
        for my $field (grep { defined $map->{$_} && $_ ne 'description' } qw(summary customer_id severity)) {
            (my $cell = $map->{$field}) =~ s/\|/\\|/g;
            $text .= "| $field | " . code($cell) . " |\n";
        }
        $text .= "\n";
        $text .= "The sender's own name for its customer is at " . code($p->{customer}) . ': the tenant map '
            . "is asked for it, and local incidents show it.\n\n" if defined $p->{customer};
        $text .= 'Taken out of summaries: '
            . join(', ', map { /^~(.*)/s ? 'what matches ' . code($1) : code($_) }
                @{ $doc->{summary_remove_strings} }) . ".\n\n" if $doc->{summary_remove_strings};
        if (defined $p->{severities}) {
            my @rows = map { [split /=/] } split /,/, $p->{severities};
            $text .= 'Severities: ' . join(', ', map { code($_->[0]) . " is $_->[1]" } @rows)
                . ".\n\n";
        }
        for my $rule (@{ $doc->{routing_rules} || [] }) {
            $text .= "Dropped: $rule->{name} (" . code($rule->{path}) . ' matches '
                . code($rule->{regex}) . ").\n\n";
        }
        $text .= "Answers with status $doc->{success_code}, which this sender expects.\n\n"
            if $doc->{success_code};
        $text .= "Tickets become local incidents unless the endpoint names another destination.\n\n"
            if $doc->{destination};
        $text .= 'With the destination `mirror` the endpoint keeps a [mirror of the tickets](../sync.md) '
            . "instead.\n\n" if grep { $_ eq $p->{name} } @mirrored;
        $text =~ s/\n+\z/\n/;
        $pages{ $p->{name} } = $text;
    }
    my $index = "<!-- Written by docs/senders/update from common/preset_*.inc -->\n# Senders\n\n"
        . "A preset fills in how a sender's messages are read; what an endpoint says itself wins.\n\n";
    $index .= "- [$_->{title}]($_->{name}.md)\n"
        for sort { lc $a->{title} cmp lc $b->{title} } presets();
    $pages{README} = $index;
    return \%pages;
}

1;
