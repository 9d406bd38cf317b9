/** The file system of a program that runs in a mount namespace of its own. */
import { existsSync, lstatSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Programs, their libraries and their settings; paths that do not exist are left out. */
const SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc", "/opt", "/nix/store", "/gnu/store"];
const DEVICES = ["/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"];

/** The number of Linux's system call `mount`, which Perl does not know by name. */
const MOUNT_CALL: Partial<Record<NodeJS.Architecture, number>> = { x64: 165, arm64: 40 };

/**
 * Builds the new root over /sys, which no program here needs, enters it and becomes what is named after `--`. By Perl,
 * which Debian and Ubuntu always have: a shell would need a process for each mount.
 */
const BUILD = String.raw`
use strict;
my ($call, $folder, $root) = (shift() + 0, shift(), "/sys");
my ($RDONLY, $NOSUID, $NODEV, $NOEXEC, $REMOUNT, $BIND, $REC) = (1, 2, 4, 8, 32, 4096, 16384);
sub try_mount { my ($from, $to, $type, $flags, $data) = @_; return syscall($call, $from, $to, $type, $flags + 0, $data) == 0 }
sub mount { try_mount(@_) or die "mount $_[1]: $!\n" }
sub parents { my ($path) = @_; my $at = $root; for (grep { length } split m{/}, $path =~ s{[^/]*$}{}r) { $at .= "/$_"; mkdir $at } }
mount("tmpfs", $root, "tmpfs", $NOSUID | $NODEV, "mode=755,size=1m");
while (@ARGV and (my $next = shift) ne "--") {
  my ($kind, $path) = $next =~ /^(\w+):(.*)$/s;
  my $to = "$root$path";
  parents($path);
  if ($kind eq "link") { symlink(readlink($path), $to) or die "$to: $!\n"; next }
  if (-d $path) { mkdir $to } elsif (!-e $to) { open(my $file, ">", $to) or die "$to: $!\n" }
  mount($path, $to, "", $BIND | $REC, "");
  next unless $kind eq "read";
  # In a user namespace a mount that was noexec stays so.
  my $flags = $REMOUNT | $BIND | $RDONLY | $NOSUID | $NODEV;
  try_mount("", $to, "", $flags, "") or mount("", $to, "", $flags | $NOEXEC, "");
}
mkdir "$root/proc";
mount("proc", "$root/proc", "proc", $NOSUID | $NODEV | $NOEXEC, "");
mount("", $root, "", $REMOUNT | $BIND | $RDONLY | $NOSUID | $NODEV, "");
chroot($root) or die "chroot: $!\n";
chdir($folder) or die "$folder: $!\n";
exec({ $ARGV[0] } @ARGV) or die "$ARGV[0]: $!\n";
`;

/**
 * The first process there, which heeds no signal of the others and takes all of them with it. It says `ready` on its
 * fourth stream, since what fails before is not the program's fault, and at last how that ended: `unshare` does not say.
 */
const FIRST = String.raw`
use strict;
open(my $tell, ">&=", 3) or die "stream 3: $!\n";
syswrite($tell, "ready ");
my $pid = fork() // die "fork: $!\n";
if (!$pid) { close($tell); exec({ $ARGV[0] } @ARGV) or die "$ARGV[0]: $!\n" }
1 while wait() != $pid;
syswrite($tell, "ended $?");
`;

/** The command that starts a program as the child of the first process. */
export const FIRST_COMMAND: readonly string[] = ["perl", "-e", FIRST];

/** Whether the system call numbers of this machine's processor are known. */
export const canBuildRoot = (): boolean => MOUNT_CALL[process.arch] !== undefined;

/**
 * The command that builds a root with the system, the program and `reads` as read-only, and only `folder` as writable;
 * the arguments after it are run there.
 */
export function rootCommand(program: string, folder: string, reads: readonly string[]): string[] {
  const links = SYSTEM.filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink());
  const system = SYSTEM.filter((path) => existsSync(path) && !links.includes(path));
  const inSystem = (path: string) => [...system, ...links].some((one) => `${path}/`.startsWith(`${one}/`));
  // The file with the name servers is often a link into /run.
  const names = ["/etc/resolv.conf", "/etc/hosts"].filter(existsSync).map((path) => realpathSync(path));
  const more = [...homesOf(program), ...reads, ...names].filter((path) => !inSystem(path));
  return [
    ...["perl", "-e", BUILD, `${MOUNT_CALL[process.arch]}`, folder],
    ...links.map((path) => `link:${path}`),
    ...[...system, ...new Set(more)].map((path) => `read:${path}`),
    ...DEVICES.filter(existsSync).map((path) => `device:${path}`),
    `write:${folder}`,
    "--",
  ];
}

/** The paths of a program outside the system's folders: the name it is started by, its real path, and its libraries. */
function homesOf(program: string): string[] {
  const folders = [dirname(program), dirname(realpathSync(program))];
  const libraries = folders.filter((one) => basename(one) === "bin").map((one) => join(one, "../lib"));
  return [...folders, ...libraries.filter(existsSync)];
}
