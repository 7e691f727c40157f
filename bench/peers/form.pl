#!/usr/bin/perl
# The form of bench/measure.py in Perl: by CGI, or by FastCGI on the socket that is standard input, with PROCESSES processes.
# DATA is the folder; LOG=shared appends to a file a day, LOG=files makes a file a submission; DURABLE=yes flushes before the answer.
use strict;
use warnings;
use CGI ();
use Encode ();
use Fcntl qw(:flock O_WRONLY O_APPEND O_CREAT O_EXCL);
use IO::Handle ();
use JSON::XS ();
use POSIX ();
use Time::HiRes ();

$CGI::POST_MAX = 1 << 20;
$CGI::DISABLE_UPLOADS = 1;
my ($folder, $shared, $durable) = ($ENV{DATA}, $ENV{LOG} ne 'files', $ENV{DURABLE} eq 'yes');
my @checks = (['name', 1, 100], ['email', 1, 254], ['topic', 0, 20], ['message', 1, 5000], ['website', 0, 200]);
my $json = JSON::XS->new->utf8;
open my $random, '<:raw', '/dev/urandom' or die "/dev/urandom: $!";

sub answer {
    my ($q, $title, $text, %headers) = @_;
    print $q->header(-type => 'text/html', -charset => 'utf-8', -X_Content_Type_Options => 'nosniff', %headers),
        qq(<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n<title>$title</title>\n$text\n</html>\n);
}

sub check {
    my ($q, $fields) = @_;
    my @faults;
    for (@checks) {
        my ($name, $required, $max) = @$_;
        my @values = $q->multi_param($name);
        my $value = @values ? eval { Encode::decode('UTF-8', $values[0], Encode::FB_CROAK) } : '';
        if (!defined $value || @values > 1) {
            push @faults, "$name: one text in UTF-8, please.";
        } elsif ($value eq '') {
            push @faults, "$name: please fill this in." if $required;
        } elsif (length $value > $max) {
            push @faults, "$name: no more than $max characters, please.";
        } else {
            $fields->{$name} = $value;
        }
    }
    push @faults, 'email: this is no e-mail address.'
        if defined $fields->{email} && $fields->{email} !~ /\A[\w.!#\$%&'*+\/=?^`{|}~-]+\@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\z/a;
    push @faults, 'topic: please choose one.' if defined $fields->{topic} && $fields->{topic} !~ /\A(?:sales|support|other)\z/;
    return @faults;
}

sub keep {
    my ($id, $line) = @_;
    my $path = $shared ? $folder . POSIX::strftime('/%Y-%m-%d.jsonl', gmtime) : "$folder/.$id";
    sysopen my $file, $path, O_WRONLY | O_CREAT | ($shared ? O_APPEND : O_EXCL), 0640 or return 0;
    !$shared || flock $file, LOCK_EX or return 0;
    syswrite($file, $line) == length $line or return 0;
    !$shared || flock $file, LOCK_UN or return 0;
    !$durable || $file->sync or return 0; # Perl has no fdatasync; for a file that grew the two cost the same
    return $shared || (close($file) && rename($path, "$folder/$id.json"));
}

sub form {
    my ($q) = @_;
    return answer($q, 'Method not allowed', '<p>Please post to this form.</p>', -status => '405 Method Not Allowed', -allow => 'POST')
        if $q->request_method ne 'POST';
    my %fields;
    my @faults = check($q, \%fields);
    return answer($q, 'Please check', '<ul><li>' . join('</li><li>', @faults) . '</li></ul>', -status => '422 Unprocessable Content')
        if @faults;
    my $spam = delete $fields{website};
    sysread $random, my $bytes, 15;
    my ($seconds, $micro) = Time::HiRes::gettimeofday();
    my $id = unpack 'H*', $bytes;
    my $line = $json->encode({id => $id, form => 'contact', fields => \%fields, files => [],
        received => POSIX::strftime('%Y-%m-%dT%H:%M:%S', gmtime $seconds) . sprintf('.%03dZ', $micro / 1000),
        client => {address => $ENV{REMOTE_ADDR}, agent => $ENV{HTTP_USER_AGENT}}, defined $spam ? (spam => 'trap') : ()}) . "\n";
    return answer($q, 'Not kept', '<p>Your message was not kept. Please try again later.</p>', -status => '503 Service Unavailable')
        if !keep($id, $line);
    my $location = "http://$ENV{HTTP_HOST}$ENV{SCRIPT_NAME}/contact/$id";
    my $link = CGI::escapeHTML($location);
    answer($q, 'See other', qq(<p>What you are looking for is here: <a href="$link">$link</a></p>),
        -status => '303 See Other', -location => $location);
}

if ($ENV{REQUEST_METHOD}) {
    form(CGI->new);
} else {
    require CGI::Fast;
    require FCGI::ProcManager;
    my $manager = FCGI::ProcManager->new({n_processes => $ENV{PROCESSES}});
    $manager->pm_manage;
    while (my $q = CGI::Fast->new) {
        $manager->pm_pre_dispatch;
        form($q);
        $manager->pm_post_dispatch;
    }
}
