/** What attackers would do who made a decoder run their code: a program that is put in the place of ffmpeg or clamd. */

export type Told = {
  /** What must not be found; also in a variable of this process's environment, whose name begins with AWS_. */
  secret: string;
  /** This process's id. */
  conductor: number;
  /** A file with the secret, of this process's user. */
  file: string;
  /** Something listens there, on loopback. */
  port: number;
};

/** What an attempt has to do with: all of them are made where none is named. */
export const POWERS = [
  ...["environment", "parent", "conductor", "first", "everyone", "memory", "trace", "signal"],
  ...["file", "outside", "shared", "system", "root", "core", "network"],
] as const;
export const CAPPED = ["output", "disk", "heap", "processes", "stays", "links"] as const;
export type Attempt = (typeof POWERS)[number] | (typeof CAPPED)[number];

/** The program's text. It makes those attempts, whatever its words, and tells of each on its error stream. */
export const planted = ({ secret, conductor, file, port }: Told, attempts: readonly Attempt[]): string =>
  String.raw`#!/usr/bin/perl
use strict; use warnings; use Socket; use POSIX ();
my ($secret, $conductor, $file, $port) = ("${secret}", ${conductor}, "${file}", ${port});
# Not as constants, which would be made before anything runs.
my ($folder, $size, $bytes) = ($ENV{TMPDIR}, 67108864, 1048576);
my $number = (POSIX::uname())[4] eq "aarch64" ? 117 : 101; # ptrace
sub slurp { my ($path) = @_; open(my $in, "<", $path) or return; local $/; return scalar <$in> }
sub leaks { my $text = slurp(@_); return "no: $!" unless defined $text; return $text =~ /$secret|AWS_/ ? "GOT IT" : "nothing there" }
my %attempts = (
  environment => sub { leaks("/proc/self/environ") },
  parent => sub { leaks("/proc/" . getppid() . "/environ") },
  conductor => sub { leaks("/proc/$conductor/environ") },
  first => sub { leaks("/proc/1/environ") },
  everyone => sub { (grep { leaks($_) eq "GOT IT" } glob("/proc/[0-9]*/environ")) ? "GOT IT" : "nothing there" },
  memory => sub { open(my $in, "<", "/proc/$conductor/mem") ? "GOT IT" : "no: $!" },
  trace => sub {
    return "no: $!" unless syscall($number, 16, $conductor, 0, 0) == 0;
    # Attached, the conductor stands still until it is let go.
    waitpid($conductor, POSIX::WUNTRACED());
    syscall($number, 17, $conductor, 0, 0);
    kill("CONT", $conductor);
    return "GOT IT";
  },
  signal => sub { kill(0, $conductor) ? "GOT IT" : "no: $!" },
  file => sub { leaks($file) },
  outside => sub {
    # The folder of what it works in, that of all such folders, and the conductor's own.
    for my $path ("$folder/../planted", "$folder/../../planted", "$file.new") {
      return "GOT IT: $path" if open(my $out, ">", $path);
    }
    return "no: $!";
  },
  shared => sub {
    for my $path ("/tmp/planted-$$", "/var/tmp/planted-$$") {
      if (open(my $out, ">", $path)) { unlink $path; return "GOT IT: $path" }
    }
    return "no: $!";
  },
  system => sub { for (qw(/usr/bin /etc /usr/sbin)) { return "GOT IT" if open(my $out, ">", "$_/planted") } return "no: $!" },
  root => sub { POSIX::setuid(0); return slurp("/proc/self/status") =~ /^Cap(?:Eff|Prm|Bnd):\s+0*[1-9a-f]/m ? "GOT IT" : "no: no capability, and none to gain" },
  core => sub { slurp("/proc/self/limits") =~ /core file size\s+0\s+0\s/ ? "no: none is written" : "GOT IT" },
  network => sub {
    socket(my $to, PF_INET, SOCK_STREAM, 0) or return "no: $!";
    return connect($to, sockaddr_in($port, inet_aton("127.0.0.1"))) ? "GOT IT" : "no: $!";
  },
  disk => sub {
    local $SIG{XFSZ} = "IGNORE";
    open(my $out, ">", "$folder/large") or return "0 MiB: $!";
    my $mib = 0;
    $mib++ while $mib < 64 and (syswrite($out, "x" x $bytes) // 0) == $bytes;
    return "$mib MiB: $!";
  },
  heap => sub {
    my $pid = fork() // return "no: $!";
    if (!$pid) {
      open(STDERR, ">", "/dev/null");
      my @all;
      for my $mib (map { 64 * $_ } 1 .. 160) {
        push @all, "x" x $size;
        open(my $out, ">", "$folder/heap"); syswrite($out, $mib); close $out;
      }
      POSIX::_exit(0);
    }
    waitpid($pid, 0);
    return (slurp("$folder/heap") // 0) . " MiB";
  },
  processes => sub {
    my @all;
    while (@all < 300) { my $pid = fork() // last; if (!$pid) { sleep 600; POSIX::_exit(0) } push @all, $pid }
    kill 9, @all;
    waitpid($_, 0) for @all;
    return @all . " processes";
  },
  stays => sub {
    pipe(my $in, my $out);
    if (!fork()) {
      POSIX::setsid();
      POSIX::_exit(0) if fork();
      $0 = $secret;
      close $out; close $in;
      sleep 600;
      POSIX::_exit(0);
    }
    close $out;
    sysread($in, my $end, 1); # it has its name, and a session of its own
    return "it is there";
  },
  links => sub {
    mkdir "$folder/inside", 0700;
    symlink($file, "$folder/poster.webp"); symlink("/proc/self/environ", "$folder/inside/clip.mp4");
    POSIX::mkfifo("$folder/video.mp4", 0666);
    chmod 0, "$folder/inside";
    return "made";
  },
  output => sub { for (1 .. 128) { syswrite(STDOUT, "x" x 65536); syswrite(STDERR, "x" x 65535 . "\n") } return "written" },
);
for (qw(${attempts.join(" ")})) { print STDERR "[$_] ", $attempts{$_}->(), "\n" }
`;

/** What the program has told of its attempts. */
export const tallyOf = (errors: string): Record<string, string> =>
  Object.fromEntries([...errors.matchAll(/^\[(\w+)\] (.*)$/gm)].map(([, name, answer]) => [name, answer]));
