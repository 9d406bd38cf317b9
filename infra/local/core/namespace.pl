# Puts a program into namespaces of its own, where no process, address or file of this machine is but those that are
# named, and hands the ways in and out to the process that started it (namespace.ts says how, and why in Perl).
#
#   perl namespace.pl OPTION VALUE ... -- PROGRAM WORD ...
#
#   uid, gid ID     who the program is inside; outside it stays who it was
#   listen PORT     a socket that listens on 127.0.0.1:PORT inside, for the starter to accept from
#   broker yes      stays beside the program, and connects to a port inside whenever the starter asks
#   tmp FOLDER      what is /tmp inside; the program then has a file system and a process list of its own
#   read PATH       what is seen in that file system, at the same path
#   cwd FOLDER
use strict;
use warnings;
use Socket;

# Numbers of x86-64.
my %call = (sendmsg => 46, prctl => 157, capset => 126, pivot_root => 155, mount => 165, umount2 => 166,
  unshare => 272, mount_setattr => 442, close => 3, exit_group => 231);
my ($NEWNS, $NEWUTS, $NEWIPC, $NEWUSER, $NEWPID, $NEWNET) =
  (0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000);
my ($MS_RDONLY, $MS_NOSUID, $MS_NODEV, $MS_NOEXEC) = (1, 2, 4, 8);
my ($MS_BIND, $MS_REC, $MS_PRIVATE) = (0x1000, 0x4000, 0x40000);
my ($ATTR_RDONLY, $ATTR_NOSUID, $ATTR_NODEV) = (1, 2, 4);
my ($AT_FDCWD, $AT_RECURSIVE, $MNT_DETACH) = (-100, 0x8000, 2);
my ($SIOCGIFFLAGS, $SIOCSIFFLAGS, $IFF_UP) = (0x8913, 0x8914, 1);
my ($SET_PDEATHSIG, $SET_NO_NEW_PRIVS, $EINTR) = (1, 38, 4);

my (%one, @listen, @read);
while (@ARGV && (my $option = shift @ARGV) ne '--') {
  my $value = shift @ARGV;
  if ($option eq 'listen') { push @listen, $value }
  elsif ($option eq 'read') { push @read, $value }
  else { $one{$option} = $value }
}
my @program = @ARGV;

# What Node calls its channel: lines of JSON, some with an open socket beside them.
my $fd = delete $ENV{NODE_CHANNEL_FD};
delete $ENV{NODE_CHANNEL_SERIALIZATION_MODE};
open my $channel, '+<&=', $fd or die "There is no channel: $!\n";

# At once, without what Perl does at its end.
sub leave { my ($code) = @_; syscall($call{exit_group}, $code) }
sub fail {
  my ($what) = @_;
  my $why = "$what: $!";
  $why =~ s/[^\w .:\/-]/_/g;
  syswrite $channel, "{\"failed\":\"$why\"}\n";
  leave(125);
}
sub must { my ($what, $name, @arguments) = @_; syscall($call{$name}, @arguments) == 0 or fail($what) }
# Perl passes a string as a pointer and a number as itself: each is made what it must be.
sub attach {
  my ($what, $source, $target, $type, $flags, $data) = @_;
  $_ = "$_" for $source, $target, $type, $data;
  must($what, 'mount', $source, $target, $type, 0 + $flags, $data);
}
sub restrict {
  my ($path, $attributes, $how) = ("$_[0]", $_[1], $_[2] // $AT_RECURSIVE);
  my $set = pack('Q4', $attributes, 0, 0, 0);
  must("restricting $path", 'mount_setattr', $AT_FDCWD, $path, $how, $set, 32);
}
sub put { my ($path, $text) = @_; open my $file, '>', $path or fail($path); syswrite $file, $text or fail($path) }

# A line with a socket, by sendmsg(2): struct msghdr with one iovec and one SCM_RIGHTS.
sub give {
  my ($socket, $type, $message) = @_;
  my $text = "{\"cmd\":\"NODE_HANDLE\",\"type\":\"$type\",\"msg\":$message}\n";
  my $control = pack('Q l l l x4', 20, SOL_SOCKET, SCM_RIGHTS, fileno $socket);
  my $vector = pack('P Q', $text, length $text);
  my $header = pack('Q L x4 P Q P Q l x4', 0, 0, $vector, 1, $control, length $control, 0);
  syscall($call{sendmsg}, fileno $channel, $header, 0) == length $text or fail('handing over a socket');
}

my $rest = '';
sub line {
  for (;;) {
    return $1 if $rest =~ s/^(.*)\n//;
    sysread($channel, $rest, 4096, length $rest) or return undef;
  }
}
sub acknowledged { while (defined(my $line = line())) { return if $line =~ /NODE_HANDLE_ACK/ } fail("the starter") }

my ($uid, $gid) = ($>, 0 + $));
my $flags = $NEWUSER | $NEWNET | $NEWIPC | $NEWUTS | ($one{tmp} ? $NEWNS | $NEWPID : 0);
must('user and network namespaces', 'unshare', $flags);
put('/proc/self/setgroups', 'deny');
put('/proc/self/uid_map', "$one{uid} $uid 1");
put('/proc/self/gid_map', "$one{gid} $gid 1");

