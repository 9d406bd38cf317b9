/** Who the containers' programs are: what the images, ECS, the checks and the rehearsals have to agree on. */

/**
 * The conductor's rights: to start what reads strangers' files as a user of its own (lib/programs/confined.ts), to lend it
 * a folder, and to end it. Of those that a container has unless they are taken from it.
 */
export const KEPT = ["CHOWN", "KILL", "SETGID", "SETPCAP", "SETUID"] as const;

/** All others that a container has by itself. Fargate adds none, so that after `ALL` was dropped these could not stay. */
export const DROPPED = [
  ...["AUDIT_WRITE", "DAC_OVERRIDE", "FOWNER", "FSETID", "MKNOD"],
  ...["NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SYS_CHROOT"],
] as const;

export const CONDUCTOR_ID = 10001;

const kept = ["-all", ...KEPT.map((name) => `+${name.toLowerCase()}`)].join(",");

/** Starts a program as the conductor: no root, no other group, and no more rights than those, also not by a file's. */
export const CONDUCTOR = [
  ...["/usr/bin/setpriv", "--reuid", `${CONDUCTOR_ID}`, "--regid", `${CONDUCTOR_ID}`, "--clear-groups"],
  ...["--no-new-privs", `--bounding-set=${kept}`, `--inh-caps=${kept}`, `--ambient-caps=${kept}`, "--"],
];

/** What a container of ours is started with; its command follows. */
export const ENTRY = [...CONDUCTOR, "/usr/local/bin/node", "--enable-source-maps"];