socket(my $any, AF_INET, SOCK_DGRAM, 0) or fail('a socket');
my $loopback = pack('a16 x24', 'lo');
ioctl($any, $SIOCGIFFLAGS, $loopback) or fail('reading the loopback interface');
$loopback = pack('a16 s x22', 'lo', unpack('x16 s', $loopback) | $IFF_UP);
ioctl($any, $SIOCSIFFLAGS, $loopback) or fail('starting the loopback interface');
close $any;

for my $port (@listen) {
  socket(my $server, AF_INET, SOCK_STREAM, 0) or fail('a socket');
  setsockopt($server, SOL_SOCKET, SO_REUSEADDR, 1);
  bind($server, pack_sockaddr_in($port, INADDR_LOOPBACK)) && listen($server, 511) or fail("port $port");
  give($server, 'net.Native', "{\"port\":$port}");
  acknowledged();
}

sub broker {
  while (defined(my $line = line())) {
    my ($id, $port) = $line =~ /"connect":(\d+),"port":(\d+)/ or next;
    socket(my $client, AF_INET, SOCK_STREAM, 0) or fail('a socket');
    if (connect($client, pack_sockaddr_in($port, INADDR_LOOPBACK))) { give($client, 'net.Socket', "{\"connected\":$id}") }
    else { syswrite $channel, "{\"refused\":$id}\n" }
  }
  leave(0);
}

# Nothing that is run from here on gets more rights than it has, whatever its file says.
sub powerless {
  must('no new rights', 'prctl', $SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  my ($header, $none) = (pack('L l', 0x20080522, 0), pack('L6', (0) x 6));
  must('giving up rights', 'capset', $header, $none);
}
sub run {
  opendir my $open, '/proc/self/fd' or fail('open files');
  syscall($call{close}, 0 + $_) for grep { /^\d+$/ && $_ > 2 && $_ != fileno $open } readdir $open;
  exec { $program[0] } @program or do { print STDERR "$program[0]: $!\n"; leave(127) };
}
# Waits for a child, to which it passes on what it is asked to end with; exits as the child did.
sub follow {
  my ($child) = @_;
  for my $signal (qw(TERM INT HUP)) { $SIG{$signal} = sub { kill $signal, $child } }
  for (;;) {
    my $ended = waitpid(-1, 0);
    next if $ended != $child && ($ended > 0 || $! == $EINTR);
    leave($? & 127 ? 128 + ($? & 127) : $? >> 8);
  }
}
sub fork_or_fail { my $child = fork; defined $child ? $child : fail('a process') }

if (!$one{tmp}) {
  powerless();
  broker() if $one{broker} && !fork_or_fail();
  close $channel;
  run();
}

if (my $first = fork_or_fail()) {
  close $channel;
  powerless();
  follow($first);
}

# The first process in here: with its end, and with its parent's, everything in here ends.
syscall($call{prctl}, $SET_PDEATHSIG, 9, 0, 0, 0);
# The new file system is put together where nothing is that it is made of.
my $root = '/sys';
sub place {
  my ($path, $folder) = @_;
  my @names = grep { $_ ne '' } split m{/}, $path;
  my ($at, $last) = ($root, pop @names);
  for my $name (@names) { $at .= "/$name"; -d $at or mkdir $at or fail($at) }
  $at .= "/$last";
  if ($folder) { -d $at or mkdir $at or fail($at) }
  elsif (!-e $at) { open my $file, '>', $at or fail($at) }
  return $at;
}
attach('private mounts', 'none', '/', '', $MS_REC | $MS_PRIVATE, '');
attach('an empty root', 'tmpfs', $root, 'tmpfs', $MS_NOSUID | $MS_NODEV, 'mode=755,size=1m');
sub show {
  my ($source, $path, $attributes) = @_;
  my $target = place($path, -d $source);
  attach("$path inside", $source, $target, '', $MS_BIND | $MS_REC, '');
  restrict($target, $ATTR_NOSUID | $attributes) if $attributes;
}
# First of all: the others may lie in folders below it.
show($one{tmp}, '/tmp', $ATTR_NODEV);
show($_, $_, $ATTR_NODEV | $ATTR_RDONLY) for grep { -e } @read;
show("/dev/$_", "/dev/$_", 0) for qw(null zero full random urandom);
symlink('/proc/self/fd', "$root/dev/fd");
# Read only: whoever is root outside owns the kernel's settings in it.
attach('a process list', 'proc', place('/proc', 1), 'proc', $MS_RDONLY | $MS_NOSUID | $MS_NODEV | $MS_NOEXEC, '');
restrict($root, $ATTR_RDONLY | $ATTR_NOSUID | $ATTR_NODEV, 0);
chdir $root or fail($root);
my $here = '.';
must('the new root', 'pivot_root', $here, $here);
must('letting go of the old root', 'umount2', $here, $MNT_DETACH);
chdir($one{cwd} // '/') or fail($one{cwd});
powerless();
close $channel;
my $main = fork_or_fail();
$main ? follow($main) : run();
